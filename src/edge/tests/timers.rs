//! Clients that are too slow.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{interval, sleep};

use super::support::{eventually, quick, start, until, until_closed};
use crate::edge::Settings;
use crate::telemetry::connections::Cut;

/// Writes the text byte by byte, ten a second, until the server has had enough.
async fn trickle(connection: &mut tokio::net::TcpStream, text: &str) {
    let mut tick = interval(Duration::from_millis(100));
    for byte in text.bytes() {
        tick.tick().await;
        if connection.write_all(&[byte]).await.is_err() {
            return;
        }
    }
    panic!("the server took all of it");
}

const LONG_HEAD: &str =
    "GET / HTTP/1.1\r\nHost: a.example\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn a_trickled_head_is_cut() {
    let server = start(Settings { idle_h1_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    trickle(&mut connection, LONG_HEAD).await;
    assert_eq!(server.metrics.cuts(Cut::SlowHead), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_trickled_second_head_is_cut_too() {
    let server = start(Settings { idle_h1_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    connection.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    until(&mut connection, "hello").await;
    sleep(Duration::from_millis(1_200)).await;
    assert_eq!(server.metrics.cuts(Cut::SlowHead), 0, "idle time is not the head's");
    trickle(&mut connection, LONG_HEAD).await;
    assert_eq!(server.metrics.cuts(Cut::SlowHead), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = start(Settings { idle_h1_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    assert_eq!(until_closed(&mut connection).await, "");
    assert_eq!(server.metrics.cuts(Cut::SlowHead), 1);
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let server = start(Settings { header_timeout_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    connection.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    assert!(until_closed(&mut connection).await.ends_with("hello"));
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_takes_long_is_not_cut() {
    let server = start(quick());
    let mut connection = server.connect().await;
    connection.write_all(b"GET /wait HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(1_800)).await;
    server.app.gate.add_permits(1);
    until(&mut connection, "waited").await;
    server.stop().await;
}

const POST: &str = "POST /length HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\n";

#[tokio::test]
async fn a_body_that_never_begins_is_given_up() {
    let server = start(quick());
    let answer = server.ask(POST).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.ends_with("too slowly"), "{answer}");
    assert_eq!(server.metrics.cuts(Cut::SlowBody), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_trickled_body_is_given_up() {
    let server = start(quick());
    let mut connection = server.connect().await;
    connection.write_all(POST.as_bytes()).await.unwrap();
    trickle(&mut connection, &"a".repeat(99)).await;
    assert_eq!(server.metrics.cuts(Cut::SlowBody), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_body_at_a_fair_rate_is_read() {
    let server = start(quick());
    let mut connection = server.connect().await;
    let head = POST.replace("100", "20000");
    connection.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..10 {
        sleep(Duration::from_millis(150)).await;
        connection.write_all(&[b'a'; 2_000]).await.unwrap();
    }
    until(&mut connection, "20000").await;
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_stops_is_reset() {
    let server = start(quick());
    let mut connection = server.connect().await;
    connection.write_all(b"GET /blocks HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    eventually(|| server.metrics.cuts(Cut::StalledReader) == 1).await;
    let read = until_closed(&mut connection).await;
    assert!(!read.ends_with("0\r\n\r\n"), "the answer is incomplete, and looks so");
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_pauses_is_not() {
    let server = start(Settings { write_stall_seconds: 10, ..quick() });
    let mut connection = server.connect().await;
    let request = "GET /blocks HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(1_500)).await;
    assert!(until_closed(&mut connection).await.ends_with("0\r\n\r\n"));
    server.stop().await;
}

#[tokio::test]
async fn a_slow_but_steady_reader_is_served() {
    let server = start(quick());
    let mut connection = server.connect().await;
    connection.write_all(b"GET /blocks HTTP/1.1\r\nHost: a.example\r\n\r\n").await.unwrap();
    let mut block = vec![0; 64 * 1024];
    let mut tick = interval(Duration::from_millis(100));
    for _ in 0..20 {
        tick.tick().await;
        assert!(connection.read(&mut block).await.unwrap() > 0);
    }
    assert_eq!(server.metrics.cuts(Cut::StalledReader), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_expects_to_be_asked_is_asked() {
    let server = start(quick());
    let mut connection = server.connect().await;
    let head = POST.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    until(&mut connection, "HTTP/1.1 100 Continue\r\n\r\n").await;
    connection.write_all(&[b'a'; 100]).await.unwrap();
    until(&mut connection, "\r\n\r\n100").await;
    server.stop().await;
}

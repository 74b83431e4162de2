//! Requests, good and bad, over HTTP/1.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use super::support::{quick, start, until, until_closed};
use crate::edge::Settings;
use crate::telemetry::connections::Speaks;

const CLOSE: &str = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_is_answered_and_told_its_peer() {
    let server = start(quick());
    let answer = server.ask(&CLOSE.replace("GET /", "GET /peer")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("Http1 false"), "{answer}");
    assert_eq!(server.stop().await.cut, 0);
}

#[tokio::test]
async fn a_request_without_one_valid_host_gets_the_apps_400() {
    let server = start(quick());
    for request in [
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
    ] {
        let answer = server.ask(request).await;
        assert!(
            answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.0 400"),
            "{answer}"
        );
        assert!(answer.ends_with("BadHost"), "{answer}");
    }
    let absolute = "GET http://a.example/ HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(server.ask(absolute).await.ends_with("hello"));
    server.stop().await;
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_connection_goes_on() {
    let server = start(quick());
    let mut connection = server.connect().await;
    let request = CLOSE.replace("GET /", "GET /panic").replace("close", "keep-alive");
    connection.write_all(request.as_bytes()).await.unwrap();
    let answer = until(&mut connection, "Panicked").await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    connection.write_all(CLOSE.as_bytes()).await.unwrap();
    until(&mut connection, "hello").await;
    assert_eq!(server.metrics.panics(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_panic_in_a_body_breaks_off_that_answer_only() {
    let server = start(quick());
    let answer = server.ask(&CLOSE.replace("GET /", "GET /panic-in-body")).await;
    assert!(!answer.ends_with("0\r\n\r\n"), "the answer is incomplete, and looks so: {answer}");
    assert!(server.ask(CLOSE).await.ends_with("hello"));
    assert_eq!(server.metrics.panics(), 1);
    server.stop().await;
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let server = start(quick());
    for headers in [
        "Content-Length: 3\r\nContent-Length: 4",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip",
        "Content-Length: +3",
        "Host : b.example",
        "X-Folded: a\r\n b",
    ] {
        let request = format!("POST /length HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n\r\nabc");
        let answer = server.ask(&request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn chunks_are_not_for_http_1_0() {
    let server = start(quick());
    let request = "POST /length HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(server.ask(request).await.contains(" 400 Bad Request"));
    server.stop().await;
}

#[tokio::test]
async fn chunks_win_over_a_length_and_end_the_connection() {
    let server = start(quick());
    let smuggled = "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = format!(
        "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        smuggled.len() + 5,
    );
    let answer = server.ask(&request).await;
    assert!(answer.ends_with("\r\n\r\n0"), "one answer, of an empty body: {answer}");
    server.stop().await;
}

#[tokio::test]
async fn an_upgrade_is_not_made() {
    let server = start(quick());
    let request = CLOSE.replace("Connection: close", "Connection: Upgrade, close\r\nUpgrade: h2c");
    assert!(server.ask(&request).await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

#[tokio::test]
async fn open_connections_are_counted() {
    let server = start(quick());
    let mut connection = server.connect().await;
    connection.write_all(CLOSE.replace("close", "keep-alive").as_bytes()).await.unwrap();
    until(&mut connection, "hello").await;
    assert_eq!(server.metrics.open(Speaks::Plain), 1);
    drop(connection);
    super::support::eventually(|| server.metrics.open(Speaks::Plain) == 0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_on_after_a_rest() {
    let server = start(Settings { idle_h1_seconds: 60, header_timeout_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    let keep = CLOSE.replace("close", "keep-alive");
    for _ in 0..2 {
        connection.write_all(keep.as_bytes()).await.unwrap();
        until(&mut connection, "hello").await;
        sleep(Duration::from_millis(1_300)).await;
    }
    let long = keep.replace("Host", &format!("X-Long: {}\r\nHost", "a".repeat(5_000)));
    connection.write_all(long.as_bytes()).await.unwrap();
    until(&mut connection, "hello").await;
    server.stop().await;
}

#[tokio::test]
async fn half_a_head_survives_a_rest() {
    let server = start(Settings { idle_h1_seconds: 60, header_timeout_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    let keep = CLOSE.replace("close", "keep-alive");
    connection.write_all(format!("{keep}GET /peer HT").as_bytes()).await.unwrap();
    until(&mut connection, "hello").await;
    sleep(Duration::from_millis(1_300)).await;
    connection.write_all(&CLOSE.as_bytes()["GET / HT".len()..]).await.unwrap();
    until(&mut connection, "Http1 false").await;
    server.stop().await;
}

#[tokio::test]
async fn an_unread_body_is_never_taken_for_a_request() {
    let server = start(Settings { idle_h1_seconds: 60, header_timeout_seconds: 60, ..quick() });
    let mut connection = server.connect().await;
    let head = "POST /too-large HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    until(&mut connection, "too large").await;
    sleep(Duration::from_millis(1_300)).await;
    let _ = connection.write_all(CLOSE.as_bytes()).await;
    assert_eq!(until_closed(&mut connection).await, "");
    server.stop().await;
}

#[tokio::test]
async fn a_request_at_the_moment_of_parking_is_answered() {
    let server = start(Settings { idle_h1_seconds: 60, ..quick() });
    let one = async |number: u64| {
        let mut connection = server.connect().await;
        let keep = CLOSE.replace("close", "keep-alive");
        for _ in 0..2 {
            connection.write_all(keep.as_bytes()).await.unwrap();
            until(&mut connection, "hello").await;
            sleep(Duration::from_micros(980_000 + number * 400)).await;
        }
        connection.write_all(CLOSE.as_bytes()).await.unwrap();
        assert!(until_closed(&mut connection).await.ends_with("hello"));
    };
    futures_util::future::join_all((0..100).map(one)).await;
    assert_eq!(server.stop().await.cut, 0);
}

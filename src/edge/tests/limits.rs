//! Sizes and counts.

use tokio::io::AsyncWriteExt;

use super::support::{quick, start, until, until_closed};
use crate::edge::{Bound, EdgeError, Listen, Settings, bind, bind_plain};
use crate::telemetry::connections::ConnectionMetrics;

fn request(headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_head_may_have_its_size_and_no_more() {
    let server = start(quick());
    let fits = request(&format!("X-Long: {}\r\n", "a".repeat(30 * 1024)));
    assert!(server.ask(&fits).await.ends_with("hello"));
    let too_long = request(&format!("X-Long: {}\r\n", "a".repeat(33 * 1024)));
    assert!(server.ask(&too_long).await.starts_with("HTTP/1.1 431"));
    server.stop().await;
}

#[tokio::test]
async fn a_head_may_have_its_count_and_no_more() {
    let server = start(quick());
    assert!(server.ask(&request(&"X-One: 1\r\n".repeat(62))).await.ends_with("hello"));
    let too_many = server.ask(&request(&"X-One: 1\r\n".repeat(63))).await;
    assert!(too_many.starts_with("HTTP/1.1 431") && too_many.ends_with("TooManyHeaders"));
    assert!(server.ask(&request(&"X-One: 1\r\n".repeat(200))).await.starts_with("HTTP/1.1 431"));
    server.stop().await;
}

#[tokio::test]
async fn above_the_cap_a_connection_waits_until_another_ends() {
    let server = start(Settings { connections_max: 2, idle_h1_seconds: 60, ..quick() });
    let keep = request("").replace("close", "keep-alive");
    let mut first = server.connect().await;
    first.write_all(keep.as_bytes()).await.unwrap();
    until(&mut first, "hello").await;
    let mut second = server.connect().await;
    second.write_all(keep.as_bytes()).await.unwrap();
    until(&mut second, "hello").await;
    let mut third = server.connect().await;
    third.write_all(keep.as_bytes()).await.unwrap();
    let waits =
        tokio::time::timeout(std::time::Duration::from_millis(300), until(&mut third, "hello"));
    assert!(waits.await.is_err());
    drop(first);
    until(&mut third, "hello").await;
    server.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = plain_at(address).unwrap_err();
    assert!(matches!(error, EdgeError::AddressInUse { address: named } if named == address));
    let ours = plain_at("127.0.0.1:0".parse().unwrap()).unwrap();
    assert!(matches!(plain_at(ours.addresses()[0]), Err(EdgeError::AddressInUse { .. })));
}

fn plain_at(address: std::net::SocketAddr) -> Result<Bound, EdgeError> {
    let metrics = ConnectionMetrics::new(&prometheus::Registry::new());
    bind_plain(vec![address], quick(), metrics)
}

#[test]
fn bad_settings_are_told_before_anything_is_taken() {
    let metrics = ConnectionMetrics::new(&prometheus::Registry::new());
    let listen = Listen { addresses: Vec::new(), tls: None };
    let settings = Settings { h2_streams_max: 0, idle_h2_seconds: 0, ..quick() };
    let error = bind(&listen, settings, metrics).unwrap_err();
    assert_eq!(
        error.to_string(),
        "settings: idle_h2_seconds is 0; h2_streams_max is 0; no address to listen on"
    );
}

#[tokio::test]
async fn several_workers_serve_one_port() {
    let server = start(Settings { workers: 3, ..quick() });
    for _ in 0..30 {
        assert!(server.ask(&request("")).await.ends_with("hello"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_before_the_body_reaches_the_client() {
    let server = start(quick());
    let mut connection = server.connect().await;
    let head = "POST /too-large HTTP/1.1\r\nHost: a.example\r\nContent-Length: 50000000\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = connection.split();
    let body = async {
        let block = vec![7; 64 * 1024];
        while write.write_all(&block).await.is_ok() {}
    };
    let answer = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        until_closed(&mut read).await
    };
    let answer = tokio::select! { () = body => String::new(), answer = answer => answer };
    assert!(answer.ends_with("too large"), "{answer:?}");
    server.stop().await;
}

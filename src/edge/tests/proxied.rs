//! A balancer that speaks for others.

use tokio::io::AsyncWriteExt;

use super::support::{quick, start, until_closed};
use crate::edge::Settings;

const ASK: &str = "GET /address HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
/// 192.0.2.7:12345 through a balancer.
const HEADER: &[u8] =
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\x01\x0a\x30\x39\x01\xbb";

fn behind() -> Settings {
    Settings { balancers: vec!["127.0.0.1".parse().unwrap()], ..quick() }
}

#[tokio::test]
async fn a_request_is_of_whom_the_balancer_names() {
    let server = start(behind());
    let mut connection = server.connect().await;
    connection.write_all(&[HEADER, ASK.as_bytes()].concat()).await.unwrap();
    assert!(until_closed(&mut connection).await.ends_with("\r\n192.0.2.7:12345"));
    server.stop().await;
}

#[tokio::test]
async fn a_balancer_that_names_nobody_is_refused() {
    let server = start(behind());
    assert_eq!(server.ask(ASK).await, "");
    let mut silent = server.connect().await;
    assert_eq!(until_closed(&mut silent).await, "");
    server.stop().await;
}

#[tokio::test]
async fn nobody_else_may_name_another() {
    let server = start(Settings { balancers: vec!["192.0.2.1".parse().unwrap()], ..quick() });
    assert!(server.ask(ASK).await.contains("127.0.0.1:"));
    let mut forger = server.connect().await;
    forger.write_all(&[HEADER, ASK.as_bytes()].concat()).await.unwrap();
    assert!(!until_closed(&mut forger).await.contains("192.0.2.7"));
    server.stop().await;
}

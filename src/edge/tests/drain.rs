//! The gentle end.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{BLOCK_BYTES, BLOCKS, quick, start, until, until_closed};
use crate::edge::{Report, Settings};

const KEEP: &str = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

#[tokio::test]
async fn a_download_finishes_while_idle_connections_close() {
    let settings =
        Settings { drain_seconds: 20, idle_h1_seconds: 60, write_stall_seconds: 30, ..quick() };
    let server = start(Settings { header_timeout_seconds: 60, ..settings });
    let mut idle = server.connect().await;
    idle.write_all(KEEP.as_bytes()).await.unwrap();
    until(&mut idle, "hello").await;
    let mut unused = server.connect().await;
    let mut download = server.connect().await;
    download.write_all(KEEP.replace("GET /", "GET /blocks").as_bytes()).await.unwrap();
    until(&mut download, "\r\n\r\n").await;

    server.begin_drain();
    assert_eq!(until_closed(&mut idle).await, "");
    assert_eq!(until_closed(&mut unused).await, "");
    let address = server.address;
    let refused = async { while tokio::net::TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(super::support::PATIENCE, refused).await.unwrap();

    let mut rest = Vec::new();
    download.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n") && rest.len() > BLOCK_BYTES * (BLOCKS - 20));
    let report = server.ended().await;
    assert_eq!(report.cut, 0);
    assert!(report.finished >= 1, "{report:?}");
}

#[tokio::test]
async fn what_does_not_finish_is_cut() {
    let server = start(quick());
    let mut waiting = server.connect().await;
    waiting.write_all(KEEP.replace("GET /", "GET /wait").as_bytes()).await.unwrap();
    let mut other = server.connect().await;
    other.write_all(KEEP.as_bytes()).await.unwrap();
    until(&mut other, "hello").await;
    let report = server.stop().await;
    assert_eq!(report, Report { finished: 1, cut: 1 });
    assert_eq!(until_closed(&mut waiting).await, "");
}

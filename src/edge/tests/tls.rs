//! Handshakes, versions, protocols, tickets and certificates.

use std::fs;
use std::time::Duration;

use rustls::HandshakeKind;
use tokio::io::AsyncWriteExt;

use super::certificates::{ALL, Folder, Issued, client, client_config, issue, shake};
use super::support::{eventually, numbers, quick, start_at, until, until_closed};
use crate::edge::{CipherChoice, Settings};
use crate::telemetry::connections::{Cut, HandshakeFailure, Speaks};

const PEER: &str = "GET /peer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn both_versions_speak_http_1_with_every_cipher_choice() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    for cipher in [CipherChoice::Measured, CipherChoice::AwsLc, CipherChoice::Ring] {
        let server = start_at(Some(folder.files()), Settings { cipher, ..quick() });
        for version in ALL {
            for alpn in [&["http/1.1"][..], &[]] {
                let mut stream = shake(&server, &client(&issued, alpn, &[version])).await.unwrap();
                assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
                stream.write_all(PEER.as_bytes()).await.unwrap();
                until(&mut stream, "Http1 true").await;
            }
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn http_2_is_chosen_by_alpn() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), quick());
    let config = client_config(&issued, &["h2", "http/1.1"], ALL);
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .resolve("localhost", server.address)
        .build()
        .unwrap();
    let url = format!("https://localhost:{}", server.address.port());
    let answer = client.get(format!("{url}/peer")).send().await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "Http2 true");
    assert_eq!(server.metrics.open(Speaks::H2), 1);
    let answer = client.get(format!("{url}/panic")).send().await.unwrap();
    assert_eq!(answer.status(), http::StatusCode::INTERNAL_SERVER_ERROR);
    let sent = client.post(format!("{url}/length")).body(vec![7; 1_000_000]).send().await.unwrap();
    assert_eq!(sent.text().await.unwrap(), "1000000");
    let report = server.stop().await;
    assert_eq!((report.finished, report.cut), (1, 0));
}

#[tokio::test]
async fn large_answers_arrive_whole_however_they_are_sealed() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    for cipher in [CipherChoice::Measured, CipherChoice::AwsLc, CipherChoice::Ring] {
        let server = start_at(Some(folder.files()), Settings { cipher, ..quick() });
        let url = format!("https://localhost:{}/numbers", server.address.port());
        for (alpn, version) in ALL.iter().flat_map(|v| [("h2", *v), ("http/1.1", *v)]) {
            let client = reqwest::Client::builder()
                .tls_backend_preconfigured(client_config(&issued, &[alpn], &[version]))
                .resolve("localhost", server.address)
                .build()
                .unwrap();
            let get = || async { client.get(&url).send().await.unwrap().bytes().await.unwrap() };
            // Several at once share a connection of HTTP/2, and the second has a quick client.
            let (one, other) = tokio::join!(get(), get());
            assert!([one, other, get().await].iter().all(|body| *body == numbers()), "{alpn}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_second_handshake_resumes() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), Settings { workers: 2, ..quick() });
    for version in ALL {
        let client = client(&issued, &[], &[version]);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            let mut stream = shake(&server, &client).await.unwrap();
            stream.write_all(PEER.as_bytes()).await.unwrap();
            until(&mut stream, "Http1 true").await;
            let got = stream.get_ref().1.handshake_kind();
            assert_eq!(got, Some(kind), "{:?}", version.version);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn failures_are_counted_by_reason() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let settings = Settings { header_timeout_seconds: 10, ..quick() };
    let server = start_at(Some(folder.files()), settings);
    let failed = |reason| server.metrics.handshakes_failed(reason);

    let mut silent = server.connect().await;
    assert_eq!(until_closed(&mut silent).await, "");
    eventually(|| failed(HandshakeFailure::Slow) == 1).await;

    drop(server.connect().await);
    eventually(|| failed(HandshakeFailure::Closed) == 1).await;

    assert!(!server.ask(PEER).await.contains("HTTP/1.1 200"));
    eventually(|| failed(HandshakeFailure::NotTls) == 1).await;

    assert!(shake(&server, &client(&issued, &["spdy/3"], ALL)).await.is_err());
    eventually(|| failed(HandshakeFailure::NothingInCommon) == 1).await;

    assert!(shake(&server, &client(&issue(2100), &[], ALL)).await.is_err());
    eventually(|| failed(HandshakeFailure::Refused) == 1).await;
    server.stop().await;
}

#[tokio::test]
async fn a_trickled_hello_is_cut() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), quick());
    let mut connection = server.connect().await;
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    let mut tick = tokio::time::interval(Duration::from_millis(150));
    for byte in hello.iter().cycle().take(100) {
        tick.tick().await;
        if connection.write_all(&[*byte]).await.is_err() {
            break;
        }
    }
    eventually(|| server.metrics.handshakes_failed(HandshakeFailure::Slow) == 1).await;
    server.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_bad_one_is_not() {
    let (first, second) = (issue(2098), issue(2099));
    let folder = Folder::with(&first);
    let server = start_at(Some(folder.files()), quick());
    let shown = async |trusted: &Issued| shake(&server, &client(trusted, &[], ALL)).await.is_ok();
    assert!(shown(&first).await);

    fs::write(folder.files().certificate, &second.certificate_pem).unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(shown(&first).await, "the pair does not match, so the old one stays");

    fs::write(folder.files().key, &second.key_pem).unwrap();
    let waiting = async { while !shown(&second).await {} };
    tokio::time::timeout(super::support::PATIENCE, waiting).await.unwrap();
    assert!(!shown(&first).await);

    fs::remove_file(folder.files().key).unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(shown(&second).await);
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_stops_is_reset_under_tls_too() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let server = start_at(Some(folder.files()), quick());
    let mut stream = shake(&server, &client(&issued, &[], ALL)).await.unwrap();
    stream.write_all(PEER.replace("/peer", "/blocks").as_bytes()).await.unwrap();
    eventually(|| server.metrics.cuts(Cut::StalledReader) == 1).await;
    assert!(!until_closed(&mut stream).await.ends_with("0\r\n\r\n"));
    assert_eq!(server.metrics.cuts(Cut::StalledReader), 1, "counted once");
    server.stop().await;
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_refused() {
    let issued = issue(2100);
    let folder = Folder::with(&issued);
    let settings =
        Settings { connections_per_address_max: 1, header_timeout_seconds: 10, ..quick() };
    let server = start_at(Some(folder.files()), settings);
    let first = shake(&server, &client(&issued, &[], ALL)).await.unwrap();
    assert!(shake(&server, &client(&issued, &[], ALL)).await.is_err());
    assert_eq!(server.metrics.refusals(), 1);
    drop(first);
    eventually(|| server.metrics.open(Speaks::H1) == 0).await;
    // The gauge falls a moment before the place is free again.
    let mut again = shake(&server, &client(&issued, &[], ALL)).await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        again = shake(&server, &client(&issued, &[], ALL)).await;
    }
    again.unwrap();
    server.stop().await;
}

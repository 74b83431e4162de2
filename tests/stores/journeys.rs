//! The whole way on each store: a release built to it, served from it, the same as from a folder.

use reqwest::StatusCode;

use crate::emulators::{Emulator, Kind, configuration};
use crate::support::{Browser, Demo, sha256};

const FILES: [&str; 2] = ["results.csv", "scripts.zip"];

/// Digests of a school's files.
async fn files(demo: &Demo, laestab: &str) -> Vec<String> {
    let schools = demo.accounts("school_user");
    let school = schools.iter().find(|account| account.laestab == laestab).unwrap();
    let browser = Browser::signed_in(demo, school).await;
    let mut digests = Vec::new();
    for file in FILES {
        let answer = browser.get(&format!("/results/{laestab}/{file}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        digests.push(sha256(&answer.bytes().await.unwrap()));
    }
    digests
}

async fn journey(kind: Kind) {
    let emulator = Emulator::of(kind);
    let place = emulator.empty("journey", emulator.address).await;
    let folder = tempfile::tempdir().unwrap();
    let start = configuration(folder.path(), &place);
    let remote = Demo::of_sample(4, &["--released", "--config", start.to_str().unwrap()]);
    assert!(remote.ready["blob_dir"].is_null(), "nothing lies in a folder");
    let local = Demo::of_sample(4, &["--released"]);
    let laestab = local.account("school_user").laestab;
    assert_eq!(files(&remote, &laestab).await, files(&local, &laestab).await);
    let (code, out, err) = remote.command(&["release", "verify", remote.text("release")]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, out, err) = remote.command(&["check"]);
    assert!(!format!("{out}{err}").contains("blob store"), "{out}{err}");
}

#[tokio::test]
async fn a_release_lives_in_azure() {
    journey(Kind::Azure).await;
}

#[tokio::test]
async fn a_release_lives_in_s3() {
    journey(Kind::S3).await;
}

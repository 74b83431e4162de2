//! The server killed or told to end in the middle of things.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Response, StatusCode};

use crate::support::{Browser, Demo, program};

/// Downloads that run when the server is told to end.
const DOWNLOADS: usize = 50;
/// Bytes of each: together more than the client lets come unread, so that they are on their way, and little
/// enough to come within the time of a drain on a machine that is busy with other tests.
const DOWNLOAD_BYTES: usize = 512 * 1024;

#[tokio::test]
async fn kill_in_mid_download_loses_no_grant_and_the_download_resumes() {
    let mut demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    let mut download = browser.get(&bundle).await;
    let etag = download.headers()["etag"].clone();
    let total: usize = download.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let mut bytes = download.chunk().await.unwrap().unwrap().to_vec();
    demo.kill();
    while let Ok(Some(chunk)) = download.chunk().await {
        bytes.extend_from_slice(&chunk);
    }
    demo.restart();
    let rest = browser
        .request(reqwest::Method::GET, &bundle)
        .header("range", format!("bytes={}-", bytes.len()))
        .header("if-range", etag)
        .send()
        .await
        .unwrap();
    if bytes.len() < total {
        assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
        bytes.extend_from_slice(&rest.bytes().await.unwrap());
    }
    assert_eq!(bytes.len(), total);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for place in 0..archive.len() {
        std::io::copy(&mut archive.by_index(place).unwrap(), &mut std::io::sink()).unwrap();
    }
    let sql =
        "SELECT count(*) FROM journal_entries WHERE kind = 'granted' AND record::text LIKE '%'";
    super::database::eventually("the killed node's grant is shipped", async || {
        demo.query(sql).await[0][0] != "0"
    })
    .await;
}

#[tokio::test]
async fn sigterm_lets_fifty_downloads_finish() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    let whole = browser.get(&bundle).await.bytes().await.unwrap();
    let range = format!("bytes=0-{}", DOWNLOAD_BYTES - 1);
    let mut downloads = Vec::new();
    for _ in 0..DOWNLOADS {
        let request = browser.request(reqwest::Method::GET, &bundle).header("range", &range);
        downloads.push(request.send().await.unwrap());
    }
    demo.signal("-TERM");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let reading = downloads.into_iter().map(Response::bytes);
    for download in futures_util::future::join_all(reading).await {
        assert_eq!(download.unwrap(), whole[..DOWNLOAD_BYTES]);
    }
    assert!(demo.wait_end().success());
    let data = demo.text("postgres_data");
    assert!(!Path::new(data).join("postmaster.pid").exists(), "Postgres ended with it");
}

#[test]
fn a_port_in_use_is_named_and_the_other_demo_is_unharmed() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = program()
        .args(["demo", "--schools", "1", "--ops-port", "0", "--port", &port, "--data"])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(69));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("127.0.0.1:{port} is already in use")), "{said}");
}

#[test]
fn a_second_demo_on_the_same_folder_is_refused() {
    let demo = Demo::start(&["--schools", "1", "--released"]);
    let output = program().args(["demo", "--data"]).arg(demo.data()).output().unwrap();
    assert_eq!(output.status.code(), Some(69));
    assert!(Path::new(demo.text("postgres_data")).join("postmaster.pid").exists());
}

#[test]
fn a_build_that_is_killed_goes_on_and_gives_the_same_release() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        program()
            .args([
                "demo",
                "--schools",
                "6",
                "--port",
                "0",
                "--ops-port",
                "0",
                "--released",
                "--data",
            ])
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let packs = || -> Vec<(std::path::PathBuf, u64)> {
        let mut found = Vec::new();
        let mut folders = vec![folder.path().join("data/blobs")];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "results") {
                    found.push((path, entry.metadata().unwrap().ino()));
                }
            }
        }
        found
    };
    let mut first = start();
    while packs().is_empty() {
        assert!(first.try_wait().unwrap().is_none(), "ended before it wrote anything");
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let written = packs();
    let mut second = start();
    let ready = folder.path().join("data/ready.json");
    while !ready.exists() {
        assert!(second.try_wait().unwrap().is_none(), "the second build failed");
        std::thread::sleep(Duration::from_millis(50));
    }
    let after = packs();
    assert!(after.len() > written.len());
    for pack in &written {
        assert!(after.contains(pack), "a finished pack is used, not written again");
    }
    let pid = second.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(second.wait().unwrap().success());
    let place = std::fs::read_to_string(folder.path().join("data/postgres.place")).unwrap();
    if let Some(home) = Path::new(place.trim()).parent().filter(|h| h.starts_with("/var/tmp")) {
        std::fs::remove_dir_all(home).unwrap();
    }
}

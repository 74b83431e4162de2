//! A store behind a proxy that fails in every way: nothing wrong served, bounded tries, and no restart needed.

use std::sync::Arc;

use daybreak::blob::retry::{RESERVE, TRIES_MAX};
use daybreak::blob::{BlobError, Blobs};
use prometheus::Registry;
use reqwest::{Method, StatusCode};

use crate::copies::counted;
use crate::emulators::{Emulator, Kind, configuration};
use crate::proxy::{Mode, Proxy};
use crate::support::{Browser, Demo, header, sha256, until};

/// A store behind a proxy, and what keeps it running.
async fn behind_a_proxy(
    kind: Kind,
    name: &str,
    registry: &Registry,
) -> (Blobs, Proxy, Arc<Emulator>) {
    let emulator = Emulator::of(kind);
    let proxy = Proxy::start(emulator.address);
    let place = emulator.empty(name, proxy.address).await;
    (Blobs::open(&place, None, registry).unwrap(), proxy, emulator)
}

#[tokio::test]
async fn a_store_that_fails_twice_is_asked_a_third_time() {
    for kind in [Kind::Azure, Kind::S3] {
        let emulator = Emulator::of(kind);
        let proxy = Proxy::start(emulator.address);
        let place = emulator.empty("blink", proxy.address).await;
        for status in [500, 503, 429] {
            // A client of its own: one with connections that the change has ended would lose a try to them.
            let registry = Registry::new();
            let blobs = Blobs::open(&place, None, &registry).unwrap();
            proxy.set(Mode::AnswerFirst(2, status));
            blobs.put("object", "what it says".into()).await.unwrap();
            assert_eq!(proxy.connections(), 3, "{status}");
            assert_eq!(blobs.get_range("object", 5, 12).await.unwrap(), "it says", "{status}");
            assert_eq!(counted(&registry, "blob_retries_total"), 2);
            assert_eq!(counted(&registry, "blob_errors_total"), 0);
        }
    }
}

#[tokio::test]
async fn an_outage_is_not_multiplied_by_retries() {
    let registry = Registry::new();
    let (blobs, proxy, _running) = behind_a_proxy(Kind::S3, "outage", &registry).await;
    proxy.set(Mode::Answer(503));
    for _ in 0..60 {
        blobs.get("object").await.unwrap_err();
    }
    assert_eq!(proxy.connections(), 60 + RESERVE as usize);
    assert_eq!(counted(&registry, "blob_errors_total"), 60);
}

#[tokio::test]
async fn what_the_store_refuses_is_not_asked_again() {
    let (blobs, proxy, _running) = behind_a_proxy(Kind::S3, "revoked", &Registry::new()).await;
    blobs.put("object", "x".into()).await.unwrap();
    proxy.set(Mode::Answer(403));
    let refused = blobs.get("object").await.unwrap_err();
    assert!(matches!(refused, BlobError::Store { .. }), "{refused}");
    assert_eq!(proxy.connections(), 1);
    proxy.set(Mode::Pass);
    assert_eq!(blobs.get("object").await.unwrap(), "x");
}

#[tokio::test]
async fn an_object_cut_off_is_asked_for_again_and_never_taken_for_whole() {
    let (blobs, proxy, _running) = behind_a_proxy(Kind::S3, "cut", &Registry::new()).await;
    blobs.put("object", vec![7; 200_000].into()).await.unwrap();
    proxy.set(Mode::CutAfter(100_000));
    blobs.get_range("object", 0, 200_000).await.unwrap_err();
    blobs.get("object").await.unwrap_err();
    // A connection that the change has ended may have cost a try.
    assert!((2..=2 * TRIES_MAX as usize).contains(&proxy.connections()));
}

/// Whether a bundle came whole; if so it is the approved one, and if not it says so.
async fn bundle(browser: &Browser, laestab: &str) -> bool {
    let path = format!("/results/{laestab}/scripts.zip");
    // A body may be cut off before its head was looked at.
    let Ok(answer) = browser.request(Method::GET, &path).send().await else { return false };
    if answer.status() != StatusCode::OK {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
        assert!(answer.text().await.unwrap().contains("<h1"), "a page for people");
        return false;
    }
    let tag = header(&answer, "etag").trim_matches('"').to_owned();
    let Ok(bytes) = answer.bytes().await else { return false };
    assert!(sha256(&bytes).starts_with(&tag), "the approved bytes");
    true
}

#[tokio::test]
async fn with_the_store_in_any_trouble_results_go_on_and_scripts_come_back() {
    let moto = Emulator::of(Kind::S3);
    let proxy = Proxy::start(moto.address);
    let place = moto.empty("trouble", proxy.address).await;
    let folder = tempfile::tempdir().unwrap();
    let start = configuration(folder.path(), &place);
    let demo = Demo::of_sample(8, &["--released", "--config", start.to_str().unwrap()]);
    let modes = [
        Mode::Refuse,
        Mode::Slow,
        Mode::StallAfter(2_000),
        Mode::Answer(500),
        Mode::Answer(403),
        // Within the head of the answer; within the body it is cut in the test above.
        Mode::CutAfter(100),
    ];
    // Each trouble meets a school whose scripts nobody has read yet.
    let mut schools = demo.listed_accounts("school_user");
    schools.sort_by(|one, other| one.laestab.cmp(&other.laestab));
    schools.dedup_by(|one, other| one.laestab == other.laestab);
    assert!(schools.len() >= modes.len());
    for (mode, school) in modes.into_iter().zip(&schools) {
        let browser = Browser::signed_in(&demo, school).await;
        proxy.set(mode);
        let results = format!("/results/{}", school.laestab);
        assert!(!bundle(&browser, &school.laestab).await, "{mode:?} {}", school.laestab);
        for file in ["results.csv", "results-with-ta.csv", "results.xml"] {
            let status = browser.get(&format!("{results}/{file}")).await.status();
            assert_eq!(status, StatusCode::OK, "{mode:?} {file}");
        }
        assert!(browser.page(&results).await.contains("<h1"), "{mode:?}");
        if mode == Mode::Answer(403) {
            let (code, _, err) = demo.command(&["check"]);
            assert_eq!(code, 69, "{err}");
            assert!(err.contains("blob store"), "{err}");
        }
        proxy.set(Mode::Pass);
        until("scripts come back", async || bundle(&browser, &school.laestab).await).await;
    }
    assert!(demo.metric("daybreak_blob_errors_total{op=\"get_range\"}").await >= 6.0);
}

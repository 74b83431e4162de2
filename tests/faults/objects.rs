//! Blob store away, objects damaged or swapped: never a wrong byte, and small files go on.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;

use crate::support::{Browser, Demo, until};

fn flip(path: &Path, place: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[place] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn with_the_store_gone_results_come_from_memory_and_scripts_say_so() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let blobs = PathBuf::from(demo.text("blob_dir"));
    let aside = blobs.with_extension("aside");
    std::fs::rename(&blobs, &aside).unwrap();
    let results = format!("/results/{}", school.laestab);
    for file in ["results.csv", "results-with-ta.csv", "results.xml"] {
        assert_eq!(browser.get(&format!("{results}/{file}")).await.status(), StatusCode::OK);
    }
    assert!(browser.page(&results).await.contains("<h1"));
    for file in ["scripts.zip", "results.pdf", "results.xlsx"] {
        let refused = browser.get(&format!("{results}/{file}")).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "{file}");
        assert!(refused.headers().contains_key("retry-after"));
        assert!(!refused.text().await.unwrap().contains("maintenance"));
    }
    std::fs::rename(&aside, &blobs).unwrap();
    for file in ["scripts.zip", "results.pdf", "results.xlsx"] {
        assert_eq!(browser.get(&format!("{results}/{file}")).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_flipped_byte_is_never_served_and_verify_names_the_object() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    for bundle in demo.objects("scripts.zip") {
        let middle = usize::try_from(std::fs::metadata(&bundle).unwrap().len() / 2).unwrap();
        flip(&bundle, middle);
    }
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    // It may be cut off before the client has looked at its head.
    let answer = browser.request(reqwest::Method::GET, &bundle).send().await;
    let whole = match answer {
        Ok(answer) => answer.status() == StatusCode::OK && answer.bytes().await.is_ok(),
        Err(_) => false,
    };
    assert!(!whole, "a damaged bundle is refused or cut, never completed");
    let (code, _, err) = demo.command(&["release", "verify", demo.text("release")]);
    assert_eq!(code, 65, "{err}");
    assert!(err.contains("scripts.zip") && err.contains("does not match its digest"), "{err}");
}

#[tokio::test]
async fn a_damaged_document_is_not_served_and_the_results_beside_it_are() {
    let mut demo = Demo::start(&["--schools", "4", "--released"]);
    demo.kill();
    for pack in demo.objects(".results") {
        // The last section is a letter, which nodes do not keep in memory.
        let last = usize::try_from(std::fs::metadata(&pack).unwrap().len() - 1).unwrap();
        flip(&pack, last);
    }
    demo.restart();
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let results = format!("/results/{}", school.laestab);
    assert_eq!(browser.get(&format!("{results}/results.csv")).await.status(), StatusCode::OK);
    assert_eq!(browser.get(&format!("{results}/results.xlsx")).await.status(), StatusCode::OK);
    let refused = browser.get(&format!("{results}/results.pdf")).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (code, _, err) = demo.command(&["release", "verify", demo.text("release")]);
    assert_eq!(code, 65, "{err}");
    assert!(err.contains(".results") && err.contains("does not match its digest"), "{err}");
}

#[tokio::test]
async fn swapped_objects_of_two_schools_are_not_loaded() {
    let mut demo = Demo::start(&["--schools", "4", "--released"]);
    let packs = demo.objects(".results");
    demo.kill();
    let (one, two) = (std::fs::read(&packs[0]).unwrap(), std::fs::read(&packs[1]).unwrap());
    std::fs::write(&packs[0], two).unwrap();
    std::fs::write(&packs[1], one).unwrap();
    demo.restart();
    assert!(demo.metric("daybreak_release_preloaded_ratio").await < 1.0);
    let ready = reqwest::get(format!("{}/health/ready", demo.text("ops_url"))).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (code, _, err) = demo.command(&["release", "verify", demo.text("release")]);
    assert_eq!(code, 65);
    assert_eq!(err.matches("does not match the manifest").count(), 2, "{err}");
}

#[tokio::test]
async fn a_stale_manifest_is_refused() {
    let mut demo = Demo::start(&["--schools", "4", "--released"]);
    demo.kill();
    let manifest = &demo.objects("manifest.json")[0];
    let text = std::fs::read_to_string(manifest).unwrap().replace("\"year\":2024", "\"year\":2023");
    std::fs::write(manifest, text).unwrap();
    demo.restart();
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    let answer = browser.get("/results").await;
    assert_ne!(answer.status(), StatusCode::OK);
    let (code, _, err) = demo.command(&["release", "verify", demo.text("release")]);
    assert_eq!(code, 65);
    assert!(err.contains("stale"), "{err}");
}

#[tokio::test]
async fn a_thousand_readers_of_a_cold_bundle_read_each_block_once() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    let size = browser
        .request(reqwest::Method::HEAD, &bundle)
        .send()
        .await
        .unwrap()
        .headers()["content-length"]
        .to_str()
        .unwrap()
        .parse::<u64>()
        .unwrap();
    let reads = "daybreak_blob_request_seconds_count{op=\"get_range\"}";
    let before = demo.metric(reads).await;
    let read = async || {
        let first = browser.request(reqwest::Method::GET, &bundle).header("range", "bytes=0-9999");
        let answer = first.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(answer.bytes().await.unwrap().len(), 10_000);
    };
    futures_util::future::join_all((0..1000).map(|_| read())).await;
    assert!((demo.metric(reads).await - before - 1.0).abs() < 0.5);
    let whole = browser.get(&bundle).await.bytes().await.unwrap();
    assert_eq!(whole.len() as u64, size);
    let blocks = size.div_ceil(1024 * 1024);
    let all = demo.metric(reads).await - before;
    assert!((all - f64::from(u32::try_from(blocks).unwrap())).abs() < 0.5, "{all} of {blocks}");
    assert!(
        demo.metric("daybreak_cache_requests_total{kind=\"scripts\",outcome=\"hit\"}").await > 0.0
    );
}

/// What nobody asks for is read all the same, once in a pass; what is damaged alarms and is named.
#[tokio::test]
async fn the_scrubber_finds_what_nobody_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("scrub.toml");
    std::fs::write(&config, "[scrub]\nevery_minutes = 1\n").unwrap();
    // Six hours after the release: it rests until three hours after.
    let config = config.to_str().unwrap();
    let demo = Demo::of_sample(4, &["--config", config, "--as-of", "2024-07-09T13:30:00"]);
    until("a pass found nothing", async || {
        demo.metric("daybreak_scrub_passed_timestamp_seconds").await > 0.0
    })
    .await;
    assert!(demo.metric("daybreak_scrub_bytes_total").await > 1_000_000.0);
    assert!(demo.metric("daybreak_scrub_found_total").await < 0.5);

    let bundle = demo.objects("scripts.zip").remove(0);
    let middle = usize::try_from(std::fs::metadata(&bundle).unwrap().len() / 2).unwrap();
    flip(&bundle, middle);
    // Of another school: a pack that is gone does not say where its bundle is.
    let others = demo.objects("results").into_iter().filter(|at| at.parent() != bundle.parent());
    std::fs::remove_file(others.min().unwrap()).unwrap();
    // The next pass begins within a minute, which may be all that one wait has.
    let found = async |name: &str, at_least: f64| {
        for _ in 0..1_800 {
            if demo.metric(name).await > at_least {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{name} stays below {at_least}");
    };
    found("daybreak_scrub_found_total", 1.5).await;
    found("daybreak_scrub_damaged", 1.5).await;
    let log = demo.log();
    let name = bundle.file_name().unwrap().to_str().unwrap();
    assert!(log.contains("the scrubber found") && log.contains(name), "{log}");
}

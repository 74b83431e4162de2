//! Two copies: the first good answer wins, damage is never passed on, and a build writes to both.

use std::path::Path;

use daybreak::blob::stores::Place;
use daybreak::blob::{BlobError, Blobs};
use prometheus::Registry;
use reqwest::StatusCode;
use tokio::time::{Duration, Instant};

use crate::emulators::{Emulator, Kind, configuration};
use crate::proxy::{Mode, Proxy};
use crate::support::{Browser, Demo, header, sha256};

/// Far below the deadline of a read, far above what a healthy copy needs.
const SOON: Duration = Duration::from_secs(4);

/// The sum of a counter over its labels.
pub(crate) fn counted(registry: &Registry, name: &str) -> u64 {
    let families = registry.gather();
    let family = families.iter().find(|family| family.name() == format!("daybreak_{name}"));
    let counters = family.unwrap().get_metric().iter();
    let total: f64 = counters.map(|metric| metric.get_counter().get_value()).sum();
    format!("{total:.0}").parse().unwrap()
}

fn folder(path: &Path) -> Place {
    Place::Folder(path.to_owned())
}

#[tokio::test]
async fn what_is_missing_short_or_damaged_in_one_copy_comes_from_the_other() {
    let places = tempfile::tempdir().unwrap();
    let (one, two) = (places.path().join("one"), places.path().join("two"));
    let registry = Registry::new();
    let blobs = Blobs::open(&folder(&one), Some(&folder(&two)), &registry).unwrap();
    for key in ["missing", "short", "damaged"] {
        blobs.put(key, "all of it".into()).await.unwrap();
        assert_eq!(std::fs::read(two.join(key)).unwrap(), b"all of it", "{key} is in both");
    }
    assert_eq!(counted(&registry, "blob_hedged_total"), 0);
    std::fs::remove_file(one.join("missing")).unwrap();
    std::fs::write(one.join("short"), "all").unwrap();
    std::fs::write(one.join("damaged"), "all of IT").unwrap();
    assert_eq!(blobs.get("missing").await.unwrap(), "all of it");
    assert_eq!(blobs.get_range("short", 1, 9).await.unwrap(), "ll of it");
    let right = |bytes: bytes::Bytes| match &bytes[..] {
        b"of it" => Ok(bytes),
        _ => Err("it is not right".to_owned()),
    };
    assert_eq!(blobs.get_range_checked("damaged", 4, 9, right).await.unwrap(), "of it");
    assert_eq!(counted(&registry, "blob_hedged_total"), 3);
    assert!(counted(&registry, "blob_damaged_total") >= 1);
    assert_eq!(counted(&registry, "blob_errors_total"), 0);
    std::fs::write(two.join("damaged"), "ALL OF IT").unwrap();
    let damaged = blobs.get_range_checked("damaged", 4, 9, right).await.unwrap_err();
    assert!(matches!(damaged, BlobError::Damaged { .. }), "{damaged}");
    assert_eq!(counted(&registry, "blob_errors_total"), 1);
}

#[tokio::test]
async fn a_copy_that_stalls_is_not_waited_for() {
    let moto = Emulator::of(Kind::S3);
    let proxy = Proxy::start(moto.address);
    let first = moto.empty("stalling", proxy.address).await;
    let second = tempfile::tempdir().unwrap();
    let registry = Registry::new();
    let blobs = Blobs::open(&first, Some(&folder(second.path())), &registry).unwrap();
    let bytes = bytes::Bytes::from(vec![7; 300_000]);
    blobs.put("object", bytes.clone()).await.unwrap();
    for mode in [Mode::StallAfter(0), Mode::StallAfter(100_000), Mode::Slow, Mode::Refuse] {
        proxy.set(mode);
        let start = Instant::now();
        assert_eq!(blobs.get_range("object", 0, 300_000).await.unwrap(), bytes, "{mode:?}");
        assert!(start.elapsed() < SOON, "{mode:?}");
    }
    assert_eq!(counted(&registry, "blob_hedged_total"), 4);
    proxy.set(Mode::Answer(500));
    blobs.put("another", bytes.clone()).await.unwrap_err();
    let swapped = Blobs::open(&folder(second.path()), Some(&first), &Registry::new()).unwrap();
    swapped.put("another", bytes).await.unwrap_err();
}

#[tokio::test]
async fn a_damaged_bundle_is_served_from_the_second_copy_and_verify_names_it() {
    let places = tempfile::tempdir().unwrap();
    let second = places.path().join("second");
    let start = configuration(places.path(), &folder(&second));
    let demo = Demo::of_sample(4, &["--released", "--config", start.to_str().unwrap()]);
    let first = Path::new(demo.text("blob_dir"));
    let mut flipped = 0;
    let releases = first.join("releases").join(demo.text("release"));
    for pack in std::fs::read_dir(&releases).unwrap().flatten().filter(|e| e.path().is_dir()) {
        let bundle = pack.path().join("1.scripts.zip");
        if let Ok(mut bytes) = std::fs::read(&bundle) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&bundle, bytes).unwrap();
            flipped += 1;
        }
    }
    assert!(flipped > 0);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let answer = browser.get(&format!("/results/{}/scripts.zip", school.laestab)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let tag = header(&answer, "etag").trim_matches('"').to_owned();
    assert!(sha256(&answer.bytes().await.unwrap()).starts_with(&tag), "the approved bytes");
    assert!(demo.metric("daybreak_blob_damaged_total{op=\"get_range\"}").await > 0.0);
    let (code, _, err) = demo.command(&["release", "verify", demo.text("release")]);
    assert_eq!(code, 65, "{err}");
    assert_eq!(err.matches("does not match its digest").count(), flipped, "{err}");
}

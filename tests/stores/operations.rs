//! The same demands on all three kinds of store.

use bytes::Bytes;
use daybreak::blob::stores::Place;
use daybreak::blob::{BlobError, Blobs, PART_BYTES};
use prometheus::Registry;

use crate::emulators::{Emulator, Kind};

/// Bytes in which every place can be told from the others.
fn pattern(length: usize) -> Bytes {
    (0..u32::try_from(length.div_ceil(4)).unwrap())
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes())
        .take(length)
        .collect()
}

async fn demands(place: &Place) {
    let blobs = Blobs::open(place, None, &Registry::new()).unwrap();
    blobs.reach().await.unwrap();
    whole_objects(&blobs).await;
    ranges(&blobs).await;
    uploads(&blobs).await;
}

async fn whole_objects(blobs: &Blobs) {
    let key = "releases/2024-a/object";
    assert!(matches!(blobs.get(key).await, Err(BlobError::Missing(named)) if named == key));
    blobs.put(key, "one".into()).await.unwrap();
    assert_eq!(blobs.get(key).await.unwrap(), "one");
    blobs.put(key, "another".into()).await.unwrap();
    assert_eq!(blobs.get(key).await.unwrap(), "another", "the same key again");
    blobs.put("empty", Bytes::new()).await.unwrap();
    assert_eq!(blobs.get("empty").await.unwrap(), "");
    let length = blobs.get_checked(key, |bytes| Ok(bytes.len())).await;
    assert_eq!(length.unwrap(), 7);
    let refused = blobs.get_checked(key, |_| Err::<(), _>("it is not right".to_owned())).await;
    assert!(matches!(refused, Err(BlobError::Damaged { what, .. }) if what == "it is not right"));
}

async fn ranges(blobs: &Blobs) {
    let bytes = pattern(100_000);
    blobs.put("ranges", bytes.clone()).await.unwrap();
    for (from, to) in [(0_usize, 1_usize), (0, 100_000), (99_999, 100_000), (5_000, 70_000)] {
        let part = blobs.get_range("ranges", from as u64, to as u64).await.unwrap();
        assert_eq!(part, bytes.slice(from..to), "{from}..{to}");
    }
    let short = blobs.get_range("ranges", 99_000, 100_001).await.unwrap_err();
    assert!(matches!(short, BlobError::Damaged { .. } | BlobError::Store { .. }), "{short}");
    let beyond = blobs.get_range("ranges", 200_000, 200_001).await.unwrap_err();
    assert!(!matches!(beyond, BlobError::Missing(_)), "{beyond}");
    let missing = blobs.get_range("no/such", 0, 10).await.unwrap_err();
    assert!(matches!(missing, BlobError::Missing(_)), "{missing}");
}

async fn uploads(blobs: &Blobs) {
    // Nothing, less than a part, a part, and some parts with a rest.
    for length in [0, 5, PART_BYTES, 3 * PART_BYTES + 12_345] {
        let key = format!("uploads/{length}");
        let bytes = pattern(length);
        let mut upload = blobs.upload(&key);
        for piece in bytes.chunks(1_000_003) {
            upload.write(piece).await.unwrap();
        }
        assert!(matches!(blobs.get(&key).await, Err(BlobError::Missing(_))), "not before its end");
        upload.finish().await.unwrap();
        assert!(blobs.get(&key).await.unwrap() == bytes, "{length} bytes come back as they went");
    }
    let mut given_up = blobs.upload("uploads/given-up");
    given_up.write(&pattern(2 * PART_BYTES)).await.unwrap();
    given_up.abort().await;
    assert!(matches!(blobs.get("uploads/given-up").await, Err(BlobError::Missing(_))));
}

#[tokio::test]
async fn a_folder_does_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    demands(&Place::Folder(folder.path().join("blobs"))).await;
}

#[tokio::test]
async fn azure_does_all_of_it() {
    let azurite = Emulator::of(Kind::Azure);
    demands(&azurite.empty("operations", azurite.address).await).await;
}

#[tokio::test]
async fn s3_does_all_of_it() {
    let moto = Emulator::of(Kind::S3);
    demands(&moto.empty("operations", moto.address).await).await;
}

//! Every digest of a release re-read: manifest, packs, sections, bundles block by block.

use crate::blob::manifest::{self, PackEntry};
use crate::blob::pack::{BLOCK_BYTES, ScriptsIndex, sha256};
use crate::blob::{BlobError, Blobs};

/// What a verification read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Packs.
    pub packs: u64,
    /// Bundles of scripts.
    pub bundles: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Reads a release whole, from each copy by itself; gives what is damaged or missing, by object.
pub async fn verify(
    blobs: &Blobs,
    release: &str,
    manifest_digest: &[u8; 32],
) -> (Verified, Vec<BlobError>) {
    let mut verified = Verified::default();
    let mut damaged = Vec::new();
    for copy in blobs.copies() {
        verify_copy(&copy, release, manifest_digest, &mut verified, &mut damaged).await;
    }
    (verified, damaged)
}

async fn verify_copy(
    blobs: &Blobs,
    release: &str,
    manifest_digest: &[u8; 32],
    verified: &mut Verified,
    damaged: &mut Vec<BlobError>,
) {
    let manifest = match manifest::load(blobs, release, manifest_digest).await {
        Ok(manifest) => manifest,
        Err(error) => return damaged.push(error),
    };
    for entry in &manifest.packs {
        match verify_pack(blobs, entry, verified).await {
            Ok(()) => (),
            Err(error) => damaged.push(error),
        }
    }
}

async fn verify_pack(
    blobs: &Blobs,
    entry: &PackEntry,
    verified: &mut Verified,
) -> Result<(), BlobError> {
    let pack = entry.open(blobs).await?;
    let what = |what: String| BlobError::Damaged { key: entry.key.clone(), what };
    for section in &pack.index.sections {
        let identity = pack.identity(section).map_err(|bad| what(bad.to_string()))?;
        if sha256(&identity) != section.identity_digest {
            return Err(what(format!("section {:?} does not match its digest", section.name)));
        }
    }
    verified.packs += 1;
    verified.bytes += entry.length;
    if let Some(scripts) = &pack.index.scripts {
        verify_bundle(blobs, scripts).await?;
        verified.bundles += 1;
        verified.bytes += scripts.length;
    }
    Ok(())
}

async fn verify_bundle(blobs: &Blobs, scripts: &ScriptsIndex) -> Result<(), BlobError> {
    let mut start = 0;
    for number in 0.. {
        if start >= scripts.length {
            break;
        }
        let end = (start + BLOCK_BYTES).min(scripts.length);
        blobs
            .get_range_checked(&scripts.key, start, end, |block| scripts.check(number, block))
            .await?;
        start = end;
    }
    Ok(())
}

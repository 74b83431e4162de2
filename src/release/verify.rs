//! Every digest of a release re-read: manifest, packs, sections, bundles block by block.

use crate::blob::manifest::{self, PackEntry};
use crate::blob::pack::{Extent, Part, sha256};
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
    for section in pack.index.sections.iter().filter(|section| section.name.is_pinned()) {
        let identity = pack.identity(section).map_err(|bad| what(bad.to_string()))?;
        if sha256(&identity) != section.identity_digest {
            return Err(what(format!("section {:?} does not match its digest", section.name)));
        }
    }
    for part in pack.parts() {
        let Some(extent) = pack.extent(part) else { continue };
        verify_blocks(blobs, &extent).await?;
        if part == Part::Scripts {
            verified.bundles += 1;
            verified.bytes += extent.length;
        }
    }
    verified.packs += 1;
    verified.bytes += entry.length;
    Ok(())
}

async fn verify_blocks(blobs: &Blobs, extent: &Extent<'_>) -> Result<(), BlobError> {
    for number in 0.. {
        let Some((from, to)) = extent.range(number) else { break };
        blobs.get_range_checked(extent.key, from, to, |block| extent.check(number, &block)).await?;
    }
    Ok(())
}

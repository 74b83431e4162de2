//! Every digest of a release re-read: manifest, packs, sections, bundles block by block.

use std::time::Duration;

use tokio::time::Instant;

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
    revision: u32,
    manifest_digest: &[u8; 32],
) -> (Verified, Vec<BlobError>) {
    let mut reading = Reading::default();
    let mut damaged = Vec::new();
    for copy in blobs.copies() {
        match manifest::load(&copy, release, revision, manifest_digest).await {
            Err(error) => damaged.push(error),
            Ok(manifest) => {
                for entry in &manifest.packs {
                    damaged.extend(reading.pack(&copy, entry).await.err());
                }
            }
        }
    }
    (reading.verified, damaged)
}

/// A reading of many objects, at most so fast.
#[derive(Debug)]
pub struct Reading {
    /// What was read so far.
    pub verified: Verified,
    bytes_per_second: u64,
    /// When so many bytes have their time behind them.
    free_at: Instant,
}

impl Default for Reading {
    fn default() -> Self {
        Self::at_most(u64::MAX)
    }
}

impl Reading {
    /// At most so many bytes a second, over every few mebibytes.
    pub fn at_most(bytes_per_second: u64) -> Self {
        let verified = Verified::default();
        Self { verified, bytes_per_second: bytes_per_second.max(1), free_at: Instant::now() }
    }

    /// Reads one pack and what belongs to it, and checks every digest.
    pub async fn pack(&mut self, blobs: &Blobs, entry: &PackEntry) -> Result<(), BlobError> {
        let pack = entry.open(blobs).await?;
        self.took(entry.pinned_length).await;
        let what = |what: String| BlobError::Damaged { key: entry.key.clone(), what };
        for section in pack.index.sections.iter().filter(|section| section.name.is_pinned()) {
            let identity = pack.identity(section).map_err(|bad| what(bad.to_string()))?;
            if sha256(&identity) != section.identity_digest {
                return Err(what(format!("section {:?} does not match its digest", section.name)));
            }
        }
        for part in pack.parts() {
            let Some(extent) = pack.extent(part) else { continue };
            self.blocks(blobs, &extent).await?;
            self.verified.bundles += u64::from(part == Part::Scripts);
        }
        self.verified.packs += 1;
        Ok(())
    }

    async fn blocks(&mut self, blobs: &Blobs, extent: &Extent<'_>) -> Result<(), BlobError> {
        for number in 0.. {
            let Some(place) = extent.place(number) else { break };
            let check = |block: bytes::Bytes| extent.check(number, &block);
            blobs.get_range_checked(place.key, place.from, place.to, check).await?;
            self.took(place.to - place.from).await;
        }
        Ok(())
    }

    /// Waits until the bytes that were just read have their time behind them.
    async fn took(&mut self, bytes: u64) {
        self.verified.bytes += bytes;
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second);
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        let now = Instant::now();
        self.free_at = self.free_at.max(now) + time;
        // Even a sleep until now takes a millisecond, and a nation has sixty thousand places to take it.
        if self.free_at > now {
            tokio::time::sleep_until(self.free_at).await;
        }
    }
}

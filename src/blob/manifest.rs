//! The national manifest of a release: every pack with its digest, and the year's tables.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::pack::{BadPack, Pack, PackId};
use super::{BlobError, Blobs};

/// Where a release keeps the manifest of a revision; the first is 1.
pub fn manifest_key(release: &str, revision: u32) -> String {
    match revision {
        1 => format!("releases/{release}/manifest.json"),
        _ => format!("releases/{release}/manifest.{revision}.json"),
    }
}

/// A release as it was built. Its own digest is in the database, and so in every node's plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseManifest {
    /// Version of this format.
    pub format: u8,
    /// Release name.
    pub release: String,
    /// Cycle.
    pub year: u16,
    /// Conversion tables as `(raw, scaled)` rows: GPS, reading, maths.
    pub scores: [Vec<(u16, u8)>; 3],
    /// Every pack, in the order of its id.
    pub packs: Vec<PackEntry>,
}

/// One pack of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackEntry {
    /// Whose it is.
    pub id: PackId,
    /// Object that holds it.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// So many of them, from the first, a node keeps in memory.
    pub pinned_length: u64,
    /// SHA-256 of its head and index.
    #[serde(with = "super::pack::digest_text")]
    pub index_digest: [u8; 32],
}

impl PackEntry {
    /// Reads what a node keeps of the pack and checks every byte of it, and whose it is.
    pub async fn open(&self, blobs: &Blobs) -> Result<Pack, BlobError> {
        let check = |object: Bytes| {
            Pack::open(&self.key, &object, self.id, &self.index_digest)
                // All bytes that the manifest told of are here, so what does not fit in them is
                // another pack.
                .map_err(|bad| if bad == BadPack::Shape { BadPack::Index } else { bad })
                .map_err(|bad| bad.to_string())
        };
        blobs.get_range_checked(&self.key, 0, self.pinned_length, check).await
    }
}

/// Version of the format that this program writes.
pub const FORMAT: u8 = 2;

/// Reads a manifest and refuses any other than the approved one.
pub async fn load(
    blobs: &Blobs,
    release: &str,
    revision: u32,
    approved: &[u8; 32],
) -> Result<ReleaseManifest, BlobError> {
    let key = manifest_key(release, revision);
    let check = |bytes: Bytes| {
        if super::pack::sha256(&bytes) != *approved {
            return Err("its digest is not the approved one: it is stale or changed".to_owned());
        }
        serde_json::from_slice(&bytes).map_err(|_| "it is not a release manifest".to_owned())
    };
    blobs.get_checked(&key, check).await
}

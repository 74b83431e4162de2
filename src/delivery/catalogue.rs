//! Every pack of every planned release, checked and pinned in memory before the release opens.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;
use rustc_hash::FxHashMap;
use tokio::sync::watch;

use crate::blob::manifest::{self, PackEntry, ReleaseManifest};
use crate::blob::pack::{Pack, PackId, Reconciliation};
use crate::blob::{BlobError, Blobs};
use crate::domain::release::PlannedRelease;

/// Packs read at the same time.
const LOADS_MAX: usize = 16;

/// A release in memory.
#[derive(Debug)]
pub struct LoadedRelease {
    /// Its name.
    pub id: String,
    /// Cycle.
    pub year: u16,
    /// Conversion tables as `(raw, scaled)` rows: GPS, reading, maths.
    pub scores: [Vec<(u16, u8)>; 3],
    packs: FxHashMap<PackId, Loaded>,
    /// SHA-256 of the manifest, which names another with each correction.
    manifest_digest: [u8; 32],
    /// Packs of the manifest that are not in memory: absent, or those of the revision before.
    lacking: usize,
    /// Packs that the manifest names.
    expected: usize,
}

/// A pack in memory, with the digest under which the manifest names it.
#[derive(Clone, Debug)]
struct Loaded {
    index_digest: [u8; 32],
    pack: Arc<Pack>,
}

impl LoadedRelease {
    /// A pack. Only the gate calls this, once it has decided that the release is open.
    pub(super) fn pack(&self, id: PackId) -> Option<&Arc<Pack>> {
        self.packs.get(&id).map(|loaded| &loaded.pack)
    }

    /// The reconciliation of each school, in the order of their DfE numbers, with the revision that its pack
    /// is of. Counts only: they are not embargoed from those who release.
    pub fn reconciliations(&self) -> BTreeMap<u32, (Reconciliation, u32)> {
        let school = |(id, loaded): (&PackId, &Loaded)| match id {
            PackId::School(number) => {
                let index = &loaded.pack.index;
                Some((*number, (index.reconciliation?, index.revision)))
            }
            _ => None,
        };
        self.packs.iter().filter_map(school).collect()
    }

    /// Every pack that is in memory.
    pub fn packs(&self) -> impl Iterator<Item = PackId> + '_ {
        self.packs.keys().copied()
    }

    /// Packs that a correction changed.
    pub fn corrected(&self) -> impl Iterator<Item = PackId> + '_ {
        self.packs.iter().filter(|(_, loaded)| loaded.pack.index.revision > 1).map(|(id, _)| *id)
    }

    /// Whether an authority's or trust's pack names a school; membership is not embargoed.
    pub fn is_member(&self, group: PackId, school: u32) -> bool {
        self.packs.get(&group).is_some_and(|l| l.pack.index.schools.contains(&school))
    }

    /// Part of the packs that are in memory, 0 to 1.
    pub fn preloaded(&self) -> f64 {
        if self.expected == 0 {
            return 1.0;
        }
        count(self.expected - self.lacking) / count(self.expected)
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Releases by name.
type Releases = BTreeMap<String, Arc<LoadedRelease>>;

/// All releases in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    releases: Arc<watch::Sender<Arc<Releases>>>,
}

impl Catalogue {
    /// A release, once at least its manifest has been read.
    pub fn release(&self, id: &str) -> Option<Arc<LoadedRelease>> {
        self.releases.borrow().get(id).map(Arc::clone)
    }

    /// Loads what a planned release still lacks, or a correction changed. Gives whether all of it is there
    /// now. Until a corrected pack is in memory the one before stays; a hold stops it where that matters.
    pub async fn load(&self, blobs: &Blobs, planned: &PlannedRelease) -> Result<bool, BlobError> {
        let before = self.release(&planned.id);
        let digest = planned.manifest_digest;
        if before.as_ref().is_some_and(|r| r.lacking == 0 && r.manifest_digest == digest) {
            return Ok(true);
        }
        let manifest = manifest::load(blobs, &planned.id, planned.revision(), &digest).await?;
        let mut packs = before.map(|release| release.packs.clone()).unwrap_or_default();
        packs.retain(|id, _| manifest.packs.binary_search_by_key(id, |entry| entry.id).is_ok());
        for (entry, pack) in open_all(blobs, lacking(&manifest, &packs)).await {
            packs.insert(entry.id, Loaded { index_digest: entry.index_digest, pack });
        }
        let lacking = lacking(&manifest, &packs).len();
        let loaded = Arc::new(LoadedRelease {
            id: manifest.release,
            year: manifest.year,
            scores: manifest.scores,
            expected: manifest.packs.len(),
            manifest_digest: digest,
            lacking,
            packs,
        });
        self.releases.send_modify(|releases| {
            Arc::make_mut(releases).insert(loaded.id.clone(), loaded);
        });
        Ok(lacking == 0)
    }
}

/// The packs of a manifest that are not in memory as it names them.
fn lacking(manifest: &ReleaseManifest, packs: &FxHashMap<PackId, Loaded>) -> Vec<PackEntry> {
    let is_there = |entry: &&PackEntry| {
        packs.get(&entry.id).is_some_and(|loaded| loaded.index_digest == entry.index_digest)
    };
    manifest.packs.iter().filter(|entry| !is_there(entry)).cloned().collect()
}

/// Reads packs, several at a time; what cannot be read is logged and left out.
async fn open_all(blobs: &Blobs, wanted: Vec<PackEntry>) -> Vec<(PackEntry, Arc<Pack>)> {
    let loads = wanted.into_iter().map(|entry| async move {
        let outcome = entry.open(blobs).await;
        (entry, outcome)
    });
    let mut loads = futures_util::stream::iter(loads).buffer_unordered(LOADS_MAX);
    let mut opened = Vec::new();
    while let Some((entry, outcome)) = loads.next().await {
        match outcome {
            Ok(pack) => opened.push((entry, Arc::new(pack))),
            Err(error) => tracing::error!(key = entry.key, %error, "a pack could not be loaded"),
        }
    }
    opened
}

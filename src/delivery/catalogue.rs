//! Every pack of every planned release, checked and pinned in memory before the release opens.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::watch;

use crate::blob::manifest::{self, PackEntry, ReleaseManifest};
use crate::blob::pack::{Pack, PackId};
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
    packs: HashMap<PackId, Arc<Pack>>,
    /// Packs that the manifest names.
    expected: usize,
}

impl LoadedRelease {
    /// A pack. Only the gate calls this, once it has decided that the release is open.
    pub(super) fn pack(&self, id: PackId) -> Option<&Arc<Pack>> {
        self.packs.get(&id)
    }

    /// Whether an authority's or trust's pack names a school; membership is not embargoed.
    pub fn is_member(&self, group: PackId, school: u32) -> bool {
        self.packs.get(&group).is_some_and(|pack| pack.index.schools.contains(&school))
    }

    /// Part of the packs that are in memory, 0 to 1.
    pub fn preloaded(&self) -> f64 {
        if self.expected == 0 {
            return 1.0;
        }
        count(self.packs.len()) / count(self.expected)
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

    /// Loads what a planned release still lacks. Gives whether all of it is there now.
    pub async fn load(&self, blobs: &Blobs, planned: &PlannedRelease) -> Result<bool, BlobError> {
        let before = self.release(&planned.id);
        if before.as_ref().is_some_and(|release| release.packs.len() == release.expected) {
            return Ok(true);
        }
        let manifest = manifest::load(blobs, &planned.id, &planned.manifest_digest).await?;
        let mut packs = before.map(|release| release.packs.clone()).unwrap_or_default();
        let wanted: Vec<PackEntry> =
            manifest.packs.iter().filter(|entry| !packs.contains_key(&entry.id)).cloned().collect();
        let loads = wanted.into_iter().map(|entry| async move {
            let outcome = entry.open(blobs).await;
            (entry, outcome)
        });
        let mut loads = futures_util::stream::iter(loads).buffer_unordered(LOADS_MAX);
        let mut opened = Vec::new();
        while let Some((entry, outcome)) = loads.next().await {
            match outcome {
                Ok(pack) => opened.push((entry.id, Arc::new(pack))),
                Err(error) => {
                    tracing::error!(key = entry.key, %error, "a pack could not be loaded");
                }
            }
        }
        drop(loads);
        packs.extend(opened);
        let complete = packs.len() == manifest.packs.len();
        self.publish(&manifest, packs);
        Ok(complete)
    }

    fn publish(&self, manifest: &ReleaseManifest, packs: HashMap<PackId, Arc<Pack>>) {
        let loaded = Arc::new(LoadedRelease {
            id: manifest.release.clone(),
            year: manifest.year,
            scores: manifest.scores.clone(),
            expected: manifest.packs.len(),
            packs,
        });
        self.releases.send_modify(|releases| {
            Arc::make_mut(releases).insert(loaded.id.clone(), loaded);
        });
    }
}

//! The night before: read the delivery, score, reconcile, pack, verify, publish.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;

pub mod bundle;
pub mod correction;
pub mod documents;
pub mod files;
pub mod printed;
pub mod reconcile;
pub mod report;
pub mod school;
pub mod score;
pub mod shared;
pub mod verify;
pub mod views;
pub mod workbook;

use crate::blob::manifest::{FORMAT, PackEntry, ReleaseManifest, manifest_key};
use crate::blob::pack::sha256;
use crate::blob::{BlobError, Blobs};
use crate::domain::ids::Laestab;
use crate::domain::scores::ConversionTable;
use crate::intake::delivery::Delivery;
use crate::intake::problems::Problems;
use report::{MissingScript, Report, sorted};
use school::{NotPacked, pack_school};
use shared::{Revised, Shared};
use views::{Packed, View};

/// Why a build stopped; what it had written is used by the next run.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The blob store failed, or is full.
    #[error("the build stopped and goes on from there when it is run again")]
    Blob(#[from] BlobError),
}

/// What a build needs beside the delivery.
#[derive(Debug)]
pub struct Order<'a> {
    /// Release name.
    pub release: &'a str,
    /// Cycle.
    pub year: u16,
    /// Secret of object keys and script references.
    pub reference_key: &'a [u8],
    /// Trust membership is that of this day.
    pub release_day: Date,
    /// Worker threads.
    pub threads: usize,
}

/// What a build reads, and where it writes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Folder of the delivery.
    pub folder: &'a Path,
    /// What was delivered.
    pub delivery: &'a Delivery,
    /// The year's tables.
    pub tables: &'a [ConversionTable; 3],
    /// Where packs go.
    pub blobs: &'a Blobs,
}

/// A finished build.
#[derive(Debug)]
pub struct Built {
    /// SHA-256 of the manifest.
    pub manifest_digest: [u8; 32],
    /// What to tell the operator.
    pub report: Report,
}

/// Packs every school, then every view, then writes the manifest. Runs on all threads of the order.
pub fn build(
    order: &Order<'_>,
    source: Source<'_>,
    problems: Problems,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Built, BuildError> {
    let shared = Shared::new(order, source, Revised::first());
    let delivery = source.delivery;
    let schools: Vec<Laestab> =
        delivery.schools.keys().filter(|s| !delivery.refused.contains(s)).copied().collect();
    let mut tally = pack_schools(&shared, order.threads, &schools, problems, progress)?;
    tally.refused.extend(&delivery.refused);
    let packed: Vec<Laestab> = tally.packed.iter().map(|(laestab, _)| *laestab).collect();
    let entries: Packed = tally.packed.iter().cloned().collect();
    let views = views::views(&shared, &packed);
    let mut packs = pack_views(&shared, order.threads, &views, &entries)?;
    packs.extend(entries.into_values());
    let manifest_digest = write_manifest(&shared, packs)?;
    Ok(Built { manifest_digest, report: tally.report(order.release) })
}

/// Packs these schools, in any order; the packed ones come out in that of their numbers.
fn pack_schools(
    shared: &Shared<'_>,
    threads: usize,
    schools: &[Laestab],
    problems: Problems,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Tally, BlobError> {
    let tally = Mutex::new(Tally { problems, ..Tally::default() });
    on_threads(threads, schools, progress, async |laestab| {
        pack_one(shared, *laestab, &tally).await
    })?;
    let mut tally = tally.into_inner().expect("no worker panicked");
    tally.packed.sort_by_key(|(laestab, _)| *laestab);
    Ok(tally)
}

/// Packs these views from the packs of schools.
fn pack_views(
    shared: &Shared<'_>,
    threads: usize,
    views: &[View],
    schools: &Packed,
) -> Result<Vec<PackEntry>, BlobError> {
    let packs = Mutex::new(Vec::new());
    on_threads(threads, views, &|_, _| (), async |view| {
        let entry = views::pack_view(shared, view, schools).await?;
        lock(&packs).push(entry);
        Ok(())
    })?;
    let mut packs = packs.into_inner().expect("no worker panicked");
    packs.sort_by_key(|entry| entry.id);
    Ok(packs)
}

/// What the workers have done so far.
#[derive(Debug, Default)]
struct Tally {
    problems: Problems,
    refused: Vec<Laestab>,
    packed: Vec<(Laestab, PackEntry)>,
    pupils: u64,
    scripts: u64,
    missing: Vec<MissingScript>,
}

impl Tally {
    fn report(mut self, release: &str) -> Report {
        self.refused.sort_unstable();
        self.missing
            .sort_by(|a, b| (&a.laestab, &a.upn, a.paper).cmp(&(&b.laestab, &b.upn, b.paper)));
        Report {
            release: release.to_owned(),
            schools: self.packed.len() as u64,
            pupils: self.pupils,
            scripts: self.scripts,
            missing_scripts: self.missing,
            refused: self.refused.iter().map(ToString::to_string).collect(),
            problems: sorted(&self.problems),
            problems_not_listed: self.problems.dropped(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no worker panicked")
}

async fn pack_one(
    shared: &Shared<'_>,
    laestab: Laestab,
    tally: &Mutex<Tally>,
) -> Result<(), BlobError> {
    let mut problems = Problems::default();
    let outcome = pack_school(shared, laestab, &mut problems).await;
    let mut tally = lock(tally);
    for problem in problems.list() {
        tally.problems.add(problem.clone());
    }
    match outcome {
        Ok(school) => {
            tally.pupils += school.pupils;
            tally.scripts += school.scripts;
            tally.missing.extend(school.missing);
            tally.packed.push((laestab, school.entry));
        }
        Err(NotPacked::Refused) => tally.refused.push(laestab),
        Err(NotPacked::Blob(error)) => return Err(error),
    }
    Ok(())
}

/// The runtime of a thread that builds.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a thread can have a runtime")
}

/// Works through a list on several threads, each with a runtime of its own; the first failure stops all.
fn on_threads<T: Sync, F>(
    threads: usize,
    list: &[T],
    progress: &(dyn Fn(u64, u64) + Sync),
    work: F,
) -> Result<(), BlobError>
where
    F: AsyncFn(&T) -> Result<(), BlobError> + Sync,
{
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some(item) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = runtime.block_on(work(item)) {
                        lock(&failure).get_or_insert(error);
                        next.store(list.len(), Ordering::Relaxed);
                    }
                    let done = next.load(Ordering::Relaxed).min(list.len());
                    progress(done as u64, list.len() as u64);
                }
            });
        }
    });
    failure.into_inner().expect("no worker panicked").map_or(Ok(()), Err)
}

fn write_manifest(shared: &Shared<'_>, mut packs: Vec<PackEntry>) -> Result<[u8; 32], BlobError> {
    packs.sort_by_key(|entry| entry.id);
    let manifest = ReleaseManifest {
        format: FORMAT,
        release: shared.release.to_owned(),
        year: shared.year,
        scores: [0, 1, 2].map(|subject: usize| shared.tables[subject].rows().collect()),
        packs,
    };
    let bytes = serde_json::to_vec(&manifest).expect("plain data");
    let digest = sha256(&bytes);
    let once = [bytes];
    on_threads(1, &once, &|_, _| (), async |bytes: &Vec<u8>| {
        let key = manifest_key(shared.release, shared.revision);
        shared.blobs.put(&key, bytes.clone().into()).await
    })?;
    Ok(digest)
}

#[cfg(test)]
mod tests;

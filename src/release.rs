//! The night before: read the delivery, score, reconcile, pack, verify, publish.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use jiff::civil::Date;

pub mod bundle;
pub mod documents;
pub mod files;
pub mod printed;
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
use shared::Shared;

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
    folder: &Path,
    delivery: &Delivery,
    tables: &[ConversionTable; 3],
    blobs: &Blobs,
    problems: Problems,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Built, BuildError> {
    let shared = Shared {
        release: order.release,
        year: order.year,
        folder,
        delivery,
        tables,
        blobs,
        reference_key: hmac::Key::new(hmac::HMAC_SHA256, order.reference_key),
        release_day: order.release_day,
        facts_digest: sha256(format!("{} {} {tables:?}", order.year, order.release_day).as_bytes()),
    };
    let schools: Vec<Laestab> =
        delivery.schools.keys().filter(|s| !delivery.refused.contains(s)).copied().collect();
    let tally = Mutex::new(Tally { problems, refused: Vec::new(), ..Tally::default() });
    for laestab in &delivery.refused {
        lock(&tally).refused.push(*laestab);
    }
    on_threads(order.threads, &schools, progress, async |laestab| {
        pack_one(&shared, *laestab, &tally).await
    })?;
    let mut tally = tally.into_inner().expect("no worker panicked");
    tally.packed.sort_by_key(|(laestab, _)| *laestab);
    let packed: Vec<Laestab> = tally.packed.iter().map(|(laestab, _)| *laestab).collect();
    let entries: HashMap<Laestab, PackEntry> = tally.packed.iter().cloned().collect();
    let views = views::views(&shared, &packed);
    let packs = Mutex::new(Vec::new());
    on_threads(order.threads, &views, &|_, _| (), async |view| {
        let entry = views::pack_view(&shared, view, &entries).await?;
        packs.lock().expect("no worker panicked").push(entry);
        Ok(())
    })?;
    let mut packs = packs.into_inner().expect("no worker panicked");
    packs.extend(entries.into_values());
    packs.sort_by_key(|entry| entry.id);
    let manifest_digest = write_manifest(order, tables, blobs, packs)?;
    Ok(Built { manifest_digest, report: tally.report(order.release) })
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
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a thread can have a runtime");
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

fn write_manifest(
    order: &Order<'_>,
    tables: &[ConversionTable; 3],
    blobs: &Blobs,
    packs: Vec<PackEntry>,
) -> Result<[u8; 32], BlobError> {
    let manifest = ReleaseManifest {
        format: FORMAT,
        release: order.release.to_owned(),
        year: order.year,
        scores: [0, 1, 2].map(|subject: usize| tables[subject].rows().collect()),
        packs,
    };
    let bytes = serde_json::to_vec(&manifest).expect("plain data");
    let digest = sha256(&bytes);
    let once = [bytes];
    on_threads(1, &once, &|_, _| (), async |bytes: &Vec<u8>| {
        blobs.put(&manifest_key(order.release), bytes.clone().into()).await
    })?;
    Ok(digest)
}

#[cfg(test)]
mod tests;

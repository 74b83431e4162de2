//! The scrubber: every digest of every release re-read each day, at a bounded rate, shared among the nodes.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::Jobs;
use crate::blob::manifest::{self, PackEntry};
use crate::blob::{BlobError, Blobs};
use crate::domain::calendar::Audience;
use crate::domain::release::PlannedRelease;
use crate::node::scrub::Progress;
use crate::release::verify::Reading;
use crate::store::nodes::ListNodes;
use crate::telemetry::chain;

/// How much the scrubber reads, and how often it begins anew.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Bytes a second at the most.
    pub bytes_per_second: u64,
    /// From the start of one pass to that of the next.
    pub every: SignedDuration,
}

/// It looks this often whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A node that was seen within this time does its share: a restart moves nobody's.
const SHARES: SignedDuration = SignedDuration::from_mins(2);
/// It rests from so long before a release opens…
const RESTS_BEFORE: SignedDuration = SignedDuration::from_hours(1);
/// …until so long after: the store belongs to the schools then.
const RESTS_AFTER: SignedDuration = SignedDuration::from_hours(3);
/// Progress is kept this often, so that a restart does not begin anew.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// Scrubs one pass after the other.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut share = Share::all();
    let mut progress = jobs.node.scrub_progress();
    jobs.metrics.scrub.passed(progress.finished_at);
    if progress.next.is_none() {
        // What the last pass found is damaged still: a restart mends nothing.
        jobs.metrics.scrub.damaged.set(progress.damaged);
    }
    loop {
        let now = jobs.node.clock.now();
        let due = progress.started_at.is_none_or(|at| now >= at + jobs.scrub.every);
        if progress.next.is_none() && due {
            progress.begin(now);
        }
        if progress.next.is_some() && !rests(&jobs, now) {
            share = Share::of(&jobs).await.unwrap_or(share);
            if pass(&jobs, share, &mut progress).await {
                progress.finish(jobs.node.clock.now());
                kept(&jobs, &progress);
                jobs.metrics.scrub.passed(progress.finished_at);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Which of the packs this node reads: those whose digest falls to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    place: u64,
    of: u64,
}

impl Share {
    const fn all() -> Self {
        Self { place: 0, of: 1 }
    }

    /// By the nodes that are alive; none when the database is away.
    async fn of(jobs: &Jobs) -> Option<Self> {
        let now = jobs.node.clock.now();
        let nodes = jobs.store.run(now, &ListNodes).await.ok()?;
        let alive = nodes.into_iter().filter(|peer| peer.silent(now) < SHARES);
        let names: Vec<String> = alive.map(|peer| peer.name).collect();
        let place = names.iter().position(|name| **name == *jobs.node.name)?;
        Some(Self { place: place as u64, of: names.len() as u64 })
    }

    fn has(self, entry: &PackEntry) -> bool {
        let [first, ..] = entry.index_digest;
        u64::from(first) % self.of == self.place
    }
}

fn rests(jobs: &Jobs, now: Timestamp) -> bool {
    let plan = jobs.node.plan();
    let times = plan.releases.iter().filter_map(|release| release.times);
    let instants = times.flat_map(|times| Audience::ALL.map(|audience| times.of(audience)));
    instants.into_iter().any(|at| now + RESTS_BEFORE >= at && now < at + RESTS_AFTER)
}

/// Goes on with a pass; gives whether it is complete. It stops when it should rest, to be taken up later.
async fn pass(jobs: &Jobs, share: Share, progress: &mut Progress) -> bool {
    let mut reading = Reading::at_most(jobs.scrub.bytes_per_second);
    let plan = jobs.node.plan();
    let mut number = 0;
    let mut kept_at = Instant::now();
    for planned in &plan.releases {
        for copy in jobs.blobs.copies() {
            let manifest = match load(&copy, planned).await {
                Ok(manifest) => manifest,
                Err(error) => {
                    damaged(jobs, &error);
                    progress.damaged += 1;
                    continue;
                }
            };
            for entry in manifest.packs.iter().filter(|entry| share.has(entry)) {
                number += 1;
                if progress.next.is_some_and(|next| number <= next) {
                    continue;
                }
                let before = reading.verified.bytes;
                if let Err(error) = reading.pack(&copy, entry).await {
                    damaged(jobs, &error);
                    progress.damaged += 1;
                }
                jobs.metrics.scrub.bytes.inc_by(reading.verified.bytes - before);
                progress.next = Some(number);
                if kept_at.elapsed() > KEEP_EVERY {
                    kept(jobs, progress);
                    kept_at = Instant::now();
                }
                if rests(jobs, jobs.node.clock.now()) {
                    return false;
                }
            }
        }
    }
    jobs.metrics.scrub.damaged.set(progress.damaged);
    true
}

async fn load(
    blobs: &Blobs,
    planned: &PlannedRelease,
) -> Result<manifest::ReleaseManifest, BlobError> {
    manifest::load(blobs, &planned.id, planned.revision(), &planned.manifest_digest).await
}

/// What is found is told at once: the gauge only follows when the pass is over.
fn damaged(jobs: &Jobs, error: &BlobError) {
    tracing::error!(error = %chain(error), "the scrubber found an object that is damaged, missing or out of reach");
    jobs.metrics.scrub.found.inc();
}

fn kept(jobs: &Jobs, progress: &Progress) {
    if let Err(error) = jobs.node.set_scrub_progress(progress) {
        tracing::warn!(error = %chain(&error), "the progress of the scrubber is not kept");
    }
}

//! Keeps every planned release in memory, and says how much of it is there.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::domain::release::{Stage, stage};

/// A release that could not be loaded whole is tried again after this.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// The stage is looked at this often, so that the gauge changes with the instant.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Loads what the plan names, as soon as it names it.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut plans = jobs.node.plan_changes();
    let mut retry_at = tokio::time::Instant::now();
    let mut changed = true;
    loop {
        if changed || tokio::time::Instant::now() >= retry_at {
            load(&jobs).await;
            retry_at = tokio::time::Instant::now() + RETRY_AFTER;
        }
        report(&jobs);
        // Either a new plan or the next look; `changed` marks the plan as seen.
        changed = tokio::time::timeout(LOOK_EVERY, plans.changed()).await.is_ok();
    }
}

/// Loads every release of the plan; what fails is tried again later.
pub async fn load(jobs: &Jobs) {
    let plan = jobs.node.plan();
    for planned in &plan.releases {
        if let Err(error) = jobs.catalogue.load(&jobs.blobs, planned).await {
            let error = crate::telemetry::chain(&error);
            tracing::error!(release = planned.id, error, "a release could not be loaded");
        }
    }
    report(jobs);
}

fn report(jobs: &Jobs) {
    let plan = jobs.node.plan();
    let stage = stage(plan.current(), jobs.node.clock.now());
    jobs.metrics.release_state.set(stage as i64);
    let preloaded = match plan.current() {
        None => 1.0,
        Some(planned) => jobs.catalogue.release(&planned.id).map_or(0.0, |r| r.preloaded()),
    };
    jobs.metrics.preloaded_ratio.set(preloaded);
    jobs.readiness.preloaded(preloaded, stage != Stage::None);
}

//! Once a second: what the node reports of itself, and a sample of everything for its live page.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Jobs;
use crate::domain::calendar::Audience;
use crate::domain::release::PlannedRelease;
use crate::node::peers::Crowd;

/// From one look to the next.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks of a minute.
const MINUTE: usize = 60;

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut admitted = VecDeque::from([0]);
    loop {
        ticks.tick().await;
        let figures = jobs.waiting.room().figures(jobs.waiting.tick());
        admitted.push_back(figures.admitted);
        if admitted.len() > MINUTE {
            admitted.pop_front();
        }
        let let_in = figures.admitted - admitted.front().copied().unwrap_or_default();
        jobs.node.peers.counted(Crowd { waiting: figures.counted(), let_in });
        report(&jobs);
        jobs.live.sample();
    }
}

fn report(jobs: &Jobs) {
    let (node, metrics) = (&jobs.node, &jobs.metrics.node);
    let now = node.clock.now();
    let plan = node.plan();
    let current = plan.current();
    let opens = current.and_then(|release| release.times).map(|times| times.of(Audience::School));
    metrics.release_opens.set(opens.map_or(0, Timestamp::as_second));
    metrics.release_revision.set(current.map_or(0, |release| release.revision().into()));
    let held = current.map_or(0, |release: &PlannedRelease| release.holds.schools.len());
    metrics.held_schools.set(i64::try_from(held).unwrap_or(i64::MAX));
    metrics.nodes_alive.set(i64::try_from(node.peers.alive(now)).unwrap_or(i64::MAX));
    jobs.readiness.measure(node, metrics);
    // To the millisecond, which a number of 53 bits holds for some time to come.
    let milliseconds = i32::try_from(now.as_millisecond() % 1000).unwrap_or_default();
    metrics.service_time.set(seconds(now.as_second()) + f64::from(milliseconds) / 1000.0);
}

fn seconds(whole: i64) -> f64 {
    u32::try_from(whole).map_or(f64::NAN, f64::from)
}

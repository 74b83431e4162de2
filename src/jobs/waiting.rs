//! Runs the waiting room of this node: ten times a second, with snapshots for the next start.

pub mod exchange;
pub(super) mod redeem;
mod rows;

use std::sync::Arc;

use tokio::time::Instant;

use super::Jobs;
use crate::admission::{Figures, Mode, SNAPSHOT_EVERY, Stress, TICK};
use crate::service::waiting::{Order, Waiting};
use crate::store::StoreError;
use crate::store::waiting::ReadRoom;
use crate::telemetry::chain;

/// Runs of the room from one look at its figures to the next.
const FIGURES_EVERY: u64 = 10;
/// Runs from one search for limits that may be forgotten to the next.
const PRUNE_EVERY: u64 = 600;

/// Runs the room until the node stops.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let waiting = jobs.waiting.clone();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut kept = Kept::default();
    for number in 1_u64.. {
        let due = ticks.tick().await;
        let late = due.elapsed();
        waiting.room().tick(waiting.tick());
        waiting.room().set_stress(stress(late));
        if number.is_multiple_of(FIGURES_EVERY) {
            report(&waiting, &mut kept.told);
        }
        if number.is_multiple_of(PRUNE_EVERY) {
            waiting.limits().prune(waiting.tick());
        }
        kept.keep(&jobs, &waiting);
    }
}

/// Does what operators have set since the last look. What was set on this node while the database was away
/// stands until they set something else.
pub(super) async fn read(jobs: &Jobs) -> Result<(), StoreError> {
    let Some(row) = jobs.store.run(jobs.node.clock.now(), &ReadRoom).await? else { return Ok(()) };
    let Some(before) = jobs.waiting.seen(row.version, row.admitted) else { return Ok(()) };
    let mut orders = vec![Order::Mode(row.mode), Order::Message(row.message)];
    orders.extend(row.rate.map(Order::Rate));
    // Where nodes share a queue they also share who is let in by hand. People who were let in by hand before
    // this node came have been let in by others.
    let before = before.filter(|_| !jobs.waiting.sharing());
    let people = before.map_or(0, |admitted| row.admitted.saturating_sub(admitted));
    orders.extend(u32::try_from(people).ok().filter(|people| *people > 0).map(Order::Admit));
    for order in orders {
        jobs.waiting.obey(order);
    }
    Ok(())
}

/// A run that is late shows how hard the node is pressed.
fn stress(late: std::time::Duration) -> Stress {
    match late.as_millis() {
        0..100 => Stress::None,
        100..500 => Stress::Some,
        _ => Stress::Much,
    }
}

/// Snapshots that were written, and figures that were told.
#[derive(Default)]
struct Kept {
    at: Option<Instant>,
    issued: [u64; 4],
    told: Told,
}

impl Kept {
    /// Writes the room down while somebody waits or came: an idle room has nothing to lose.
    fn keep(&mut self, jobs: &Jobs, waiting: &Waiting) {
        if self.at.is_some_and(|at| at.elapsed() < SNAPSHOT_EVERY) {
            return;
        }
        self.at = Some(Instant::now());
        let figures = waiting.room().figures(waiting.tick());
        let issued = figures.lanes.map(|lane| lane.issued);
        if issued == self.issued && figures.waiting() == 0 {
            return;
        }
        self.issued = issued;
        let snapshot = waiting.room().snapshot(waiting.moment());
        match jobs.node.state().write("admission", &snapshot) {
            Ok(()) => waiting.room().persisted(&snapshot, waiting.tick()),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the waiting room is not written down");
            }
        }
    }
}

/// Totals that the counters were brought up to.
#[derive(Clone, Copy, Default)]
struct Told {
    admitted: u64,
    polls: u64,
    lapsed: u64,
    returned: u64,
    full: u64,
    regressions: u64,
}

fn report(waiting: &Waiting, told: &mut Told) {
    let figures: Figures = waiting.room().figures(waiting.tick());
    let metrics = waiting.metrics();
    for (lane, wait) in waiting.room().ended() {
        metrics.let_in(lane.label(), wait.seconds, wait.late);
    }
    metrics.waiting.set(i64::try_from(figures.counted()).unwrap_or(i64::MAX));
    metrics.rate.set(figures.rate);
    metrics.ceiling.set(figures.ceiling);
    metrics.capacity.set(figures.capacity);
    metrics.work.set(figures.work);
    metrics.work_limit.set(figures.work_limit);
    metrics.eta_seconds.set(figures.eta_seconds());
    metrics.mode.set(match figures.mode {
        Mode::Open => 0,
        Mode::Paused => 1,
        Mode::Closed => 2,
    });
    let now = Told {
        admitted: figures.admitted,
        polls: figures.polls,
        lapsed: figures.lapsed,
        returned: figures.returned,
        full: figures.full,
        regressions: figures.regressions,
    };
    metrics.admitted.inc_by(now.admitted.saturating_sub(told.admitted));
    metrics.polls.inc_by(now.polls.saturating_sub(told.polls));
    metrics.lapsed.inc_by(now.lapsed.saturating_sub(told.lapsed));
    metrics.returned.inc_by(now.returned.saturating_sub(told.returned));
    metrics.full.inc_by(now.full.saturating_sub(told.full));
    metrics.regressions.inc_by(now.regressions.saturating_sub(told.regressions));
    *told = now;
}

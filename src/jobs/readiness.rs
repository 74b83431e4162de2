//! What `/health/ready` says: it never depends on the database, the blobs or other nodes.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Jobs;
use crate::clock::machine_now;
use crate::domain::calendar::Audience;
use crate::node::Node;
use crate::node::clock::Trust;
use crate::store::nodes::Heartbeat;
use crate::store::self_check;

/// How often the node compares its clock and says that it is there.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// A release that opens within this time must be in memory.
const OPENS_SOON: SignedDuration = SignedDuration::from_mins(30);

/// What the node's readiness is made of.
#[derive(Debug, Default)]
pub struct Readiness {
    facts: Mutex<Facts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    draining: bool,
    preloaded: f64,
    has_release: bool,
    database: Database,
    refreshed_at: Option<Timestamp>,
}

/// What is known of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Database {
    /// Not reached yet.
    #[default]
    Unknown,
    /// Answers, and its walls stand.
    Up,
    /// Does not answer.
    Away,
    /// Answers, but its walls do not stand: nothing may be written.
    Unsafe,
}

impl Readiness {
    fn with<T>(&self, change: impl FnOnce(&mut Facts) -> T) -> T {
        change(&mut self.facts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The node is about to stop.
    pub fn drain(&self) {
        self.with(|facts| facts.draining = true);
    }

    pub(super) fn preloaded(&self, ratio: f64, has_release: bool) {
        self.with(|facts| (facts.preloaded, facts.has_release) = (ratio, has_release));
    }

    pub(super) fn refreshed(&self, now: Timestamp) {
        self.with(|facts| facts.refreshed_at = Some(now));
    }

    /// Whether a balancer may send people here, and why not, with the facts.
    pub fn report(&self, node: &Node) -> (bool, Value) {
        let facts = self.with(|facts| *facts);
        let now = node.clock.now();
        let trust = node.clock_watch.trust();
        let plan = node.plan();
        let opens = plan.current().and_then(|r| r.times).map(|t| t.of(Audience::School));
        let soon = opens.is_some_and(|opens| now + OPENS_SOON >= opens);
        let mut reasons = Vec::new();
        if facts.draining {
            reasons.push("draining");
        }
        if !trust.may_open() {
            reasons.push("clock");
        }
        if soon && facts.preloaded < 1.0 {
            reasons.push("preload");
        }
        let database = match facts.database {
            Database::Unknown => "not reached yet",
            Database::Up => "up",
            Database::Away => "away",
            Database::Unsafe => "unsafe",
        };
        let body = json!({
            "ready": reasons.is_empty(),
            "reasons": reasons,
            "preloaded": facts.preloaded,
            "database": database,
            "clock": match trust {
                Trust::Compared => "compared",
                Trust::NeverMeasured => "never compared",
                Trust::Differs => "differs",
                Trust::Stepped => "stepped",
            },
            "clock_difference_ms": node.clock_watch.difference().map(|d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            "clock_compared_seconds_ago": node.clock_watch.age_seconds(),
            "snapshot_seconds_ago": facts.refreshed_at.map(|at| now.duration_since(at).as_secs()),
            "node": &*node.name,
        });
        (reasons.is_empty(), body)
    }
}

/// Says that the node is there, and compares clocks, every few seconds.
pub(super) async fn heartbeat(jobs: Arc<Jobs>) {
    let mut checked = false;
    loop {
        if !checked {
            checked = check_walls(&jobs).await;
        }
        beat(&jobs).await;
        tokio::time::sleep(HEARTBEAT_EVERY).await;
    }
}

/// Runs the self-check on the first connection that there is.
async fn check_walls(jobs: &Jobs) -> bool {
    match self_check::check(&jobs.store, jobs.node.clock.now()).await {
        Ok(()) => true,
        Err(error) if error.is_unreachable() => false,
        Err(error) => {
            tracing::error!(%error, "the database's walls do not stand: nothing is written");
            jobs.readiness.with(|facts| facts.database = Database::Unsafe);
            false
        }
    }
}

async fn beat(jobs: &Jobs) {
    let (_, readiness) = jobs.readiness.report(&jobs.node);
    let node = jobs.node.name.to_string();
    let work = Heartbeat { node, readiness, now: jobs.node.clock.now() };
    let before = machine_now();
    let outcome = jobs.store.run(work.now, &work).await;
    let state = match outcome {
        Ok(database) => {
            jobs.node.clock_watch.measured(before, database, machine_now());
            Database::Up
        }
        Err(error) => {
            tracing::warn!(error = %crate::telemetry::chain(&error), "no heartbeat");
            Database::Away
        }
    };
    jobs.readiness.with(|facts| {
        if facts.database != Database::Unsafe {
            facts.database = state;
        }
    });
}

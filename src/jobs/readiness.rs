//! What `/health/ready` says: it never depends on the database, the blobs or other nodes.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Jobs;
use crate::clock::machine_now;
use crate::domain::agreed::Agreed;
use crate::domain::calendar::Audience;
use crate::domain::hex::hex;
use crate::domain::peers::Peer;
use crate::domain::release::{PlannedRelease, stage};
use crate::node::Node;
use crate::node::clock::Trust;
use crate::node::keys::random;
use crate::store::StoreError;
use crate::store::nodes::{Heartbeat, ListNodes};
use crate::store::outbox::CountOutbox;
use crate::telemetry::node::NodeMetrics;

/// How often the node compares its clock and says that it is there.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// A release that opens within this time must be in memory.
const OPENS_SOON: SignedDuration = SignedDuration::from_mins(30);

/// What the node's readiness is made of.
#[derive(Debug)]
pub struct Readiness {
    facts: Mutex<Facts>,
    /// What other nodes are told of its configuration.
    agreed: Agreed,
    /// This process, as against another one with the same state folder.
    process: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    draining: bool,
    preloaded: f64,
    has_release: bool,
    database: Database,
    refreshed_at: Option<Timestamp>,
    shipped_at: Option<Timestamp>,
    /// The database has heard this process.
    heard: bool,
    /// Another process speaks as this node.
    copied: bool,
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
    /// Answers, and must not be used: not trusted, another portal's, or without its walls.
    Unsafe,
}

impl Readiness {
    /// Of a node with a configuration.
    pub fn of(agreed: Agreed) -> Self {
        Self { facts: Mutex::default(), agreed, process: hex(&random::<8>()) }
    }

    /// Why this node cannot serve beside those that are there.
    pub fn contradictions(&self, peers: &[Peer], now: Timestamp) -> Vec<String> {
        let alive = peers.iter().filter(|peer| peer.is_alive(now));
        let told = alive.filter_map(|peer| Some((&peer.name, agreed_of(&peer.readiness)?)));
        told.flat_map(|(name, other)| self.agreed.contradictions(&other, name)).collect()
    }

    /// The database was told, and says which process spoke last as this node. Before the first time that is the one of
    /// before a restart; afterwards it is this one, or there are two.
    fn heard(&self, last: Option<&str>) {
        self.with(|facts| {
            let copied = facts.heard && last.is_some_and(|last| last != self.process);
            if copied && !facts.copied {
                tracing::error!("another process speaks as this node: two state folders are copies of each other");
            }
            (facts.heard, facts.copied) = (true, copied);
        });
    }

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

    /// The journal was shipped to its end.
    pub(super) fn shipped(&self, now: Timestamp) {
        self.with(|facts| facts.shipped_at = Some(now));
    }

    /// Tells the metrics what readiness is made of.
    pub(super) fn measure(&self, node: &Node, metrics: &NodeMetrics) {
        let (ready, _) = self.report(node);
        let facts = self.with(|facts| *facts);
        let (now, watch) = (node.clock.now(), &node.clock_watch);
        let age =
            |at: Option<Timestamp>| at.map_or(f64::NAN, |at| now.duration_since(at).as_secs_f64());
        metrics.ready.set(ready.into());
        metrics.clock_trust.set(watch.trust() as i64);
        metrics.clock_difference.set(watch.difference().map_or(f64::NAN, |d| d.as_secs_f64()));
        let compared = watch.age_seconds().and_then(|age| u32::try_from(age).ok());
        metrics.clock_age.set(compared.map_or(f64::NAN, f64::from));
        metrics.database_state.set(facts.database as i64);
        metrics.snapshot_age.set(age(facts.refreshed_at));
        metrics.shipped_age.set(age(facts.shipped_at));
    }

    /// Whether a balancer may send people here, and why not, with the facts.
    pub fn report(&self, node: &Node) -> (bool, Value) {
        let facts = self.with(|facts| *facts);
        let now = node.clock.now();
        let trust = node.clock_watch.trust();
        let (plan, crowd) = (node.plan(), node.peers.own());
        let opens = plan.times().map(|t| t.of(Audience::School));
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
            "revision": plan.current().map(PlannedRelease::revision),
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
            "process": self.process,
            "copied": facts.copied,
            "configuration": self.agreed,
            "release_state": stage(plan.current(), now) as i64,
            "waiting": crowd.waiting,
            "let_in_last_minute": crowd.let_in,
        });
        (reasons.is_empty(), body)
    }
}

/// What a node tells of its configuration; a program of before tells nothing.
pub fn agreed_of(readiness: &Value) -> Option<Agreed> {
    serde_json::from_value(readiness.get("configuration")?.clone()).ok()
}

/// Says that the node is there, and compares clocks, every few seconds.
pub(super) async fn heartbeat(jobs: Arc<Jobs>) {
    loop {
        beat(&jobs).await;
        tokio::time::sleep(HEARTBEAT_EVERY).await;
    }
}

/// What the database tells of other nodes and of messages.
async fn ask(jobs: &Jobs) -> Result<(), StoreError> {
    let now = jobs.node.clock.now();
    let nodes = jobs.store.run(now, &ListNodes).await?;
    jobs.node.peers.told(nodes);
    let outbox = jobs.store.run(now, &CountOutbox).await?;
    let age = outbox.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64());
    jobs.metrics.node.outbox(&outbox.states, age.max(0.0));
    Ok(())
}

async fn beat(jobs: &Jobs) {
    let (_, readiness) = jobs.readiness.report(&jobs.node);
    let node = jobs.node.name.to_string();
    let work = Heartbeat { node, readiness, now: jobs.node.clock.now() };
    let before = machine_now();
    let outcome = jobs.store.run(work.now, &work).await;
    let state = match outcome {
        Ok(heard) => {
            jobs.node.clock_watch.measured(before, heard.clock, machine_now());
            jobs.readiness.heard(heard.last.as_deref());
            if let Err(error) = ask(jobs).await {
                tracing::warn!(error = %crate::telemetry::chain(&error), "other nodes are not known");
            }
            Database::Up
        }
        Err(error) => {
            tracing::warn!(error = %crate::telemetry::chain(&error), "no heartbeat");
            if error.is_refused() { Database::Unsafe } else { Database::Away }
        }
    };
    jobs.readiness.with(|facts| facts.database = state);
}

//! What a node reports of itself beside its work: clock, database, snapshots, release, and what it knows of all.

use prometheus::{Gauge, IntGauge, IntGaugeVec, Registry};

use super::metrics::{gauge, int_gauge, int_gauges};

/// States of messages that wait, have no answer yet, came back, or that nobody could take.
const OUTBOX: [&str; 4] = ["pending", "sending", "bounced", "failed"];

/// What a node reports of itself. Ages and differences are `NaN` until there is something to tell.
#[derive(Clone, Debug)]
pub struct NodeMetrics {
    /// 1 while a balancer may send people here.
    pub ready: IntGauge,
    /// Service time, unix seconds.
    pub service_time: Gauge,
    /// When schools may see the current release, service time; 0 for none.
    pub release_opens: IntGauge,
    /// Revision of the current release.
    pub release_revision: IntGauge,
    /// Schools of it that are held back.
    pub held_schools: IntGauge,
    /// 0 compared, 1 never compared, 2 differs, 3 stepped.
    pub clock_trust: IntGauge,
    /// Seconds that the database's clock is ahead.
    pub clock_difference: Gauge,
    /// Seconds since clocks were compared.
    pub clock_age: Gauge,
    /// 0 not reached yet, 1 up, 2 away, 3 unsafe.
    pub database_state: IntGauge,
    /// Seconds since a snapshot was read.
    pub snapshot_age: Gauge,
    /// Seconds since the journal was shipped to its end.
    pub shipped_age: Gauge,
    /// Nodes that say that they are there, as this one knows.
    pub nodes_alive: IntGauge,
    outbox: IntGaugeVec,
    outbox_oldest: Gauge,
}

impl NodeMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> Self {
        let int = |name, help| int_gauge(registry, name, help);
        let float = |name, help| {
            let gauge = gauge(registry, name, help);
            gauge.set(f64::NAN);
            gauge
        };
        Self {
            ready: int("ready", "1 while a balancer may send people here"),
            service_time: float("service_timestamp_seconds", "Service time of this node"),
            release_opens: int(
                "release_opens_timestamp_seconds",
                "Service time at which schools may see the current release; 0 for none",
            ),
            release_revision: int("release_revision", "Revision of the current release"),
            held_schools: int("release_held_schools", "Schools of it that are held back"),
            clock_trust: int("clock_trust", "0 compared, 1 never compared, 2 differs, 3 stepped"),
            clock_difference: float(
                "clock_difference_seconds",
                "Seconds that the database's clock is ahead of this node's",
            ),
            clock_age: float("clock_compared_age_seconds", "Seconds since clocks were compared"),
            database_state: int("database_state", "0 not reached yet, 1 up, 2 away, 3 unsafe"),
            snapshot_age: float(
                "snapshot_age_seconds",
                "Seconds since this node last read a snapshot of the database",
            ),
            shipped_age: float(
                "journal_shipped_age_seconds",
                "Seconds since this node's journal was shipped to its end",
            ),
            nodes_alive: int("nodes_alive", "Nodes that are there, as this one knows"),
            outbox: int_gauges(
                registry,
                "outbox_pending",
                "Messages that wait, have no answer yet, came back, or that nobody could take",
                "state",
                &OUTBOX,
            ),
            outbox_oldest: float(
                "outbox_oldest_seconds",
                "Age of the oldest message that is not sent; 0 for none",
            ),
        }
    }

    /// Takes how many messages there are in each state, and the age of the oldest; sent ones do not wait.
    pub fn outbox(&self, counts: &[(String, i64)], oldest_seconds: f64) {
        self.outbox_oldest.set(oldest_seconds);
        for known in OUTBOX {
            let count = counts.iter().find(|(state, _)| state == known).map_or(0, |(_, n)| *n);
            self.outbox.with_label_values(&[known]).set(count);
        }
    }
}

/// How many have their results.
#[derive(Clone, Debug)]
pub struct ServedMetrics {
    /// Organisations with a completed results page or file since the instant, of all nodes.
    pub organisations: IntGauge,
    /// Organisations for which the release is open, or will be first.
    pub organisations_expected: IntGauge,
    /// The schools among them.
    pub schools: IntGauge,
    /// Schools of the release.
    pub schools_expected: IntGauge,
    /// Seconds since the database told of all nodes.
    pub told_age: Gauge,
}

impl ServedMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> Self {
        let int = |name, help| int_gauge(registry, name, help);
        let told_age = gauge(
            registry,
            "organisations_served_age_seconds",
            "Seconds since the database told who was served by all nodes",
        );
        told_age.set(f64::NAN);
        Self {
            organisations: int(
                "organisations_served",
                "Organisations with a completed results page or file since the instant, of all nodes",
            ),
            organisations_expected: int(
                "organisations_expected",
                "Organisations for which the release is open, or will be first",
            ),
            schools: int("schools_served", "The schools among the organisations served"),
            schools_expected: int("schools_expected", "Schools of the release"),
            told_age,
        }
    }
}

//! What the observer reports: one visit is one count, times are those of the last one.

use prometheus::core::{Atomic, GenericGaugeVec};
use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::{Outcome, Seen, Step};
use crate::clock::machine_now;
use crate::telemetry::metrics::{int_counters, int_gauge};

const LAST_SERVED: &str = "When a visit last found everything right.";
const POSITION: &str = "Place of the observer in the queue; 0 when it is not waiting.";
const NOT_AFTER: &str = "The last moment of the certificate that a node shows.";
const SIGN_IN: &str = "From the password to the session, at the last visit.";
const AHEAD: &str = "How far a node's clock is ahead of the observer's.";
const DIGESTS: &str =
    "Different files of results that nodes gave at the last visits; 1 is right, 0 is none given.";

/// Metrics of an observer.
#[derive(Clone, Debug)]
pub struct ObserverMetrics {
    visits: IntCounterVec,
    faults: IntCounterVec,
    last_served: IntGaugeVec,
    position: IntGaugeVec,
    not_after: IntGaugeVec,
    sign_in_seconds: GaugeVec,
    ahead_seconds: GaugeVec,
    digests: IntGauge,
}

impl ObserverMetrics {
    /// Made once; each node has its counts from the start, so that nothing is missing.
    pub fn register(registry: &Registry, nodes: &[String]) -> Self {
        let counters = |name, help, labels: &[&str]| int_counters(registry, name, help, labels);
        let this = Self {
            visits: counters(
                "observer_visits_total",
                "Visits by node and how they ended.",
                &["node", "outcome"],
            ),
            faults: counters(
                "observer_faults_total",
                "What was not as it should be, by node and step.",
                &["node", "step"],
            ),
            last_served: by_node(registry, "observer_last_served_timestamp_seconds", LAST_SERVED),
            position: by_node(registry, "observer_position", POSITION),
            not_after: by_node(registry, "observer_certificate_not_after_seconds", NOT_AFTER),
            sign_in_seconds: by_node(registry, "observer_sign_in_seconds", SIGN_IN),
            ahead_seconds: by_node(registry, "observer_ahead_seconds", AHEAD),
            digests: int_gauge(registry, "observer_digests", DIGESTS),
        };
        for node in nodes {
            for outcome in Outcome::ALL {
                this.visits.with_label_values(&[node.as_str(), outcome.label()]);
            }
            for step in Step::ALL {
                this.faults.with_label_values(&[node.as_str(), step.label()]);
            }
            // The time of an observer that has never got in counts from its start.
            this.last_served.with_label_values(&[node]).set(machine_now().as_second());
            this.position.with_label_values(&[node]).set(0);
        }
        this
    }

    /// Notes what a visit of a node saw.
    pub fn note(&self, node: &str, seen: &Seen) {
        let outcome = seen.outcome();
        self.visits.with_label_values(&[node, outcome.label()]).inc();
        for fault in &seen.faults {
            self.faults.with_label_values(&[node, fault.step.label()]).inc();
        }
        if outcome == Outcome::Served {
            self.last_served.with_label_values(&[node]).set(machine_now().as_second());
        }
        let position =
            seen.position.map_or(0, |position| i64::try_from(position).unwrap_or(i64::MAX));
        self.position.with_label_values(&[node]).set(position);
        if let Some(at) = seen.not_after {
            self.not_after.with_label_values(&[node]).set(at);
        }
        if let Some(seconds) = seen.sign_in_seconds {
            self.sign_in_seconds.with_label_values(&[node]).set(seconds);
        }
        if let Some(seconds) = seen.ahead_seconds {
            self.ahead_seconds.with_label_values(&[node]).set(seconds);
        }
    }

    /// Notes how many different files the nodes gave at the same time.
    pub fn compare<'a>(&self, digests: impl Iterator<Item = &'a str>) {
        let different: std::collections::BTreeSet<&str> = digests.collect();
        self.digests.set(i64::try_from(different.len()).unwrap_or(i64::MAX));
    }
}

/// A gauge for each node.
fn by_node<P: Atomic + 'static>(registry: &Registry, name: &str, help: &str) -> GenericGaugeVec<P> {
    let opts = Opts::new(name, help).namespace("daybreak");
    let gauges = GenericGaugeVec::new(opts, &["node"]).expect("a valid metric name");
    registry.register(Box::new(gauges.clone())).expect("registered once");
    gauges
}

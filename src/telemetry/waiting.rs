//! What the waiting room reports.

use prometheus::{Gauge, HistogramVec, IntCounter, IntCounterVec, IntGauge, Registry};

use super::metrics::{gauge, histograms_within, int_counter, int_counters, int_gauge};

/// Bounds of waits, in seconds: from nobody in front to more than a morning.
const WAITS: [f64; 12] =
    [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0];
/// Whether somebody was let in within the time that they were first told.
const PROMISES: [&str; 2] = ["kept", "late"];

/// What the waiting room reports.
#[derive(Clone, Debug)]
pub struct WaitingMetrics {
    /// People who wait.
    pub waiting: IntGauge,
    /// People let in since the start.
    pub admitted: IntCounter,
    /// Rate at which this node lets people in, a second.
    pub rate: Gauge,
    /// Ceiling over all nodes, a second.
    pub ceiling: Gauge,
    /// Sign-ins a second that the hashing threads can do.
    pub capacity: Gauge,
    /// Seconds that somebody who came now would wait.
    pub eta_seconds: Gauge,
    /// 0 open, 1 paused, 2 closed.
    pub mode: IntGauge,
    /// Answers that named the lower position of before.
    pub regressions: IntCounter,
    /// Work on its way, in sign-ins.
    pub work: Gauge,
    /// Work at which nobody more is let in.
    pub work_limit: Gauge,
    /// Questions answered.
    pub polls: IntCounter,
    /// Absent when their turn came.
    pub lapsed: IntCounter,
    /// Of these, let in later.
    pub returned: IntCounter,
    /// Turned away for want of room.
    pub full: IntCounter,
    waits: HistogramVec,
    promises: IntCounterVec,
    refused: IntCounterVec,
    shed: IntCounterVec,
    limited: IntCounterVec,
    /// Classes of load that are given up for pressure, from the last.
    pub given_up: IntGauge,
}

/// The words of its labels, which are not this module's.
#[derive(Clone, Copy, Debug)]
pub struct WaitingWords<'a> {
    /// Classes of load.
    pub classes: &'a [&'static str],
    /// Lanes of the queue.
    pub lanes: &'a [&'static str],
    /// Why a place is not believed.
    pub reasons: &'a [&'static str],
    /// What is limited.
    pub limits: &'a [&'static str],
}

impl WaitingMetrics {
    /// Registers all of them and touches every value of their labels once.
    pub fn new(registry: &Registry, words: &WaitingWords<'_>) -> Self {
        let gauge = |name, help| gauge(registry, name, help);
        let counter = |name, help| int_counter(registry, name, help);
        let shed = int_counters(registry, "shed_total", "Requests shed by class", &["class"]);
        for class in words.classes {
            shed.with_label_values(&[*class]);
        }
        let refused = int_counters(
            registry,
            "waiting_room_unreadable_total",
            "Places that were shown and not believed",
            &["reason"],
        );
        for reason in words.reasons {
            refused.with_label_values(&[*reason]);
        }
        let promises = int_counters(
            registry,
            "waiting_room_promises_total",
            "People let in, by whether it took as long at the most as they were first told",
            &["outcome"],
        );
        for outcome in PROMISES {
            promises.with_label_values(&[outcome]);
        }
        let limited = int_counters(registry, "limited_total", "Uses beyond a limit", &["limit"]);
        for limit in words.limits {
            limited.with_label_values(&[*limit]);
        }
        Self {
            waiting: int_gauge(registry, "waiting_room_waiting", "People who wait to sign in"),
            admitted: counter("waiting_room_admitted_total", "People let in to sign in"),
            rate: gauge("waiting_room_rate", "People let in a second, as this node allows"),
            ceiling: gauge("waiting_room_ceiling", "People let in a second at the most, all nodes"),
            capacity: gauge("waiting_room_capacity", "Sign-ins a second that can be hashed here"),
            eta_seconds: gauge("waiting_room_eta_seconds", "Wait of somebody who came now"),
            mode: int_gauge(registry, "waiting_room_mode", "0 open, 1 paused, 2 closed"),
            regressions: counter(
                "waiting_room_position_regressions_total",
                "Answers that named the lower position of before: the line had put somebody further back",
            ),
            work: gauge("waiting_room_work", "Work on its way, in sign-ins"),
            work_limit: gauge("waiting_room_work_limit", "Work at which nobody more is let in"),
            polls: counter("waiting_room_polls_total", "Questions of people who wait"),
            lapsed: counter("waiting_room_lapsed_total", "Absent when their turn came"),
            returned: counter("waiting_room_returned_total", "Absent, and let in later"),
            full: counter("waiting_room_full_total", "Turned away for want of room"),
            waits: histograms_within(
                registry,
                "waiting_room_wait_seconds",
                "Seconds from a place in the queue to being let in",
                ("lane", words.lanes),
                &WAITS,
            ),
            promises,
            refused,
            shed,
            limited,
            given_up: int_gauge(registry, "shed_classes", "Classes given up for pressure"),
        }
    }

    /// Somebody was let in, within the time that they were first told or not.
    pub fn let_in(&self, lane: &'static str, seconds: u16, broken: bool) {
        self.waits.with_label_values(&[lane]).observe(f64::from(seconds));
        self.promises.with_label_values(&[PROMISES[usize::from(broken)]]).inc();
    }

    /// A place that was shown is not believed.
    pub fn refused(&self, reason: &'static str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    /// A request of a class was shed.
    pub fn shed(&self, class: &'static str) {
        self.shed.with_label_values(&[class]).inc();
    }

    /// Somebody tried more than a limit allows.
    pub fn limited(&self, limit: &'static str) {
        self.limited.with_label_values(&[limit]).inc();
    }
}

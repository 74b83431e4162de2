//! What the taking over of the national register reports.

use jiff::Timestamp;
use prometheus::{IntCounterVec, IntGauge, Registry};

use super::metrics::{int_counters, int_gauge};

/// What became of a nightly look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiasOutcome {
    /// An extract was taken over.
    Applied,
    /// It waits for a person.
    Held,
    /// It cannot be read.
    Refused,
    /// There is none that is newer.
    Nothing,
    /// The source or the database is out of reach.
    Failed,
}

impl GiasOutcome {
    const ALL: [Self; 5] = [Self::Applied, Self::Held, Self::Refused, Self::Nothing, Self::Failed];

    /// The label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Nothing => "nothing",
            Self::Failed => "failed",
        }
    }
}

/// What the taking over reports.
#[derive(Clone, Debug)]
pub struct GiasMetrics {
    looks: IntCounterVec,
    taken_over: IntGauge,
    /// Extracts that wait for a person.
    pub held: IntGauge,
}

impl GiasMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> Self {
        let looks = int_counters(
            registry,
            "gias_looks_total",
            "Looks for an extract of the national register",
            &["outcome"],
        );
        for outcome in GiasOutcome::ALL {
            looks.with_label_values(&[outcome.label()]);
        }
        Self {
            looks,
            taken_over: int_gauge(
                registry,
                "gias_taken_over_timestamp_seconds",
                "Unix time of service at which the register was last taken over; 0 where no job is to do it",
            ),
            held: int_gauge(registry, "gias_held", "Extracts that wait for a person"),
        }
    }

    /// A look ended so.
    pub fn looked(&self, outcome: GiasOutcome) {
        self.looks.with_label_values(&[outcome.label()]).inc();
    }

    /// The register was last taken over then.
    pub fn taken_over(&self, at: Option<Timestamp>) {
        self.taken_over.set(at.map_or(0, Timestamp::as_second));
    }
}

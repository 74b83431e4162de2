//! What is counted of the identity service.

use prometheus::{IntCounterVec, Registry};

use super::metrics::int_counters;

/// What came of asking the service for somebody's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUpOutcome {
    /// It named their roles, or said that they have none.
    Roles,
    /// It gives them no access.
    NoAccess,
    /// No answer in time.
    Silent,
    /// It answered that it does not answer.
    Refused,
    /// What it said cannot be used.
    Unusable,
}

impl LookUpOutcome {
    const ALL: [Self; 5] =
        [Self::Roles, Self::NoAccess, Self::Silent, Self::Refused, Self::Unusable];

    const fn label(self) -> &'static str {
        match self {
            Self::Roles => "roles",
            Self::NoAccess => "no_access",
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::Unusable => "unusable",
        }
    }
}

/// The counts.
#[derive(Clone, Debug)]
pub struct IdentityMetrics {
    look_ups: IntCounterVec,
}

impl IdentityMetrics {
    /// Registers the counts; each starts at zero.
    pub fn new(registry: &Registry) -> Self {
        let help = "Questions to the identity service about somebody's roles, by outcome";
        let look_ups = int_counters(registry, "role_lookups_total", help, &["outcome"]);
        for outcome in LookUpOutcome::ALL {
            look_ups.with_label_values(&[outcome.label()]);
        }
        Self { look_ups }
    }

    /// Counts what came of a question about roles.
    pub fn looked_up(&self, outcome: LookUpOutcome) {
        self.look_ups.with_label_values(&[outcome.label()]).inc();
    }
}

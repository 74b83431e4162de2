//! What is counted of the identity service.

use prometheus::{IntCounterVec, IntGauge, Registry};

use super::metrics::{int_counters, int_gauge};

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

/// What the service publishes of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Its addresses.
    Metadata,
    /// Its keys.
    Keys,
}

impl Document {
    const ALL: [Self; 2] = [Self::Metadata, Self::Keys];

    /// Its word in metrics and in the log.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Keys => "keys",
        }
    }
}

/// What came of asking for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentOutcome {
    /// It is there.
    Answered,
    /// It is not, and the last known one stays.
    Kept,
    /// It is not, and none is known.
    Failed,
}

impl DocumentOutcome {
    const ALL: [Self; 3] = [Self::Answered, Self::Kept, Self::Failed];

    const fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Kept => "kept",
            Self::Failed => "failed",
        }
    }
}

/// The counts.
#[derive(Clone, Debug)]
pub struct IdentityMetrics {
    look_ups: IntCounterVec,
    documents: IntCounterVec,
    /// Answers about roles that hold here and that the database does not know yet.
    pub waiting: IntGauge,
}

impl IdentityMetrics {
    /// Registers the counts; each starts at zero.
    pub fn new(registry: &Registry) -> Self {
        let help = "Questions to the identity service about somebody's roles, by outcome";
        let look_ups = int_counters(registry, "role_lookups_total", help, &["outcome"]);
        for outcome in LookUpOutcome::ALL {
            look_ups.with_label_values(&[outcome.label()]);
        }
        let help = "Questions to the identity service for what it publishes of itself, by outcome";
        let labels = ["document", "outcome"];
        let documents = int_counters(registry, "identity_documents_total", help, &labels);
        for document in Document::ALL {
            for outcome in DocumentOutcome::ALL {
                documents.with_label_values(&[document.label(), outcome.label()]);
            }
        }
        let help = "Answers about roles that hold on this node and wait for the database";
        let waiting = int_gauge(registry, "role_answers_waiting", help);
        Self { look_ups, documents, waiting }
    }

    /// Counts what came of asking for what the service publishes.
    pub fn asked_for(&self, document: Document, outcome: DocumentOutcome) {
        self.documents.with_label_values(&[document.label(), outcome.label()]).inc();
    }

    /// Counts what came of a question about roles.
    pub fn looked_up(&self, outcome: LookUpOutcome) {
        self.look_ups.with_label_values(&[outcome.label()]).inc();
    }
}

//! What forms report.

use prometheus::{IntCounterVec, Registry};

use super::metrics::int_counters;

/// What came of sending a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// It was sent.
    Sent,
    /// It had been sent before: a double click, or a page that was sent again.
    Again,
    /// Something was missing or wrong, or changed since it was looked at.
    Incomplete,
    /// It is not open.
    Closed,
    /// The database did not answer.
    Away,
}

impl SendOutcome {
    const ALL: [Self; 5] = [Self::Sent, Self::Again, Self::Incomplete, Self::Closed, Self::Away];

    const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Again => "again",
            Self::Incomplete => "incomplete",
            Self::Closed => "closed",
            Self::Away => "away",
        }
    }
}

/// Metrics of forms.
#[derive(Clone, Debug)]
pub struct FormMetrics {
    submissions: IntCounterVec,
}

impl FormMetrics {
    /// Registers them; `activities` are the names of all forms that there are.
    pub fn new<'a>(registry: &Registry, activities: impl Iterator<Item = &'a str>) -> Self {
        let help = "Forms that somebody sent, by activity and outcome.";
        let submissions =
            int_counters(registry, "submissions_total", help, &["activity", "outcome"]);
        for activity in activities {
            for outcome in SendOutcome::ALL {
                submissions.with_label_values(&[activity, outcome.label()]);
            }
        }
        Self { submissions }
    }

    /// Somebody sent a form.
    pub fn sent(&self, activity: &str, outcome: SendOutcome) {
        self.submissions.with_label_values(&[activity, outcome.label()]).inc();
    }
}

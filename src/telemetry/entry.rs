//! What is counted of people who want to get in: links by email, and reminders of passwords that end.

use prometheus::{IntCounter, IntCounterVec, Registry};

use super::metrics::{int_counter, int_counters};

/// What became of a request for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// Its name was put down.
    Queued,
    /// Too many names waited.
    Dropped,
    /// A link was sent.
    Sent,
    /// The invitation was sent again.
    Invited,
    /// Nothing was sent: nobody of that name may sign in, or a link is on its way.
    Nothing,
    /// Too many for the name or the address.
    Limited,
    /// The database was away for too long.
    TooLate,
}

impl LinkOutcome {
    const ALL: [Self; 7] = [
        Self::Queued,
        Self::Dropped,
        Self::Sent,
        Self::Invited,
        Self::Nothing,
        Self::Limited,
        Self::TooLate,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Dropped => "dropped",
            Self::Sent => "sent",
            Self::Invited => "invited",
            Self::Nothing => "nothing",
            Self::Limited => "limited",
            Self::TooLate => "too_late",
        }
    }
}

/// The counts.
#[derive(Clone, Debug)]
pub struct EntryMetrics {
    links: IntCounterVec,
    /// Reminders of passwords that end soon.
    pub reminders: IntCounter,
}

impl EntryMetrics {
    /// Registers the counts; each starts at zero.
    pub fn new(registry: &Registry) -> Self {
        let help = "Requests for a link to set a password, by what became of them";
        let links = int_counters(registry, "password_links_total", help, &["outcome"]);
        for outcome in LinkOutcome::ALL {
            links.with_label_values(&[outcome.label()]);
        }
        Self {
            links,
            reminders: int_counter(
                registry,
                "password_reminders_total",
                "Reminders of passwords that end soon",
            ),
        }
    }

    /// Counts what became of a request for a link.
    pub fn link(&self, outcome: LinkOutcome) {
        self.links.with_label_values(&[outcome.label()]).inc();
    }
}

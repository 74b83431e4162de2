//! How far the scrubber is, so that a restart goes on where it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far the scrubber is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When the last pass began, in service time.
    pub started_at: Option<Timestamp>,
    /// Packs that this pass has behind it; none when no pass is on its way.
    pub next: Option<u64>,
    /// What this pass found damaged, or the last one when none is on its way.
    pub damaged: i64,
    /// When the last complete pass ended.
    pub finished_at: Option<Timestamp>,
}

impl Progress {
    /// A new pass.
    pub fn begin(&mut self, now: Timestamp) {
        (self.started_at, self.next, self.damaged) = (Some(now), Some(0), 0);
    }

    /// The pass is complete.
    pub fn finish(&mut self, now: Timestamp) {
        (self.next, self.finished_at) = (None, Some(now));
    }
}

//! What the scrubber reports.

use jiff::Timestamp;
use prometheus::{IntCounter, IntGauge, Registry};

use super::metrics::{int_counter, int_gauge};

/// What the scrubber reports.
#[derive(Clone, Debug)]
pub struct ScrubMetrics {
    /// Bytes that it re-read.
    pub bytes: IntCounter,
    /// Objects that it found damaged, missing or out of reach.
    pub found: IntCounter,
    /// How many of them its last complete pass found.
    pub damaged: IntGauge,
    passed: IntGauge,
}

impl ScrubMetrics {
    /// Registers all of them.
    pub fn new(registry: &Registry) -> Self {
        Self {
            bytes: int_counter(
                registry,
                "scrub_bytes_total",
                "Bytes re-read against their digests",
            ),
            found: int_counter(
                registry,
                "scrub_found_total",
                "Objects found damaged, missing or out of reach",
            ),
            damaged: int_gauge(
                registry,
                "scrub_damaged",
                "Objects that the last complete pass found damaged, missing or out of reach",
            ),
            passed: int_gauge(
                registry,
                "scrub_passed_timestamp_seconds",
                "Unix time of service at which the last complete pass ended; 0 before the first",
            ),
        }
    }

    /// A pass ended then.
    pub fn passed(&self, at: Option<Timestamp>) {
        self.passed.set(at.map_or(0, Timestamp::as_second));
    }
}

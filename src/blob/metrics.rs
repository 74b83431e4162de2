//! What is counted of the object stores, and how long each operation may take.

use std::time::Duration;

use prometheus::{HistogramVec, IntCounterVec, Registry};

use super::BlobError;
use crate::telemetry::metrics;

/// A block of scripts: somebody waits for the page, and a mebibyte takes no second.
const RANGE_TRY: Duration = Duration::from_secs(5);
/// All tries of a block; below what browsers and balancers wait for a first byte.
const RANGE_DEADLINE: Duration = Duration::from_secs(12);
/// A whole object or a part of one, some megabytes: nobody waits at a page.
const WHOLE_TRY: Duration = Duration::from_secs(30);
/// All tries of a whole object.
const WHOLE_DEADLINE: Duration = Duration::from_secs(90);

const _: () = assert!(RANGE_TRY.as_secs() < RANGE_DEADLINE.as_secs());
const _: () = assert!(WHOLE_TRY.as_secs() < WHOLE_DEADLINE.as_secs());

/// An operation on a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Get,
    GetRange,
    Put,
}

impl Op {
    const ALL: [Self; 3] = [Self::Get, Self::GetRange, Self::Put];

    const fn label(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetRange => "get_range",
            Self::Put => "put",
        }
    }

    /// Longest wait for one try.
    pub(super) const fn try_deadline(self) -> Duration {
        match self {
            Self::GetRange => RANGE_TRY,
            Self::Get | Self::Put => WHOLE_TRY,
        }
    }

    /// Longest wait for all tries on all copies.
    const fn deadline(self) -> Duration {
        match self {
            Self::GetRange => RANGE_DEADLINE,
            Self::Get | Self::Put => WHOLE_DEADLINE,
        }
    }
}

/// Counters and timers, made once for a registry.
#[derive(Clone, Debug)]
pub(super) struct BlobMetrics {
    seconds: HistogramVec,
    errors: IntCounterVec,
    retries: IntCounterVec,
    hedged: IntCounterVec,
    damaged: IntCounterVec,
}

impl BlobMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let counters = |name, help| {
            let counters = metrics::int_counters(registry, name, help, &["op"]);
            for op in Op::ALL {
                counters.with_label_values(&[op.label()]);
            }
            counters
        };
        Self {
            seconds: metrics::histograms(
                registry,
                "blob_request_seconds",
                "Seconds of one operation on the blob store, all its tries together",
                "op",
                &Op::ALL.map(Op::label),
            ),
            errors: counters("blob_errors_total", "Operations on the blob store that failed"),
            retries: counters("blob_retries_total", "Tries after a first one that failed"),
            hedged: counters("blob_hedged_total", "Reads that asked the second copy too"),
            damaged: counters("blob_damaged_total", "Reads whose bytes were not the approved ones"),
        }
    }

    pub(super) fn retried(&self, op: Op) {
        self.retries.with_label_values(&[op.label()]).inc();
    }

    pub(super) fn hedged(&self, op: Op) {
        self.hedged.with_label_values(&[op.label()]).inc();
    }

    /// Damage alarms: it is a fault of the store or an attack, and heals by nobody waiting.
    pub(super) fn damaged(&self, op: Op, key: &str, what: &str) {
        self.damaged.with_label_values(&[op.label()]).inc();
        tracing::error!(key, what, "an object is damaged");
    }

    /// Runs an operation within its deadline, timed and counted.
    pub(super) async fn timed<T>(
        &self,
        op: Op,
        key: &str,
        work: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        let timer = self.seconds.with_label_values(&[op.label()]).start_timer();
        let outcome = within(op.deadline(), key, work).await;
        timer.observe_duration();
        if outcome.is_err() {
            self.errors.with_label_values(&[op.label()]).inc();
        }
        outcome
    }
}

/// Gives work up when its time is over.
pub(super) async fn within<T>(
    deadline: Duration,
    key: &str,
    work: impl Future<Output = Result<T, BlobError>>,
) -> Result<T, BlobError> {
    match tokio::time::timeout(deadline, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(BlobError::Late { key: key.to_owned(), within: deadline }),
    }
}

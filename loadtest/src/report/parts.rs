//! The parts of a report, each made from what was counted.

use serde::Serialize;

use super::{Conditions, seconds};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::tally::{Tally, Times};

/// Times in milliseconds; none where nothing was timed.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) count: u64,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p90_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) max_ms: Option<f64>,
}

impl Percentiles {
    pub(super) fn of(times: &Times) -> Self {
        Self {
            count: times.count(),
            p50_ms: times.within_ms(0.5),
            p90_ms: times.within_ms(0.9),
            p95_ms: times.within_ms(0.95),
            p99_ms: times.within_ms(0.99),
            max_ms: times.max_ms(),
        }
    }
}

/// One kind of request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct KindRow {
    pub(crate) kind: Kind,
    #[serde(skip)]
    pub(crate) label: &'static str,
    #[serde(flatten)]
    pub(crate) times: Percentiles,
    pub(crate) bytes: u64,
}

/// One sort of error.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FaultRow {
    pub(crate) request: &'static str,
    pub(crate) fault: String,
    pub(crate) count: u64,
}

/// How the schools fared. Seconds count from the first arrival.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Served {
    pub(crate) schools: u64,
    pub(crate) with_results: u64,
    pub(crate) p50_s: Option<f64>,
    pub(crate) p90_s: Option<f64>,
    pub(crate) p99_s: Option<f64>,
    pub(crate) p100_s: Option<f64>,
    /// From each school's own arrival to its results.
    pub(crate) after_arrival: Percentiles,
}

/// How the queue did.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Queue {
    pub(crate) waits: Percentiles,
    pub(crate) promises: u64,
    pub(crate) kept: u64,
    pub(crate) early: u64,
    pub(crate) late: u64,
    pub(crate) kept_ratio: Option<f64>,
    pub(crate) worst_late_s: f64,
    pub(crate) position_regressions: u64,
}

/// Sums and rates over the whole run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Totals {
    pub(crate) people: u64,
    pub(crate) sign_ins: u64,
    pub(crate) page_views: u64,
    pub(crate) downloads: u64,
    pub(crate) requests: u64,
    pub(crate) requests_per_s: f64,
    pub(crate) bytes: u64,
    pub(crate) errors: u64,
    /// CPU time of the load test for each request, in milliseconds.
    pub(crate) own_cpu_ms_per_request: Option<f64>,
    /// CPU time of the server for each request, in milliseconds.
    pub(crate) server_cpu_ms_per_request: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "requests are counted in millions")]
pub(super) fn totals(tally: &Tally, conditions: &Conditions) -> Totals {
    let counted = |kind: Kind| tally.kind(kind).times.count();
    let sum = |all: &dyn Fn(Kind) -> bool| -> u64 {
        Kind::ALL.into_iter().filter(|kind| all(*kind)).map(counted).sum()
    };
    let requests = sum(&|_| true);
    let each = |cpu: Option<f64>| Some(cpu? * 1000.0 / requests.max(1) as f64);
    Totals {
        people: tally.visits[0],
        sign_ins: counted(Kind::SignIn),
        page_views: counted(Kind::Page),
        downloads: sum(&Kind::is_download),
        requests,
        requests_per_s: requests as f64 / conditions.lasted_s.max(1.0),
        bytes: Kind::ALL.iter().map(|kind| tally.kind(*kind).bytes).sum(),
        errors: tally.errors(),
        own_cpu_ms_per_request: each(conditions.own_cpu_s),
        server_cpu_ms_per_request: each(conditions.server_cpu_s),
    }
}

pub(super) fn served(tally: &Tally, schools: usize) -> Served {
    let by = |part| seconds(tally.served_by(part, schools));
    Served {
        schools: schools as u64,
        with_results: tally.served.iter().flatten().count() as u64,
        p50_s: by(0.5),
        p90_s: by(0.9),
        p99_s: by(0.99),
        p100_s: by(1.0),
        after_arrival: Percentiles::of(&tally.until_served),
    }
}

pub(super) fn kinds(tally: &Tally) -> Vec<KindRow> {
    let row = |kind: Kind| {
        let of_kind = tally.kind(kind);
        let (label, bytes) = (kind.label(), of_kind.bytes);
        KindRow { kind, label, times: Percentiles::of(&of_kind.times), bytes }
    };
    Kind::ALL.into_iter().map(row).filter(|row| row.times.count > 0).collect()
}

pub(super) fn faults(tally: &Tally) -> Vec<FaultRow> {
    let row = |((kind, fault), count): (&(Kind, Fault), &u64)| FaultRow {
        request: kind.label(),
        fault: fault.to_string(),
        count: *count,
    };
    tally.faults.iter().map(row).collect()
}

pub(super) fn queue(tally: &Tally) -> Queue {
    let honesty = tally.honesty;
    Queue {
        waits: Percentiles::of(&tally.waits),
        promises: honesty.made,
        kept: honesty.kept,
        early: honesty.early,
        late: honesty.late,
        kept_ratio: honesty.kept_ratio(),
        worst_late_s: honesty.worst_late_s,
        position_regressions: tally.rises(),
    }
}

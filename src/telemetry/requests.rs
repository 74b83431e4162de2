//! One record for each request: a count, a duration, a line of log. Made for the peak: no look-up of
//! labels, no system call.

use std::fmt::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use prometheus::{Histogram, IntCounter, IntCounterVec, Registry};

use super::logging;
use super::metrics::{histograms, int_counters};

/// Methods by place; anything else is `other`.
pub const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "other"];
/// Statuses with a counter of their own at hand; a status beyond them is looked up.
const STATUSES: [u16; 19] =
    [200, 206, 303, 304, 400, 401, 403, 404, 405, 408, 412, 413, 416, 422, 429, 431, 500, 503, 504];

/// What one request was.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Place of its route among the routes.
    pub route: usize,
    /// Place of its method in [`METHODS`].
    pub method: usize,
    /// Status of the answer.
    pub status: u16,
    /// Until the head of the answer.
    pub took: Duration,
    /// When it was answered, by the machine's clock.
    pub at: Timestamp,
    /// Its number.
    pub id: RequestId,
}

/// The number of a request: of the process, then of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(u64);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Counts, times and logs requests.
#[derive(Debug)]
pub struct RequestMetrics {
    routes: &'static [&'static str],
    counters: IntCounterVec,
    /// By route, method and status.
    known: Vec<OnceLock<IntCounter>>,
    seconds: Vec<Histogram>,
    next: AtomicU64,
}

impl RequestMetrics {
    /// Registers the metrics of these routes. Request numbers begin at `first`, a random number, so
    /// that two processes do not share them.
    pub fn new(registry: &Registry, routes: &'static [&'static str], first: u64) -> Self {
        let histograms = histograms(
            registry,
            "http_request_seconds",
            "Seconds to the head of an answer",
            "route",
            routes,
        );
        let places = routes.len() * METHODS.len() * STATUSES.len();
        Self {
            routes,
            counters: int_counters(
                registry,
                "http_requests_total",
                "Answers by route, method and status",
                &["route", "method", "status"],
            ),
            known: std::iter::repeat_with(OnceLock::new).take(places).collect(),
            seconds: routes.iter().map(|route| histograms.with_label_values(&[*route])).collect(),
            next: AtomicU64::new(first),
        }
    }

    /// A number for the next request.
    pub fn next_id(&self) -> RequestId {
        RequestId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Counts, times and logs one request.
    pub fn record(&self, request: &Request) {
        self.count(request);
        self.seconds[request.route].observe(request.took.as_secs_f64());
        if tracing::enabled!(tracing::Level::INFO) {
            let mut line = String::with_capacity(200);
            let (route, method) = (self.routes[request.route], METHODS[request.method]);
            let Request { status, at, id, .. } = request;
            let (seconds, micros) = (request.took.as_secs(), request.took.subsec_micros());
            let _in_memory = writeln!(
                line,
                r#"{{"timestamp":"{at}","level":"INFO","message":"request","request_id":"{id}","route":"{route}","method":"{method}","status":{status},"seconds":{seconds}.{micros:06}}}"#
            );
            logging::line(line.as_bytes());
        }
    }

    fn count(&self, request: &Request) {
        let counter = |status: &str| {
            let labels = [self.routes[request.route], METHODS[request.method], status];
            self.counters.with_label_values(&labels)
        };
        match STATUSES.iter().position(|status| *status == request.status) {
            Some(status) => {
                let place = (request.route * METHODS.len() + request.method) * STATUSES.len();
                let known = &self.known[place + status];
                known.get_or_init(|| counter(&request.status.to_string())).inc();
            }
            None => counter(&request.status.to_string()).inc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_counted_under_its_labels() {
        let registry = Registry::new();
        let metrics = RequestMetrics::new(&registry, &["start", "file"], 7);
        let at = "2024-07-09T06:30:00Z".parse().unwrap();
        for status in [200, 200, 418] {
            let (took, id) = (Duration::from_millis(3), metrics.next_id());
            metrics.record(&Request { route: 1, method: 0, status, took, at, id });
        }
        let count =
            |status: &str| metrics.counters.with_label_values(&["file", "GET", status]).get();
        assert_eq!((count("200"), count("418")), (2, 1));
        assert_eq!(metrics.seconds[1].get_sample_count(), 3);
        assert_eq!(metrics.next_id().to_string(), "000000000000000a");
    }
}

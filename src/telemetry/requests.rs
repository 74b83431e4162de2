//! One record for each request: a count, a duration, a line of log. Made for the peak: no look-up of
//! labels, no system call.

use std::cell::RefCell;
use std::fmt::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use prometheus::{Histogram, IntCounter, IntCounterVec, Registry};

use super::logging;
use super::metrics::{histograms, int_counters};
use crate::domain::hex::hex;

/// Methods by place; anything else is `other`.
pub const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "other"];
/// Statuses with a counter of their own at hand; a status beyond them is looked up.
const STATUSES: [u16; 19] =
    [200, 206, 303, 304, 400, 401, 403, 404, 405, 408, 412, 413, 416, 422, 429, 431, 500, 503, 504];

/// Room for the line of a request, in bytes.
const LINE_BYTES: usize = 224;

/// What one request was.
#[derive(Clone, Debug)]
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
    /// Its number, as the answer names it.
    pub id: String,
}

/// The number of a request: of the process, then of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    /// Its sixteen digits.
    pub fn hex(self) -> String {
        hex(&self.0.to_be_bytes())
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
            logging::line(self.line(request).as_bytes());
        }
    }

    /// The line of a request. Put together by hand: one is written for each answer.
    fn line(&self, request: &Request) -> String {
        let mut line = String::with_capacity(LINE_BYTES);
        line.push_str(r#"{"timestamp":""#);
        push_timestamp(&mut line, request.at);
        line.push_str(r#"","level":"INFO","message":"request","request_id":""#);
        line.push_str(&request.id);
        line.push_str(r#"","route":""#);
        line.push_str(self.routes[request.route]);
        line.push_str(r#"","method":""#);
        line.push_str(METHODS[request.method]);
        line.push_str(r#"","status":"#);
        push_digits::<3>(&mut line, request.status.into());
        line.push_str(r#","seconds":"#);
        line.push_str(&request.took.as_secs().to_string());
        line.push('.');
        push_digits::<6>(&mut line, request.took.subsec_micros());
        line.push_str("}\n");
        line
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

/// Adds an instant in UTC to the nanosecond. Its second is written once for all requests of a thread within it.
fn push_timestamp(line: &mut String, at: Timestamp) {
    thread_local! {
        static SECOND: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
    }
    // Before 1970 the parts of a second would count backwards; no clock of ours is there.
    let (second, nanos) = (at.as_second(), at.subsec_nanosecond().unsigned_abs());
    SECOND.with_borrow_mut(|(written, text)| {
        if *written != second {
            text.clear();
            let _in_memory = write!(text, "{}", at.strftime("%Y-%m-%dT%H:%M:%S."));
            *written = second;
        }
        line.push_str(text);
    });
    push_digits::<9>(line, nanos);
    line.push('Z');
}

/// Adds the last so many decimal digits of a number, zeros included.
fn push_digits<const N: usize>(line: &mut String, mut number: u32) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 10).expect("one digit");
        number /= 10;
    }
    line.push_str(std::str::from_utf8(&digits).expect("decimal digits"));
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
            let (took, id) = (Duration::from_millis(3), metrics.next_id().hex());
            metrics.record(&Request { route: 1, method: 0, status, took, at, id });
        }
        let count =
            |status: &str| metrics.counters.with_label_values(&["file", "GET", status]).get();
        assert_eq!((count("200"), count("418")), (2, 1));
        assert_eq!(metrics.seconds[1].get_sample_count(), 3);
        assert_eq!(metrics.next_id().hex(), "000000000000000a");
    }

    #[test]
    fn a_line_is_json_and_tells_the_instant() {
        let metrics = RequestMetrics::new(&Registry::new(), &["start", "file"], 7);
        for at in
            ["2024-07-09T06:30:00.000000009Z", "2024-07-09T06:30:00.5Z", "2024-07-09T06:30:01Z"]
        {
            let (at, id) = (at.parse::<Timestamp>().unwrap(), metrics.next_id().hex());
            let took = Duration::from_micros(12_000_345);
            let line = metrics.line(&Request {
                route: 1,
                method: 0,
                status: 206,
                took,
                at,
                id: id.clone(),
            });
            let fields: serde_json::Value = serde_json::from_str(&line).unwrap();
            let told: Timestamp = fields["timestamp"].as_str().unwrap().parse().unwrap();
            assert_eq!(told, at);
            assert_eq!((&fields["request_id"], &fields["route"]), (&id.into(), &"file".into()));
            assert_eq!((&fields["status"], &fields["method"]), (&206.into(), &"GET".into()));
            assert!(line.ends_with("\"seconds\":12.000345}\n"), "{line}");
        }
    }
}

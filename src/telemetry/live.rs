//! The last quarter of an hour of a node, second by second, for its live page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::Registry;
use prometheus::proto::{Metric, MetricFamily};

/// Samples that are kept: fifteen minutes.
const SAMPLES_MAX: usize = 900;
/// Rates and percentiles are over so many seconds: fewer jump, more hide what has just begun.
const OVER: usize = 10;

/// Values of one second by name.
pub type Sample = Vec<(&'static str, f64)>;

/// The recent past. Clones share it.
#[derive(Clone, Debug)]
pub struct Live {
    registry: Registry,
    past: Arc<Mutex<Past>>,
}

#[derive(Debug, Default)]
struct Past {
    /// Totals of the last seconds, from which rates are made.
    totals: VecDeque<Totals>,
    samples: VecDeque<Sample>,
    /// Samples that were ever taken.
    taken: u64,
}

impl Live {
    /// Nothing yet; metrics come from this registry.
    pub fn new(registry: Registry) -> Self {
        Self { registry, past: Arc::default() }
    }

    /// Takes the sample of this second.
    pub fn sample(&self) {
        let families = self.registry.gather();
        let read = Families(&families);
        let totals = Totals::read(&read);
        let mut past = self.lock();
        let before = past.totals.front().unwrap_or(&totals).clone();
        let sample = sample(&read, &totals, &before);
        past.totals.push_back(totals);
        if past.totals.len() > OVER {
            past.totals.pop_front();
        }
        past.samples.push_back(sample);
        if past.samples.len() > SAMPLES_MAX {
            past.samples.pop_front();
        }
        past.taken += 1;
    }

    /// Samples that were taken after the first `known` ones, as far as they are kept, and how many there were.
    pub fn since(&self, known: u64) -> (u64, Vec<Sample>) {
        let past = self.lock();
        let kept = past.samples.len() as u64;
        // Whoever knows more than there were knows another start of this node.
        let known = if known > past.taken { 0 } else { known };
        let new = (past.taken - known).min(kept);
        let skipped = usize::try_from(kept - new).expect("no more than are kept");
        (past.taken, past.samples.iter().skip(skipped).cloned().collect())
    }

    fn lock(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counters at one instant.
#[derive(Clone, Debug, Default)]
struct Totals {
    at: f64,
    requests: f64,
    errors: f64,
    accepted: f64,
    refused: f64,
    admitted: f64,
    complete: f64,
    broken: f64,
    bytes: f64,
    hits: f64,
    misses: f64,
    hashes: f64,
    embargo: f64,
    dropped: f64,
    answers: Vec<(f64, f64)>,
    hash_waits: Vec<(f64, f64)>,
}

impl Totals {
    fn read(read: &Families<'_>) -> Self {
        let all = |name| read.counters(name, |_| true);
        let with = |name, label, value| read.counters(name, |m| label_of(m, label) == value);
        let complete = with("daybreak_downloads_total", "outcome", "complete");
        let accepted = with("daybreak_sign_ins_total", "outcome", "accepted");
        let hash_waits = read.buckets("daybreak_password_hash_wait_seconds", |_| true);
        Self {
            at: read.gauge("daybreak_service_timestamp_seconds"),
            requests: all("daybreak_http_requests_total"),
            errors: read.counters("daybreak_http_requests_total", |m| {
                label_of(m, "status").starts_with('5')
            }),
            accepted,
            refused: all("daybreak_sign_ins_total") - accepted,
            admitted: all("daybreak_waiting_room_admitted_total"),
            complete,
            broken: all("daybreak_downloads_total") - complete,
            bytes: all("daybreak_download_bytes_total"),
            hits: with("daybreak_cache_requests_total", "outcome", "hit"),
            misses: with("daybreak_cache_requests_total", "outcome", "miss"),
            hashes: hash_waits.last().map_or(0.0, |(_, count)| *count),
            embargo: all("daybreak_embargo_refusals_total"),
            dropped: all("daybreak_journal_dropped_total"),
            // Signing in waits for a password on purpose.
            answers: read
                .buckets("daybreak_http_request_seconds", |m| label_of(m, "route") != "sign_in"),
            hash_waits,
        }
    }
}

fn sample(read: &Families<'_>, now: &Totals, before: &Totals) -> Sample {
    let seconds = (now.at - before.at).max(1.0);
    let rate = |of: fn(&Totals) -> f64| (of(now) - of(before)).max(0.0) / seconds;
    let lookups = now.hits + now.misses - before.hits - before.misses;
    let quantile =
        |of: fn(&Totals) -> &Vec<(f64, f64)>, q| 1000.0 * quantile(of(now), of(before), q);
    let mut sample = vec![
        ("at", now.at),
        ("requests", rate(|t| t.requests)),
        ("errors", rate(|t| t.errors)),
        ("sign_ins", rate(|t| t.accepted)),
        ("refused", rate(|t| t.refused)),
        ("let_in", rate(|t| t.admitted)),
        ("downloads", rate(|t| t.complete)),
        ("broken", rate(|t| t.broken)),
        ("bytes", rate(|t| t.bytes)),
        ("hashes", rate(|t| t.hashes)),
        ("embargo", now.embargo),
        ("dropped", now.dropped),
        ("cache_hits", if lookups > 0.0 { (now.hits - before.hits) / lookups } else { f64::NAN }),
        ("p50", quantile(|t| &t.answers, 0.5)),
        ("p99", quantile(|t| &t.answers, 0.99)),
        ("hash_wait_p99", quantile(|t| &t.hash_waits, 0.99)),
    ];
    sample.extend(GAUGES.map(|(name, metric)| (name, read.gauge(metric))));
    sample
}

/// What is shown as it stands; of a metric with labels the sum.
const GAUGES: [(&str, &str); 20] = [
    ("waiting", "daybreak_waiting_room_waiting"),
    ("rate", "daybreak_waiting_room_rate"),
    ("ceiling", "daybreak_waiting_room_ceiling"),
    ("capacity", "daybreak_waiting_room_capacity"),
    ("eta", "daybreak_waiting_room_eta_seconds"),
    ("mode", "daybreak_waiting_room_mode"),
    ("schools_served", "daybreak_schools_served"),
    ("schools_expected", "daybreak_schools_expected"),
    ("organisations_served", "daybreak_organisations_served"),
    ("organisations_expected", "daybreak_organisations_expected"),
    ("hash_waiting", "daybreak_password_hash_waiting"),
    ("connections", "daybreak_connections"),
    ("unshipped", "daybreak_journal_unshipped"),
    ("release_state", "daybreak_release_state"),
    ("preloaded", "daybreak_release_preloaded_ratio"),
    ("opens", "daybreak_release_opens_timestamp_seconds"),
    ("clock_trust", "daybreak_clock_trust"),
    ("clock_difference", "daybreak_clock_difference_seconds"),
    ("database", "daybreak_database_state"),
    ("ready", "daybreak_ready"),
];

/// Metrics as they were gathered.
struct Families<'a>(&'a [MetricFamily]);

impl Families<'_> {
    fn metrics(&self, name: &str) -> &[Metric] {
        self.0.iter().find(|family| family.name() == name).map_or(&[], MetricFamily::get_metric)
    }

    fn counters(&self, name: &str, wanted: impl Fn(&Metric) -> bool) -> f64 {
        let metrics = self.metrics(name).iter().filter(|metric| wanted(metric));
        metrics.map(|metric| metric.get_counter().get_value()).sum()
    }

    fn gauge(&self, name: &str) -> f64 {
        self.metrics(name).iter().map(|metric| metric.get_gauge().get_value()).sum()
    }

    /// Upper bounds with the counts up to them, over the metrics that are wanted; the last one has no bound.
    fn buckets(&self, name: &str, wanted: impl Fn(&Metric) -> bool) -> Vec<(f64, f64)> {
        let mut sum: Vec<(f64, f64)> = Vec::new();
        let metrics = self.metrics(name).iter().filter(|metric| wanted(metric));
        for histogram in metrics.map(Metric::get_histogram) {
            let buckets = histogram.get_bucket().iter();
            let counts = buckets.map(|b| (b.upper_bound(), b.cumulative_count()));
            let counts = counts.chain([(f64::INFINITY, histogram.get_sample_count())]);
            for (at, (bound, count)) in counts.enumerate() {
                if sum.len() == at {
                    sum.push((bound, 0.0));
                }
                sum[at].1 += as_f64(count);
            }
        }
        sum
    }
}

fn label_of<'a>(metric: &'a Metric, name: &str) -> &'a str {
    metric.get_label().iter().find(|label| label.name() == name).map_or("", |label| label.value())
}

/// A quantile of what came between two readings, straight between the bounds as Prometheus does it; `NaN`
/// when nothing came.
fn quantile(now: &[(f64, f64)], before: &[(f64, f64)], quantile: f64) -> f64 {
    let new: Vec<(f64, f64)> = now
        .iter()
        .enumerate()
        .map(|(at, (bound, count))| (*bound, count - before.get(at).map_or(0.0, |b| b.1)))
        .collect();
    let wanted = quantile * new.last().map_or(0.0, |(_, all)| *all);
    if wanted <= 0.0 {
        return f64::NAN;
    }
    let (mut low, mut passed) = (0.0, 0.0);
    for (bound, count) in new {
        if count >= wanted {
            // Beyond the last bound nothing is known but that.
            let inside = if bound.is_finite() { bound - low } else { 0.0 };
            return low + inside * (wanted - passed) / (count - passed);
        }
        (low, passed) = (bound, count);
    }
    low
}

fn as_f64(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{gauge, histogram, int_counters};
    use super::*;

    #[track_caller]
    fn check(sample: &[(&str, f64)], name: &str, expected: f64) {
        let (_, value) = sample.iter().find(|(known, _)| *known == name).unwrap();
        assert!((value - expected).abs() < 1e-9, "{name}: {value}");
    }

    #[test]
    fn rates_are_those_of_the_last_ten_seconds() {
        let registry = Registry::new();
        let at = gauge(&registry, "service_timestamp_seconds", "Now");
        let labels = ["route", "method", "status"];
        let requests = int_counters(&registry, "http_requests_total", "Answers", &labels);
        let seconds = histogram(&registry, "http_request_seconds", "Seconds");
        let live = Live::new(registry);
        for second in 0..30_u32 {
            at.set(f64::from(second));
            live.sample();
            requests.with_label_values(&["file", "GET", "200"]).inc_by(7);
            requests.with_label_values(&["file", "GET", "503"]).inc();
            seconds.observe(0.002);
        }
        let (taken, samples) = live.since(28);
        assert_eq!((taken, samples.len()), (30, 2));
        check(&samples[1], "at", 29.0);
        check(&samples[1], "requests", 8.0);
        check(&samples[1], "errors", 1.0);
        // Between the bounds of 1 and 2.5 milliseconds.
        check(&samples[1], "p50", 1.75);
        assert!(samples[1].iter().any(|(name, value)| *name == "cache_hits" && value.is_nan()));
        assert_eq!(live.since(99).1.len(), 30, "another start is told from the beginning");
    }

    #[test]
    fn no_more_than_a_quarter_of_an_hour_is_kept() {
        let live = Live::new(Registry::new());
        for _ in 0..SAMPLES_MAX + 5 {
            live.sample();
        }
        assert_eq!(live.since(0).1.len(), SAMPLES_MAX);
        assert_eq!(live.since(905).1.len(), 0);
    }
}

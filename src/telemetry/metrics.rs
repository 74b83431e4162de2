//! The metrics registry: each family is made once, labels are closed enums, names are the contract's.

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

/// Prefix of every metric.
const NAMESPACE: &str = "daybreak";

/// Makes a gauge with one label and touches every value once, so that a dashboard shows zero.
pub fn int_gauges(
    registry: &Registry,
    name: &str,
    help: &str,
    label: &str,
    values: &[&str],
) -> IntGaugeVec {
    let gauges = IntGaugeVec::new(Opts::new(name, help).namespace(NAMESPACE), &[label])
        .expect("a valid metric name");
    for value in values {
        gauges.with_label_values(&[*value]);
    }
    registry.register(Box::new(gauges.clone())).expect("registered once");
    gauges
}

/// Makes a counter with the given labels.
pub fn int_counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let counters = IntCounterVec::new(Opts::new(name, help).namespace(NAMESPACE), labels)
        .expect("a valid metric name");
    registry.register(Box::new(counters.clone())).expect("registered once");
    counters
}

/// Makes a plain counter.
pub fn int_counter(registry: &Registry, name: &str, help: &str) -> IntCounter {
    let counter = IntCounter::with_opts(Opts::new(name, help).namespace(NAMESPACE))
        .expect("a valid metric name");
    registry.register(Box::new(counter.clone())).expect("registered once");
    counter
}

/// Makes a plain gauge.
pub fn int_gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    let gauge = IntGauge::with_opts(Opts::new(name, help).namespace(NAMESPACE))
        .expect("a valid metric name");
    registry.register(Box::new(gauge.clone())).expect("registered once");
    gauge
}

/// Makes a plain gauge of a number that is not whole.
pub fn gauge(registry: &Registry, name: &str, help: &str) -> Gauge {
    let gauge =
        Gauge::with_opts(Opts::new(name, help).namespace(NAMESPACE)).expect("a valid metric name");
    registry.register(Box::new(gauge.clone())).expect("registered once");
    gauge
}

/// Makes a plain histogram of seconds.
pub fn histogram(registry: &Registry, name: &str, help: &str) -> Histogram {
    let opts = HistogramOpts::new(name, help).namespace(NAMESPACE).buckets(SECONDS.to_vec());
    let histogram = Histogram::with_opts(opts).expect("a valid metric name");
    registry.register(Box::new(histogram.clone())).expect("registered once");
    histogram
}

/// Makes histograms of seconds with one label and touches every value once.
pub fn histograms(
    registry: &Registry,
    name: &str,
    help: &str,
    label: &str,
    values: &[&str],
) -> HistogramVec {
    histograms_within(registry, name, help, (label, values), &SECONDS)
}

/// The same with bounds of their own.
pub fn histograms_within(
    registry: &Registry,
    name: &str,
    help: &str,
    (label, values): (&str, &[&str]),
    bounds: &[f64],
) -> HistogramVec {
    let opts = HistogramOpts::new(name, help).namespace(NAMESPACE).buckets(bounds.to_vec());
    let histograms = HistogramVec::new(opts, &[label]).expect("a valid metric name");
    for value in values {
        histograms.with_label_values(&[*value]);
    }
    registry.register(Box::new(histograms.clone())).expect("registered once");
    histograms
}

/// Bounds of a histogram, unless it has its own: from what memory does to what a person gives up on.
pub const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

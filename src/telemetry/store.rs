//! What the database pools report.

use prometheus::{
    HistogramOpts, HistogramTimer, HistogramVec, IntCounterVec, IntGaugeVec, Registry,
};

use super::metrics::{SECONDS, int_counters, int_gauges};

/// Metrics of transactions and connections. Transactions are named by constants of the program.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    seconds: HistogramVec,
    /// Transactions that ran again after a conflict.
    pub retries: IntCounterVec,
    /// Of one pool only: others would overwrite it.
    connections: Option<IntGaugeVec>,
}

impl StoreMetrics {
    /// Registers them.
    pub fn new(registry: &Registry) -> Self {
        let opts = HistogramOpts::new("db_transaction_seconds", "Seconds of a transaction")
            .namespace("daybreak")
            .buckets(SECONDS.to_vec());
        let seconds = HistogramVec::new(opts, &["name"]).expect("a valid metric name");
        registry.register(Box::new(seconds.clone())).expect("registered once");
        Self {
            seconds,
            retries: int_counters(
                registry,
                "db_retries_total",
                "Transactions that ran again after a conflict",
                &["name"],
            ),
            connections: Some(int_gauges(
                registry,
                "db_pool_connections",
                "Connections of the pool",
                "state",
                &["idle", "used", "waiting"],
            )),
        }
    }

    /// The same for another pool, whose transactions are measured and whose connections are not.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { connections: None, ..self.clone() }
    }

    /// A transaction begins. Its repetitions start at zero with it, so that a dashboard shows that.
    pub fn began(&self, name: &str) -> HistogramTimer {
        self.retries.with_label_values(&[name]);
        self.seconds.with_label_values(&[name]).start_timer()
    }

    /// Takes the pool's own numbers.
    pub fn pool(&self, idle: usize, used: usize, waiting: usize) {
        let Some(connections) = &self.connections else { return };
        for (state, count) in [("idle", idle), ("used", used), ("waiting", waiting)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            connections.with_label_values(&[state]).set(count);
        }
    }
}

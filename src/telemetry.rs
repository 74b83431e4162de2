//! Metrics, logs, hidden values.

pub mod metrics;

//! Metrics, logs, hidden values.

pub mod connections;
pub mod metrics;

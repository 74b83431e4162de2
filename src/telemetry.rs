//! Metrics, logs, hidden values.

use std::fmt;

pub mod connections;
pub mod entry;
pub mod forms;
pub mod gias;
pub mod identity;
pub mod lag;
pub mod live;
pub mod logging;
pub mod metrics;
pub mod node;
pub mod requests;
pub mod scrub;
pub mod service;
pub mod store;
pub mod waiting;

/// An error with all its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// A secret or a person's data: `Debug` shows nothing, `expose` is the only door.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden<T>(T);

impl<T> Hidden<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

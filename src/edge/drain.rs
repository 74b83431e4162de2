//! The handle that ends a server gently.

use std::sync::Arc;

use tokio::sync::watch;

/// Begins the drain of the listeners that were given a clone of it.
#[derive(Clone, Debug)]
pub struct Drain(Arc<watch::Sender<bool>>);

impl Drain {
    /// A drain that has not begun.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Begins: nothing more is accepted, idle connections close, requests in flight finish.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the drain begins.
    pub async fn begun(&self) {
        let mut receiver = self.0.subscribe();
        receiver.wait_for(|begun| *begun).await.expect("self holds the sender");
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Connections that were open at its beginning and ended by themselves.
    pub finished: usize,
    /// Connections that were still open at its end and were cut.
    pub cut: usize,
}

//! Somebody says that they have forgotten a password: a name is put down, and everybody is told the same.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::telemetry::entry::{EntryMetrics, LinkOutcome};

/// Names that wait to be looked at on one node; more are dropped and counted.
pub const WAITING_MAX: usize = 1_024;
/// Longest name that is put down, in bytes: no email address is longer.
const NAME_BYTES_MAX: usize = 254;

/// A name that somebody typed.
#[derive(Debug)]
pub struct Asked {
    /// The name as typed.
    pub name: String,
    /// From where.
    pub address: Option<IpAddr>,
    /// When.
    pub at: Instant,
}

/// Puts names down for the job that looks at them. Clones share it.
#[derive(Clone, Debug)]
pub struct ForgottenPasswords {
    sender: mpsc::Sender<Asked>,
    metrics: EntryMetrics,
}

/// The other end, for the one job that takes it.
#[derive(Clone, Debug)]
pub struct Names(Arc<Mutex<Option<mpsc::Receiver<Asked>>>>);

impl Names {
    /// The names; none at the second call.
    pub fn take(&self) -> Option<mpsc::Receiver<Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ForgottenPasswords {
    /// Both ends of the queue.
    pub fn new(metrics: EntryMetrics) -> (Self, Names) {
        let (sender, names) = mpsc::channel(WAITING_MAX);
        (Self { sender, metrics }, Names(Arc::new(Mutex::new(Some(names)))))
    }

    /// Puts a name down. Nothing is looked up here: known and unknown names take the same time.
    pub fn ask(&self, name: &str, address: Option<IpAddr>) {
        let long = name.len() > NAME_BYTES_MAX;
        let name = if long { String::new() } else { name.to_owned() };
        let outcome = match self.sender.try_send(Asked { name, address, at: Instant::now() }) {
            Ok(()) => LinkOutcome::Queued,
            Err(_) => LinkOutcome::Dropped,
        };
        self.metrics.link(outcome);
    }
}

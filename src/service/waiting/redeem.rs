//! One place, one session, on all nodes: asks the database, and goes on without it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Waiting;

/// Longest time that a sign-in waits to hear whether its place was used elsewhere.
pub const REDEEM_WAIT: Duration = Duration::from_millis(250);
/// After no answer the database is not asked for so long: nobody else should wait for it.
const REST: Duration = Duration::from_secs(5);
/// Sign-ins that wait for an answer at once: more than any node can hash in that time.
const ASKED_MAX: usize = 1_024;

/// A place that somebody has just used on this node.
#[derive(Debug)]
pub struct Asked {
    /// Its lane.
    pub lane: u8,
    /// Its number.
    pub seq: u64,
    /// The session that begins with it.
    pub session: [u8; 16],
    /// When, in service time.
    pub at: Timestamp,
    /// Whether no other session began with it.
    pub reply: oneshot::Sender<bool>,
}

/// The way to the database and back.
#[derive(Debug)]
pub(super) struct Others {
    asking: mpsc::Sender<Asked>,
    asked: Mutex<Option<mpsc::Receiver<Asked>>>,
    rests_until: Mutex<Option<Instant>>,
    sharing: AtomicBool,
}

impl Default for Others {
    fn default() -> Self {
        let (asking, asked) = mpsc::channel(ASKED_MAX);
        Self {
            asking,
            asked: Mutex::new(Some(asked)),
            rests_until: Mutex::default(),
            sharing: AtomicBool::new(false),
        }
    }
}

impl Others {
    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self) {
        let until = Instant::now() + REST;
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

impl Waiting {
    /// Places that were used here, for the one who asks the database. Can be had once.
    pub fn redemptions(&self) -> Option<mpsc::Receiver<Asked>> {
        self.0.others.asked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether nodes share the queue through the database.
    pub fn sharing(&self) -> bool {
        self.0.others.sharing.load(Ordering::Relaxed)
    }

    /// The database has what nodes share of a queue.
    pub fn begin_sharing(&self) {
        self.0.others.sharing.store(true, Ordering::Relaxed);
    }

    /// Whether no other node knows of a session with this place. Without an answer in time the journals
    /// settle it afterwards.
    pub(super) async fn first_of_all(
        &self,
        place: (u8, u64),
        session: [u8; 16],
        at: Timestamp,
    ) -> bool {
        let others = &self.0.others;
        if !self.sharing() || others.rests() {
            return true;
        }
        let (reply, answer) = oneshot::channel();
        let asked = Asked { lane: place.0, seq: place.1, session, at, reply };
        if others.asking.try_send(asked).is_err() {
            return true;
        }
        if let Ok(Ok(first)) = tokio::time::timeout(REDEEM_WAIT, answer).await {
            return first;
        }
        others.rest();
        true
    }
}

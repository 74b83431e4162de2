//! The nodes of the service, as each last said of itself.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A node that was seen within this time is there: three heartbeats.
pub const ALIVE: SignedDuration = SignedDuration::from_secs(15);

/// A node, as it said of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// When it last said that it is there, service time.
    pub seen_at: Timestamp,
    /// Its readiness, as `/health/ready` gives it.
    pub readiness: Value,
}

impl Peer {
    /// Whether it is there.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.silent(now) < ALIVE
    }

    /// How long nothing was heard of it.
    pub fn silent(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.seen_at)
    }
}

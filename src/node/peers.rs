//! The nodes of the service as the database last told of them, and what they let in together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::peers::Peer;

/// The queue of all nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    /// People who wait.
    pub waiting: u64,
    /// People let in within the last minute.
    pub let_in: u64,
}

/// The nodes of the service. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Peers(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    all: Vec<Peer>,
    own: Crowd,
}

impl Peers {
    /// Takes what the database tells.
    pub fn told(&self, all: Vec<Peer>) {
        self.lock().all = all;
    }

    /// The queue of this node was counted.
    pub fn counted(&self, own: Crowd) {
        self.lock().own = own;
    }

    /// The queue of this node.
    pub fn own(&self) -> Crowd {
        self.lock().own
    }

    /// Every node that was ever seen.
    pub fn all(&self) -> Vec<Peer> {
        self.lock().all.clone()
    }

    /// Nodes that are there.
    pub fn alive(&self, now: Timestamp) -> usize {
        self.lock().all.iter().filter(|peer| peer.is_alive(now)).count()
    }

    /// The queue of this node, as it is, and of the others that are there, as they last said.
    pub fn crowd(&self, own_name: &str, now: Timestamp) -> Crowd {
        let number = |peer: &Peer, key: &str| peer.readiness[key].as_u64().unwrap_or_default();
        let inner = self.lock();
        let others = inner.all.iter().filter(|peer| peer.name != own_name && peer.is_alive(now));
        others.fold(inner.own, |sum, peer| Crowd {
            waiting: sum.waiting + number(peer, "waiting"),
            let_in: sum.let_in + number(peer, "let_in_last_minute"),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_queue_is_that_of_every_node_that_is_there() {
        let now: Timestamp = "2024-07-09T06:31:00Z".parse().unwrap();
        let peer = |name: &str, seconds, waiting: u64| Peer {
            name: name.to_owned(),
            seen_at: now - SignedDuration::from_secs(seconds),
            readiness: json!({"waiting": waiting, "let_in_last_minute": 7}),
        };
        let peers = Peers::default();
        peers.told(vec![peer("own", 1, 999), peer("other", 4, 30), peer("gone", 60, 5)]);
        peers.counted(Crowd { waiting: 12, let_in: 3 });
        assert_eq!(peers.crowd("own", now), Crowd { waiting: 42, let_in: 10 });
        assert_eq!(peers.alive(now), 2);
    }
}

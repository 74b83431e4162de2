//! Sessions as a node knows them beside their cookies: which are over, and which were used a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// No session lives longer, whatever is configured.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Uses that wait to be told to the database. A session is noted once a minute at the most; beyond this its
/// owner sees a time of last use that is a little old.
const SEEN_MAX: usize = 65_536;

/// Sessions ended before their time, with the instant from which nobody needs to know.
pub type Revocations = HashMap<[u8; 16], Timestamp>;

/// The entry that stands for all sessions of a user that had begun when it was made.
pub fn everywhere(user: i64) -> [u8; 16] {
    let mut key = [0xff; 16];
    key[8..].copy_from_slice(&user.to_be_bytes());
    key
}

/// Whether a session was ended by its owner, or by somebody who may.
pub(super) fn is_ended(known: &Revocations, id: &[u8; 16], user: i64, began: Timestamp) -> bool {
    if known.is_empty() {
        return false;
    }
    let of_all = known.get(&everywhere(user));
    known.contains_key(id) || of_all.is_some_and(|until| began + LIFE_MAX <= *until)
}

/// When sessions were last used on this node. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SessionsSeen(Arc<Mutex<HashMap<[u8; 16], Timestamp>>>);

impl SessionsSeen {
    /// A session was used.
    pub fn note(&self, session: [u8; 16], at: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < SEEN_MAX || seen.contains_key(&session) {
            seen.insert(session, at);
        }
    }

    /// Everything that was noted since the last call.
    pub fn take(&self) -> Vec<([u8; 16], Timestamp)> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *seen).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_out_everywhere_ends_what_had_begun_and_nothing_later() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ended = at("2024-07-09T07:00:00Z");
        let known = Revocations::from([(everywhere(7), ended + LIFE_MAX), ([1; 16], ended)]);
        let is_ended = |id, user, began| is_ended(&known, &[id; 16], user, at(began));
        assert!(is_ended(9, 7, "2024-07-09T06:59:00Z"));
        assert!(!is_ended(9, 7, "2024-07-09T07:00:01Z"), "begun afterwards");
        assert!(!is_ended(9, 8, "2024-07-09T06:59:00Z"), "somebody else's");
        assert!(is_ended(1, 8, "2024-07-09T06:59:00Z"), "this one alone");
    }
}

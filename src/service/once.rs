//! What may be shown once: remembered by its hash for as long as it would otherwise be good.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

/// What is remembered at the most; above it nothing more is taken.
const REMEMBERED_MAX: usize = 65_536;

/// What this node was shown.
#[derive(Debug, Default)]
pub(super) struct Once(Mutex<FxHashMap<u64, Timestamp>>);

impl Once {
    /// Whether this is shown for the first time. It is good for so long after it was made, and remembered as long.
    pub(super) fn is_first(&self, shown: u64, now: Timestamp, good_for: SignedDuration) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= REMEMBERED_MAX {
            taken.retain(|_, at| now <= *at + good_for);
        }
        taken.len() < REMEMBERED_MAX && taken.insert(shown, now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_what_is_too_old_makes_room() {
        let (once, good_for) = (Once::default(), SignedDuration::from_mins(5));
        let now = Timestamp::UNIX_EPOCH;
        assert!(once.is_first(7, now, good_for) && !once.is_first(7, now, good_for));
        let full = |number: u64| once.is_first(100 + number, now, good_for);
        assert!((0..65_535).all(full) && !full(65_535), "full");
        assert!(once.is_first(8, now + SignedDuration::from_mins(6), good_for));
    }
}

//! The one retry policy of the object stores: how often, how soon, and when no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// Tries of one operation on one copy, the first included.
pub const TRIES_MAX: u32 = 3;
/// Longest pause before the second try; it doubles with each.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest pause at all.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Retries that a store has in reserve: enough for a blink, too few to double the load of an outage.
pub const RESERVE: u32 = 20;
/// Successes that earn one retry: with a store that half works, a tenth of the load may be retries.
const SUCCESSES_A_RETRY: u32 = 10;

/// The retries that a store may still have, shared by all its operations. It is filled by successes
/// and not by time: a store that is away is asked once for each need, and no more.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<AtomicU32>);

impl Budget {
    /// A full one.
    pub(super) fn full() -> Self {
        Self(Arc::new(AtomicU32::new(RESERVE * SUCCESSES_A_RETRY)))
    }

    /// Takes one retry, if any is left.
    pub(super) fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(SUCCESSES_A_RETRY);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// A success earns a part of a retry.
    pub(super) fn earn(&self) {
        let more = |left| (left < RESERVE * SUCCESSES_A_RETRY).then_some(left + 1);
        // At the brim nothing changes.
        let _full = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

/// The pause before try `next` (2 is the first retry): any length up to a bound that doubles, so that
/// those who failed together do not come back together.
pub(super) fn pause(next: u32) -> Duration {
    let bound = PAUSE.saturating_mul(1 << next.saturating_sub(2).min(16)).min(PAUSE_MAX);
    let mut random = [0; 2];
    SystemRandom::new().fill(&mut random).expect("the system gives random bytes");
    bound.mul_f64(f64::from(u16::from_be_bytes(random)) / f64::from(u16::MAX))
}

/// Whether asking again may help: no connection, a body cut off, an overloaded or failing store. What the
/// store has understood and refused has an error of its own and is not asked again; the few refusals that
/// have none cost two tries more.
pub(super) fn may_pass(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::Generic { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_uses_up_the_reserve_and_successes_earn_it_back() {
        let budget = Budget::full();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), RESERVE as usize);
        for _ in 1..SUCCESSES_A_RETRY {
            budget.earn();
        }
        assert!(!budget.take());
        budget.earn();
        assert!(budget.take());
        for _ in 0..10_000 {
            budget.earn();
        }
        assert_eq!((0..1000).filter(|_| budget.take()).count(), RESERVE as usize);
    }

    #[test]
    fn pauses_differ_and_are_bounded() {
        let pauses: Vec<Duration> = (0..64).map(|_| pause(3)).collect();
        assert!(pauses.iter().all(|pause| *pause <= 2 * PAUSE));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        assert!(pause(u32::MAX) <= PAUSE_MAX);
    }

    #[test]
    fn what_was_refused_is_not_asked_again() {
        let source = || "no".into();
        let refused = object_store::Error::PermissionDenied { path: "a".into(), source: source() };
        assert!(!may_pass(&refused));
        let missing = object_store::Error::NotFound { path: "a".into(), source: source() };
        assert!(!may_pass(&missing));
        assert!(may_pass(&object_store::Error::Generic { store: "S3", source: source() }));
    }
}

//! Can service time be trusted? The database's clock, and a monotonic anchor, say so.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::clock::machine_now;

/// A clock that differs by more than this from the database's, or that jumps by more, is not trusted.
pub const DIFFERENCE_MAX: SignedDuration = SignedDuration::from_secs(1);
/// Within so much time the database answers, or its clock is not compared: half of it may be the error, which stays
/// well below [`DIFFERENCE_MAX`].
const ANSWER_MAX: SignedDuration = SignedDuration::from_millis(500);

/// What the clock's checks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The last comparison was good, however old it is.
    Compared,
    /// Nothing to compare with yet: the node goes by its own clock, and alarms.
    NeverMeasured,
    /// The database's clock differs.
    Differs,
    /// The wall clock jumped.
    Stepped,
}

impl Trust {
    /// Whether results may open by this clock.
    pub fn may_open(self) -> bool {
        matches!(self, Self::Compared | Self::NeverMeasured)
    }
}

/// Compares the machine's clock with the database's and with its own steady running.
#[derive(Debug)]
pub struct ClockWatch {
    anchor: Mutex<(Instant, Timestamp)>,
    /// Milliseconds that the database is ahead; `i64::MIN` until it was measured.
    difference: AtomicI64,
    measured_at: AtomicI64,
}

const NEVER: i64 = i64::MIN;

impl ClockWatch {
    /// Starts from the machine's clock as it is.
    pub(super) fn new() -> Self {
        Self {
            anchor: Mutex::new((Instant::now(), machine_now())),
            difference: AtomicI64::new(NEVER),
            measured_at: AtomicI64::new(NEVER),
        }
    }

    /// Takes a comparison: the database's clock, read between two instants of ours. An answer that took too long,
    /// because the database is slow or waits for a lock, tells nothing: it may be off by half of that time.
    pub fn measured(&self, before: Timestamp, database: Timestamp, after: Timestamp) {
        if after.duration_since(before) > ANSWER_MAX {
            return;
        }
        let middle = before + after.duration_since(before) / 2;
        let ahead = database.duration_since(middle).as_millis();
        self.difference.store(i64::try_from(ahead).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.measured_at.store(after.as_millisecond(), Ordering::Relaxed);
        // A clock that agrees with the database's may have been slewed meanwhile: anchor it anew.
        if ahead.unsigned_abs() <= DIFFERENCE_MAX.as_millis().unsigned_abs() {
            *self.anchor.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                (Instant::now(), machine_now());
        }
    }

    /// What the checks say now.
    pub fn trust(&self) -> Trust {
        let (then, wall) = *self.anchor.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let ran = SignedDuration::try_from(then.elapsed()).unwrap_or(SignedDuration::MAX);
        let step = machine_now().duration_since(wall) - ran;
        if step.abs() > DIFFERENCE_MAX {
            return Trust::Stepped;
        }
        match self.difference() {
            None => Trust::NeverMeasured,
            Some(difference) if difference.abs() <= DIFFERENCE_MAX => Trust::Compared,
            Some(_) => Trust::Differs,
        }
    }

    /// How far the database's clock is ahead, when it was last measured.
    pub fn difference(&self) -> Option<SignedDuration> {
        let milliseconds = self.difference.load(Ordering::Relaxed);
        (milliseconds != NEVER).then(|| SignedDuration::from_millis(milliseconds))
    }

    /// Seconds since the last comparison.
    pub fn age_seconds(&self) -> Option<i64> {
        let at = self.measured_at.load(Ordering::Relaxed);
        (at != NEVER).then(|| (machine_now().as_millisecond() - at) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_clock_that_differs_by_more_than_a_second_closes_the_gate() {
        let watch = ClockWatch::new();
        assert_eq!(watch.trust(), Trust::NeverMeasured);
        let now = machine_now();
        watch.measured(now, now + SignedDuration::from_millis(900), now);
        assert_eq!(watch.trust(), Trust::Compared);
        watch.measured(now, now + SignedDuration::from_millis(1100), now);
        assert_eq!(watch.trust(), Trust::Differs);
        watch.measured(now, now - SignedDuration::from_hours(1), now);
        assert!(!watch.trust().may_open());
    }

    #[test]
    fn a_database_that_is_slow_to_answer_says_nothing_of_the_clock() {
        let watch = ClockWatch::new();
        let now = machine_now();
        let late = now + SignedDuration::from_secs(4);
        watch.measured(now, late, late);
        assert_eq!((watch.trust(), watch.difference()), (Trust::NeverMeasured, None));
        watch.measured(now, now + SignedDuration::from_millis(400), now);
        watch.measured(now, late, late);
        assert_eq!(watch.difference(), Some(SignedDuration::from_millis(400)));
    }
}

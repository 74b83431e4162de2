//! The date: service time is machine time plus an offset that is fixed at the first start.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Service time. Clones share the offset. The only reader of the wall clock in the program.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Service time minus machine time, or the whole time of a manual clock; milliseconds.
    milliseconds: AtomicI64,
    manual: bool,
}

impl Clock {
    /// The machine's clock plus an offset.
    pub fn machine(offset: SignedDuration) -> Self {
        Self::with(whole_milliseconds(offset), false)
    }

    /// A clock that stands until [`Clock::set`] moves it, for tests.
    pub fn manual(now: Timestamp) -> Self {
        Self::with(now.as_millisecond(), true)
    }

    fn with(milliseconds: i64, manual: bool) -> Self {
        let milliseconds = AtomicI64::new(milliseconds);
        Self { inner: Arc::new(Inner { milliseconds, manual }) }
    }

    /// Service time now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let own = self.inner.milliseconds.load(Ordering::Acquire);
        let machine = if self.inner.manual { 0 } else { machine_now().as_millisecond() };
        Timestamp::from_millisecond(machine + own).expect("within four digits of years")
    }

    /// Service time minus machine time.
    pub fn offset(&self) -> SignedDuration {
        self.now().duration_since(machine_now())
    }

    /// The machine's time at an instant of service time.
    pub fn machine_time(&self, service: Timestamp) -> Timestamp {
        if self.inner.manual {
            return service;
        }
        service - SignedDuration::from_millis(self.inner.milliseconds.load(Ordering::Acquire))
    }

    /// Makes service time `now` from here on.
    pub fn set(&self, now: Timestamp) {
        let machine = if self.inner.manual { 0 } else { machine_now().as_millisecond() };
        self.inner.milliseconds.store(now.as_millisecond() - machine, Ordering::Release);
    }
}

fn whole_milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).expect("an offset of less than millions of years")
}

/// The machine's own time.
#[expect(clippy::disallowed_methods, reason = "the only reading of the wall clock")]
pub fn machine_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_moves_service_time_and_back() {
        let clock = Clock::machine(SignedDuration::ZERO);
        let results_day: Timestamp = "2024-07-09T06:28:00Z".parse().unwrap();
        clock.set(results_day);
        assert!(clock.now() >= results_day);
        assert!(clock.now().duration_since(results_day) < SignedDuration::from_mins(5));
        let release = results_day + SignedDuration::from_mins(2);
        let wait = clock.machine_time(release).duration_since(machine_now());
        assert!(wait <= SignedDuration::from_mins(2) && wait > SignedDuration::from_secs(-180));
    }
}

//! How long it will take: the slope of the line over the last seconds, said as a range.

use std::time::Duration;

use super::moment::Tick;

/// Time over which the slope is remembered.
const MEMORY_SECONDS: f64 = 8.0;
/// Longest wait that is told: beyond a ticket's life a number means nothing.
pub(super) const ETA_MAX_SECONDS: f64 = 43_200.0;
/// Slowest line that is believed, people a second: keeps the division finite.
const SPEED_MIN: f64 = 0.000_5;

/// From when to when somebody can expect to be let in, in seconds from now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Hardly sooner.
    pub low_seconds: f64,
    /// Hardly later.
    pub high_seconds: f64,
}

impl Range {
    /// The range that is shown for an estimate.
    pub fn around(eta_seconds: f64) -> Self {
        Self {
            low_seconds: (0.8 * eta_seconds - 5.0).max(0.0),
            high_seconds: (1.3 * eta_seconds + 10.0).min(ETA_MAX_SECONDS),
        }
    }
}

/// Seconds until so many people have passed at a speed.
pub(super) fn eta_seconds(ahead: f64, per_second: f64) -> f64 {
    (ahead / per_second.max(SPEED_MIN)).min(ETA_MAX_SECONDS)
}

/// The decayed slope of a counter.
#[derive(Clone, Debug)]
pub(super) struct Slope {
    per_second: f64,
    at: Tick,
    value: u64,
}

impl Slope {
    /// Begins with what the line is expected to do.
    pub(super) fn new(per_second: f64, value: u64, now: Tick) -> Self {
        Self { per_second, at: now, value }
    }

    /// Reads the counter again.
    pub(super) fn see(&mut self, value: u64, now: Tick) {
        let seconds = now.since(self.at).as_secs_f64();
        if seconds <= 0.0 {
            return;
        }
        let passed = super::lanes::as_f64(value.saturating_sub(self.value));
        let weight = 1.0 - (-seconds / MEMORY_SECONDS).exp();
        self.per_second += (passed / seconds - self.per_second) * weight;
        (self.at, self.value) = (now, value);
    }

    /// Lets time go by without counting it: nobody waited, or the room was paused.
    pub(super) fn rest(&mut self, value: u64, now: Tick) {
        (self.at, self.value) = (now, value);
    }

    pub(super) fn per_second(&self) -> f64 {
        self.per_second
    }
}

/// Whole seconds of a wait, rounded up: a client that comes early has come for nothing.
pub fn whole_seconds_up(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_follows_the_line_within_its_memory() {
        let at = |tenths: u64| Tick::new(Duration::from_millis(tenths * 100));
        let mut slope = Slope::new(27.0, 0, at(0));
        for tenth in 1..=400_u64 {
            slope.see(tenth * 10, at(tenth));
        }
        assert!((slope.per_second() - 100.0).abs() < 1.0, "{}", slope.per_second());
        slope.rest(4_000, at(4_000));
        slope.see(4_010, at(4_001));
        assert!((slope.per_second() - 100.0).abs() < 1.0, "a rest is not a stop");
    }

    #[test]
    fn a_range_is_wider_than_the_estimate_and_never_negative() {
        assert_eq!(Range::around(0.0), Range { low_seconds: 0.0, high_seconds: 10.0 });
        assert_eq!(Range::around(100.0), Range { low_seconds: 75.0, high_seconds: 140.0 });
        assert!((eta_seconds(100.0, 0.0) - ETA_MAX_SECONDS).abs() < 1.0);
        assert!((eta_seconds(270.0, 27.0) - 10.0).abs() < 1e-9);
    }
}

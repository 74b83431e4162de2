//! One lane as polls see it: everything is an atomic, nothing is locked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::eta::eta_seconds;
use super::lanes::as_f64;
use super::moment::Tick;
use super::numbers::Zones;
use super::words::{SUCCEEDED, Word, Words};

/// How late somebody may be before they count as absent.
pub const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Line {
    pub(super) words: Words,
    pub(super) zones: Zones,
    /// Everybody with a smaller number has been called. Only rises.
    serving: AtomicU64,
    /// No number from here on is known to have been given out.
    issued: AtomicU64,
    /// People who were called and are expected at the door.
    window: AtomicU64,
    /// People a second whom the line puts behind it; the bits of an f64.
    speed: AtomicU64,
}

impl Line {
    pub(super) fn new(speed: f64) -> Self {
        let zero = || AtomicU64::new(0);
        let line = Self {
            words: Words::new(),
            zones: Zones::default(),
            serving: zero(),
            issued: zero(),
            window: zero(),
            speed: zero(),
        };
        line.publish(0, speed);
        line
    }

    pub(super) fn serving(&self) -> u64 {
        self.serving.load(Ordering::Acquire)
    }

    pub(super) fn issued(&self) -> u64 {
        self.issued.load(Ordering::Acquire)
    }

    /// Moves the cursor forward, never back and never past what was given out.
    pub(super) fn serve_to(&self, number: u64) {
        self.serving.fetch_max(number.min(self.issued()), Ordering::AcqRel);
    }

    /// Says that numbers below this one may have been given out.
    pub(super) fn issue_to(&self, end: u64) {
        self.issued.fetch_max(end, Ordering::AcqRel);
    }

    pub(super) fn publish(&self, window: u64, speed: f64) {
        self.window.store(window, Ordering::Relaxed);
        self.speed.store(speed.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn window(&self) -> u64 {
        self.window.load(Ordering::Relaxed)
    }

    pub(super) fn speed(&self) -> f64 {
        f64::from_bits(self.speed.load(Ordering::Relaxed))
    }

    /// At most so many people stand before this number and have not been called.
    pub(super) fn ahead(&self, number: u64) -> u64 {
        self.zones.people(self.serving(), number)
    }

    /// Seconds until this number comes in, if the line goes on as it does. Those who were called and
    /// are not in yet stand before it too.
    pub(super) fn eta_seconds(&self, number: u64) -> f64 {
        eta_seconds(as_f64(self.ahead(number) + self.window()), self.speed())
    }

    /// People whom the cursor has passed, at most: what the speed of the line is measured by.
    pub(super) fn passed(&self) -> u64 {
        self.zones.people(0, self.serving())
    }

    /// People who have a number and have not been called.
    pub(super) fn uncalled(&self) -> u64 {
        self.zones.people(self.serving(), self.issued())
    }

    /// Whether nobody is expected to answer to this word's number.
    pub(super) fn absent(word: Word, now: Tick) -> bool {
        let limit = now.since_start().saturating_sub(GRACE);
        word.late(Tick::new(limit))
    }

    /// Marks a number as used to sign in; says whether it was not before.
    pub(super) fn redeem(&self, number: u64) -> bool {
        !self.words.change(number, |word| word.with(SUCCEEDED)).is(SUCCEEDED)
    }
}

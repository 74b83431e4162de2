//! How long to wait for a client: plain arithmetic on instants, so that each rule has a table of tests.

use std::time::Duration;

use tokio::time::Instant;

use super::activity::Reading;

/// Over how much waiting the least rate of a reader is measured.
pub(super) const WRITE_WINDOW: Duration = Duration::from_mins(1);
/// Bytes between two looks at an HTTP/2 connection that pings and settings may write.
const STREAMS_NOISE_BYTES: u64 = 512;
/// Longest silence that a request body may have earned by being fast before.
const BODY_CREDIT_MAX: Duration = Duration::from_secs(30);

/// What a reader did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Impatience {
    /// It took nothing for too long.
    Stalled,
    /// It took too little.
    Slow,
}

/// Patience with a client that reads what is written. Only time in which the kernel takes nothing
/// more counts, so an answer that waits for the application costs the client nothing.
#[derive(Debug)]
pub(super) struct WritePatience {
    stall: Duration,
    window_bytes_min: u64,
    /// Since when the present write is blocked.
    blocked_since: Option<Instant>,
    /// Blocked time of this window before `window_since`.
    blocked: Duration,
    /// Since when the present block counts for this window.
    window_since: Instant,
    /// Bytes taken in this window.
    bytes: u64,
}

impl WritePatience {
    /// Ends after `stall` without progress, or below the rate over [`WRITE_WINDOW`].
    pub(super) fn new(stall: Duration, bytes_per_second_min: u64, now: Instant) -> Self {
        Self {
            stall,
            window_bytes_min: bytes_per_second_min.saturating_mul(WRITE_WINDOW.as_secs()),
            blocked_since: None,
            blocked: Duration::ZERO,
            window_since: now,
            bytes: 0,
        }
    }

    /// The kernel took bytes; gives how long it took none before them.
    pub(super) fn wrote(&mut self, bytes: usize, now: impl FnOnce() -> Instant) -> Duration {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        let Some(since) = self.blocked_since.take() else { return Duration::ZERO };
        let now = now();
        self.blocked += now - self.window_since;
        now - since
    }

    /// The kernel takes nothing now; gives the instant of the next look.
    pub(super) fn blocked(&mut self, now: Instant) -> Instant {
        if self.blocked_since.is_none() {
            self.blocked_since = Some(now);
            self.window_since = now;
            if self.blocked.is_zero() {
                self.bytes = 0;
            }
        }
        let window_left = WRITE_WINDOW.saturating_sub(self.blocked);
        let since = self.blocked_since.unwrap_or(now);
        (since + self.stall).min(self.window_since + window_left)
    }

    /// The look: whether patience is over.
    pub(super) fn look(&mut self, now: Instant) -> Result<(), Impatience> {
        let Some(since) = self.blocked_since else { return Ok(()) };
        if now - since >= self.stall {
            return Err(Impatience::Stalled);
        }
        if self.blocked + (now - self.window_since) >= WRITE_WINDOW {
            if self.bytes < self.window_bytes_min {
                return Err(Impatience::Slow);
            }
            self.blocked = Duration::ZERO;
            self.window_since = now;
            self.bytes = 0;
        }
        Ok(())
    }
}

/// Patience with a client that sends a body: a credit of time that bytes earn and waiting spends.
#[derive(Debug)]
pub(super) struct BodyPatience {
    credit: Duration,
    bytes_per_second_min: u64,
    waiting_since: Option<Instant>,
}

impl BodyPatience {
    /// The first byte within `first`, then at least the rate.
    pub(super) fn new(first: Duration, bytes_per_second_min: u64) -> Self {
        Self { credit: first, bytes_per_second_min, waiting_since: None }
    }

    /// Waiting for the client; gives the instant at which patience is over.
    pub(super) fn waits(&mut self, now: Instant) -> Instant {
        *self.waiting_since.get_or_insert(now) + self.credit
    }

    /// Bytes came.
    pub(super) fn came(&mut self, bytes: usize, now: impl FnOnce() -> Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.credit = self.credit.saturating_sub(now() - since);
        }
        let earned_us = (bytes as u64).saturating_mul(1_000_000) / self.bytes_per_second_min;
        let most = self.credit.max(BODY_CREDIT_MAX);
        self.credit = self.credit.saturating_add(Duration::from_micros(earned_us)).min(most);
    }
}

/// What to do with an HTTP/2 connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is used.
    Used,
    /// It is not used, or hardly: ask it to go away.
    Idle,
    /// It was asked and did not go.
    Stalled,
}

/// Patience with an HTTP/2 connection as a whole: streams may be blocked by the client's windows
/// while the socket is not, so bytes and requests are watched instead of single writes.
#[derive(Debug)]
pub(super) struct StreamsPatience {
    idle: Duration,
    stall: Duration,
    bytes_per_second_min: u64,
    last: Reading,
    looked_at: Instant,
    used_at: Instant,
}

impl StreamsPatience {
    /// Of a connection just made.
    pub(super) fn new(idle: Duration, stall: Duration, rate: u64, now: Instant) -> Self {
        let last = Reading { begun: 0, working: 0, written: 0 };
        Self { idle, stall, bytes_per_second_min: rate, last, looked_at: now, used_at: now }
    }

    /// How often to look.
    pub(super) fn tick(&self) -> Duration {
        self.idle.min(self.stall) / 4
    }

    /// The look.
    pub(super) fn look(&mut self, reading: Reading, now: Instant) -> Verdict {
        let since_ms = u64::try_from((now - self.looked_at).as_millis()).unwrap_or(u64::MAX);
        let least = since_ms.saturating_mul(self.bytes_per_second_min) / 1_000;
        let written = reading.written - self.last.written;
        let is_used = reading.working > 0
            || reading.begun != self.last.begun
            || written >= least.max(STREAMS_NOISE_BYTES);
        if is_used {
            self.used_at = now;
        }
        self.last = reading;
        self.looked_at = now;
        let quiet = now - self.used_at;
        if quiet >= self.idle + self.stall {
            Verdict::Stalled
        } else if quiet >= self.idle {
            Verdict::Idle
        } else {
            Verdict::Used
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_reader_that_takes_nothing_has_stalled() {
        let start = Instant::now();
        let mut patience = WritePatience::new(seconds(30), 1_000, start);
        assert_eq!(patience.blocked(start), start + seconds(30));
        assert_eq!(patience.look(start + seconds(29)), Ok(()));
        assert_eq!(patience.look(start + seconds(30)), Err(Impatience::Stalled));
    }

    #[track_caller]
    fn drip(bytes_each: usize, expected: Result<(), Impatience>) {
        let start = Instant::now();
        let mut patience = WritePatience::new(seconds(30), 1_000, start);
        let mut last = Ok(());
        for drop in 0..13_u64 {
            let now = start + seconds(drop * 10);
            patience.wrote(bytes_each, || now);
            let due = patience.blocked(now);
            if due <= now + seconds(10) {
                last = last.and(patience.look(due));
            }
        }
        assert_eq!(last, expected);
    }

    #[test]
    fn a_reader_below_the_rate_is_slow_however_regular() {
        drip(1_000, Err(Impatience::Slow));
        drip(9_000, Err(Impatience::Slow));
        drip(20_000, Ok(()));
    }

    #[test]
    fn time_between_answers_costs_the_reader_nothing() {
        let start = Instant::now();
        let mut patience = WritePatience::new(seconds(30), 1_000, start);
        for answer in 0..100 {
            let now = start + seconds(answer * 1_000);
            patience.blocked(now);
            patience.wrote(10_000, || now + seconds(1));
            assert_eq!(patience.look(now + seconds(1)), Ok(()));
        }
    }

    #[test]
    fn a_body_earns_time_by_bytes_but_not_without_end() {
        let start = Instant::now();
        let mut patience = BodyPatience::new(seconds(10), 1_000);
        assert_eq!(patience.waits(start), start + seconds(10));
        patience.came(1, || start + seconds(9));
        let left = patience.waits(start + seconds(9)) - (start + seconds(9));
        assert!(left > seconds(1) && left < seconds(2), "{left:?}");
        patience.came(100_000_000, || start + seconds(9));
        let now = start + seconds(50);
        assert_eq!(patience.waits(now), now + BODY_CREDIT_MAX);
    }

    #[test]
    fn streams_are_used_by_work_requests_or_bytes() {
        let start = Instant::now();
        let mut patience = StreamsPatience::new(seconds(60), seconds(30), 1_000, start);
        let at = |begun, working, written| Reading { begun, working, written };
        assert_eq!(patience.look(at(1, 0, 0), start + seconds(50)), Verdict::Used);
        assert_eq!(patience.look(at(1, 1, 0), start + seconds(200)), Verdict::Used);
        assert_eq!(patience.look(at(1, 0, 15_000), start + seconds(215)), Verdict::Used);
        assert_eq!(patience.look(at(1, 0, 15_039), start + seconds(275)), Verdict::Idle);
        assert_eq!(patience.look(at(1, 0, 15_078), start + seconds(290)), Verdict::Idle);
        assert_eq!(patience.look(at(1, 0, 15_078), start + seconds(305)), Verdict::Stalled);
    }

    #[test]
    fn pings_alone_are_no_use_even_without_a_least_rate() {
        let start = Instant::now();
        let mut patience = StreamsPatience::new(seconds(60), seconds(30), 0, start);
        let at = |written| Reading { begun: 0, working: 0, written };
        assert_eq!(patience.look(at(500), start + seconds(30)), Verdict::Used);
        assert_eq!(patience.look(at(1_000), start + seconds(60)), Verdict::Idle);
        assert_eq!(patience.look(at(2_000), start + seconds(75)), Verdict::Used);
    }
}

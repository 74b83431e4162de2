//! How long a bundle will take: what is left of it, at the rate at which it has gone so far.

use std::time::Duration;

use tokio::time::Instant;

/// A shorter time is not worth a word.
pub(super) const NOTICED: Duration = Duration::from_secs(30);
/// A rate is believed once it was measured for so long; before, the fair share is.
const MEASURED: Duration = Duration::from_secs(2);
/// Longest time that is promised: a download that stands still holds nobody up for longer.
const PROMISE_MAX: Duration = Duration::from_mins(15);
/// No download takes longer than a morning.
const TIME_MAX: Duration = Duration::from_hours(12);
/// What is added to an estimate before it is promised, in parts of it: more schools may come.
const MARGIN: f64 = 0.25;

/// Somebody who downloads their school's bundle, in one part or several.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) session: [u8; 16],
    parts: u32,
    left: u64,
    sent: u64,
    began: Instant,
}

impl Reader {
    /// Begins with one part.
    pub(super) fn new(session: [u8; 16], left: u64, began: Instant) -> Self {
        Self { session, parts: 1, left, sent: 0, began }
    }

    /// One more part of the same bundle.
    pub(super) fn resume(&mut self, bytes: u64) {
        self.parts += 1;
        self.left += bytes;
    }

    /// Bytes of it are on their way.
    pub(super) fn sent(&mut self, bytes: u64) {
        self.sent += bytes;
        self.left = self.left.saturating_sub(bytes);
    }

    /// A part is over, with bytes that were not sent. Gives whether another is still on its way.
    pub(super) fn end(&mut self, unsent: u64) -> bool {
        self.parts -= 1;
        self.left = self.left.saturating_sub(unsent);
        self.parts > 0
    }

    /// Time for what is left of it.
    pub(super) fn time_left(&self, share: f64, now: Instant) -> Duration {
        let took = now.saturating_duration_since(self.began);
        let rate = if took < MEASURED { share } else { number(self.sent) / took.as_secs_f64() };
        time(self.left, rate)
    }
}

/// What one of so many schools has of a ceiling.
pub(super) fn share(bytes_per_second: u64, schools: usize) -> f64 {
    number(bytes_per_second) / number(schools.max(1) as u64)
}

/// Time for so many bytes.
pub(super) fn time(bytes: u64, rate: f64) -> Duration {
    let seconds = number(bytes) / rate.max(1.0);
    Duration::from_secs_f64(seconds.min(TIME_MAX.as_secs_f64()))
}

/// When the last of these will be through, in whole seconds with a margin.
pub(super) fn promise(readers: &[Reader], share: f64, now: Instant) -> Duration {
    let longest = readers.iter().map(|reader| reader.time_left(share, now)).max();
    let seconds = longest.unwrap_or_default().as_secs_f64() * (1.0 + MARGIN) + 1.0;
    Duration::from_secs_f64(seconds.ceil()).min(PROMISE_MAX)
}

/// Bytes as a number to reckon with: exact up to nine petabytes.
#[expect(clippy::cast_precision_loss, reason = "no rate or file is that large")]
pub(super) fn number(bytes: u64) -> f64 {
    bytes as f64
}

//! What a ticket tells of the wait: first the longest one that was promised, then how long it was.
//!
//! The sixteen flags hold it. Of a ticket: seconds of the promise, 0 for none. Of a pass: the highest bit, whether
//! the promise was broken, and the seconds that were waited.

use super::Ticket;
use crate::admission::eta::Range;

/// The flags are those of a pass.
const IS_OVER: u16 = 1 << 15;
/// It took longer than promised.
const IS_LATE: u16 = 1 << 14;
/// Longest wait that is told apart: four and a half hours.
const SECONDS_MAX: u16 = IS_LATE - 1;

/// How long somebody waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From the place to being let in; 16,383 stands for longer ones too.
    pub seconds: u16,
    /// Whether it was longer than they were first told.
    pub late: bool,
}

impl Ticket {
    /// The same place with what its holder was first told.
    #[must_use]
    pub(in crate::admission) fn promised(self, eta: Option<Range>) -> Self {
        let seconds = eta.map_or(0.0, |range| range.high_seconds.ceil());
        // The longest promise is twelve hours.
        let flags = crate::admission::numbers::whole(seconds).min(u64::from(IS_OVER - 1));
        Self { flags: u16::try_from(flags).expect("15 bits"), ..self }
    }

    /// The same place with the wait that ends now; one that ended before stays as it was.
    #[must_use]
    pub(in crate::admission) fn waited(self, unix: u64) -> Self {
        if self.flags & IS_OVER != 0 {
            return self;
        }
        let seconds = unix.saturating_sub(u64::from(self.issued));
        let promise = u64::from(self.flags);
        let late = if promise > 0 && seconds > promise { IS_LATE } else { 0 };
        let seconds = u16::try_from(seconds).unwrap_or(u16::MAX).min(SECONDS_MAX);
        Self { flags: IS_OVER | late | seconds, ..self }
    }

    /// Of a pass, how long it was waited for; none of a pass that another version made.
    pub fn wait(&self) -> Option<Wait> {
        let is_over = self.flags & IS_OVER != 0;
        let (seconds, late) = (self.flags & SECONDS_MAX, self.flags & IS_LATE != 0);
        is_over.then_some(Wait { seconds, late })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::lanes::Lane;
    use crate::admission::ticket::{Kind, Queue};

    #[test]
    fn a_pass_tells_how_long_it_was_waited_for_and_whether_that_was_told_before() {
        let queue = Queue { event: 2024, epoch: 1 };
        let (lane, kind) = (Lane::Standard, Kind::Ticket);
        let ticket = Ticket { kind, lane, queue, flags: 0, issued: 1_000, seq: 7, nonce: 7 };
        assert_eq!(ticket.wait(), None);
        let wait = |ticket: Ticket, unix| ticket.waited(unix).wait().unwrap();
        assert_eq!(wait(ticket, 1_000), Wait { seconds: 0, late: false });
        let told = ticket.promised(Some(Range { low_seconds: 20.0, high_seconds: 59.2 }));
        assert_eq!(told.wait(), None, "still waiting");
        assert_eq!(wait(told, 1_060), Wait { seconds: 60, late: false });
        assert_eq!(wait(told, 1_061), Wait { seconds: 61, late: true });
        assert_eq!(wait(told.waited(1_030), 1_500), Wait { seconds: 30, late: false }, "once");
        assert_eq!(wait(told, 99_000), Wait { seconds: SECONDS_MAX, late: true });
    }
}

//! When a password ends, with reminders before it, and a rest around the results day.

use jiff::{SignedDuration, Timestamp};

use crate::domain::calendar::{Audience, ReleaseTimes};

/// What is known of a password that somebody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// When it was set; not known of those from before this was counted, which do not end.
    pub set_at: Option<Timestamp>,
    /// Somebody else has set it: another one is asked for at the next sign-in.
    pub must_change: bool,
}

/// When passwords end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryRule {
    /// Days that a password is good for.
    pub days: u16,
    /// Days before its end at which its owner is reminded, the most first.
    pub reminders: Vec<u16>,
    /// Nothing ends from so many days before the first results open.
    pub rest_days_before: u16,
    /// And until so many days after the last.
    pub rest_days_after: u16,
}

/// The end of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// From then on another one is asked for.
    pub at: Timestamp,
    /// Whether that is now.
    pub is_due: bool,
    /// The reminder that belongs to now: of so many days before.
    pub reminder: Option<u16>,
}

impl ExpiryRule {
    /// The end of a password that was set at `changed_at`, as it is to be told at `now`.
    pub fn expiry(
        &self,
        changed_at: Timestamp,
        now: Timestamp,
        release: Option<&ReleaseTimes>,
    ) -> Expiry {
        let mut at = changed_at + days(self.days);
        // What ended before the rest and was not asked for yet waits like what would end within it.
        if let Some((from, until)) = release.map(|times| self.rest(times))
            && ((at >= from && at < until) || (now >= from && now < until && at < until))
        {
            at = until;
        }
        let left = at.duration_since(now);
        let is_due = left <= SignedDuration::ZERO;
        let near = |reminder: &u16| left <= days(*reminder);
        let reminder = self.reminders.iter().copied().filter(near).min().filter(|_| !is_due);
        Expiry { at, is_due, reminder }
    }

    /// When nothing ends.
    fn rest(&self, release: &ReleaseTimes) -> (Timestamp, Timestamp) {
        let instants = Audience::ALL.map(|audience| release.of(audience));
        let last = instants.into_iter().max().expect("four instants");
        (release.first() - days(self.rest_days_before), last + days(self.rest_days_after))
    }
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

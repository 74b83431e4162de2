//! What a pass is good for: a few tries, one success.

use std::time::Duration;

use super::{Room, TRIES_MAX, count, pass_end};
use crate::admission::moment::{Moment, Tick};
use crate::admission::ticket::{Kind, PASS_LIFE, Ticket};
use crate::admission::words::{CLAIMED, SUCCEEDED};

/// Why a pass is good for nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spent {
    /// Six passwords were tried with it.
    #[error("the pass has had its {TRIES_MAX} tries")]
    Tries,
    /// Somebody has signed in with it.
    #[error("the pass has been used to sign in")]
    Success,
}

/// Whether a sign-in is the one that its ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It is.
    First,
    /// This node knows of an earlier one: no session may begin.
    Again,
}

impl Room {
    /// A password is about to be checked with this pass. Gives the pass with its time begun anew.
    /// Every `Ok` must be followed by exactly one [`Room::finished`] or [`Room::refund`], also when the
    /// client goes away: hold it in something that does so when it is dropped.
    pub fn attempt(&self, pass: &Ticket, now: Moment) -> Result<Ticket, Spent> {
        let mut inner = self.lock();
        let words = &self.line(pass.lane).words;
        let word = words.get(pass.seq);
        if word.is(SUCCEEDED) {
            return Err(Spent::Success);
        }
        if word.tries() >= TRIES_MAX {
            return Err(Spent::Tries);
        }
        // A pass of another node or of the time before a restart is as good as our own.
        let end = pass_end(now.tick);
        words.change(pass.seq, |w| w.with(CLAIMED).with_tries(w.tries() + 1).due(end));
        if word.is(CLAIMED) && word.tries() == 0 {
            let left = word.ahead_of(now.tick).unwrap_or(Duration::ZERO);
            inner.pace.first_post(PASS_LIFE.saturating_sub(left), now.tick);
        } else {
            inner.pace.post(now.tick);
        }
        Ok(pass.turned_into(Kind::Pass, now.unix))
    }

    /// An attempt is over, whatever came of it; `service` is its time on a hashing thread.
    pub fn finished(&self, service: Duration, now: Tick) {
        self.lock().pace.finished(Some(service), now);
    }

    /// An attempt was refused before any password was hashed: its token goes back.
    pub fn refund(&self, now: Tick) {
        let mut inner = self.lock();
        inner.pace.finished(None, now);
        inner.door.refund(now);
    }

    /// A password waited in vain for a thread: the try does not count. Not for one who went away meanwhile, whose
    /// password may have been hashed all the same.
    pub fn try_again(&self, pass: &Ticket) {
        let words = &self.line(pass.lane).words;
        words.change(pass.seq, |w| w.with_tries(w.tries().saturating_sub(1)));
    }

    /// A password was right. Ask this before a session begins: only [`Redeemed::First`] may have one.
    /// The school, if any, counts as come in from now on.
    pub fn redeem(&self, pass: &Ticket, school: Option<u64>) -> Redeemed {
        if let Some(school) = school {
            self.lock().first_of(school);
        }
        if self.line(pass.lane).redeem(pass.seq) {
            count(&self.counts.succeeded);
            Redeemed::First
        } else {
            Redeemed::Again
        }
    }

    /// Another node, or this one before it stopped, let somebody sign in with this ticket.
    pub fn note_redeemed(&self, lane: crate::admission::lanes::Lane, seq: u64) {
        self.line(lane).words.change(seq, |word| word.with(SUCCEEDED | CLAIMED));
    }

    /// A sign of distress from behind: half of the measured capacity is believed for five seconds.
    pub fn distressed(&self, now: Tick) {
        self.lock().pace.distressed(now);
    }
}

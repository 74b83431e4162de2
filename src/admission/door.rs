//! The door: one token for each claim, from the node's own rate or from tokens that were leased to it.

use std::time::Duration;

use super::kept::{AtTheDoor, Place};
use super::lanes::as_f64;
use super::moment::Tick;

mod rate;

pub use rate::{BadRate, RATE_MAX, RATE_MIN, Rate};

/// Life of leased tokens from the sending of the request; what is not spent by then is gone.
pub const LEASE_LIFE: Duration = Duration::from_secs(1);
/// Leases that are kept at once: four a second, each for one second, and as many again.
pub(super) const LEASES_MAX: usize = 8;
/// Most that an operator lets in at once by hand.
pub const ADMIT_MAX: u32 = 10_000;

/// A bucket of tokens whose rate may change at any time.
#[derive(Clone, Debug)]
pub struct Bucket {
    tokens: f64,
    settled: Tick,
    rate: Rate,
    burst: f64,
}

impl Bucket {
    /// An empty bucket: a node that has just begun must not repeat the burst of the one before it.
    pub fn empty(rate: Rate, now: Tick) -> Self {
        Self { tokens: 0.0, settled: now, rate, burst: rate.burst() }
    }

    /// Makes the time up to now count at the rate that held until now.
    fn settle(&mut self, now: Tick) {
        self.tokens = self.tokens(now);
        self.settled = self.settled.max(now);
    }

    /// Changes rate and burst from now on; what was saved up beyond the new burst is gone.
    pub fn change(&mut self, rate: Rate, burst: f64, now: Tick) {
        self.settle(now);
        self.rate = rate;
        self.burst = burst;
        self.tokens = self.tokens.min(burst);
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, now: Tick) -> bool {
        self.settle(now);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }

    /// Gives back a token that was not used.
    pub fn refund(&mut self, now: Tick) {
        self.settle(now);
        self.tokens = (self.tokens + 1.0).min(self.burst);
    }

    /// Tokens that could be taken at a time, which may be yet to come.
    pub fn tokens(&self, at: Tick) -> f64 {
        let seconds = at.since(self.settled).as_secs_f64();
        (self.tokens + seconds * self.rate.0).min(self.burst)
    }

    /// Tokens a second.
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

/// Where tokens come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Supply {
    /// The node's own bucket at the whole rate: it is alone.
    Own,
    /// Tokens that were leased from the row that all nodes share.
    Leased,
    /// The node's own bucket at its share of the rate, one token saved up: the database is away.
    Share {
        /// Nodes when they last heard of each other.
        nodes: u32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    left: u32,
    until: Tick,
}

/// The door of one node.
#[derive(Clone, Debug)]
pub(super) struct Door {
    bucket: Bucket,
    supply: Supply,
    ceiling: Rate,
    leases: Vec<Lease>,
    /// Who found no token, and for whom one is kept: where tokens are leased.
    pub(super) waiters: AtTheDoor,
    credits: u32,
    /// Who knocked in vain since tokens were last leased.
    unmet: u32,
    /// When the next one who knocks without a token is due.
    promised: Tick,
}

impl Door {
    pub(super) fn new(ceiling: Rate, now: Tick) -> Self {
        let bucket = Bucket::empty(ceiling, now);
        let leases = Vec::with_capacity(LEASES_MAX);
        Self {
            bucket,
            supply: Supply::Own,
            ceiling,
            leases,
            waiters: AtTheDoor::default(),
            credits: 0,
            unmet: 0,
            promised: now,
        }
    }

    /// Sets where tokens come from and how fast; `pace` is what the sign-ins bear.
    pub(super) fn set(&mut self, supply: Supply, ceiling: Rate, pace: f64, now: Tick) {
        let (rate, burst) = match supply {
            Supply::Own | Supply::Leased => {
                let rate = ceiling.at_most(pace);
                (rate, rate.burst())
            }
            Supply::Share { nodes } => (ceiling.shared_by(nodes).at_most(pace), 1.0),
        };
        if std::mem::discriminant(&supply) != std::mem::discriminant(&self.supply) {
            self.leases.clear();
            self.waiters.clear();
            // A bucket that stood idle while tokens were leased has not earned anything.
            self.bucket = Bucket::empty(rate, now);
        }
        (self.supply, self.ceiling) = (supply, ceiling);
        if rate != self.bucket.rate {
            self.bucket.change(rate, burst, now);
        }
        self.bucket.burst = burst;
    }

    pub(super) fn is_leased(&self) -> bool {
        matches!(self.supply, Supply::Leased)
    }

    pub(super) fn supply(&self) -> Supply {
        self.supply
    }

    /// The rate at which this node lets in, as far as it knows.
    pub(super) fn rate(&self) -> Rate {
        self.bucket.rate
    }

    /// Adds leased tokens; they die one second after the request for them was sent.
    pub(super) fn lease(&mut self, tokens: u32, sent: Tick, now: Tick) {
        self.leases.retain(|lease| lease.until > now && lease.left > 0);
        self.unmet = 0;
        if self.leases.len() < LEASES_MAX && tokens > 0 {
            self.leases.push(Lease { left: tokens, until: sent.after(LEASE_LIFE) });
        }
    }

    /// Tokens to ask for, for those who come before the next lease while nobody waits. Who waits has tokens
    /// kept for them.
    pub(super) fn wanted(&self, spare: u32, now: Tick) -> u32 {
        // A lease that dies before the next one comes counts for nothing.
        let there = self.leased(now.after(LEASE_LIFE / 2));
        spare.saturating_sub(u32::try_from(there).unwrap_or(u32::MAX))
    }

    /// Leased tokens that live at a time.
    fn leased(&self, at: Tick) -> u64 {
        let live = self.leases.iter().filter(|lease| lease.until > at);
        live.map(|lease| u64::from(lease.left)).sum()
    }

    /// Lets this many in beyond the rate, also while the room is paused.
    pub(super) fn credit(&mut self, people: u32) {
        self.credits = self.credits.saturating_add(people).min(ADMIT_MAX);
    }

    pub(super) fn credits(&self) -> u32 {
        self.credits
    }

    /// Nobody came for them: others may have them.
    pub(super) fn give_credits_back(&mut self) -> u32 {
        std::mem::take(&mut self.credits)
    }

    /// Who knocked in vain since tokens were last leased.
    pub(super) fn unmet(&self) -> u32 {
        self.unmet
    }

    pub(super) fn take_credit(&mut self) -> bool {
        let there = self.credits > 0;
        self.credits = self.credits.saturating_sub(1);
        there
    }

    /// Takes a token. Whoever was promised this time, and whoever comes when nobody was, may have it.
    pub(super) fn take(&mut self, place: Place, expected: bool, now: Tick) -> bool {
        if self.is_leased() {
            return self.waiters.take(place, now) || self.take_leased(place, now);
        }
        // Half a bucket that nobody fetched belongs to those who are here.
        let unclaimed = self.bucket.tokens(now) >= (self.bucket.burst / 2.0).max(1.0);
        (expected || unclaimed || self.promised <= now) && self.bucket.take(now)
    }

    /// Whether somebody who comes now finds a token.
    pub(super) fn would_take(&self, now: Tick) -> bool {
        self.tokens(now) >= 1.0
    }

    fn take_leased(&mut self, place: Place, now: Tick) -> bool {
        let Some(lease) = self.leases.iter_mut().find(|l| l.until > now && l.left > 0) else {
            self.unmet = self.unmet.saturating_add(1);
            self.waiters.knocks(place, now);
            return false;
        };
        lease.left -= 1;
        self.waiters.leaves(place);
        true
    }

    /// Gives a token back: the sign-in was refused before any work was done for it.
    pub(super) fn refund(&mut self, now: Tick) {
        if !self.is_leased() {
            self.bucket.refund(now);
        }
    }

    /// When to come again for a token: each who knocks has a time of their own, in turn.
    pub(super) fn promise(&mut self, now: Tick) -> Duration {
        let slot = Duration::from_secs_f64(1.0 / self.bucket.rate.0);
        self.promised = self.promised.max(now).after(slot);
        self.promised.since(now)
    }

    /// Whether tokens are being lost because nobody takes them.
    pub(super) fn overflows(&self, now: Tick) -> bool {
        !self.is_leased() && self.bucket.tokens(now) >= self.bucket.burst
    }

    /// Tokens at hand.
    pub(super) fn tokens(&self, now: Tick) -> f64 {
        if self.is_leased() { as_f64(self.leased(now)) } else { self.bucket.tokens(now) }
    }
}

#[cfg(test)]
#[path = "tests/door.rs"]
mod tests;

//! What somebody is told, and what the operator has set.

use std::time::Duration;

use crate::admission::eta::Range;
use crate::admission::ticket::Ticket;

/// What the operator has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// People are let in.
    Open,
    /// Places are given and kept; nobody is let in but by hand.
    Paused,
    /// No new places; those that exist are kept.
    Closed,
}

/// Where somebody stands; the `state` of the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Waits for their turn.
    Waiting,
    /// May sign in: the answer has a pass.
    Admitted,
    /// The room is paused; the place is kept.
    Paused,
    /// The room has no place left; nothing is remembered of this visitor.
    Full,
    /// The room is closed.
    Closed,
    /// Somebody has signed in with this ticket. It is to be forgotten: a new arrival is a re-entry.
    Used,
}

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Where they stand.
    pub standing: Standing,
    /// People ahead plus one, an upper bound that never rises. Only while waiting or paused.
    pub position: Option<u64>,
    /// When their turn comes; none while paused.
    pub eta: Option<Range>,
    /// When to ask next.
    pub refresh: Duration,
    /// Their ticket, when one was made just now: to be sealed into the cookie.
    pub ticket: Option<Ticket>,
    /// Their pass, when they are let in.
    pub pass: Option<Ticket>,
}

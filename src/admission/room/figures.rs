//! What the room reports of itself.

use std::sync::atomic::Ordering;

use super::{Mode, Role, Room};
use crate::admission::lanes::{LANES, Lane};
use crate::admission::moment::Tick;
use crate::admission::ticket::Wait;

/// Figures of one lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneFigures {
    /// No number from here on was given out.
    pub issued: u64,
    /// Everybody below was called.
    pub serving: u64,
    /// People who have a number and were not called, at most.
    pub uncalled: u64,
    /// Of these, who still asks; counted once a second.
    pub waiting: u64,
    /// People who were called and are expected.
    pub called: u64,
    /// People a second whom the line puts behind it.
    pub speed: f64,
    /// Seconds that somebody who came now would wait.
    pub eta_seconds: f64,
}

/// Figures of the room, for metrics, the live page and the status command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// What the operator has set.
    pub mode: Mode,
    /// Whether another node calls people, and counts them.
    pub follows: bool,
    /// Ceiling over all nodes, sign-ins per second.
    pub ceiling: f64,
    /// Rate at which this node lets in.
    pub rate: f64,
    /// Tokens at hand.
    pub tokens: f64,
    /// People still to be let in by hand.
    pub credits: u32,
    /// Each lane, in the order of [`Lane::ALL`].
    pub lanes: [LaneFigures; LANES],
    /// Work on its way, in sign-ins.
    pub work: f64,
    /// Work at which nobody more is let in.
    pub work_limit: f64,
    /// Sign-ins a second that the hashing pool does.
    pub capacity: f64,
    /// Seconds that people type, on average.
    pub typing_seconds: f64,
    /// Sign-ins that are being worked on or wait for it.
    pub running: u32,
    /// People let in since the start.
    pub admitted: u64,
    /// People who were absent when called, and those of them who came back.
    pub lapsed: u64,
    /// Of the lapsed, let in later.
    pub returned: u64,
    /// Refused for want of room.
    pub full: u64,
    /// Came from addresses that behave like no person.
    pub suspected: u64,
    /// Tickets with which somebody signed in here.
    pub succeeded: u64,
    /// Questions answered.
    pub polls: u64,
    /// Answers that had to name the lower position of before, since the line put somebody further back.
    pub regressions: u64,
    /// Bytes of tickets.
    pub bytes: usize,
}

impl Figures {
    /// People who wait, in all lanes: those who still ask and those who were called.
    pub fn waiting(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.waiting + lane.called).sum()
    }

    /// What this node adds to the sum over all nodes: one that follows another leaves the counting to it.
    pub fn counted(&self) -> u64 {
        if self.follows { 0 } else { self.waiting() }
    }

    /// Seconds that a newcomer of the standard lane would wait.
    pub fn eta_seconds(&self) -> f64 {
        self.lanes[Lane::Standard as usize].eta_seconds
    }
}

impl Room {
    /// Work on its way and the work at which nobody more is let in, in sign-ins.
    pub fn work(&self, now: Tick) -> (f64, f64) {
        let mut inner = self.lock();
        inner.pace.advance(now);
        (inner.pace.work(), inner.pace.limit(now))
    }

    /// Waits that ended since this was last asked, with their lanes.
    pub fn ended(&self) -> Vec<(Lane, Wait)> {
        std::mem::take(&mut self.lock().ended)
    }

    /// Figures of this instant. Takes the lock for a moment: once a second is plenty.
    pub fn figures(&self, now: Tick) -> Figures {
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.pace.advance(now);
        let lanes = std::array::from_fn(|at| {
            let line = &self.lines[at];
            let idle = line.uncalled() == 0 && line.window() == 0;
            LaneFigures {
                issued: line.issued(),
                serving: line.serving(),
                uncalled: line.uncalled(),
                waiting: inner.cursor.lanes[at].waiting,
                called: line.window(),
                speed: line.speed(),
                eta_seconds: if idle { 0.0 } else { line.eta_seconds(line.issued()) },
            }
        });
        let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            mode: self.mode(),
            follows: matches!(inner.role, Role::Follower { .. }),
            ceiling: inner.ceiling.per_second(),
            rate: inner.door.rate().per_second(),
            tokens: inner.door.tokens(now),
            credits: inner.door.credits(),
            lanes,
            work: inner.pace.work(),
            work_limit: inner.pace.limit(now),
            capacity: inner.pace.capacity(now),
            typing_seconds: inner.pace.typing_seconds(),
            running: inner.pace.running(),
            admitted: of(&self.counts.admitted),
            lapsed: inner.cursor.lapsed,
            returned: of(&self.counts.returned),
            full: of(&self.counts.full),
            suspected: of(&self.counts.suspected),
            succeeded: of(&self.counts.succeeded),
            polls: of(&self.counts.polls),
            regressions: of(&self.counts.regressions),
            bytes: self.lines.iter().map(|line| line.words.bytes()).sum(),
        }
    }
}

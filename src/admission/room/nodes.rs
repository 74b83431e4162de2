//! Several nodes, one line: who moves the cursor, whose numbers and tokens a node uses.
//!
//! Callers move rows between the database and these functions; what is decided is decided here.

use std::time::Duration;

use super::{Inner, Mode, Room};
use crate::admission::cursor::{Cursor, WINDOW_MIN, as_count, is_near};
use crate::admission::door::Supply;
use crate::admission::kept::Place;
use crate::admission::lanes::{LANES, Lane, as_f64};
use crate::admission::line::Line;
use crate::admission::moment::Tick;
use crate::admission::numbers::{Block, JUMP, NODES_MAX, Numbering, Zone};
use crate::admission::words::{CLAIMED, Word};

/// Part of a node in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The only node: numbers, cursor and tokens are its own.
    Alone,
    /// Moves the cursor for all; numbers and tokens are leased.
    Leader {
        /// Whether the shared bucket is full: too few of those who were called have come.
        wasted: bool,
    },
    /// Takes the cursor from the row; numbers and tokens are leased.
    Follower {
        /// Whether anybody waits anywhere, as the leader says: else newcomers go straight in.
        crowded: bool,
    },
    /// The database is away: the cursor is a clock, numbers and tokens are the node's own share.
    Detached {
        /// Nodes that there were when it went.
        nodes: u32,
    },
}

impl Role {
    pub(super) fn supply(self) -> Supply {
        match self {
            Self::Alone => Supply::Own,
            Self::Leader { .. } | Self::Follower { .. } => Supply::Leased,
            Self::Detached { nodes } if nodes <= 1 => Supply::Own,
            Self::Detached { nodes } => Supply::Share { nodes },
        }
    }

    /// Whether this node calls by who is there. A detached node that was alone knows everybody.
    pub(super) fn calls(self) -> bool {
        match self {
            Self::Alone | Self::Leader { .. } => true,
            Self::Follower { .. } => false,
            Self::Detached { nodes } => nodes <= 1,
        }
    }
}

/// A lane in the row that all nodes share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneRow {
    /// Everybody below was called.
    pub serving: u64,
    /// No number from here on was given to any node.
    pub next: u64,
}

/// Who of a stretch of numbers is there and who is in, as one node knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// First number of the stretch.
    pub from: u64,
    /// A bit for each number: asks and is not late.
    pub there: Vec<u64>,
    /// A bit for each number: asks again within the seconds that are called ahead.
    pub near: Vec<u64>,
    /// A bit for each number: let in.
    pub entered: Vec<u64>,
}

/// Stretch that a node reports, in numbers: half a minute at 500 a second.
pub(super) const PRESENCE_MAX: u64 = 16_384;
/// Numbers before the cursor that are reported too: those who were called.
pub(super) const BEHIND: u64 = 2_048;

/// When somebody is expected whom another node does not expect soon: behind those who are called ahead.
const FAR: Duration = Duration::from_secs(12);

/// Where the clock stands that is the cursor while the database is away.
#[derive(Debug, Default)]
pub(super) struct Detached {
    since: Tick,
    from: [u64; LANES],
    people: [f64; LANES],
}

impl Cursor {
    /// A follower's cursor is moved by others; its slope is measured all the same.
    pub(super) fn follow(&mut self, lines: &[Line; LANES], now: Tick) {
        self.count(lines, now);
        for (lane, line) in self.lanes.iter_mut().zip(lines) {
            lane.watch(line, now);
        }
    }

    /// Begins to be moved by this node, or ceases to be: who was called before is not known.
    fn begin(&mut self, lines: &[Line; LANES], now: Tick) {
        for (lane, line) in self.lanes.iter_mut().zip(lines) {
            lane.forget_calls(line, now);
        }
    }
}

impl Room {
    /// What this node is.
    pub fn role(&self) -> Role {
        self.lock().role
    }

    /// Nothing is known of other nodes yet: places are kept and nobody is let in until this node has heard
    /// of them, or cannot.
    pub fn await_others(&self, now: Tick) {
        let mut inner = self.lock();
        inner.become_role(Role::Follower { crowded: true }, &self.lines, now);
        inner.numbering = std::array::from_fn(|_| Numbering::default());
    }

    /// There are no others: the node has numbers, cursor and tokens to itself.
    pub fn stand_alone(&self, now: Tick) {
        let mut inner = self.lock();
        if inner.role != Role::Alone {
            inner.become_role(Role::Alone, &self.lines, now);
            inner.numbering =
                std::array::from_fn(|at| Numbering::all_from(self.lines[at].issued()));
        }
    }

    /// The database is away. The node goes on with its share of the rate and numbers of its own. `slot`
    /// tells the nodes apart.
    pub(super) fn detach(&self, nodes: u32, slot: u8, now: Tick) {
        let mut inner = self.lock();
        if inner.role == Role::Alone || matches!(inner.role, Role::Detached { .. }) {
            return;
        }
        inner.become_role(Role::Detached { nodes }, &self.lines, now);
        inner.detached.since = now;
        inner.detached.people = [0.0; LANES];
        for (at, line) in self.lines.iter().enumerate() {
            inner.detached.from[at] = line.serving();
            let from = line.issued();
            if nodes <= 1 {
                line.zones.add(Zone { from, to: from + JUMP, people: 0 }, line.serving());
                line.issue_to(from + JUMP);
                inner.numbering[at] = Numbering::all_from(from + JUMP);
            } else {
                let people = u64::from(nodes).min(NODES_MAX);
                line.zones.add(Zone { from, to: u64::MAX, people }, line.serving());
                inner.numbering[at] = Numbering::of(Block::of_slot(from, slot));
            }
        }
    }

    /// The cursor of a node on its own: so many people as time has passed, never beyond what it knows
    /// to be given out. Time that nobody was there to use is not saved up.
    pub(super) fn run_detached(&self, inner: &mut Inner, now: Tick) {
        let seconds = now.since(inner.detached.since).as_secs_f64();
        inner.detached.since = now;
        inner.cursor.follow(&self.lines, now);
        let shares = inner.cursor.shares();
        if self.mode() != Mode::Open {
            return;
        }
        for (at, line) in self.lines.iter().enumerate() {
            let clock = &mut inner.detached;
            clock.people[at] += inner.ceiling.per_second() * shares[at] * seconds;
            let to = line.zones.advance(clock.from[at], clock.people[at]);
            line.serve_to(to);
            if to > line.issued() {
                clock.from[at] = line.issued();
                clock.people[at] = 0.0;
            }
        }
    }

    /// What this node knows of the people around the cursor, for the leader.
    pub(super) fn presence(&self, lane: Lane, now: Tick) -> Presence {
        let own = self.line(lane);
        let from = own.serving().saturating_sub(BEHIND);
        let end = (from + PRESENCE_MAX).min(own.issued());
        let words = usize::try_from(end.saturating_sub(from).div_ceil(64)).unwrap_or(0);
        let none = vec![0; words];
        let mut seen = Presence { from, there: none.clone(), near: none.clone(), entered: none };
        for number in from..end {
            let word = own.words.get(number);
            let at = usize::try_from((number - from) / 64).expect("below the bound of a report");
            let bit = 1 << ((number - from) % 64);
            if word.is(CLAIMED) {
                seen.entered[at] |= bit;
            } else if !Line::absent(word, now) {
                seen.there[at] |= bit;
                seen.near[at] |= if is_near(word, now) { bit } else { 0 };
            }
        }
        let anybody = seen.there.iter().chain(&seen.entered).any(|word| *word != 0);
        if anybody { seen } else { Presence { from, ..Presence::default() } }
    }

    /// Takes in what another node knows: who asks there is not called in vain, who is in is not waited
    /// for. Nothing that this node knows better is overwritten.
    pub(super) fn note_presence(&self, lane: Lane, seen: &Presence, now: Tick) {
        let own = self.line(lane);
        let far = now.after(FAR);
        let bits = |words: &[u64], offset: u64| {
            let at = usize::try_from(offset / 64).expect("an offset within what was sent");
            words.get(at).is_some_and(|word| word >> (offset % 64) & 1 == 1)
        };
        let length = u64::try_from(seen.there.len().max(seen.entered.len())).unwrap_or(0) * 64;
        for offset in 0..length.min(PRESENCE_MAX) {
            let number = seen.from + offset;
            if number >= own.issued() {
                break;
            }
            if bits(&seen.entered, offset) {
                self.note_entered(Place { lane: lane as usize, number }, now);
            } else if bits(&seen.near, offset) {
                let near = |w: Word| if w.late(now) || !is_near(w, now) { w.due(now) } else { w };
                own.words.change(number, near);
            } else if bits(&seen.there, offset) {
                let later = |word: Word| if is_near(word, now) { word.due(far) } else { word };
                own.words.change(number, later);
            }
        }
    }

    /// Somebody came in at another node.
    pub(super) fn note_entered(&self, place: Place, now: Tick) {
        let end = super::pass_end(now);
        let in_now = |w: Word| if w.is(CLAIMED) { w } else { w.with(CLAIMED).due(end) };
        self.lines[place.lane].words.change(place.number, in_now);
    }

    /// Whether anybody waits in any lane, as the leader tells followers.
    pub fn crowded(&self) -> bool {
        is_crowded(&self.lock())
    }
}

impl Inner {
    /// Becomes something else; the door takes its tokens from there at once.
    pub(super) fn become_role(&mut self, role: Role, lines: &[Line; LANES], now: Tick) {
        if self.role.calls() != role.calls() {
            self.cursor.begin(lines, now);
        }
        self.role = role;
        let pace = self.pace.rate(now);
        self.door.set(role.supply(), self.ceiling, pace, now);
    }
}

/// Numbers that were leased but not given out are nobody, and fewer than one second lets in are no crowd.
pub(super) fn is_crowded(inner: &Inner) -> bool {
    let waiting: u64 = inner.cursor.lanes.iter().map(|lane| lane.waiting).sum();
    let called = as_f64(as_count(inner.cursor.called()));
    as_f64(waiting) + called > inner.ceiling.per_second().max(WINDOW_MIN)
}

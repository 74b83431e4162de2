//! One node's side of an exchange: what it tells the others, and what it makes of what it takes home.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::nodes::{BEHIND, PRESENCE_MAX, is_crowded};
use super::{Inner, LaneRow, Role, Room};
use crate::admission::lanes::{LANES, Lane};
use crate::admission::moment::Tick;
use crate::admission::numbers::Numbering;
use crate::admission::shared::{ByHand, Gap, Granted, Report};

/// After this time every number that was leased before is given out and reported, or never will be.
const REPORTED: Duration = Duration::from_millis(750);
/// How long a node keeps people who are to be let in by hand, if they do not come: then others have them.
const CREDITS_KEPT: Duration = Duration::from_secs(3);
/// Numbers that all nodes together have at hand while nobody waits, and the least of one node: when a rush
/// begins, who gets an old one stands before those who came first elsewhere.
const QUIET_NUMBERS: u64 = 64;
const QUIET_NUMBERS_MIN: u64 = 8;

/// What a node remembers from one exchange to the next.
#[derive(Debug)]
pub struct Membership {
    node: String,
    process: u64,
    /// The queue's time, and when it was heard.
    heard: Option<(u64, Tick)>,
    slot: u8,
    nodes: u32,
    /// Ends of the lanes at earlier exchanges.
    ends: VecDeque<(Tick, [u64; LANES])>,
}

impl Membership {
    /// A node that has not heard of others yet; slot and number of nodes are those of its last life. `process`
    /// is another number each time.
    pub fn new(node: String, process: u64, slot: u8, nodes: u32) -> Self {
        Self { node, process, heard: None, slot, nodes, ends: VecDeque::new() }
    }

    /// Slot and number of nodes, as last heard: what a start without the database goes by.
    pub fn standing(&self) -> (u8, u32) {
        (self.slot, self.nodes)
    }

    /// What to tell the others now.
    pub fn report(&self, room: &Room, now: Tick) -> Report {
        let millis = |tick: Tick| u64::try_from(now.since(tick).as_millis()).unwrap_or(u64::MAX);
        let since = self.heard.map(|(time_ms, tick)| (time_ms, millis(tick)));
        let report = room.report(self.nodes, now);
        let by_hand = ByHand { process: self.process, ..report.by_hand };
        Report { node: self.node.clone(), since, by_hand, ..report }
    }

    /// What to tell the others at the end: nothing is kept.
    pub fn last_report(&self, room: &Room, now: Tick) -> Report {
        room.give_all_credits_back();
        self.report(room, now)
    }

    /// Takes home what was granted for a report; `sent` is when its request went out.
    pub fn take(&mut self, room: &Room, granted: &Granted, sent: Tick, now: Tick) {
        self.heard = Some((granted.time_ms, now));
        (self.slot, self.nodes) = (granted.slot, granted.nodes);
        room.take_home(granted, sent, now);
        for seen in &granted.others {
            Lane::ALL
                .iter()
                .zip(seen)
                .for_each(|(lane, seen)| room.note_presence(*lane, seen, now));
        }
        let leads = matches!(granted.role, Role::Leader { .. });
        if !leads {
            self.ends.clear();
            return;
        }
        let old = |(at, _): &(Tick, _)| now.since(*at) >= REPORTED;
        while self.ends.get(1).is_some_and(old) {
            self.ends.pop_front();
        }
        let reported = self.ends.front().filter(|entry| old(entry)).map_or([0; LANES], |e| e.1);
        room.set_horizon(reported);
        self.ends.push_back((now, granted.lanes.map(|lane| lane.next)));
    }

    /// The database is away: the node goes on by itself.
    pub fn lost(&mut self, room: &Room, now: Tick) {
        self.ends.clear();
        room.detach(self.nodes, self.slot, now);
    }
}

impl Room {
    fn report(&self, nodes: u32, now: Tick) -> Report {
        let presence = Lane::ALL.map(|lane| self.presence(lane, now));
        let mut guard = self.lock();
        let inner = &mut *guard;
        let crowded = match inner.role {
            Role::Follower { crowded } => crowded,
            Role::Alone | Role::Leader { .. } | Role::Detached { .. } => is_crowded(inner),
        };
        let gaps = self
            .lines
            .iter()
            .enumerate()
            .flat_map(|(lane, line)| line.zones.iter().map(move |zone| Gap { lane, zone }));
        self.give_credits_back(inner, now);
        let asked = u64::from(self.asked.swap(0, Ordering::Relaxed));
        let (at_the_door, came) = inner.door.waiters.told(now);
        Report {
            led: matches!(inner.role, Role::Alone | Role::Leader { .. }),
            crowded,
            lanes: std::array::from_fn(|at| {
                let line = &self.lines[at];
                LaneRow { serving: line.serving(), next: line.issued() }
            }),
            gaps: gaps.collect(),
            ceiling: inner.fixed.then(|| inner.ceiling.per_second()),
            capacity: self.able(),
            tokens: inner.door.wanted(u32::from(!crowded), now),
            numbers: inner.numbers_wanted(crowded, nodes),
            by_hand: inner.by_hand,
            credits: asked + u64::from(inner.door.unmet()),
            presence,
            at_the_door,
            came,
            ..Report::default()
        }
    }

    /// Sign-ins a second that this node can do, as measured at its start. What is measured while people sign in
    /// swings by a fifth from second to second, and a bucket that follows it loses as many tokens.
    fn able(&self) -> f64 {
        let settings = &self.settings;
        f64::from(settings.permits) / settings.service.as_secs_f64().max(1e-4)
    }

    fn give_all_credits_back(&self) {
        self.return_credits(&mut self.lock());
    }

    fn return_credits(&self, inner: &mut Inner) {
        self.credits.store(0, Ordering::Relaxed);
        inner.by_hand.returned += u64::from(inner.door.give_credits_back());
    }

    /// Gives back people to be let in by hand who have not come.
    fn give_credits_back(&self, inner: &mut Inner, now: Tick) {
        // A node without the others has nobody to give them to.
        let by_itself = matches!(inner.role, Role::Alone | Role::Detached { .. });
        let kept = by_itself || now.since(inner.credited) < CREDITS_KEPT;
        if !kept {
            self.return_credits(inner);
        }
    }

    fn take_home(&self, granted: &Granted, sent: Tick, now: Tick) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let before = inner.role;
        if !inner.fixed {
            inner.ceiling = granted.rate;
        }
        inner.become_role(granted.role, &self.lines, now);
        for (at, line) in self.lines.iter().enumerate() {
            let row = granted.lanes[at];
            line.zones.settle(granted.ends_before[at], row.next);
            line.issue_to(row.next);
            line.serve_to(row.serving);
            let gaps = granted.gaps.iter().filter(|gap| gap.lane == at);
            gaps.for_each(|gap| line.zones.add(gap.zone, row.serving));
            match (before, granted.role) {
                (Role::Alone, Role::Alone) => (),
                (_, Role::Alone) => inner.numbering[at] = Numbering::all_from(row.next),
                (Role::Alone | Role::Detached { .. }, _) => {
                    inner.numbering[at] = Numbering::default();
                }
                _ => (),
            }
            if let Some(block) = granted.numbers[at] {
                inner.numbering[at].add(block);
            }
        }
        inner.horizon = [u64::MAX; LANES];
        if granted.role != Role::Alone {
            inner.door.lease(granted.tokens, sent, now);
            inner.door.waiters.hear(&granted.kept, &granted.came, granted.time_ms, now);
            // Also of numbers so far apart that no report of who is there reaches back to them.
            let came = granted.kept.iter().filter(|kept| kept.used);
            came.for_each(|kept| self.note_entered(kept.place, now));
        }
        let elsewhere = u32::try_from(granted.credits_elsewhere).unwrap_or(u32::MAX);
        self.credits_elsewhere.store(elsewhere, Ordering::Relaxed);
        if granted.credits > 0 {
            inner.credited = now;
            inner.by_hand.granted += u64::from(granted.credits);
            inner.door.credit(granted.credits);
            self.credits.store(inner.door.credits(), Ordering::Relaxed);
        }
    }

    /// Up to where this node, as the leader, knows who is there: it calls no further. A number that is passed
    /// before its node reports it is called too early.
    fn set_horizon(&self, reported: [u64; LANES]) {
        let mut inner = self.lock();
        for (at, line) in self.lines.iter().enumerate() {
            let seen = line.serving().saturating_sub(BEHIND) + PRESENCE_MAX;
            inner.horizon[at] = reported[at].min(seen);
        }
    }
}

impl Inner {
    /// Numbers to ask for: about as many as came since the last time. Numbers that wait on a node go stale
    /// while others give out later ones; unused ones are gaps.
    fn numbers_wanted(&mut self, crowded: bool, nodes: u32) -> [u64; LANES] {
        let arrived = std::mem::take(&mut self.arrived);
        let leases = matches!(self.role, Role::Leader { .. } | Role::Follower { .. });
        std::array::from_fn(|at| {
            if !crowded {
                let lease = (QUIET_NUMBERS / u64::from(nodes.max(1))).max(QUIET_NUMBERS_MIN);
                // Numbers of its own are none that it keeps among others.
                let quiet = leases && self.numbering[at].left() >= lease / 2;
                return if quiet { 0 } else { lease };
            }
            arrived[at] * 5 / 4 + 3
        })
    }
}

//! What all nodes of a queue share, and what becomes of it when one of them comes by.
//!
//! Nothing here depends on who does it: a transaction reads the rows, calls [`Shared::exchange`], and writes
//! them. Time is the queue's own: milliseconds that only the steady clocks of nodes move on, so that no
//! wall clock, right or wrong, refills the bucket or ends a lease.

use super::door::{RATE_MAX, RATE_MIN, Rate};
use super::kept::{Kept, LIFE_MS as KEPT_MS, Place, in_turn};
use super::lanes::{LANES, as_f64};
use super::numbers::{Block, JUMP, NODES_MAX, ZONES_MAX, Zone};
use super::room::{Presence, Role};

mod rows;

pub use rows::{ByHand, Gap, Granted, Member, Report, Shared};

/// A node that came by within this time uses what it is granted. One that did not may live on its share of
/// the rate without the database, so its share is held back.
const FRESH_MS: u64 = 1_500;
/// After this without a sign a node is taken to be dead: longer than a node without the database rests
/// between two tries.
const LIFE_MS: u64 = 8_000;
/// The leader leads for so long without a sign.
const LEADER_MS: u64 = 2_000;
/// Most that one node moves the queue's time on: what is longer was an outage, in which nothing is earned.
const STEP_MS_MAX: u64 = 1_500;
/// A silent node keeps its slot for so long: the life of a ticket.
const SLOT_LIFE_MS: u64 = 12 * 3_600 * 1_000;
/// Numbers behind the last known one in which people may stand whom nobody knows.
const UNSEEN: u64 = 64;

impl Shared {
    /// A node comes by: time passes, its numbers and cursor count, it gets what it may have.
    pub fn exchange(&mut self, report: &Report) -> Granted {
        let me = self.find(&report.node);
        let passed_ms = self.pass_time(report);
        self.members[me].seen_ms = self.time_ms;
        self.members[me].gone = false;
        self.members[me].capacity = report.capacity;
        self.members[me].presence.clone_from(&report.presence);
        self.members[me].at_the_door.clone_from(&report.at_the_door);
        self.refill(passed_ms);
        let ends_before = self.lanes.map(|lane| lane.next);
        let leads = self.elect(report);
        self.merge(report);
        self.settle(me, report.by_hand);
        if leads {
            self.lead(report);
        }
        self.keep_for_the_first(&report.came);
        let wasted = self.tokens >= self.burst() - 0.01;
        let role = match (leads, self.alone) {
            (true, true) => Role::Alone,
            (true, false) => Role::Leader { wasted },
            // Until the leader knows that it is not alone any more, there is nothing to be had.
            (false, alone) => Role::Follower { crowded: self.crowded || alone },
        };
        let mut granted = Granted {
            role,
            lanes: self.lanes,
            ends_before,
            gaps: self.gaps.clone(),
            rate: self.rate(),
            tokens: 0,
            numbers: [None; LANES],
            credits: 0,
            credits_elsewhere: 0,
            kept: Vec::new(),
            came: report.came.clone(),
            slot: self.members[me].slot,
            nodes: u32::try_from(self.live().count()).unwrap_or(u32::MAX),
            time_ms: self.time_ms,
            others: if leads { self.presence_beside(me) } else { Vec::new() },
        };
        self.grant(report, &mut granted);
        self.members[me].by_hand.granted += u64::from(granted.credits);
        granted
    }

    /// A node ends in good order: nobody waits for it.
    pub fn leave(&mut self, report: &Report) {
        let me = self.find(&report.node);
        self.merge(report);
        self.settle(me, report.by_hand);
        self.members[me].gone = true;
        if self.leader.as_ref() == Some(&report.node) {
            (self.leader, self.alone) = (None, false);
        }
    }

    fn rate(&self) -> Rate {
        Rate::new(self.rate.clamp(RATE_MIN, RATE_MAX)).expect("clamped to what a rate can be")
    }

    fn burst(&self) -> f64 {
        self.rate().burst()
    }

    /// The place of a member, made at its first coming.
    fn find(&mut self, node: &str) -> usize {
        let now = self.time_ms;
        self.members.retain(|m| m.node == node || m.seen_ms + SLOT_LIFE_MS > now);
        if let Some(place) = self.members.iter().position(|member| member.node == node) {
            return place;
        }
        let taken = |slot: &u8| self.members.iter().any(|member| member.slot == *slot);
        let slots = u8::try_from(NODES_MAX).expect("few nodes");
        let free = (0..slots).find(|slot| !taken(slot));
        let slot = free.unwrap_or_else(|| {
            let oldest = self.members.iter().enumerate().min_by_key(|(_, m)| m.seen_ms);
            self.members.swap_remove(oldest.map_or(0, |(place, _)| place)).slot
        });
        self.members.push(Member { node: node.to_owned(), slot, ..Member::default() });
        self.members.len() - 1
    }

    /// Moves the queue's time on as far as this node knows it to have passed; gives by how much.
    fn pass_time(&mut self, report: &Report) -> u64 {
        let now = report.since.map_or(0, |(then, passed)| then + passed.min(STEP_MS_MAX));
        let before = self.time_ms;
        self.time_ms = before.max(now);
        self.time_ms - before
    }

    fn heard_within(&self, limit_ms: u64) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |m| !m.gone && self.time_ms <= m.seen_ms + limit_ms)
    }

    fn live(&self) -> impl Iterator<Item = &Member> {
        self.heard_within(LIFE_MS)
    }

    /// Earns tokens for the time that has passed, without the shares of nodes that are silent.
    fn refill(&mut self, passed_ms: u64) {
        let (fresh, live) = (self.heard_within(FRESH_MS).count(), self.live().count().max(1));
        let part = as_f64(fresh as u64) / as_f64(live as u64);
        let earned = self.rate().per_second() * part * as_f64(passed_ms) / 1_000.0;
        self.tokens = if self.alone { 0.0 } else { (self.tokens + earned).min(self.burst()) };
    }

    /// Whether this node leads now. It may take over from a node that was alone, or from its own process of
    /// before.
    fn elect(&mut self, report: &Report) -> bool {
        let leader = self.leader.as_ref();
        let own = leader == Some(&report.node);
        let lives = self.heard_within(LEADER_MS).any(|member| leader == Some(&member.node)) && !own;
        if lives {
            return false;
        }
        if !own {
            self.leader = Some(report.node.clone());
            self.fence += 1;
        }
        if self.alone && !(own && report.led) {
            self.end_alone();
        }
        true
    }

    /// Numbers are leased from now on, behind those that the node that was alone may have given out unseen.
    fn end_alone(&mut self) {
        self.alone = false;
        for (lane, row) in self.lanes.iter_mut().enumerate() {
            let zone = Zone { from: row.next + UNSEEN, to: row.next + JUMP, people: 0 };
            self.gaps.push(Gap { lane, zone });
            row.next = zone.to;
        }
    }

    /// The greatest of what is known counts, and stretches that the node has left sparse are told.
    fn merge(&mut self, report: &Report) {
        for (at, (lane, known)) in self.lanes.iter_mut().zip(&report.lanes).enumerate() {
            let own = report.gaps.iter().filter(|gap| gap.lane == at);
            let news = own.filter_map(|gap| gap.zone.within(lane.next, known.next));
            self.gaps.extend(news.map(|zone| Gap { lane: at, zone }));
            lane.next = lane.next.max(known.next);
            lane.serving = lane.serving.max(known.serving).min(lane.next);
        }
        let lanes = &self.lanes;
        self.gaps.retain(|gap| gap.zone.to > lanes[gap.lane].serving);
        let surplus = self.gaps.len().saturating_sub(ZONES_MAX);
        self.gaps.drain(..surplus);
    }

    /// People to be let in by hand whom the node gave back, or never heard of, are there for others again.
    fn settle(&mut self, me: usize, told: ByHand) {
        let known = std::mem::replace(&mut self.members[me].by_hand, told);
        if known.process == told.process {
            self.credits += known.granted.saturating_sub(told.granted);
            self.credits += told.returned.saturating_sub(known.returned);
        }
    }

    fn lead(&mut self, report: &Report) {
        let able = self.live().map(|member| member.capacity).sum();
        self.rate = report.ceiling.unwrap_or(able);
        if report.led {
            self.crowded = report.crowded;
        }
        let alone = self.live().count() == 1;
        if self.alone && !alone {
            // It gives out numbers until it has heard of this.
            self.end_alone();
        }
        self.alone = alone;
    }

    /// Keeps the tokens that there are for those of the lowest numbers who found none, wherever they came by.
    /// Tokens whose people did not come are there for others again.
    fn keep_for_the_first(&mut self, came: &[Place]) {
        let now = self.time_ms;
        self.kept.iter_mut().for_each(|kept| kept.used |= came.contains(&kept.place));
        let (kept, over) = self.kept.iter().partition(|kept| kept.until_ms > now);
        self.kept = kept;
        let unused = over.iter().filter(|kept: &&Kept| !kept.used).count();
        self.tokens = (self.tokens + as_f64(unused as u64)).min(self.burst());
        if self.alone {
            return;
        }
        let stand = self.heard_within(FRESH_MS).flat_map(|member| &member.at_the_door).copied();
        let stand = stand.filter(|place| self.kept.iter().all(|kept| kept.place != *place));
        for place in in_turn(stand.collect()) {
            if self.tokens < 1.0 {
                break;
            }
            self.tokens -= 1.0;
            self.kept.push(Kept { place, until_ms: now + KEPT_MS, used: false });
        }
    }

    fn presence_beside(&self, me: usize) -> Vec<[Presence; LANES]> {
        let others = self.members.iter().enumerate().filter(|(place, _)| *place != me);
        others.map(|(_, member)| member.presence.clone()).collect()
    }

    fn grant(&mut self, report: &Report, granted: &mut Granted) {
        if granted.role == Role::Alone {
            granted.credits = u32::try_from(self.credits).unwrap_or(u32::MAX);
            self.credits -= u64::from(granted.credits);
            return;
        }
        if self.alone {
            return;
        }
        let whole = super::numbers::whole(self.tokens).min(u64::from(report.tokens));
        granted.tokens = u32::try_from(whole).unwrap_or(0);
        self.tokens -= as_f64(whole);
        for (at, people) in report.numbers.into_iter().enumerate().filter(|(_, people)| *people > 0)
        {
            let block = Block::lease(self.lanes[at].next, people);
            self.lanes[at].next = block.end();
            granted.numbers[at] = Some(block);
        }
        granted.lanes = self.lanes;
        granted.kept.clone_from(&self.kept);
        let credits = self.credits.min(report.credits);
        granted.credits = u32::try_from(credits).unwrap_or(u32::MAX);
        self.credits -= u64::from(granted.credits);
        granted.credits_elsewhere = self.credits;
    }
}

#[cfg(test)]
#[path = "tests/shared.rs"]
mod tests;

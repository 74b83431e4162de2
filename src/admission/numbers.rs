//! Numbers of one lane: blocks they are taken from, and stretches in which few were ever given out.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use super::words::NUMBERS_MAX;

/// Numbers that are left out where somebody may have given out unseen ones: more than anybody can have.
/// Gaps cost nothing.
pub(super) const JUMP: u64 = 10_000;
/// Of so many numbers the first are leased; the last belong to nodes that have lost the database, one to
/// each. So no two nodes ever give out the same, whatever they know of each other.
pub(super) const STRIDE: u64 = 256;
/// Most nodes of a room.
pub(super) const NODES_MAX: u64 = 64;
const LEASED: u64 = STRIDE - NODES_MAX;
/// Blocks that are kept: the newest, and what is left of the one before.
pub(super) const BLOCKS_MAX: usize = 2;
/// Stretches that are remembered; beyond these positions are still upper bounds, only larger.
pub(super) const ZONES_MAX: usize = 32;

/// Numbers below this one that are leased and not some node's own.
fn leased_below(number: u64) -> u64 {
    number / STRIDE * LEASED + (number % STRIDE).min(LEASED)
}

/// The first number from here on that is leased.
fn next_leased(number: u64) -> u64 {
    if number % STRIDE < LEASED { number } else { (number / STRIDE + 1) * STRIDE }
}

/// Numbers that one node may give out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    next: u64,
    end: u64,
    /// The node's place among those that have lost the database; none for leased numbers.
    slot: Option<u64>,
}

impl Block {
    /// So many leased numbers, or more, from `first` on.
    pub fn lease(first: u64, people: u64) -> Self {
        let last = leased_below(next_leased(first)) + people.saturating_sub(1);
        let end = last / LEASED * STRIDE + last % LEASED + 1;
        let next = next_leased(first);
        Self { next, end: if people == 0 { next } else { end }, slot: None }
    }

    /// All leased numbers from `first` on, for a node that is alone.
    pub(super) const fn all_from(first: u64) -> Self {
        Self { next: first, end: NUMBERS_MAX, slot: None }
    }

    /// Numbers of a node that has lost the database: one in 256, from `first` on.
    pub(super) fn of_slot(first: u64, slot: u8) -> Self {
        Self { next: first, end: NUMBERS_MAX, slot: Some(u64::from(slot) % NODES_MAX) }
    }

    /// The first number that is not of this block.
    pub const fn end(&self) -> u64 {
        self.end
    }

    fn take(&mut self) -> Option<u64> {
        let number = match self.slot {
            None => next_leased(self.next),
            Some(slot) => {
                let own = self.next / STRIDE * STRIDE + LEASED + slot;
                if own < self.next { own + STRIDE } else { own }
            }
        };
        (number < self.end).then(|| {
            self.next = number + 1;
            number
        })
    }

    fn left(&self) -> u64 {
        match self.slot {
            None => leased_below(self.end).saturating_sub(leased_below(self.next)),
            Some(_) => self.end.saturating_sub(self.next) / STRIDE,
        }
    }
}

/// Where a node's next number comes from: blocks, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbering(VecDeque<Block>);

impl Numbering {
    /// All numbers from here on: the node is alone.
    pub(super) fn all_from(first: u64) -> Self {
        Self::of(Block::all_from(first))
    }

    /// One block alone.
    pub(super) fn of(block: Block) -> Self {
        Self([block].into())
    }

    /// The next number; none when blocks are used up or the lane has no more.
    pub(super) fn take(&mut self) -> Option<u64> {
        loop {
            if let Some(number) = self.0.front_mut()?.take() {
                return Some(number);
            }
            self.0.pop_front();
        }
    }

    /// Adds a block behind those that are there; the oldest one too many is dropped, which only leaves
    /// a gap.
    pub(super) fn add(&mut self, block: Block) {
        while self.0.len() >= BLOCKS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(block);
    }

    /// Numbers at hand without asking anybody.
    pub(super) fn left(&self) -> u64 {
        self.0.iter().map(Block::left).sum()
    }
}

/// A stretch of numbers of which only a part was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The first number.
    pub from: u64,
    /// The first number behind it; the greatest there is while its end is not known.
    pub to: u64,
    /// People in every 256 numbers.
    pub people: u64,
}

impl Zone {
    /// What of it lies between two numbers.
    pub(super) fn within(self, from: u64, to: u64) -> Option<Self> {
        let cut = Self { from: self.from.max(from), to: self.to.min(to), ..self };
        (cut.from < cut.to).then_some(cut)
    }

    /// What of it lies before and behind another stretch.
    fn beside(self, other: Self) -> impl Iterator<Item = Self> {
        let before = self.within(0, other.from);
        before.into_iter().chain(self.within(other.to, u64::MAX))
    }
}

#[derive(Debug, Default)]
struct Place {
    from: AtomicU64,
    to: AtomicU64,
    people: AtomicU64,
}

impl Place {
    fn get(&self) -> Zone {
        let of = |number: &AtomicU64| number.load(Ordering::Acquire);
        Zone { from: of(&self.from), to: of(&self.to), people: of(&self.people) }
    }
}

/// The sparse stretches of a lane; no two overlap. Written under the room's lock; a poll reads them without.
#[derive(Debug, Default)]
pub(super) struct Zones([Place; ZONES_MAX]);

impl Zones {
    /// Remembers what is new of a stretch. Stretches that end before `serving` make room; if there is none
    /// left, positions are merely larger.
    pub(super) fn add(&self, zone: Zone, serving: u64) {
        let mut new = Vec::from_iter(zone.within(serving, u64::MAX));
        for known in self.iter() {
            new = new.iter().flat_map(|zone| zone.beside(known)).collect();
        }
        let free = self.0.iter().filter(|place| place.get().within(serving, u64::MAX).is_none());
        for (place, zone) in free.zip(new) {
            // Nobody before it is whole.
            place.to.store(0, Ordering::Release);
            place.from.store(zone.from, Ordering::Release);
            place.people.store(zone.people, Ordering::Release);
            place.to.store(zone.to, Ordering::Release);
        }
    }

    /// What lies beyond `before` is this node's own belief, and ends at `after`: before that number others
    /// may have given out more, behind it others will.
    pub(super) fn settle(&self, before: u64, after: u64) {
        for place in self.0.iter().filter(|place| place.get().to > before) {
            place.from.fetch_max(before, Ordering::Release);
            place.to.fetch_min(after.max(before), Ordering::Release);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Zone> {
        self.0.iter().map(Place::get).filter(|zone| zone.from < zone.to)
    }

    /// At most so many people have a number from `from` up to `to`.
    pub(super) fn people(&self, from: u64, to: u64) -> u64 {
        let leased = |from, to| leased_below(to).saturating_sub(leased_below(from));
        let mut people = leased(from, to);
        for zone in self.iter().filter_map(|zone| zone.within(from, to)) {
            people = people.saturating_sub(leased(zone.from, zone.to));
            people += ((zone.to - zone.from) * zone.people).div_ceil(STRIDE);
        }
        people
    }

    /// The greatest number up to which at most so many people, from `from` on, have been passed.
    pub(super) fn advance(&self, from: u64, people: f64) -> u64 {
        let people = whole(people);
        let (mut low, mut high) = (from, NUMBERS_MAX.max(from));
        while low < high {
            let middle = high - (high - low) / 2;
            if self.people(from, middle) <= people { low = middle } else { high = middle - 1 }
        }
        low
    }
}

/// The whole part of a count; people and numbers are never negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive; saturates"
)]
pub(super) fn whole(count: f64) -> u64 {
    if count > 0.0 { count as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I6: whatever nodes know of each other, no two numbers are the same.
    #[test]
    fn i6_numbers_of_nodes_without_a_database_meet_no_others() {
        let mut seen = std::collections::HashSet::new();
        for slot in 0..16 {
            // Each has read the row at another time.
            let mut numbering = Numbering::of(Block::of_slot(17_000 + u64::from(slot) * 3, slot));
            for _ in 0..2_000 {
                let number = numbering.take().unwrap();
                assert!(number >= 17_000 && seen.insert(number));
            }
        }
        let mut leased = Numbering::all_from(17_000);
        for _ in 0..200_000 {
            assert!(seen.insert(leased.take().unwrap()));
        }
    }

    #[test]
    fn a_lease_has_as_many_numbers_as_were_asked_for() {
        for first in 0..600 {
            for people in [0, 1, 3, 64, 192, 193, 1_000] {
                let block = Block::lease(first, people);
                let mut numbering = Numbering::of(block);
                assert_eq!(numbering.left(), people);
                let taken: Vec<_> = std::iter::from_fn(|| numbering.take()).collect();
                assert_eq!(taken.len() as u64, people, "{people} from {first}");
                let last = taken.last().map_or(first, |last| *last);
                assert!(last >= first && (people == 0 || block.end() == last + 1));
            }
        }
    }

    #[test]
    fn gaps_hold_nobody_and_strides_hold_few() {
        let zones = Zones::default();
        zones.add(Zone { from: 100, to: 10_240, people: 0 }, 0);
        zones.add(Zone { from: 10_240, to: u64::MAX, people: 4 }, 0);
        assert_eq!(zones.people(0, 100), 100);
        assert_eq!(zones.people(0, 10_240), 100);
        assert_eq!(zones.people(0, 12_800), 140);
        assert_eq!(zones.people(50, 50), 0);
        assert_eq!(zones.advance(0, 50.0), 50);
        assert_eq!(zones.advance(0, 110.0), 10_880);
        for from in (0..13_000).step_by(7) {
            assert!(zones.people(from, 13_000) >= zones.people(from + 7, 13_000));
        }
        // The database is back: others had given out numbers up to 10,300, and go on from 12,800.
        zones.settle(10_300, 12_800);
        assert_eq!(zones.people(10_240, 10_300), 60);
        assert_eq!(zones.people(12_800, 12_900), 100);
        zones.add(Zone { from: 10_290, to: 12_900, people: 0 }, 0);
        assert_eq!(zones.people(10_240, 10_300), 50, "what is new of it");
        assert_eq!(zones.people(10_300, 12_800), 40, "what was known before");
        assert_eq!(zones.people(12_800, 12_901), 1);
        for from in (0..2_000_000).step_by(1_000) {
            zones.add(Zone { from, to: from + 500, people: 0 }, from);
        }
        assert_eq!(zones.people(1_999_000, 1_999_500), 0, "what is past makes room");
    }
}

//! Tokens that are kept for somebody: on several nodes, who was called longest ago comes in first.
//!
//! People meet any node, so a token that lies on one of them goes to whoever happens to come by: among those
//! who were called, coming in was a draw. Who finds no token is therefore told to all nodes; a token is kept
//! for the lowest number, and whichever node that person meets next lets them in.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::lanes::{LANES, as_f64};
use super::moment::Tick;

/// When somebody without a token comes again: by then one that was kept for them is known everywhere.
pub(super) const AGAIN: Duration = Duration::from_secs(1);
/// How long a token is kept, in the queue's time: those who come as told have time for a second try.
pub(super) const LIFE_MS: u64 = 2_500;
/// Who has not come again by then is not waited for.
const STANDS: Duration = Duration::from_millis(2_500);
/// Most of one lane whom one node speaks for: several seconds of the largest machine.
const SPOKEN_FOR_MAX: usize = 512;

/// A place in the queue: the place of its lane, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Place of the lane.
    pub lane: usize,
    /// Number within it.
    pub number: u64,
}

/// A token that is kept for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// For whom.
    pub place: Place,
    /// Until when, in the queue's time.
    pub until_ms: u64,
    /// They have come. It is remembered until then, lest a node that does not know keeps another.
    pub used: bool,
}

/// In which order tokens are kept: by number within a lane, and lanes in proportion to who stands there.
pub(super) fn in_turn(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup();
    let of_lane = |lane: usize| places.iter().filter(move |place| place.lane == lane);
    let mut parts = Vec::with_capacity(places.len());
    for lane in 0..LANES {
        let all = as_f64(of_lane(lane).count() as u64);
        parts.extend(of_lane(lane).zip(0_u64..).map(|(p, at)| ((as_f64(at) + 0.5) / all, *p)));
    }
    parts.sort_by(|one, other| one.0.total_cmp(&other.0));
    parts.into_iter().map(|(_, place)| place).collect()
}

/// What one node knows of those who found no token, and of tokens that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct AtTheDoor {
    stand: BTreeMap<Place, Tick>,
    kept: HashMap<Place, Tick>,
    /// Who came in for a token that was kept, until all nodes know.
    came: Vec<Place>,
}

impl AtTheDoor {
    /// Somebody found no token.
    pub(super) fn knocks(&mut self, place: Place, now: Tick) {
        let of_lane = self.stand.keys().filter(|other| other.lane == place.lane).count();
        if of_lane < SPOKEN_FOR_MAX || self.stand.contains_key(&place) {
            self.stand.insert(place, now);
        }
    }

    /// Whether a token is kept for them; it is used by this.
    pub(super) fn take(&mut self, place: Place, now: Tick) -> bool {
        let there = self.kept.remove(&place).is_some_and(|until| now < until);
        if there {
            self.stand.remove(&place);
            self.came.push(place);
        }
        there
    }

    /// Somebody came in otherwise, or needs no token any more.
    pub(super) fn leaves(&mut self, place: Place) {
        self.stand.remove(&place);
    }

    /// Who stands here, and who came in: what the others are told.
    pub(super) fn told(&mut self, now: Tick) -> (Vec<Place>, Vec<Place>) {
        self.stand.retain(|_, at| now.since(*at) < STANDS);
        (self.stand.keys().copied().collect(), self.came.clone())
    }

    /// Takes home what is kept at the queue's time of `time_ms`. Those of whom was told before have been heard.
    pub(super) fn hear(&mut self, kept: &[Kept], told: &[Place], time_ms: u64, now: Tick) {
        self.came.retain(|place| !told.contains(place));
        self.kept.clear();
        for kept in kept.iter().filter(|kept| kept.until_ms > time_ms) {
            self.stand.remove(&kept.place);
            if !kept.used && !self.came.contains(&kept.place) {
                let left = Duration::from_millis(kept.until_ms - time_ms);
                self.kept.insert(kept.place, now.after(left));
            }
        }
    }

    /// Tokens are this node's own again.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u64) -> Place {
        Place { lane: 2, number }
    }

    #[test]
    fn lanes_have_their_parts_and_numbers_their_order() {
        let of = |lane| move |number| Place { lane, number };
        let places: Vec<_> = (10..16).rev().map(of(1)).chain((0..3).map(of(2))).collect();
        let turns: Vec<_> = in_turn(places).iter().map(|p| (p.lane, p.number)).collect();
        let expected =
            [(1, 10), (2, 0), (1, 11), (1, 12), (2, 1), (1, 13), (1, 14), (2, 2), (1, 15)];
        assert_eq!(turns, expected);
        assert_eq!(in_turn(vec![place(3), place(3)]), [place(3)], "told by two nodes");
    }

    #[test]
    fn a_token_that_is_kept_is_used_once_and_not_too_late() {
        let now = Tick::default();
        let mut door = AtTheDoor::default();
        door.knocks(place(7), now);
        assert_eq!(door.told(now), (vec![place(7)], vec![]));
        let kept = Kept { place: place(7), until_ms: 1_500, used: false };
        let other = Kept { place: place(8), ..kept };
        door.hear(&[kept, other], &[], 1_000, now);
        assert_eq!(door.told(now), (vec![], vec![]), "nobody speaks for them any more");
        assert!(door.take(place(7), now) && !door.take(place(7), now));
        // What comes back had been asked before this node told.
        door.hear(&[kept, other], &[], 1_100, now);
        assert!(!door.take(place(7), now));
        assert_eq!(door.told(now).1, [place(7)]);
        door.hear(&[Kept { used: true, ..kept }, other], &[place(7)], 1_200, now);
        assert!(!door.take(place(7), now));
        assert_eq!(door.told(now).1, []);
        assert!(!door.take(place(8), now.after(Duration::from_millis(300))), "too late");
    }

    #[test]
    fn who_does_not_come_again_is_not_waited_for_and_a_crowd_is_bounded() {
        let now = Tick::default();
        let mut door = AtTheDoor::default();
        for number in 0..2 * SPOKEN_FOR_MAX as u64 {
            door.knocks(place(number), now);
        }
        assert_eq!(door.told(now).0.len(), SPOKEN_FOR_MAX);
        let later = now.after(Duration::from_secs(2));
        door.knocks(place(3), later);
        assert_eq!(door.told(later.after(Duration::from_secs(1))).0, [place(3)]);
    }
}

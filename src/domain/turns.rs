//! Turns: many wait for one thing, and each school or organisation has one turn in a round, whoever came most
//! often.

use std::collections::{HashMap, VecDeque};

/// Where something waits, so that it can leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    key: u64,
    number: u64,
}

/// How many may wait.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// All together.
    pub all: usize,
    /// Under one key.
    pub of_one: usize,
}

/// What waits, by key. Every key has one turn in each round, in the order in which they came.
#[derive(Debug)]
pub struct Turns<T> {
    /// Keys that have something waiting, the next first.
    order: VecDeque<u64>,
    lines: HashMap<u64, VecDeque<(u64, T)>>,
    room: Room,
    waiting: usize,
    next: u64,
}

impl<T> Turns<T> {
    /// Nothing waits.
    pub fn new(room: Room) -> Self {
        Self { order: VecDeque::new(), lines: HashMap::new(), room, waiting: 0, next: 0 }
    }

    /// Waits behind others of its key. None when there is no room.
    pub fn join(&mut self, key: u64, item: T) -> Option<Place> {
        if self.waiting >= self.room.all || self.of(key) >= self.room.of_one {
            return None;
        }
        let line = self.lines.entry(key).or_default();
        if line.is_empty() {
            self.order.push_back(key);
        }
        let place = Place { key, number: self.next };
        line.push_back((place.number, item));
        self.next += 1;
        self.waiting += 1;
        Some(place)
    }

    /// Whatever is next; its key goes to the end of the round.
    pub fn take(&mut self) -> Option<T> {
        let key = self.order.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let (_, item) = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.order.push_back(key);
        }
        self.waiting -= 1;
        Some(item)
    }

    /// Takes out what does not want to wait any longer; none when it had its turn.
    pub fn leave(&mut self, place: Place) -> Option<T> {
        let line = self.lines.get_mut(&place.key)?;
        let at = line.iter().position(|(number, _)| *number == place.number)?;
        let (_, item) = line.remove(at)?;
        if line.is_empty() {
            self.lines.remove(&place.key);
            self.order.retain(|key| *key != place.key);
        }
        self.waiting -= 1;
        Some(item)
    }

    /// How many have their turn before one that joins now, at the most.
    pub fn ahead_of(&self, key: u64) -> usize {
        let own = self.of(key);
        let others = self.lines.len() - usize::from(own > 0);
        self.waiting.min(own + (own + 1) * others)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    fn of(&self, key: u64) -> usize {
        self.lines.get(&key).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { all: 4_096, of_one: 64 };

    fn drained(turns: &mut Turns<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| turns.take()).collect()
    }

    #[test]
    fn an_organisation_with_many_has_one_turn_in_each_round() {
        let mut turns = Turns::new(ROOM);
        for (key, item) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (1, "a4"), (3, "c1")] {
            turns.join(key, item).unwrap();
        }
        // Somebody new comes after one of each; somebody of the crowd after four of its own.
        assert_eq!((turns.ahead_of(9), turns.ahead_of(1), turns.ahead_of(2)), (3, 6, 5));
        assert_eq!(drained(&mut turns), ["a1", "b1", "c1", "a2", "a3", "a4"]);
        assert_eq!(turns.waiting(), 0);
    }

    #[test]
    fn whoever_leaves_takes_nobodys_turn() {
        let mut turns = Turns::new(ROOM);
        let first = turns.join(1, "a1").unwrap();
        turns.join(1, "a2").unwrap();
        let only = turns.join(2, "b1").unwrap();
        turns.join(3, "c1").unwrap();
        assert_eq!(turns.leave(only), Some("b1"));
        assert_eq!(turns.leave(first), Some("a1"));
        assert_eq!(turns.leave(first), None);
        assert_eq!(turns.waiting(), 2);
        assert_eq!(drained(&mut turns), ["a2", "c1"]);
    }

    #[test]
    fn one_organisation_cannot_fill_the_queue_and_all_together_can() {
        let mut turns = Turns::new(ROOM);
        let joined = (0..1_000).filter(|_| turns.join(1, "a").is_some()).count();
        assert_eq!(joined, ROOM.of_one);
        let joined = (2..10_000).filter(|key| turns.join(*key, "b").is_some()).count();
        assert_eq!(joined, ROOM.all - ROOM.of_one);
        assert_eq!(drained(&mut turns).len(), ROOM.all);
    }
}

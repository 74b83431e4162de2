//! What happens when: events in the order of their times, and of planning where times are equal.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What happens, mostly to a person by their number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Happens {
    Tick,
    Arrives(usize),
    Polls(usize),
    Posts(usize),
    Done(usize, f64),
    Acts(usize),
}

#[derive(Clone, Copy, Debug)]
struct Event {
    at: f64,
    order: u64,
    what: Happens,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

/// Events that are still to come.
#[derive(Debug, Default)]
pub(super) struct Events {
    heap: BinaryHeap<Event>,
    order: u64,
}

impl Events {
    /// Something happens at a time.
    pub(super) fn plan(&mut self, at: f64, what: Happens) {
        self.order += 1;
        self.heap.push(Event { at, order: self.order, what });
    }

    /// The next event with its time.
    pub(super) fn next(&mut self) -> Option<(f64, Happens)> {
        self.heap.pop().map(|event| (event.at, event.what))
    }
}

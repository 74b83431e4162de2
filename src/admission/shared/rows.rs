//! The rows of a queue, what a node tells when it comes by, and what it takes home.

use crate::admission::door::Rate;
use crate::admission::kept::{Kept, Place};
use crate::admission::lanes::LANES;
use crate::admission::numbers::{Block, Zone};
use crate::admission::room::{LaneRow, Presence, Role};

/// A sparse stretch of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Place of the lane.
    pub lane: usize,
    /// Where it is.
    pub zone: Zone,
}

/// A node, as the others see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// Its name.
    pub node: String,
    /// Its place among those that may lose the database.
    pub slot: u8,
    /// When it last came by, in the queue's time.
    pub seen_ms: u64,
    /// Ended in good order: nothing of it is to be waited for.
    pub gone: bool,
    /// Sign-ins a second that it can do.
    pub capacity: f64,
    /// Whom it knows to be there, by lane.
    pub presence: [Presence; LANES],
    /// What it had and gave back of people to be let in by hand.
    pub by_hand: ByHand,
    /// Who found no token there.
    pub at_the_door: Vec<Place>,
}

/// People to be let in by hand, between one process and the others. Totals since the process began: said again
/// they count once, and an answer that never came is seen by its being missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByHand {
    /// The process: a node that starts again counts from nothing.
    pub process: u64,
    /// Granted to it.
    pub granted: u64,
    /// Of these, given back, since they did not come.
    pub returned: u64,
}

/// The rows of one queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// The queue's own time.
    pub time_ms: u64,
    /// Its lanes.
    pub lanes: [LaneRow; LANES],
    /// Stretches in which few numbers were given out.
    pub gaps: Vec<Gap>,
    /// Tokens of the bucket.
    pub tokens: f64,
    /// Sign-ins a second over all nodes.
    pub rate: f64,
    /// Who moves the cursor.
    pub leader: Option<String>,
    /// Rises with each change of leader.
    pub fence: u64,
    /// The leader is the only node and has numbers, cursor and tokens to itself.
    pub alone: bool,
    /// Whether anybody waits, as the leader says.
    pub crowded: bool,
    /// People to be let in by hand whom no node has taken over.
    pub credits: u64,
    /// Tokens that are kept for somebody.
    pub kept: Vec<Kept>,
    /// Nodes.
    pub members: Vec<Member>,
}

/// What a node tells when it comes by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Its name.
    pub node: String,
    /// The queue's time when it last heard of it, and the milliseconds since by its steady clock.
    pub since: Option<(u64, u64)>,
    /// It has moved the cursor until now.
    pub led: bool,
    /// Whether anybody waits, as far as it knows.
    pub crowded: bool,
    /// Cursor and end of its lanes.
    pub lanes: [LaneRow; LANES],
    /// Sparse stretches that it knows of.
    pub gaps: Vec<Gap>,
    /// The rate that was set; none is what all nodes together can do.
    pub ceiling: Option<f64>,
    /// Sign-ins a second that it can do.
    pub capacity: f64,
    /// Tokens that it could use.
    pub tokens: u32,
    /// Numbers that it could use, by lane.
    pub numbers: [u64; LANES],
    /// What it has heard of people to be let in by hand, and gave back.
    pub by_hand: ByHand,
    /// People whom it could let in by hand.
    pub credits: u64,
    /// Whom it knows to be there.
    pub presence: [Presence; LANES],
    /// Who found no token here.
    pub at_the_door: Vec<Place>,
    /// Who came in for a token that was kept for them.
    pub came: Vec<Place>,
}

/// What a node takes home.
#[derive(Clone, Debug, PartialEq)]
pub struct Granted {
    /// What it is.
    pub role: Role,
    /// The lanes.
    pub lanes: [LaneRow; LANES],
    /// The ends of the lanes before it came: what it believed of numbers behind them is now known.
    pub ends_before: [u64; LANES],
    /// Stretches in which few numbers were given out.
    pub gaps: Vec<Gap>,
    /// Sign-ins a second over all nodes.
    pub rate: Rate,
    /// Tokens.
    pub tokens: u32,
    /// Numbers, by lane.
    pub numbers: [Option<Block>; LANES],
    /// People to be let in by hand.
    pub credits: u32,
    /// People to be let in by hand by whoever has them.
    pub credits_elsewhere: u64,
    /// Tokens that are kept for somebody.
    pub kept: Vec<Kept>,
    /// Of these it has told that they came, and was heard.
    pub came: Vec<Place>,
    /// Its slot.
    pub slot: u8,
    /// Nodes that there are.
    pub nodes: u32,
    /// The queue's time.
    pub time_ms: u64,
    /// Whom the other nodes know to be there; for the leader.
    pub others: Vec<[Presence; LANES]>,
}

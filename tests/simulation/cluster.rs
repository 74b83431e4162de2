//! Several nodes, a database between them that can go away, people who meet any node.

use std::time::Duration;

use daybreak::admission::rehearsal::{BEGINS_UNIX, Person, Random, tick};
use daybreak::admission::{
    Answer, Kind, Membership, Moment, Role, Room, Shared, Standing, TICK, Ticket, TicketKeys,
    Visitor,
};
use daybreak::node::keys::{Purpose, RingKey};

use super::measured::{QUEUE, SERVICE, settings};

/// How long a request is under way.
const ROUND_TRIP: f64 = 0.005;
/// How long a node that lost the database rests before it tries again.
const REST: f64 = 5.0;

/// What the shared rows hold.
pub(crate) struct Database {
    pub(crate) up: bool,
    pub(crate) shared: Shared,
}

struct Node {
    room: Room,
    membership: Membership,
    dead_until: f64,
    rests_until: f64,
    /// Seconds by which its wall clock is wrong.
    clock: f64,
}

impl Node {
    fn new(place: usize, rate: f64, begins: f64) -> Self {
        let room = Room::new(settings(rate), tick(begins));
        room.await_others(tick(begins));
        // Every process begins at a time of its own.
        let membership = Membership::new(format!("node {place}"), begins.to_bits(), 0, 1);
        Self { room, membership, dead_until: begins, rests_until: 0.0, clock: 0.0 }
    }
}

pub(crate) struct Cluster {
    nodes: Vec<Node>,
    pub(crate) database: Database,
    pub(crate) people: Vec<Person>,
    pub(crate) now: f64,
    pub(crate) claims: Vec<f64>,
    pub(crate) position_rises: u32,
    pub(crate) polls: u32,
    pub(crate) doubled: u32,
    keys: TicketKeys,
    sealed: Vec<Option<String>>,
    numbers: std::collections::HashSet<u64>,
    rate: f64,
    random: Random,
}

impl Cluster {
    pub(crate) fn new(nodes: usize, rate: f64, people: Vec<Person>, seed: u64) -> Self {
        let key = RingKey::new(Purpose::Form, 1, [7; 32]);
        let mut cluster = Self {
            nodes: (0..nodes).map(|place| Node::new(place, rate, 0.0)).collect(),
            database: Database { up: true, shared: Shared::default() },
            sealed: vec![None; people.len()],
            numbers: [].into(),
            people,
            now: 0.0,
            claims: Vec::new(),
            position_rises: 0,
            polls: 0,
            doubled: 0,
            keys: TicketKeys::new([&key]),
            rate,
            random: Random::new(seed),
        };
        for node in 0..nodes {
            cluster.sync(node);
        }
        cluster
    }

    /// A node stops at once and comes back later, knowing nothing but the rows.
    pub(crate) fn kill(&mut self, node: usize, back: f64) {
        let clock = self.nodes[node].clock;
        self.nodes[node] = Node { clock, ..Node::new(node, self.rate, back) };
    }

    pub(crate) fn leader(&self) -> Option<usize> {
        let leads = |node: &Node| matches!(node.room.role(), Role::Leader { .. });
        self.nodes.iter().position(leads)
    }

    pub(crate) fn set_clock(&mut self, node: usize, seconds: f64) {
        self.nodes[node].clock = seconds;
    }

    fn alive(&self, node: usize) -> bool {
        self.now >= self.nodes[node].dead_until
    }

    fn moment(&self, node: usize) -> Moment {
        let unix = BEGINS_UNIX + (self.now + self.nodes[node].clock) as u64;
        Moment { tick: tick(self.now), unix }
    }

    /// Runs until everybody is in or time is over; `script` is called before every step.
    pub(crate) fn run(&mut self, until: f64, mut script: impl FnMut(&mut Self)) {
        let mut due: Vec<(f64, usize)> =
            self.people.iter().enumerate().map(|(who, person)| (person.comes, who)).collect();
        due.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut next: std::collections::BinaryHeap<_> =
            due.into_iter().map(|(at, who)| std::cmp::Reverse(((at * 1e6) as u64, who))).collect();
        let mut step = 0_u64;
        while self.now < until && (!next.is_empty()) {
            let end = (step + 1) as f64 * TICK.as_secs_f64();
            while let Some(std::cmp::Reverse((at, who))) = next.peek().copied()
                && at as f64 / 1e6 < end
            {
                next.pop();
                self.now = (at as f64 / 1e6).max(self.now);
                if let Some(again) = self.meets(who) {
                    next.push(std::cmp::Reverse((((self.now + again) * 1e6) as u64, who)));
                }
            }
            self.now = end;
            step += 1;
            script(self);
            for node in 0..self.nodes.len() {
                // Each node at its own phase, as they do.
                let phase = (step + node as u64) % 5;
                if self.alive(node) && (phase == 0 || phase == 3) {
                    self.sync(node);
                }
                if self.alive(node) {
                    self.nodes[node].room.tick(tick(self.now));
                }
            }
        }
    }

    /// Somebody reaches a node that lives; gives the seconds until they ask again.
    fn meets(&mut self, who: usize) -> Option<f64> {
        let nodes = self.nodes.len();
        let mut node = (self.random.bits() % nodes as u64) as usize;
        while !self.alive(node) {
            node = (node + 1) % nodes;
        }
        let moment = self.moment(node);
        let answer = match self.sealed[who].clone() {
            None => self.arrives(who, node, moment),
            Some(text) => {
                self.polls += 1;
                let opened = self.keys.open(text.as_bytes(), Kind::Ticket, QUEUE, moment.unix);
                let ticket = opened.expect("i2: every ticket verifies on every node");
                self.nodes[node].room.poll(&ticket, self.people[who].lowest, moment)
            }
        };
        let person = &mut self.people[who];
        if let (Some(position), Some(lowest)) = (answer.position, person.lowest) {
            self.position_rises += u32::from(position > lowest);
        }
        person.lowest = answer.position.or(person.lowest);
        self.settles(who, node, &answer, moment)
    }

    fn arrives(&mut self, who: usize, node: usize, moment: Moment) -> Answer {
        let visitor = Visitor { nonce: self.random.bits(), ..Visitor::default() };
        let answer = self.nodes[node].room.arrive(&visitor, moment);
        if let Some(ticket) = answer.ticket {
            self.people[who].arrived = Some(self.now);
            self.people[who].ticket = Some(ticket);
            assert!(self.numbers.insert(ticket.seq), "i6: number {} was given twice", ticket.seq);
            self.sealed[who] = self.keys.seal(&ticket);
        }
        answer
    }

    fn settles(&mut self, who: usize, node: usize, answer: &Answer, moment: Moment) -> Option<f64> {
        match answer.standing {
            Standing::Admitted => {
                self.claims.push(self.now);
                let pass: Ticket = answer.pass.expect("the admitted have a pass");
                self.people[who].admitted = Some(self.now);
                let room = &self.nodes[node].room;
                room.attempt(&pass, moment).expect("the first try");
                room.finished(Duration::from_secs_f64(SERVICE), moment.tick);
                room.redeem(&pass, None);
                None
            }
            Standing::Waiting | Standing::Paused => Some(answer.refresh.as_secs_f64()),
            Standing::Full | Standing::Closed | Standing::Used => {
                self.doubled += 1;
                None
            }
        }
    }

    /// One node speaks to the database, or finds it away.
    fn sync(&mut self, at: usize) {
        let (now, sent) = (tick(self.now), tick((self.now - ROUND_TRIP).max(0.0)));
        let node = &mut self.nodes[at];
        if self.now < node.rests_until {
            return;
        }
        if !self.database.up {
            node.membership.lost(&node.room, now);
            node.rests_until = self.now + REST;
            return;
        }
        let report = node.membership.report(&node.room, sent);
        let granted = self.database.shared.exchange(&report);
        node.membership.take(&node.room, &granted, sent, now);
    }
}

//! A morning as a list of events: one room, a hashing pool, people. Nothing waits for real time.

use std::collections::VecDeque;
use std::time::Duration;

use super::crowd::{Person, Random};
use super::events::{Events, Happens};
use crate::admission::lanes::{LANES, Lane};
use crate::admission::moment::{Moment, Tick};
use crate::admission::room::{Answer, Figures, Redeemed, Room, Standing, TICK, Visitor};
use crate::admission::ticket::Kind;

/// Unix time at which every rehearsal begins: the opening of 2024.
pub const BEGINS_UNIX: u64 = 1_720_506_600;
/// Seconds in which a rehearsal ends at the latest.
const LONGEST_SECONDS: f64 = 7_200.0;
/// Seconds whose questions are counted one by one; later ones count with the last.
const SECONDS_COUNTED: usize = 8_000;

/// An instant of a rehearsal, on both clocks.
pub fn moment(seconds: f64) -> Moment {
    Moment { tick: tick(seconds), unix: BEGINS_UNIX + seconds as u64 }
}

/// The same on the clock that only goes forward.
pub fn tick(seconds: f64) -> Tick {
    Tick::new(Duration::from_secs_f64(seconds))
}

/// Something an operator, a disk or the network does at a time.
pub type Act = Box<dyn FnMut(&mut World)>;

/// One room and everybody who comes to it.
pub struct World {
    /// The room.
    pub room: Room,
    /// Who comes, and what became of them.
    pub people: Vec<Person>,
    /// Seconds after the start.
    pub now: f64,
    /// Ends at the latest, seconds.
    pub until: f64,
    /// How many times slower a hash is now.
    pub slowness: fn(f64) -> f64,
    /// Between these seconds no client reaches the server; they ask again right after.
    pub outage: (f64, f64),
    /// When somebody was let in.
    pub claims: Vec<f64>,
    /// Questions in each second.
    pub polls: Vec<u32>,
    /// Times that a position rose that somebody was shown.
    pub position_rises: u32,
    /// Times that somebody was let in at the limit of work.
    pub work_oversteps: u32,
    served: [u64; LANES],
    /// Hashes that run at once, and seconds of one.
    permits: usize,
    service: f64,
    events: Events,
    running: usize,
    queue: VecDeque<usize>,
    acts: Vec<Option<Act>>,
    random: Random,
    left: usize,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World({} people, {:.1} s)", self.people.len(), self.now)
    }
}

impl World {
    /// A morning that is about to begin. The pool is what the room was told of it.
    pub fn new(room: Room, people: Vec<Person>, seed: u64) -> Self {
        let settings = room.settings();
        let mut world = Self {
            permits: settings.permits as usize,
            service: settings.service.as_secs_f64(),
            room,
            left: people.len(),
            people,
            now: 0.0,
            until: LONGEST_SECONDS,
            slowness: |_| 1.0,
            outage: (f64::MAX, f64::MAX),
            claims: Vec::new(),
            polls: vec![0; SECONDS_COUNTED],
            served: [0; LANES],
            position_rises: 0,
            work_oversteps: 0,
            events: Events::default(),
            running: 0,
            queue: VecDeque::new(),
            acts: Vec::new(),
            random: Random::new(seed),
        };
        for who in 0..world.people.len() {
            let comes = world.people[who].comes;
            world.plan(comes, Happens::Arrives(who));
        }
        world.plan(0.0, Happens::Tick);
        world
    }

    /// Something happens at a time.
    pub fn act(&mut self, at: f64, act: impl FnMut(&mut World) + 'static) {
        self.acts.push(Some(Box::new(act)));
        self.plan(at, Happens::Acts(self.acts.len() - 1));
    }

    fn plan(&mut self, at: f64, what: Happens) {
        self.events.plan(at.max(self.now), what);
    }

    /// Runs it until everybody is in or gone.
    pub fn run(&mut self) {
        while let Some((at, what)) = self.events.next() {
            self.now = at;
            if self.now > self.until || self.left == 0 && self.running == 0 {
                break;
            }
            match what {
                Happens::Tick => self.tick(),
                Happens::Arrives(who) => self.arrives(who),
                Happens::Polls(who) => self.polls(who),
                Happens::Posts(who) => self.posts(who),
                Happens::Done(who, service) => self.done(who, service),
                Happens::Acts(at) => {
                    let mut act = self.acts[at].take().expect("acts once");
                    act(self);
                }
            }
        }
    }

    /// Figures of the room now.
    pub fn figures(&self) -> Figures {
        self.room.figures(tick(self.now))
    }

    /// I3: the cursor never goes back and never passes what was given out.
    fn tick(&mut self) {
        self.room.tick(tick(self.now));
        let figures = self.figures();
        for lane in Lane::ALL {
            let seen = &figures.lanes[lane as usize];
            let before = self.served[lane as usize];
            assert!(seen.serving >= before, "i3: the cursor went back from {before}");
            assert!(seen.serving <= seen.issued, "i3: the cursor passed what was given out");
            self.served[lane as usize] = seen.serving;
        }
        self.plan(self.now + TICK.as_secs_f64(), Happens::Tick);
    }

    fn cut_off(&mut self, what: Happens) -> bool {
        let (from, to) = self.outage;
        let cut = self.now >= from && self.now < to;
        if cut {
            // Everybody finds out within a second and a half.
            let again = to + self.random.unit() * 1.5;
            self.plan(again, what);
        }
        cut
    }

    fn arrives(&mut self, who: usize) {
        if self.cut_off(Happens::Arrives(who)) {
            return;
        }
        let person = &self.people[who];
        let visitor = Visitor {
            returning: person.returning,
            known_school: person.school,
            suspected: person.suspected,
            nonce: self.random.bits(),
        };
        let before = self.room.work(tick(self.now));
        let answer = self.room.arrive(&visitor, moment(self.now));
        let person = &mut self.people[who];
        person.arrived = Some(self.now);
        person.ticket = answer.ticket;
        if answer.ticket.is_none() {
            person.refused = true;
            self.left -= 1;
            return;
        }
        if let Some(range) = answer.eta {
            person.first_range =
                Some((self.now + range.low_seconds, self.now + range.high_seconds));
        }
        self.told(who, &answer, before);
    }

    fn polls(&mut self, who: usize) {
        if self.cut_off(Happens::Polls(who)) {
            return;
        }
        let person = &mut self.people[who];
        let ticket = person.ticket.expect("whoever asks has a ticket");
        person.polls += 1;
        let second = (self.now as usize).min(self.polls.len() - 1);
        self.polls[second] += 1;
        let before = self.room.work(tick(self.now));
        // A page without the lowest position: the room alone must keep it from rising.
        let answer = self.room.poll(&ticket, None, moment(self.now));
        self.told(who, &answer, before);
    }

    fn told(&mut self, who: usize, answer: &Answer, (work, limit): (f64, f64)) {
        let person = &mut self.people[who];
        if let (Some(position), Some(lowest)) = (answer.position, person.lowest) {
            self.position_rises += u32::from(position > lowest);
        }
        person.lowest = answer.position.or(person.lowest);
        match answer.standing {
            Standing::Admitted => self.admitted(who, (work, limit)),
            Standing::Waiting | Standing::Paused => {
                if answer.position == Some(1) && person.called_seen.is_none() {
                    person.called_seen = Some(self.now);
                }
                let next = self.now + answer.refresh.as_secs_f64();
                let gone = person.silent
                    || person
                        .leaves
                        .is_some_and(|leaves| next > person.arrived.unwrap_or(0.0) + leaves);
                if gone { self.left -= 1 } else { self.plan(next, Happens::Polls(who)) }
            }
            Standing::Full | Standing::Closed | Standing::Used => self.left -= 1,
        }
    }

    /// I13: nobody is let in at the limit of work.
    fn admitted(&mut self, who: usize, (work, limit): (f64, f64)) {
        self.work_oversteps += u32::from(work >= limit);
        self.claims.push(self.now);
        let person = &mut self.people[who];
        assert!(person.admitted.is_none(), "let in once");
        person.admitted = Some(self.now);
        if person.forgets {
            self.left -= 1;
        } else {
            let at = self.now + person.typing;
            self.plan(at, Happens::Posts(who));
        }
    }

    fn posts(&mut self, who: usize) {
        let pass = self.people[who]
            .ticket
            .expect("has one")
            .turned_into(Kind::Pass, moment(self.now).unix);
        self.room.attempt(&pass, moment(self.now)).expect("the first try");
        self.people[who].posted = Some(self.now);
        self.queue.push_back(who);
        self.hash();
    }

    fn hash(&mut self) {
        while self.running < self.permits {
            let Some(who) = self.queue.pop_front() else { return };
            self.running += 1;
            let spread = 0.9 + 0.2 * self.random.unit();
            let service = self.service * (self.slowness)(self.now) * spread;
            self.plan(self.now + service, Happens::Done(who, service));
        }
    }

    fn done(&mut self, who: usize, service: f64) {
        self.running -= 1;
        self.left -= 1;
        self.room.finished(Duration::from_secs_f64(service), tick(self.now));
        let person = &mut self.people[who];
        let ticket = person.ticket.expect("has one");
        person.signed_in = Some(self.now);
        let school = person.school;
        assert_eq!(self.room.redeem(&ticket, school), Redeemed::First, "i8");
        assert_eq!(self.room.redeem(&ticket, school), Redeemed::Again, "i8");
        self.hash();
    }
}

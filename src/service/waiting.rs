//! The waiting room of this node as requests meet it: what a browser shows, where it stands, what it gets.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use tokio::time::Instant;

mod attempt;
mod caller;
mod operators;
mod redeem;

pub use attempt::Attempt;
pub use caller::minutes;
pub use operators::{Figures, Found, Order};
pub use redeem::{Asked, REDEEM_WAIT};

use crate::admission::{
    Answer, Classes, Kind, Limit, Limits, Mode, Moment, Queue, Refused, Role, Room, Slow, Standing,
    Tick, Ticket, TicketKeys, Visitor,
};
use crate::node::Node;
use crate::node::keys::{KeyRings, Purpose, random};
use crate::telemetry::waiting::WaitingMetrics;

/// Longest message of an operator, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 500;
/// Longest wait of a node that begins for its first token, and how often it looks.
const FIRST_TOKEN_WAIT: Duration = Duration::from_secs(1);
const FIRST_TOKEN_LOOK: Duration = Duration::from_millis(5);

/// What a browser shows of its place, as the cookies hold it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// The place.
    pub ticket: Option<&'a str>,
    /// The right to sign in.
    pub pass: Option<&'a str>,
    /// A sign-in of before.
    pub device: Option<&'a str>,
    /// The lowest position that it was told.
    pub lowest: Option<u64>,
}

/// Where somebody stands.
#[derive(Clone, Debug)]
pub struct Stand {
    /// What the room says.
    pub answer: Answer,
    /// Their place; none when the room is full or closed and they had none.
    pub ticket: Option<Ticket>,
    /// Why the place that they showed was not believed, if it was not.
    pub unreadable: Option<Refused>,
}

/// The waiting room of this node. Clones share it.
#[derive(Clone, Debug)]
pub struct Waiting(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: Node,
    room: Room,
    began: Instant,
    limits: Limits,
    classes: Classes,
    /// The ring and what was derived of it: both are read together.
    keys: Mutex<(Arc<KeyRings>, Arc<TicketKeys>)>,
    /// What operators tell those who wait.
    message: Mutex<Option<String>>,
    /// Version and hand-admitted people of what operators set last.
    seen: Mutex<Option<(i64, i64)>>,
    others: redeem::Others,
    metrics: WaitingMetrics,
}

impl Waiting {
    /// The room of a node, from its tick zero at `began`.
    pub fn new(
        node: Node,
        room: Room,
        began: Instant,
        classes: Classes,
        metrics: WaitingMetrics,
    ) -> Self {
        let rings = Arc::<KeyRings>::default();
        let keys = Arc::new(TicketKeys::new([]));
        Self(Arc::new(Inner {
            node,
            room,
            began,
            limits: Limits::default(),
            classes,
            keys: Mutex::new((rings, keys)),
            message: Mutex::default(),
            seen: Mutex::default(),
            others: redeem::Others::default(),
            metrics,
        }))
    }

    /// The room itself, for those who run it.
    pub fn room(&self) -> &Room {
        &self.0.room
    }

    /// Permits of the classes of load.
    pub fn classes(&self) -> &Classes {
        &self.0.classes
    }

    /// Limits against those who try too much.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What is counted.
    pub fn metrics(&self) -> &WaitingMetrics {
        &self.0.metrics
    }

    /// Now, on the clock that only goes forward.
    pub fn tick(&self) -> Tick {
        Tick::new(self.0.began.elapsed())
    }

    /// Now, on both clocks.
    pub fn moment(&self) -> Moment {
        let unix = self.0.node.clock.now().as_second();
        Moment { tick: self.tick(), unix: u64::try_from(unix).unwrap_or_default() }
    }

    /// Somebody comes to sign in: their place, or a new one; let in at once when nobody waits.
    pub fn come(&self, shown: &Shown<'_>, address: Option<IpAddr>) -> Stand {
        let now = self.moment();
        if let Some(pass) = self.pass(shown, now) {
            let answer = Answer {
                standing: Standing::Admitted,
                position: None,
                eta: None,
                refresh: Duration::ZERO,
                ticket: None,
                pass: None,
            };
            return Stand { answer, ticket: Some(pass), unreadable: None };
        }
        let (returning, unreadable) = match self.ticket(shown, now) {
            None => (false, None),
            Some(Err(refused)) => (false, Some(refused)),
            Some(Ok(ticket)) => match self.0.room.poll(&ticket, shown.lowest, now) {
                Answer { standing: Standing::Used, .. } => (true, None),
                answer => return Stand { answer, ticket: Some(ticket), unreadable: None },
            },
        };
        if let Some(refused) = unreadable {
            self.0.metrics.refused(refused.label());
        }
        let answer = self.0.room.arrive(&self.visitor(shown, address, returning), now);
        Stand { answer, ticket: answer.ticket, unreadable }
    }

    /// Where somebody stands who only asks: nobody gets a place by asking.
    pub fn ask(&self, shown: &Shown<'_>) -> Option<Stand> {
        let now = self.moment();
        let ticket = self.pass(shown, now).or_else(|| self.ticket(shown, now)?.ok())?;
        let answer = self.0.room.poll(&Ticket { kind: Kind::Ticket, ..ticket }, shown.lowest, now);
        Some(Stand { answer, ticket: Some(ticket), unreadable: None })
    }

    /// Waits until a node that has just begun, alone, can let somebody in: who comes first on a quiet morning sees no
    /// queue. Not at all where people wait already, and a second at the most.
    pub async fn first_token(&self) {
        let began = Instant::now();
        let room = &self.0.room;
        let is_quiet =
            || room.role() == Role::Alone && room.mode() == Mode::Open && !room.crowded();
        while is_quiet() && !room.would_admit(self.tick()) && began.elapsed() < FIRST_TOKEN_WAIT {
            tokio::time::sleep(FIRST_TOKEN_LOOK).await;
        }
    }

    /// The state of somebody who has no place: whether `/sign-in` would answer them at once.
    pub fn for_a_newcomer(&self) -> &'static str {
        match self.0.room.mode() {
            Mode::Closed => "closed",
            Mode::Paused => "paused",
            Mode::Open if self.0.room.would_admit(self.tick()) => "open",
            Mode::Open => "waiting",
        }
    }

    fn visitor(&self, shown: &Shown<'_>, address: Option<IpAddr>, returning: bool) -> Visitor {
        let joined = |address| self.limited(Limit::Address, address_hash(address)).is_err();
        let suspected = address.is_some_and(joined);
        let nonce = u64::from_be_bytes(random());
        Visitor { returning, known_school: self.known_school(shown), suspected, nonce }
    }

    /// The school for which somebody has signed in from the device that they show, when it is genuine.
    pub fn known_school(&self, shown: &Shown<'_>) -> Option<u64> {
        let device = self.open(shown.device?, Kind::Device, self.moment()).ok();
        device.map(|device| device.seq)
    }

    /// Counts one use of what is limited; whoever has had too much is counted too, and told how long.
    pub fn limited(&self, limit: Limit, key: u64) -> Result<(), Slow> {
        let outcome = self.0.limits.check(limit, key, self.tick());
        outcome.inspect_err(|slow| self.0.metrics.limited(slow.limit.label()))
    }

    /// Forgets the wrong passwords of a name: its owner has just proved who they are.
    pub fn forgive(&self, username: &str) {
        let of_name = name_hash(username);
        self.0.limits.forget(Limit::Account, of_name);
        self.0.limits.forget(Limit::Device, of_name);
    }

    /// A pass that somebody shows and that is genuine.
    pub fn pass(&self, shown: &Shown<'_>, now: Moment) -> Option<Ticket> {
        self.open(shown.pass?, Kind::Pass, now).ok()
    }

    fn ticket(&self, shown: &Shown<'_>, now: Moment) -> Option<Result<Ticket, Refused>> {
        Some(self.open(shown.ticket?, Kind::Ticket, now))
    }

    fn open(&self, text: &str, kind: Kind, now: Moment) -> Result<Ticket, Refused> {
        self.keys().open(text.as_bytes(), kind, self.queue(), now.unix)
    }

    /// The text of a ticket, pass or device. None while the node has no key.
    pub fn seal(&self, ticket: &Ticket) -> Option<String> {
        self.keys().seal(ticket)
    }

    /// A device that has just signed in for a school.
    pub fn device(&self, school: u64) -> Option<String> {
        let now = self.moment();
        let blank = Ticket {
            kind: Kind::Device,
            lane: crate::admission::Lane::Standard,
            queue: self.queue(),
            flags: 0,
            issued: 0,
            seq: school,
            nonce: u64::from_be_bytes(random()),
        };
        self.seal(&blank.turned_into(Kind::Device, now.unix))
    }

    fn queue(&self) -> Queue {
        self.0.room.queue()
    }

    fn keys(&self) -> Arc<TicketKeys> {
        let rings = self.0.node.keys();
        let mut known = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&known.0, &rings) {
            let keys = TicketKeys::new(rings.ring(Purpose::Queue));
            *known = (rings, Arc::new(keys));
        }
        Arc::clone(&known.1)
    }
}

/// A school or other organisation as devices and limits know it.
pub fn school_hash(organisation: i64) -> u64 {
    hash(&organisation.to_be_bytes())
}

/// A name that somebody typed, as limits know it.
pub fn name_hash(username: &str) -> u64 {
    hash(username.trim().to_lowercase().as_bytes())
}

/// An address as limits know it.
pub fn address_hash(address: IpAddr) -> u64 {
    hash(prefix(address).as_bytes())
}

/// Something that is kept only as this.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let digest = digest(&SHA256, bytes);
    u64::from_be_bytes(digest.as_ref()[..8].try_into().expect("SHA-256 is longer"))
}

/// What one household or office has: an IPv4 address, a /64 of IPv6.
fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x}", address.to_bits() >> 64),
    }
}

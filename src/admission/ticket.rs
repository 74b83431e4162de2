//! Tickets: 48 signed bytes that hold a place, so that a node's memory only improves on them.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::lanes::Lane;
use super::reference::Reference;
use crate::node::keys::RingKey;

mod refused;
mod wait;

pub use refused::Refused;
pub use wait::Wait;

/// Bytes of a ticket.
pub const TICKET_BYTES: usize = 48;
/// Characters of a ticket in a cookie: base64url without padding.
pub const TICKET_CHARS: usize = 64;
/// How long a place is kept: closing the browser does not lose it.
pub const TICKET_LIFE: Duration = Duration::from_hours(12);
/// How long a pass lets somebody sign in; every use begins it anew.
pub const PASS_LIFE: Duration = Duration::from_mins(15);
/// How long a device is remembered after a sign-in.
pub const DEVICE_LIFE: Duration = Duration::from_hours(90 * 24);
/// How far the clocks of nodes may differ.
pub(super) const CLOCK_SLACK: Duration = Duration::from_mins(2);

/// The only version there is.
const VERSION: u8 = 1;
/// Bytes that are signed; the rest is the signature.
const SIGNED: usize = 32;

/// What a ticket is good for. Each kind has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A place in the queue.
    Ticket,
    /// The right to sign in.
    Pass,
    /// The right of a monitor not to be queued.
    Bypass,
    /// A device that has signed in; `seq` is the hash of its school.
    Device,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Ticket, Self::Pass, Self::Bypass, Self::Device];

    const fn number(self) -> u8 {
        match self {
            Self::Ticket => 1,
            Self::Pass => 2,
            Self::Bypass => 3,
            Self::Device => 4,
        }
    }

    const fn info(self) -> &'static [u8] {
        match self {
            Self::Ticket => b"wr/v1/ticket",
            Self::Pass => b"wr/v1/pass",
            Self::Bypass => b"wr/v1/bypass",
            Self::Device => b"wr/v1/device",
        }
    }

    const fn life(self) -> Duration {
        match self {
            Self::Ticket => TICKET_LIFE,
            Self::Pass | Self::Bypass => PASS_LIFE,
            Self::Device => DEVICE_LIFE,
        }
    }

    /// A device is known for longer than one queue: its event and epoch are not looked at.
    const fn belongs_to_one_queue(self) -> bool {
        !matches!(self, Self::Device)
    }
}

/// Which queue a ticket belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queue {
    /// The event, such as one results morning.
    pub event: u32,
    /// Generation of its numbers; a reset begins a new one.
    pub epoch: u16,
}

/// A ticket, pass, bypass or device that was read and is genuine, or is about to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// What it is good for.
    pub kind: Kind,
    /// Its lane.
    pub lane: Lane,
    /// Its queue.
    pub queue: Queue,
    /// What its holder was told of the wait, and how long it was: see [`Ticket::wait`]; carried and signed.
    pub flags: u16,
    /// Unix seconds of its making; of a pass, when it was given or last used.
    pub issued: u32,
    /// Its number in its lane; of a device, the hash of its school.
    pub seq: u64,
    /// Random bits.
    pub nonce: u64,
}

/// Keys of all kinds, made from the secrets of one ring. Make them once for each ring that is read.
pub struct TicketKeys {
    rings: BTreeMap<u8, [hmac::Key; 4]>,
    /// The one that signs.
    active: Option<u8>,
}

impl std::fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketKeys({} keys)", self.rings.len())
    }
}

struct SecretLength;

impl hkdf::KeyType for SecretLength {
    fn len(&self) -> usize {
        32
    }
}

fn derive(secret: &[u8; 32], kind: Kind) -> hmac::Key {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]);
    let mut key = [0; 32];
    salt.extract(secret)
        .expand(&[kind.info()], SecretLength)
        .and_then(|out| out.fill(&mut key))
        .expect("32 bytes are within what HKDF gives");
    hmac::Key::new(hmac::HMAC_SHA256, &key)
}

impl TicketKeys {
    /// Keys of a ring: pass those of the queue's purpose. The one that is marked signs, else the last; all of
    /// them verify.
    pub fn new<'a>(ring: impl IntoIterator<Item = &'a RingKey>) -> Self {
        let (mut rings, mut active, mut last) = (BTreeMap::new(), None, None);
        for key in ring {
            rings.insert(key.id, Kind::ALL.map(|kind| derive(&key.secret, kind)));
            active = if key.signs { Some(key.id) } else { active };
            last = Some(key.id);
        }
        Self { rings, active: active.or(last) }
    }

    /// The 64 characters of a ticket. None while the node has no key.
    pub fn seal(&self, ticket: &Ticket) -> Option<String> {
        let id = self.active?;
        let keys = self.rings.get(&id)?;
        let mut bytes = [0; TICKET_BYTES];
        bytes[..SIGNED].copy_from_slice(&ticket.signed_part(id));
        let tag = hmac::sign(&keys[ticket.kind as usize], &bytes[..SIGNED]);
        bytes[SIGNED..].copy_from_slice(&tag.as_ref()[..TICKET_BYTES - SIGNED]);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a ticket of one kind for one queue at a service time in unix seconds.
    pub fn open(&self, text: &[u8], kind: Kind, queue: Queue, now: u64) -> Result<Ticket, Refused> {
        let bytes = decode(text)?;
        if bytes[0] != VERSION {
            return Err(Refused::Version);
        }
        if bytes[2] != kind.number() {
            return Err(Refused::Kind);
        }
        let keys = self.rings.get(&bytes[1]).ok_or(Refused::Key)?;
        let right = hmac::sign(&keys[kind as usize], &bytes[..SIGNED]);
        verify_slices_are_equal(&right.as_ref()[..TICKET_BYTES - SIGNED], &bytes[SIGNED..])
            .map_err(|_| Refused::Signature)?;
        let ticket = Ticket::read(&bytes, kind)?;
        ticket.check(queue, now)?;
        Ok(ticket)
    }
}

fn decode(text: &[u8]) -> Result<[u8; TICKET_BYTES], Refused> {
    if text.len() != TICKET_CHARS {
        return Err(Refused::Length);
    }
    let mut bytes = [0; TICKET_BYTES];
    // 64 characters are 48 bytes without a bit to spare: no second spelling exists.
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(TICKET_BYTES) => Ok(bytes),
        _ => Err(Refused::Alphabet),
    }
}

impl Ticket {
    fn signed_part(&self, key: u8) -> [u8; SIGNED] {
        let mut bytes = [0; SIGNED];
        bytes[0] = VERSION;
        bytes[1] = key;
        bytes[2] = self.kind.number();
        bytes[3] = self.lane.number();
        bytes[4..8].copy_from_slice(&self.queue.event.to_be_bytes());
        bytes[8..10].copy_from_slice(&self.queue.epoch.to_be_bytes());
        bytes[10..12].copy_from_slice(&self.flags.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.issued.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.seq.to_be_bytes());
        bytes[24..32].copy_from_slice(&self.nonce.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8; TICKET_BYTES], kind: Kind) -> Result<Self, Refused> {
        let lane = Lane::from_number(bytes[3]).ok_or(Refused::Lane)?;
        let queue = Queue {
            event: u32::from_be_bytes(part(bytes, 4)),
            epoch: u16::from_be_bytes(part(bytes, 8)),
        };
        Ok(Self {
            kind,
            lane,
            queue,
            flags: u16::from_be_bytes(part(bytes, 10)),
            issued: u32::from_be_bytes(part(bytes, 12)),
            seq: u64::from_be_bytes(part(bytes, 16)),
            nonce: u64::from_be_bytes(part(bytes, 24)),
        })
    }

    fn check(&self, queue: Queue, now: u64) -> Result<(), Refused> {
        if self.kind.belongs_to_one_queue() && self.queue.event != queue.event {
            return Err(Refused::Event);
        }
        if self.kind.belongs_to_one_queue() && self.queue.epoch != queue.epoch {
            return Err(Refused::Epoch);
        }
        let issued = u64::from(self.issued);
        if issued > now + CLOCK_SLACK.as_secs() {
            return Err(Refused::Future);
        }
        if now > issued + self.kind.life().as_secs() + CLOCK_SLACK.as_secs() {
            return Err(Refused::Expired);
        }
        Ok(())
    }

    /// The same place as a thing of another kind, made now.
    #[must_use]
    pub fn turned_into(self, kind: Kind, unix: u64) -> Self {
        Self { kind, issued: unix_stamp(unix), ..self }
    }

    /// What somebody reads to the helpline, such as `QF7-3KD`. It is no secret.
    pub fn reference(&self) -> String {
        Reference { lane: self.lane, seq: self.seq }.to_string()
    }
}

/// Unix seconds as a ticket holds them: good until the year 2106.
pub(super) fn unix_stamp(unix: u64) -> u32 {
    u32::try_from(unix).unwrap_or(u32::MAX)
}

fn part<const N: usize>(bytes: &[u8; TICKET_BYTES], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("inside 48 bytes")
}

#[cfg(test)]
#[path = "tests/ticket.rs"]
mod tests;

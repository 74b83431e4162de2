//! What a node writes down of its room, and begins again with. Places are in the tickets; this keeps the
//! cursor from going back and remembers who was there.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Mode, Room, Settings};
use crate::admission::door::Rate;
use crate::admission::lanes::{LANES, Lane, as_f64};
use crate::admission::line::Line;
use crate::admission::moment::{Moment, Tick};
use crate::admission::numbers::{JUMP, Numbering, Zone};
use crate::admission::words::{CLAIMED, KNOCKED, LAPSED, Word};

/// How often to write one.
pub const SNAPSHOT_EVERY: Duration = Duration::from_secs(2);
/// How long a snapshot holds the cursor; after that the disk is taken to have failed.
pub(super) const FENCE_LIFE: Duration = Duration::from_secs(10);
/// Numbers that the cursor may pass before the next snapshot at least. As many are called at once after a
/// restart, so more would cost more of the order.
const RESERVE: u64 = 256;
/// The same in seconds of the line's speed.
const RESERVE_SECONDS: f64 = 6.0;
/// Longest time in which somebody who was there before a restart asks again.
const ASKS_AGAIN: Duration = Duration::from_secs(65);
/// Fewest numbers after the last known one in which people may stand who came after the snapshot.
const UNSEEN_MIN: u64 = 64;
/// Version of the form.
const VERSION: u16 = 1;

/// A room, written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Version of this form.
    pub version: u16,
    /// Event of its tickets.
    pub event: u32,
    /// Epoch of its tickets.
    pub epoch: u16,
    /// When it was made, unix seconds of service time.
    pub unix: u64,
    /// When it was made, milliseconds of the monotonic clock of its process.
    pub tick_ms: u64,
    /// Ceiling of sign-ins per second that was set; 0 is what all nodes can do.
    pub rate: f64,
    /// 0 open, 1 paused, 2 closed.
    pub mode: u8,
    /// Lanes in the order of their numbers.
    pub lanes: Vec<LaneSnapshot>,
    /// Hashes of schools from which somebody has come.
    pub schools: Vec<u64>,
}

/// One lane, written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneSnapshot {
    /// Up to where the cursor may come before the next snapshot: it resumes there.
    pub reserve: u64,
    /// No number from here on had been given out.
    pub next: u64,
    /// People who may have come before the next snapshot.
    pub unseen: u64,
    /// Words, where there are any.
    pub chunks: Vec<ChunkSnapshot>,
}

/// Words of consecutive numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkSnapshot {
    /// The first number.
    pub first: u64,
    /// Words of four bytes, the lowest byte first, in base64.
    pub words: String,
}

/// Why a snapshot cannot be used. The room then begins empty: tickets are honoured all the same.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadSnapshot {
    /// Another program wrote it.
    #[error("the snapshot has version {0}, not {VERSION}")]
    Version(u16),
    /// Of another event or epoch.
    #[error("the snapshot is of event {event}, epoch {epoch}")]
    Queue {
        /// Its event.
        event: u32,
        /// Its epoch.
        epoch: u16,
    },
    /// A field has a value that no room can have.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
}

impl Room {
    /// Writes the room down. When it is on disk, give it to [`Room::persisted`].
    pub fn snapshot(&self, now: Moment) -> Snapshot {
        let mut inner = self.lock();
        let lanes = Lane::ALL.map(|lane| {
            let joined = std::mem::take(&mut inner.joined[lane as usize]);
            lane_snapshot(self.line(lane), joined)
        });
        let queue = self.settings.queue;
        let schools = inner.schools.iter().copied().collect();
        Snapshot {
            version: VERSION,
            event: queue.event,
            epoch: queue.epoch,
            unix: now.unix,
            tick_ms: u64::try_from(now.tick.since_start().as_millis()).unwrap_or(u64::MAX),
            rate: if inner.fixed { inner.ceiling.per_second() } else { 0.0 },
            mode: self.mode() as u8,
            lanes: lanes.into(),
            schools,
        }
    }

    /// A snapshot is on disk: the cursor may go up to its reserve. A node that never calls this is not
    /// held back at all, and may answer a higher position after a restart than before.
    pub fn persisted(&self, snapshot: &Snapshot, now: Tick) {
        let reserve =
            std::array::from_fn(|at| snapshot.lanes.get(at).map_or(u64::MAX, |lane| lane.reserve));
        self.lock().fence = Some((now, reserve));
    }

    /// The room of a snapshot, made by another process of this node. New numbers begin behind a gap.
    /// Who was there then is taken to be there for the time in which they would ask again. The rate and
    /// the mode are those of the snapshot; the settings give the rest.
    pub fn restore(settings: Settings, from: &Snapshot, now: Moment) -> Result<Self, BadSnapshot> {
        let (event, epoch) = (from.event, from.epoch);
        if from.version != VERSION {
            return Err(BadSnapshot::Version(from.version));
        }
        if (event, epoch) != (settings.queue.event, settings.queue.epoch) {
            return Err(BadSnapshot::Queue { event, epoch });
        }
        if from.lanes.len() != LANES {
            return Err(BadSnapshot::Damaged("lanes"));
        }
        let room = if from.rate == 0.0 {
            Self::new(settings, now.tick).with_rate_of_all()
        } else {
            let rate = Rate::new(from.rate).map_err(|_| BadSnapshot::Damaged("rate"))?;
            Self::new(Settings { rate, ..settings }, now.tick)
        };
        match from.mode {
            0 => room.open(),
            1 => room.pause(),
            2 => room.close(),
            _ => return Err(BadSnapshot::Damaged("mode")),
        }
        let mut inner = room.lock();
        inner.schools.extend(from.schools.iter().take(super::SCHOOLS_MAX));
        for (at, lane) in from.lanes.iter().enumerate() {
            restore_lane(&room.lines[at], lane, from, now)?;
            inner.numbering[at] = Numbering::all_from(room.lines[at].issued());
        }
        drop(inner);
        Ok(room)
    }
}

fn lane_snapshot(line: &Line, joined: u64) -> LaneSnapshot {
    let next = line.issued();
    let ahead = crate::admission::numbers::whole(line.speed() * RESERVE_SECONDS).max(RESERVE);
    let chunks = line
        .words
        .used()
        .map(|(first, words)| {
            let bytes: Vec<u8> = words.flat_map(|word| word.0.to_le_bytes()).collect();
            ChunkSnapshot { first, words: STANDARD_NO_PAD.encode(bytes) }
        })
        .collect();
    // Twice what came since the last one: the next may be late.
    let unseen = (2 * joined).max(UNSEEN_MIN);
    // People are counted, not numbers: a gap costs no time.
    let reserve = line.zones.advance(line.serving(), as_f64(ahead));
    LaneSnapshot { reserve, next, unseen, chunks }
}

fn restore_lane(
    line: &Line,
    old: &LaneSnapshot,
    from: &Snapshot,
    now: Moment,
) -> Result<(), BadSnapshot> {
    let then = Tick::new(Duration::from_millis(from.tick_ms));
    let away = Duration::from_secs(now.unix.saturating_sub(from.unix));
    for chunk in &old.chunks {
        let bytes = STANDARD_NO_PAD
            .decode(&chunk.words)
            .map_err(|_| BadSnapshot::Damaged("words are not base64"))?;
        for (four, number) in bytes.chunks_exact(4).zip(chunk.first..) {
            let word = Word(u32::from_le_bytes(four.try_into().expect("four bytes")));
            if word != Word::NONE {
                line.words.change(number, |_| restored(word, then, away, now.tick));
            }
        }
    }
    let issued = old.next + JUMP.max(2 * old.unseen);
    line.zones.add(Zone { from: old.next + old.unseen, to: issued, people: 0 }, 0);
    line.issue_to(issued);
    line.serve_to(old.reserve.min(old.next + old.unseen));
    Ok(())
}

/// A word of the process before, in the time of this one.
fn restored(old: Word, then: Tick, away: Duration, now: Tick) -> Word {
    if old.is(CLAIMED) {
        let left = old.ahead_of(then).unwrap_or(Duration::ZERO).saturating_sub(away);
        return if left.is_zero() { old.timeless() } else { old.due(now.after(left)) };
    }
    if Line::absent(old, then) {
        return old.timeless().with(LAPSED);
    }
    // A time at the door that was told before holds no more: nobody has to wait for it.
    old.without(KNOCKED).due(now.after(ASKS_AGAIN))
}

impl Mode {
    /// The word of the status.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }
}

#[cfg(test)]
#[path = "../tests/snapshot.rs"]
mod tests;

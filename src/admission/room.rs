//! The room: one node's waiting room, made of lines, cursor, door and pace.
//!
//! Joins, claims and the ten runs a second take one short lock; polls of those who wait take none.
//! Nothing here reads a clock, a socket or a file, so that the server and the simulation run the same code.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cursor::{Cursor, Run};
use super::door::{Door, Rate, Supply};
use super::interval::Stress;
use super::lanes::{LANES, Lane};
use super::line::Line;
use super::moment::{Moment, Tick};
use super::numbers::Numbering;
use super::pace::Pace;
use super::shared::ByHand;
use super::ticket::{Kind, PASS_LIFE, Queue, Ticket, Wait, unix_stamp};

mod answer;
mod arrive;
mod exchange;
mod figures;
mod look_up;
mod nodes;
mod operate;
mod pass;
mod poll;
mod snapshot;

pub use answer::{Answer, Mode, Standing};
pub use arrive::Visitor;
pub use exchange::Membership;
pub use figures::{Figures, LaneFigures};
pub use look_up::Whereabouts;
pub use nodes::{LaneRow, Presence, Role};
pub use pass::{Redeemed, Spent};
pub use snapshot::{BadSnapshot, ChunkSnapshot, LaneSnapshot, SNAPSHOT_EVERY, Snapshot};

/// How often [`Room::tick`] is to be called.
pub const TICK: Duration = Duration::from_millis(100);
/// Most people who wait at once on one node, as configured by default: 4 MB of places.
pub const WAITING_MAX: u64 = 1_000_000;
/// Schools that are remembered as having somebody in: three times as many as there are.
const SCHOOLS_MAX: usize = 65_536;
/// Waits that are remembered until somebody asks for them, once a second: more than can be let in.
const ENDED_MAX: usize = 65_536;
/// Password tries of one pass.
pub const TRIES_MAX: u32 = 6;

/// What a room is made with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Its event and epoch: only tickets of these are honoured.
    pub queue: Queue,
    /// Ceiling of sign-ins per second over all nodes.
    pub rate: Rate,
    /// Most people who wait at once on this node; see [`WAITING_MAX`].
    pub waiting_max: u64,
    /// Password hashes that run at once.
    pub permits: u32,
    /// Time of one sign-in on a hashing thread, measured at the start.
    pub service: Duration,
    /// What happens to addresses that behave like no person.
    pub suspects: Suspects,
}

/// Whether suspects have a lane of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspects {
    /// They are counted only.
    Observe,
    /// They wait in the last lane, which has a tenth of the calls at most.
    Demote,
}

/// What the lock holds.
#[derive(Debug)]
struct Inner {
    door: Door,
    pace: Pace,
    cursor: Cursor,
    numbering: [Numbering; LANES],
    role: Role,
    ceiling: Rate,
    /// The ceiling was set by somebody; else it is what all nodes together can do.
    fixed: bool,
    /// When people who are to be let in by hand were last taken over.
    credited: Tick,
    /// What this process had and gave back of them.
    by_hand: ByHand,
    detached: nodes::Detached,
    /// Up to where the last snapshot lets each lane call, and when it was written.
    fence: Option<(Tick, [u64; LANES])>,
    /// Up to where the leader knows who is there.
    horizon: [u64; LANES],
    /// Joins of each lane since the last snapshot.
    joined: [u64; LANES],
    /// Waits that ended since somebody last asked.
    ended: Vec<(Lane, Wait)>,
    /// Joins of each lane since numbers were last asked for.
    arrived: [u64; LANES],
    /// Schools from which somebody stands in the first lane or is in.
    schools: HashSet<u64>,
}

/// The waiting room of one node.
#[derive(Debug)]
pub struct Room {
    settings: Settings,
    lines: [Line; LANES],
    mode: AtomicU8,
    stress: AtomicU8,
    credits: AtomicU32,
    /// People to be let in by hand whom no node has taken over yet.
    credits_elsewhere: AtomicU32,
    /// Who would come in by hand, and found nobody's credit here.
    asked: AtomicU32,
    counts: Counts,
    inner: Mutex<Inner>,
}

/// Totals since the start.
#[derive(Debug, Default)]
struct Counts {
    admitted: AtomicU64,
    returned: AtomicU64,
    full: AtomicU64,
    suspected: AtomicU64,
    succeeded: AtomicU64,
    polls: AtomicU64,
    regressions: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Room {
    /// An open, empty room of a node that is alone. Its bucket begins empty, so that a restart never
    /// repeats a burst.
    pub fn new(settings: Settings, now: Tick) -> Self {
        let rate = settings.rate.per_second();
        let inner = Inner {
            door: Door::new(settings.rate, now),
            pace: Pace::new(settings.permits, settings.service, now),
            cursor: Cursor::new(rate, now),
            numbering: std::array::from_fn(|_| Numbering::all_from(0)),
            role: Role::Alone,
            ceiling: settings.rate,
            fixed: true,
            credited: now,
            by_hand: ByHand::default(),
            detached: nodes::Detached::default(),
            fence: None,
            horizon: [u64::MAX; LANES],
            joined: [0; LANES],
            ended: Vec::new(),
            arrived: [0; LANES],
            schools: HashSet::new(),
        };
        Self {
            settings,
            lines: std::array::from_fn(|_| Line::new(rate)),
            mode: AtomicU8::new(0),
            stress: AtomicU8::new(0),
            credits: AtomicU32::new(0),
            credits_elsewhere: AtomicU32::new(0),
            asked: AtomicU32::new(0),
            counts: Counts::default(),
            inner: Mutex::new(inner),
        }
    }

    /// What it was made with.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The queue whose tickets this room honours.
    pub fn queue(&self) -> Queue {
        self.settings.queue
    }

    /// What the operator has set.
    pub fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Relaxed) {
            0 => Mode::Open,
            1 => Mode::Paused,
            _ => Mode::Closed,
        }
    }

    /// One run: time passes for the pace, the rate is set, those whose turn it is are called. Call it
    /// every [`TICK`]; late or missed runs only delay calls.
    pub fn tick(&self, now: Tick) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.pace.advance(now);
        let supply = inner.role.supply();
        inner.door.set(supply, inner.ceiling, inner.pace.rate(now), now);
        self.credits.store(inner.door.credits(), Ordering::Relaxed);
        match inner.role {
            role if role.calls() => {
                let run = self.run(inner, now);
                inner.cursor.run(&self.lines, &run, now);
            }
            Role::Detached { .. } => self.run_detached(inner, now),
            Role::Alone | Role::Leader { .. } | Role::Follower { .. } => {
                inner.cursor.follow(&self.lines, now);
            }
        }
    }

    /// What the cursor goes by at this instant.
    fn run(&self, inner: &mut Inner, now: Tick) -> Run {
        let fence = match inner.fence {
            // A disk that fails must not stop the morning: an old fence does not hold.
            Some((at, fence)) if now.since(at) <= snapshot::FENCE_LIFE => fence,
            _ => [u64::MAX; LANES],
        };
        let fence = std::array::from_fn(|at| fence[at].min(inner.horizon[at]));
        let rate = match inner.door.supply() {
            Supply::Own | Supply::Share { .. } => inner.door.rate(),
            Supply::Leased => inner.ceiling,
        };
        let elsewhere = self.credits_elsewhere.load(Ordering::Relaxed);
        let credits = inner.door.credits().saturating_add(elsewhere);
        let calls = self.mode() == Mode::Open || credits > 0;
        let full = match inner.role {
            Role::Leader { wasted, .. } => wasted,
            Role::Alone | Role::Follower { .. } | Role::Detached { .. } => {
                inner.door.overflows(now)
            }
        };
        let wasted = calls && full && inner.pace.allows(now);
        Run { rate: rate.per_second(), credits, fence, calls, wasted }
    }

    fn stress(&self) -> Stress {
        match self.stress.load(Ordering::Relaxed) {
            0 => Stress::None,
            1 => Stress::Some,
            _ => Stress::Much,
        }
    }

    fn line(&self, lane: Lane) -> &Line {
        &self.lines[lane as usize]
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pass of a ticket that was let in now.
fn pass_of(ticket: &Ticket, now: Moment) -> Ticket {
    Ticket { kind: Kind::Pass, issued: unix_stamp(now.unix), ..ticket.waited(now.unix) }
}

/// When a pass that is used now ends, on the monotonic clock.
fn pass_end(now: Tick) -> Tick {
    now.after(PASS_LIFE)
}

#[cfg(test)]
#[path = "tests/room.rs"]
mod tests;

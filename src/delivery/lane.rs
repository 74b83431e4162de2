//! The lane of scripts: results do not wait for it. Schools share its bytes fairly, each downloads one bundle
//! first, and whoever must wait is told a time that holds.
//!
//! Without a ceiling there is no lane: nothing is counted and nothing waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep};

use crate::domain::turns::{Place, Room, Turns};

mod estimate;
mod way;

use estimate::Reader;
use way::Moving;
pub use way::Way;

/// Bytes of a turn at the least: some system calls' worth, and a second of the lowest ceiling.
pub const PIECE_BYTES: u64 = 64 * 1024;
/// Bytes of a turn at the most: a block of the cache.
const PIECE_BYTES_MAX: u64 = 1024 * 1024;
/// Turns in a second where a ceiling is high; more would only cost switches.
const TURNS_A_SECOND: u64 = 1_000;
/// Time for which unused bytes are saved up: a timer that is late loses nothing.
const BURST: Duration = Duration::from_millis(50);
/// Every script that is on its way has one piece waiting at the most, and the class of scripts has no more
/// permits than this.
const ROOM: Room = Room { all: 1_000_000, of_one: 1_000_000 };
/// People of a school who are promised a time at once; a school has not that many.
const PROMISES_MAX: usize = 64;
/// Whoever comes so late after the time that was promised asks anew.
const PROMISE_KEPT: Duration = Duration::from_mins(5);

/// Who downloads the bundle of a school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downloader {
    /// DfE number.
    pub school: u32,
    /// Their session: what they resume is the same download.
    pub session: [u8; 16],
}

/// Another person of the school is downloading and nothing is to spare: come again after this time, and it
/// begins at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the school's scripts are on their way to somebody else")]
pub struct Later {
    /// Time to wait.
    pub wait: Duration,
}

/// The lane of a node. Clones share it.
#[derive(Clone, Debug)]
pub struct Lane(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    bytes_per_second: u64,
    piece_bytes: u64,
    state: Mutex<State>,
    /// A piece waits.
    asked: Notify,
}

#[derive(Debug)]
struct State {
    /// Bytes that may be sent now; below zero by a piece at the most.
    saved: f64,
    filled: Instant,
    turns: Turns<Waiting>,
    schools: HashMap<u32, School>,
    /// From when on the download of somebody else of a school begins whatever happens: also when the one that they
    /// waited for is over and a third person was quicker.
    promised: HashMap<(u32, [u8; 16]), Instant>,
}

/// A piece that waits for its turn.
#[derive(Debug)]
struct Waiting {
    bytes: u64,
    go: oneshot::Sender<()>,
}

/// A school whose bundle is being downloaded.
#[derive(Debug, Default)]
struct School {
    readers: Vec<Reader>,
}

impl Lane {
    /// A lane for so many bytes a second; 0 is no limit.
    pub fn new(bytes_per_second: u64) -> Self {
        if bytes_per_second == 0 {
            return Self(None);
        }
        let state = State {
            saved: 0.0,
            filled: Instant::now(),
            turns: Turns::new(ROOM),
            schools: HashMap::new(),
            promised: HashMap::new(),
        };
        Self(Some(Arc::new(Shared {
            bytes_per_second,
            piece_bytes: (bytes_per_second / TURNS_A_SECOND).clamp(PIECE_BYTES, PIECE_BYTES_MAX),
            state: Mutex::new(state),
            asked: Notify::new(),
        })))
    }

    /// Gives out turns for as long as it is polled. One place does it, so that turns are in order.
    pub async fn run(&self) {
        let Some(shared) = &self.0 else { return std::future::pending().await };
        loop {
            match shared.give_turns(Instant::now()) {
                None => shared.asked.notified().await,
                Some(wait) => sleep(wait).await,
            }
        }
    }

    /// Somebody begins, or resumes, so many bytes of their school's bundle.
    pub fn bundle(&self, of: Downloader, bytes: u64) -> Result<Way, Later> {
        let Some(shared) = &self.0 else { return Ok(Way::FREE) };
        shared.begin(of, bytes, Instant::now())?;
        let (shared, turn) = (Arc::clone(shared), u64::from(of.school) * 2);
        Ok(Way::of(Moving { shared, turn, bundle: Some((of, bytes)) }))
    }

    /// A single script: beside the school's bundle, not behind it.
    pub fn script(&self, school: u32) -> Way {
        let moving = |shared| Moving { shared, turn: u64::from(school) * 2 + 1, bundle: None };
        self.0.clone().map_or(Way::FREE, |shared| Way::of(moving(shared)))
    }

    /// How long a bundle of so many bytes would take somebody who asked now; none where nobody would notice.
    pub fn outlook(&self, of: Downloader, bytes: u64) -> Option<Duration> {
        let shared = self.0.as_ref()?;
        let now = Instant::now();
        let mut state = shared.lock();
        if shared.has_to_spare(&mut state, now) {
            return None;
        }
        let others = state.schools.len() - usize::from(state.schools.contains_key(&of.school));
        let share = estimate::share(shared.bytes_per_second, others + 1);
        let readers =
            state.schools.get(&of.school).map_or(&[][..], |school| school.readers.as_slice());
        let own = readers.iter().find(|reader| reader.session == of.session);
        let before = readers.iter().filter(|reader| reader.session != of.session);
        let before = before.map(|reader| reader.time_left(share, now)).max().unwrap_or_default();
        let own = own.map_or(estimate::time(bytes, share), |reader| reader.time_left(share, now));
        Some(before + own).filter(|time| *time >= estimate::NOTICED)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rate(&self) -> f64 {
        estimate::number(self.bytes_per_second)
    }

    fn saved_max(&self) -> f64 {
        (self.rate() * BURST.as_secs_f64()).max(estimate::number(self.piece_bytes))
    }

    fn fill(&self, state: &mut State, now: Instant) {
        let since = now.saturating_duration_since(state.filled).as_secs_f64();
        state.saved = (state.saved + self.rate() * since).min(self.saved_max());
        state.filled = now;
    }

    /// Lets go as many pieces as there are bytes for. Gives when to come again, if any waits.
    fn give_turns(&self, now: Instant) -> Option<Duration> {
        let mut state = self.lock();
        self.fill(&mut state, now);
        while state.saved > 0.0 {
            let next = state.turns.take()?;
            // Whoever has gone away needs no bytes.
            if next.go.send(()).is_ok() {
                state.saved -= estimate::number(next.bytes);
            }
        }
        let missing = Duration::from_secs_f64(-state.saved / self.rate());
        (state.turns.waiting() > 0).then_some(missing.max(Duration::from_millis(1)))
    }

    /// Whether nobody waits and bytes are left over.
    fn has_to_spare(&self, state: &mut State, now: Instant) -> bool {
        self.fill(state, now);
        state.turns.waiting() == 0 && state.saved >= self.saved_max() / 2.0
    }

    fn begin(&self, of: Downloader, bytes: u64, now: Instant) -> Result<(), Later> {
        let mut state = self.lock();
        let is_free = self.has_to_spare(&mut state, now);
        let schools = state.schools.len();
        let promise = (of.school, of.session);
        let promised = state.promised.get(&promise).copied();
        let school = state.schools.entry(of.school).or_default();
        if let Some(same) = school.readers.iter_mut().find(|r| r.session == of.session) {
            same.resume(bytes);
            return Ok(());
        }
        let is_due = promised.is_some_and(|at| at <= now);
        if school.readers.is_empty() || is_free || is_due {
            school.readers.push(Reader::new(of.session, bytes, now));
            state.promised.remove(&promise);
            return Ok(());
        }
        let at = promised.unwrap_or_else(|| {
            let share = estimate::share(self.bytes_per_second, schools);
            now + estimate::promise(&school.readers, share, now)
        });
        state.promised.retain(|_, at| now < *at + PROMISE_KEPT);
        let of_school = state.promised.keys().filter(|(school, _)| *school == of.school).count();
        if of_school < PROMISES_MAX {
            state.promised.insert(promise, at);
        }
        Err(Later { wait: at.saturating_duration_since(now) })
    }

    /// A part of a bundle is over; `unsent` bytes of it were not sent.
    fn end(&self, of: Downloader, unsent: u64) {
        let mut state = self.lock();
        let Some(school) = state.schools.get_mut(&of.school) else { return };
        school.readers.retain_mut(|r| r.session != of.session || r.end(unsent));
        if school.readers.is_empty() {
            state.schools.remove(&of.school);
        }
    }

    /// Whether a piece may go at once; otherwise it waits for its turn.
    fn ask(&self, turn: u64, bytes: u64, now: Instant) -> Option<(Place, oneshot::Receiver<()>)> {
        let mut state = self.lock();
        self.fill(&mut state, now);
        if state.turns.waiting() == 0 && state.saved > 0.0 {
            state.saved -= estimate::number(bytes);
            return None;
        }
        let (go, gone) = oneshot::channel();
        let place = state.turns.join(turn, Waiting { bytes, go })?;
        drop(state);
        self.asked.notify_one();
        Some((place, gone))
    }

    fn sent(&self, of: Downloader, bytes: u64) {
        let mut state = self.lock();
        let school = state.schools.get_mut(&of.school);
        let reader = school.and_then(|s| s.readers.iter_mut().find(|r| r.session == of.session));
        if let Some(reader) = reader {
            reader.sent(bytes);
        }
    }
}

#[cfg(test)]
mod tests;

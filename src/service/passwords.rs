//! Password hashing in a bounded pool of its own: as many threads as cores, at lower priority than pages,
//! with turns by organisation.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

mod hashes;

pub use hashes::{hash, measured};

use crate::domain::turns::{Place, Room, Turns};
use crate::telemetry::Hidden;
use crate::telemetry::service::ServiceMetrics;
use hashes::{Memory, StoredHash};

/// Sign-ins that may wait on one node: more than can be served while any of them waits. Of these, of one
/// organisation: many times as many people as a large one has at once, and no more than an eighth.
const ROOM: Room = Room { all: 4_096, of_one: 512 };
/// How much a hashing thread gives way to pages.
const NICENESS: i32 = 10;
/// The lowest priority that there is.
const NICENESS_MAX: i32 = 19;
/// Longest wait for a hash: people who see nothing happen for longer send the form again.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Time of one hash on a machine of today; what is expected until some were measured.
const SERVICE: Duration = Duration::from_millis(20);
/// The newest hash counts for one part in so many of the time that is expected of the next.
const SMOOTHING: u32 = 8;

/// A password would wait too long, or there is no room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins are waiting")]
pub struct Busy;

struct Job {
    password: Hidden<String>,
    wanted: Wanted,
    since: Instant,
}

/// What is to be done with a password, and who waits for it.
enum Wanted {
    /// Held against a stored hash.
    Check(Option<StoredHash>, oneshot::Sender<Checked>),
    /// Hashed, to be stored.
    Hash(oneshot::Sender<String>),
}

/// What pool and threads share.
struct Queue {
    state: Mutex<State>,
    /// Somebody joined, or the pool is gone.
    changed: Condvar,
    threads: u32,
    wait_max: Duration,
    metrics: ServiceMetrics,
}

struct State {
    turns: Turns<Job>,
    /// Expected time of one hash.
    service: Duration,
    is_over: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next password, once there is one. None when the pool is gone.
    fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.turns.take() {
                self.metrics.hash_waiting.dec();
                return Some(job);
            }
            if state.is_over {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The hashing threads. Clones share them; with the last one they end.
#[derive(Clone)]
pub struct HashPool(Arc<Owner>);

struct Owner(Arc<Queue>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

impl std::fmt::Debug for HashPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HashPool({} wait)", self.0.0.lock().turns.waiting())
    }
}

/// A place among those who wait, left when dropped.
struct Waits<'a> {
    queue: &'a Queue,
    place: Place,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.queue.lock().turns.leave(self.place).is_some() {
            self.queue.metrics.hash_waiting.dec();
        }
    }
}

/// A password that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is the right one.
    pub right: bool,
    /// Time on the hashing thread.
    pub took: Duration,
}

impl HashPool {
    /// Starts `threads` threads, at least one; each keeps its memory for its whole life.
    pub fn start(threads: usize, metrics: ServiceMetrics) -> std::io::Result<Self> {
        Self::start_with(threads, WAIT_MAX, metrics)
    }

    fn start_with(
        threads: usize,
        wait_max: Duration,
        metrics: ServiceMetrics,
    ) -> std::io::Result<Self> {
        let threads = u32::try_from(threads.max(1)).unwrap_or(u32::MAX);
        metrics.hash_threads.set(threads.into());
        let turns = Turns::new(ROOM);
        let state = Mutex::new(State { turns, service: SERVICE, is_over: false });
        let queue = Arc::new(Queue { state, changed: Condvar::new(), threads, wait_max, metrics });
        let pool = Self(Arc::new(Owner(Arc::clone(&queue))));
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&queue))?;
        }
        Ok(pool)
    }

    /// Whether a password belongs to a stored hash. Without a hash, or with an unreadable one, the same
    /// work is done and the answer is no. Those who share a `turn` wait for each other before others do.
    pub async fn verify(
        &self,
        turn: u64,
        password: Hidden<String>,
        stored: Option<&str>,
    ) -> Result<Checked, Busy> {
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted::Check(stored.and_then(StoredHash::parse), answer);
        self.wait(turn, password, wanted, answered).await
    }

    /// Hashes a new password into PHC format.
    pub async fn hash(&self, turn: u64, password: Hidden<String>) -> Result<Hidden<String>, Busy> {
        let (answer, answered) = oneshot::channel();
        self.wait(turn, password, Wanted::Hash(answer), answered).await.map(Hidden::new)
    }

    async fn wait<T>(
        &self,
        turn: u64,
        password: Hidden<String>,
        wanted: Wanted,
        answered: oneshot::Receiver<T>,
    ) -> Result<T, Busy> {
        let _waits = self.join(turn, Job { password, wanted, since: Instant::now() })?;
        match timeout(self.0.0.wait_max, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    fn join(&self, turn: u64, job: Job) -> Result<Waits<'_>, Busy> {
        let queue = &*self.0.0;
        let mut state = queue.lock();
        let ahead = u32::try_from(state.turns.ahead_of(turn)).unwrap_or(u32::MAX);
        // Who would wait too long is told so now, and not when the time has passed.
        if state.service.saturating_mul(ahead) / queue.threads > queue.wait_max {
            return Err(Busy);
        }
        let place = state.turns.join(turn, job).ok_or(Busy)?;
        queue.metrics.hash_waiting.inc();
        drop(state);
        queue.changed.notify_one();
        Ok(Waits { queue, place })
    }

    /// How long those who wait would take on a machine that others leave alone.
    pub fn backlog(&self) -> Duration {
        let queue = &*self.0.0;
        let waiting = u32::try_from(queue.lock().turns.waiting()).unwrap_or(u32::MAX);
        SERVICE.saturating_mul(waiting) / queue.threads
    }
}

fn work(queue: &Queue) {
    // Where the system does not allow it, hashing competes with pages as equals.
    let _as_is = rustix::process::getpriority_process(None).and_then(|own| {
        rustix::process::setpriority_process(None, (own + NICENESS).min(NICENESS_MAX))
    });
    let mut memory = Memory::new();
    while let Some(job) = queue.take() {
        let began = Instant::now();
        queue.metrics.hash_wait_seconds.observe(began.duration_since(job.since).as_secs_f64());
        let done = match &job.wanted {
            Wanted::Check(stored, _) => Ok(memory.check(job.password.expose(), stored.as_ref())),
            Wanted::Hash(_) => Err(memory.hash(job.password.expose())),
        };
        let took = began.elapsed();
        queue.metrics.hash_seconds.observe(took.as_secs_f64());
        let mut state = queue.lock();
        state.service = (state.service * (SMOOTHING - 1) + took) / SMOOTHING;
        drop(state);
        // Whoever has gone away meanwhile misses nothing.
        match (job.wanted, done) {
            (Wanted::Check(_, answer), Ok(right)) => drop(answer.send(Checked { right, took })),
            (Wanted::Hash(answer), Err(made)) => drop(answer.send(made)),
            (Wanted::Check(..), Err(_)) | (Wanted::Hash(_), Ok(_)) => (),
        }
    }
}

#[cfg(test)]
mod tests;

//! Password hashing in a bounded pool of its own: as many threads as cores, at lower priority than pages,
//! with turns by organisation.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::domain::passwords::normalised;
use crate::domain::turns::{Place, Room, Turns};
use crate::telemetry::Hidden;
use crate::telemetry::service::ServiceMetrics;

/// Memory of one hash, in KiB; with two passes the least that the verification standard allows.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
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
    let mut memory = vec![Block::new(); MEMORY_KIB as usize];
    while let Some(job) = queue.take() {
        let began = Instant::now();
        queue.metrics.hash_wait_seconds.observe(began.duration_since(job.since).as_secs_f64());
        let done = match &job.wanted {
            Wanted::Check(stored, _) => Ok(check(&job.password, stored.as_ref(), &mut memory)),
            Wanted::Hash(_) => Err(hashed(job.password.expose(), &mut memory)),
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

fn check(password: &Hidden<String>, known: Option<&StoredHash>, memory: &mut [Block]) -> bool {
    let nobody = StoredHash { salt: [0; SALT_BYTES], hash: [0; HASH_BYTES] };
    let stored = known.unwrap_or(&nobody);
    let typed = normalised(password.expose());
    let computed = compute(typed.as_bytes(), &stored.salt, memory);
    let equal = aws_lc_rs::constant_time::verify_slices_are_equal(&computed, &stored.hash).is_ok();
    equal && known.is_some()
}

fn compute(password: &[u8], salt: &[u8], memory: &mut [Block]) -> [u8; HASH_BYTES] {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).expect("within limits");
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut hash, memory)
        .expect("salt, length and memory fit the parameters");
    hash
}

/// Hashes a new password into PHC format, on the calling thread.
pub fn hash(password: &str) -> String {
    hashed(password, &mut vec![Block::new(); MEMORY_KIB as usize])
}

fn hashed(password: &str, memory: &mut [Block]) -> String {
    let salt = crate::node::keys::random::<SALT_BYTES>();
    let hash = compute(normalised(password).as_bytes(), &salt, memory);
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

/// A hash of our parameters.
struct StoredHash {
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl StoredHash {
    fn parse(text: &str) -> Option<Self> {
        let expected = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
        let (salt, hash) = text.strip_prefix(&expected)?.split_once('$')?;
        Some(Self {
            salt: STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?,
            hash: STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> (HashPool, ServiceMetrics) {
        let metrics = ServiceMetrics::new(&prometheus::Registry::new(), "test");
        // However slow the machine is on which the test runs.
        let patience = Duration::from_hours(1);
        (HashPool::start_with(1, patience, metrics.clone()).unwrap(), metrics)
    }

    fn typed(text: &str) -> Hidden<String> {
        Hidden::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_hash_is_right() {
        let (pool, _) = pool();
        let stored = hash("correct horse £!");
        let verify = async |text: &str, stored: Option<&str>| {
            pool.verify(1, typed(text), stored).await.unwrap().right
        };
        assert!(verify("correct horse £!", Some(&stored)).await);
        assert!(!verify("correct horse £", Some(&stored)).await);
        assert!(verify("correct horse \u{a3}!", Some(&stored)).await);
        let accent = hash("caf\u{e9}");
        assert!(verify("cafe\u{301}", Some(&accent)).await, "typed apart");
        assert!(!verify("", None).await);
        assert!(!verify("correct horse £!", Some("$2b$10$nonsense")).await);
    }

    #[tokio::test]
    async fn what_the_pool_has_hashed_it_knows_again() {
        let (pool, metrics) = pool();
        let [first, second] = [1, 2].map(|turn| pool.hash(turn, typed("caf\u{e9} lantern")));
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_ne!(first.expose(), second.expose(), "each has a salt of its own");
        for stored in [first, second] {
            let checked = pool.verify(1, typed("cafe\u{301} lantern"), Some(stored.expose())).await;
            assert!(checked.unwrap().right);
        }
        assert_eq!(metrics.hash_waiting.get(), 0);
    }

    #[tokio::test]
    async fn a_crowd_of_one_organisation_holds_up_nobody_else() {
        let (pool, metrics) = pool();
        let done = Mutex::new(Vec::new());
        let verify = async |turn: u64| {
            pool.verify(turn, typed("x"), None).await.unwrap();
            done.lock().unwrap().push(turn);
        };
        let crowd = futures_util::future::join_all((0..20).map(|_| verify(1)));
        // The crowd has come first, all of it.
        tokio::join!(crowd, verify(2), verify(3));
        let done = done.into_inner().unwrap();
        let place = |turn: u64| done.iter().position(|of| *of == turn).unwrap();
        assert!(place(2) < 6 && place(3) < 7, "{done:?}");
        assert_eq!((done.len(), metrics.hash_waiting.get()), (22, 0));
        assert_eq!(pool.backlog(), Duration::ZERO);
    }

    #[tokio::test]
    async fn whoever_goes_away_waits_no_more_and_costs_nothing() {
        let (pool, metrics) = pool();
        let mut crowd: Vec<_> =
            (0..20).map(|_| Box::pin(pool.verify(1, typed("x"), None))).collect();
        for verifying in &mut crowd {
            assert!(futures_util::poll!(verifying).is_pending());
        }
        assert!(metrics.hash_waiting.get() > 10);
        drop(crowd);
        assert_eq!(metrics.hash_waiting.get(), 0);
        assert!(pool.verify(2, typed("x"), None).await.is_ok());
        assert!(metrics.hash_seconds.get_sample_count() < 10);
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_at_once() {
        let (pool, metrics) = pool();
        // A machine on which one hash takes a fifth of what somebody may wait.
        pool.0.0.lock().service = pool.0.0.wait_max / 5;
        let mut waiting = Vec::new();
        for turn in 0..20 {
            let mut verifying = Box::pin(pool.verify(turn, typed("x"), None));
            match futures_util::poll!(&mut verifying) {
                std::task::Poll::Ready(outcome) => assert_eq!(outcome, Err(Busy), "{turn}"),
                std::task::Poll::Pending => waiting.push(verifying),
            }
        }
        // Five wait and one or two are with the thread already.
        assert!((6..=12).contains(&waiting.len()), "{} wait", waiting.len());
        drop(waiting);
        assert_eq!(metrics.hash_waiting.get(), 0);
    }

    #[test]
    fn hashing_threads_give_way_to_pages() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let (pool, _) = pool();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        // A thread that has hashed has set its priority.
        runtime.block_on(pool.verify(1, typed("x"), None)).unwrap();
        let threads = std::fs::read_dir("/proc/self/task").unwrap();
        let niceness = threads.filter_map(|thread| {
            let stat = std::fs::read_to_string(thread.ok()?.path().join("stat")).ok()?;
            let (name, rest) = stat.rsplit_once(')')?;
            // The nineteenth field of all, of which two stand before the bracket.
            let nice: i32 = rest.split_whitespace().nth(16)?.parse().ok()?;
            name.ends_with("(hash-0").then_some(nice)
        });
        // Other tests of this process have pools too.
        assert!(niceness.max() == Some((own + NICENESS).min(NICENESS_MAX)));
    }
}

//! Password hashing in a bounded pool of its own: as many threads as cores, at lower priority than pages.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::oneshot;

use crate::telemetry::Hidden;
use crate::telemetry::service::ServiceMetrics;

/// Memory of one hash, in KiB; with two passes the least that the verification standard allows.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// Sign-ins that may wait for a hash on one node.
pub const QUEUE_MAX: usize = 20_000;
/// How much a hashing thread gives way to pages.
const NICENESS: i32 = 10;

/// The queue of hashes is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins are waiting")]
pub struct Busy;

struct Job {
    password: Hidden<String>,
    hash: Option<StoredHash>,
    answer: oneshot::Sender<bool>,
}

/// The hashing threads. Clones share them.
#[derive(Clone, Debug)]
pub struct HashPool {
    queue: SyncSender<Job>,
    metrics: ServiceMetrics,
}

impl HashPool {
    /// Starts `threads` threads, at least one; each keeps its memory for its whole life.
    pub fn start(threads: usize, metrics: ServiceMetrics) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads.max(1) {
            let (jobs, metrics) = (Arc::clone(&jobs), metrics.clone());
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, &metrics))?;
        }
        Ok(Self { queue, metrics })
    }

    /// Whether a password belongs to a stored hash. Without a hash, or with an unreadable one, the same
    /// work is done and the answer is no.
    pub async fn verify(
        &self,
        password: Hidden<String>,
        stored: Option<&str>,
    ) -> Result<bool, Busy> {
        let (answer, answered) = oneshot::channel();
        let job = Job { password, hash: stored.and_then(StoredHash::parse), answer };
        self.metrics.hash_waiting.inc();
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(job)
        {
            self.metrics.hash_waiting.dec();
            return Err(Busy);
        }
        answered.await.map_err(|_| Busy)
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, metrics: &ServiceMetrics) {
    // Where the system does not allow it, hashing competes with pages as equals.
    let _as_is = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = vec![Block::new(); MEMORY_KIB as usize];
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        metrics.hash_waiting.dec();
        // Whoever has gone away needs no answer, and costs nothing.
        if job.answer.is_closed() {
            continue;
        }
        let timer = metrics.hash_seconds.start_timer();
        let right = check(&job, &mut memory);
        timer.observe_duration();
        let _gone = job.answer.send(right);
    }
}

fn check(job: &Job, memory: &mut [Block]) -> bool {
    let nobody = StoredHash { salt: [0; SALT_BYTES], hash: [0; HASH_BYTES] };
    let stored = job.hash.as_ref().unwrap_or(&nobody);
    let computed = compute(job.password.expose().as_bytes(), &stored.salt, memory);
    let equal = aws_lc_rs::constant_time::verify_slices_are_equal(&computed, &stored.hash).is_ok();
    equal && job.hash.is_some()
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
    let salt = crate::node::keys::random::<SALT_BYTES>();
    let mut memory = vec![Block::new(); MEMORY_KIB as usize];
    let hash = compute(password.as_bytes(), &salt, &mut memory);
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

    fn pool() -> HashPool {
        let metrics = ServiceMetrics::new(&prometheus::Registry::new(), "test");
        HashPool::start(1, metrics).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_hash_is_right() {
        let pool = pool();
        let stored = hash("correct horse £!");
        let verify = |text: &str, stored: Option<&str>| {
            let (pool, text) = (pool.clone(), Hidden::new(text.to_owned()));
            let stored = stored.map(str::to_owned);
            async move { pool.verify(text, stored.as_deref()).await.unwrap() }
        };
        assert!(verify("correct horse £!", Some(&stored)).await);
        assert!(!verify("correct horse £", Some(&stored)).await);
        assert!(!verify("", None).await);
        assert!(!verify("correct horse £!", Some("$2b$10$nonsense")).await);
    }
}

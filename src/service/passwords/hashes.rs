//! One hash of a password: its parameters, its memory, its stored form.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::time::Instant;

use crate::domain::passwords::normalised;

/// Memory of one hash, in KiB; with two passes the least that the verification standard allows.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// Hashes by which the time of one is measured; the quickest counts, others were disturbed.
const MEASURED_HASHES: u32 = 5;

/// A hash of our parameters.
pub(super) struct StoredHash {
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl StoredHash {
    /// From PHC format; none where it is of other parameters.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let expected = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
        let (salt, hash) = text.strip_prefix(&expected)?.split_once('$')?;
        Some(Self {
            salt: STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?,
            hash: STANDARD_NO_PAD.decode(hash).ok()?.try_into().ok()?,
        })
    }
}

/// The memory of one hash, used again by the next: memory that is fresh from the system costs a fifth more.
pub(super) struct Memory(Vec<Block>);

impl Memory {
    pub(super) fn new() -> Self {
        Self(vec![Block::new(); MEMORY_KIB as usize])
    }

    /// Whether a password belongs to a hash. Without one the same work is done and the answer is no.
    pub(super) fn check(&mut self, password: &str, hash: Option<&StoredHash>) -> bool {
        let nobody = StoredHash { salt: [0; SALT_BYTES], hash: [0; HASH_BYTES] };
        let stored = hash.unwrap_or(&nobody);
        let computed = self.compute(password, &stored.salt);
        let equal =
            aws_lc_rs::constant_time::verify_slices_are_equal(&computed, &stored.hash).is_ok();
        equal && hash.is_some()
    }

    /// Hashes a new password into PHC format.
    pub(super) fn hash(&mut self, password: &str) -> String {
        let salt = crate::node::keys::random::<SALT_BYTES>();
        let hash = self.compute(password, &salt);
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
    }

    fn compute(&mut self, password: &str, salt: &[u8]) -> [u8; HASH_BYTES] {
        let params =
            Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).expect("within limits");
        let password = normalised(password);
        let mut hash = [0; HASH_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, &mut self.0)
            .expect("salt, length and memory fit the parameters");
        hash
    }
}

/// Hashes a new password into PHC format, on the calling thread.
pub fn hash(password: &str) -> String {
    Memory::new().hash(password)
}

/// Time of one hash on this machine while nothing else runs, as a thread of the pool takes it.
pub fn measured() -> Duration {
    let mut memory = Memory::new();
    // The first one pays for the fresh memory.
    memory.check("measured", None);
    let hash = |_| {
        let began = Instant::now();
        memory.check("measured", None);
        began.elapsed()
    };
    (0..MEASURED_HASHES).map(hash).min().expect("some were measured")
}

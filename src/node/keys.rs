//! Key rings: the active key of a purpose writes, all of them read.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::keys::{FORGET_AFTER, FORGET_DEVICES_AFTER};

/// What a ring is for; one ring never serves two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Seals session cookies.
    Session,
    /// Signs the hidden fields of forms.
    Form,
    /// Signs places in the queue.
    Queue,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Session, Self::Form, Self::Queue];

    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Form => "form",
            Self::Queue => "queue",
        }
    }

    /// For so long a key is remembered after it was made.
    pub const fn forgotten_after(self) -> SignedDuration {
        match self {
            Self::Session | Self::Form => FORGET_AFTER,
            Self::Queue => FORGET_DEVICES_AFTER,
        }
    }
}

/// One key.
#[derive(Clone, Serialize, Deserialize)]
pub struct RingKey {
    /// What for.
    pub purpose: Purpose,
    /// Number within its ring, rising.
    pub id: u8,
    /// The secret.
    pub secret: [u8; 32],
    /// It signs: every node has had it for a while. Others are still to come, or only read what they signed.
    #[serde(default)]
    pub signs: bool,
    /// The key schedule, made at the first use: every request opens a cookie.
    #[serde(skip)]
    schedule: OnceLock<Arc<LessSafeKey>>,
}

impl RingKey {
    /// A key of a ring.
    pub fn new(purpose: Purpose, id: u8, secret: [u8; 32]) -> Self {
        Self { purpose, id, secret, signs: false, schedule: OnceLock::new() }
    }

    /// The same, as the one that signs.
    #[must_use]
    pub fn signing(self) -> Self {
        Self { signs: true, ..self }
    }

    fn cipher(&self) -> &LessSafeKey {
        self.schedule.get_or_init(|| {
            let key = UnboundKey::new(&AES_256_GCM, &self.secret).expect("32 bytes are a key");
            Arc::new(LessSafeKey::new(key))
        })
    }
}

impl PartialEq for RingKey {
    fn eq(&self, other: &Self) -> bool {
        let all = |key: &Self| (key.purpose, key.id, key.secret, key.signs);
        all(self) == all(other)
    }
}

impl Eq for RingKey {}

impl std::fmt::Debug for RingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RingKey({:?} {})", self.purpose, self.id)
    }
}

/// All rings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRings {
    /// Keys in the order of their ids.
    pub keys: Vec<RingKey>,
}

/// Bytes of a signature that hidden fields carry.
const TAG_BYTES: usize = 16;

impl KeyRings {
    /// The key that writes: the one that is marked; in a ring of before there were marks, the last.
    fn active(&self, purpose: Purpose) -> Option<&RingKey> {
        let own = |key: &&RingKey| key.purpose == purpose;
        self.keys.iter().filter(own).rfind(|key| key.signs).or(self.keys.iter().rfind(own))
    }

    /// The keys of a purpose, in the order of their ids.
    pub fn ring(&self, purpose: Purpose) -> impl Iterator<Item = &RingKey> {
        self.keys.iter().filter(move |key| key.purpose == purpose)
    }

    /// Seals a text: key id, nonce, ciphertext. None while the node has no key.
    pub fn seal(&self, purpose: Purpose, text: &[u8]) -> Option<Vec<u8>> {
        self.seal_as(purpose, "", text)
    }

    /// The same for one use among several of a ring: what was sealed for one opens for no other.
    pub fn seal_as(&self, purpose: Purpose, usage: &str, text: &[u8]) -> Option<Vec<u8>> {
        let key = self.active(purpose)?;
        let nonce = random::<NONCE_LEN>();
        let mut sealed = vec![key.id];
        sealed.extend_from_slice(&nonce);
        let mut body = text.to_vec();
        key.cipher()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from([purpose.key().as_bytes(), usage.as_bytes()].concat()),
                &mut body,
            )
            .ok()?;
        sealed.extend_from_slice(&body);
        Some(sealed)
    }

    /// Opens what any node sealed under a key that is still in the ring, in its own room.
    pub fn open_in_place<'s>(&self, purpose: Purpose, sealed: &'s mut [u8]) -> Option<&'s [u8]> {
        let (head, body) = sealed.split_at_mut_checked(1 + NONCE_LEN)?;
        let key = self.keys.iter().find(|key| key.purpose == purpose && key.id == head[0])?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1..]).ok()?;
        let aad = Aad::from(purpose.key().as_bytes());
        key.cipher().open_in_place(nonce, aad, body).ok().map(|text| &*text)
    }

    /// Opens what any node sealed for one use among several of a ring.
    pub fn open_as(&self, purpose: Purpose, usage: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = sealed.to_vec();
        let (head, body) = sealed.split_at_mut_checked(1 + NONCE_LEN)?;
        let key = self.keys.iter().find(|key| key.purpose == purpose && key.id == head[0])?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1..]).ok()?;
        let aad = Aad::from([purpose.key().as_bytes(), usage.as_bytes()].concat());
        key.cipher().open_in_place(nonce, aad, body).ok().map(|text| text.to_vec())
    }

    /// Signs a text with the active key: key id and tag.
    pub fn sign(&self, purpose: Purpose, text: &[u8]) -> Option<Vec<u8>> {
        let key = self.active(purpose)?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key.secret), text);
        let mut signed = vec![key.id];
        signed.extend_from_slice(&tag.as_ref()[..TAG_BYTES]);
        Some(signed)
    }

    /// Whether a signature is right, in constant time.
    pub fn verify(&self, purpose: Purpose, text: &[u8], signed: &[u8]) -> bool {
        let Some((id, tag)) = signed.split_first() else { return false };
        let Some(key) = self.keys.iter().find(|k| k.purpose == purpose && k.id == *id) else {
            return false;
        };
        let right = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key.secret), text);
        aws_lc_rs::constant_time::verify_slices_are_equal(&right.as_ref()[..TAG_BYTES], tag).is_ok()
    }
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rings(ids: &[u8]) -> KeyRings {
        let keys = ids
            .iter()
            .flat_map(|&id| Purpose::ALL.map(|purpose| RingKey::new(purpose, id, [id; 32])))
            .collect();
        KeyRings { keys }
    }

    fn open(rings: &KeyRings, purpose: Purpose, sealed: &[u8]) -> Option<Vec<u8>> {
        rings.open_in_place(purpose, &mut sealed.to_vec()).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_rotated_ring_still_reads_what_the_old_key_wrote() {
        let sealed = rings(&[1]).seal(Purpose::Session, b"who").unwrap();
        assert_eq!(open(&rings(&[1, 2]), Purpose::Session, &sealed), Some(b"who".to_vec()));
        assert_eq!(open(&rings(&[2]), Purpose::Session, &sealed), None);
        assert_eq!(open(&rings(&[1]), Purpose::Form, &sealed), None);
        assert_eq!(rings(&[1]).open_as(Purpose::Session, "", &sealed), Some(b"who".to_vec()));
        assert_eq!(rings(&[1]).open_as(Purpose::Session, "form", &sealed), None, "another use");
        let signed = rings(&[1]).sign(Purpose::Form, b"form").unwrap();
        assert!(rings(&[1, 2]).verify(Purpose::Form, b"form", &signed));
        assert!(!rings(&[1, 2]).verify(Purpose::Form, b"other", &signed));
        assert!(!rings(&[1]).verify(Purpose::Form, b"form", &signed[..9]));
    }

    #[test]
    fn a_key_reads_before_it_writes() {
        let mut rings = rings(&[1, 2]);
        rings.keys =
            rings.keys.into_iter().map(|k| if k.id == 1 { k.signing() } else { k }).collect();
        assert_eq!(rings.seal(Purpose::Session, b"who").unwrap()[0], 1);
        assert_eq!(rings.sign(Purpose::Form, b"form").unwrap()[0], 1);
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let rings = rings(&[7]);
        let sealed = rings.seal(Purpose::Session, b"who").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&rings, Purpose::Session, &changed), None, "bit {bit}");
        }
    }
}

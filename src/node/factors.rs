//! Second factors as the directory carries them: signing in needs no database.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hmac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::keys::random;
use crate::domain::hex::hex;

/// Bytes of a key's name.
const NAME_BYTES: usize = 4;

/// What somebody can show beside their password.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    /// The secret of their app, sealed.
    pub secret: Option<Vec<u8>>,
    /// The step whose code confirmed it: that code, and any older one, signs nobody in.
    #[serde(default)]
    pub confirmed: Option<i64>,
    /// Recovery codes that are not used: row id and hash.
    pub recovery_codes: Vec<(i64, Vec<u8>)>,
    /// Passkeys.
    pub passkeys: Vec<Passkey>,
}

impl Factors {
    /// Whether signing in asks for one.
    pub fn are_set_up(&self) -> bool {
        self.secret.is_some() || !self.passkeys.is_empty()
    }
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passkey {
    /// Row id.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// Its public key, as the library for it writes it.
    pub key: serde_json::Value,
}

/// An account of an identity service that signs in as a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Address of the service.
    pub issuer: String,
    /// The account there.
    pub subject: String,
    /// Row id of the user.
    pub user: i64,
    /// Since when, as far as is known: the schema of before tells no node.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// Keys that no database has: the first seals, all of them open. Without one there are no second factors.
#[derive(Clone, Default)]
pub struct ColumnKeys(Vec<ColumnKey>);

#[derive(Clone)]
struct ColumnKey {
    name: String,
    cipher: std::sync::Arc<LessSafeKey>,
    hash: hmac::Key,
}

impl std::fmt::Debug for ColumnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColumnKeys({})", self.0.len())
    }
}

impl ColumnKeys {
    /// From secrets, the newest first.
    pub fn new(secrets: &[[u8; 32]]) -> Self {
        let derived = |secret: &[u8; 32], usage: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let bytes: [u8; 32] = hmac::sign(&key, usage).as_ref().try_into().expect("32 bytes");
            bytes
        };
        let key = |secret: &[u8; 32]| {
            let cipher = UnboundKey::new(&AES_256_GCM, &derived(secret, b"seals columns"));
            ColumnKey {
                name: hex(&derived(secret, b"names the key")[..NAME_BYTES]),
                cipher: LessSafeKey::new(cipher.expect("32 bytes are a key")).into(),
                hash: hmac::Key::new(hmac::HMAC_SHA256, &derived(secret, b"hashes codes")),
            }
        };
        Self(secrets.iter().map(key).collect())
    }

    /// Whether there is one.
    pub fn are_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// The names of all of them, the newest first: eight hexadecimal digits, from which nobody can tell the secret.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.name.as_str())
    }

    /// The name of the one that seals.
    pub fn newest(&self) -> Option<&str> {
        self.names().next()
    }

    /// The name of the key that opens what was sealed for a user.
    pub fn opener(&self, user: i64, sealed: &[u8]) -> Option<&str> {
        let key = self.0.iter().find(|key| key.open(user, sealed).is_some());
        key.map(|key| key.name.as_str())
    }

    /// Seals a value of a user: nonce and ciphertext. None without a key.
    pub fn seal(&self, user: i64, text: &[u8]) -> Option<Vec<u8>> {
        let nonce = random::<NONCE_LEN>();
        let mut body = text.to_vec();
        let key = &self.0.first()?.cipher;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(user.to_be_bytes()),
            &mut body,
        )
        .ok()?;
        Some([nonce.as_slice(), &body].concat())
    }

    /// Opens what was sealed for a user under any key.
    pub fn open(&self, user: i64, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.iter().find_map(|key| key.open(user, sealed))
    }

    /// Hash of a recovery code of a user, under the newest key. None without a key.
    pub fn hash(&self, user: i64, code: &str) -> Option<Vec<u8>> {
        self.0.first().map(|key| hash(key, user, code))
    }

    /// Whether a code has a hash, under any key.
    pub fn is_hash(&self, user: i64, code: &str, of: &[u8]) -> bool {
        let same = |key| constant_time::verify_slices_are_equal(&hash(key, user, code), of).is_ok();
        self.0.iter().any(same)
    }
}

impl ColumnKey {
    fn open(&self, user: i64, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
        let (nonce, mut body) = (Nonce::try_assume_unique_for_key(nonce).ok()?, body.to_vec());
        let aad = Aad::from(user.to_be_bytes());
        self.cipher.open_in_place(nonce, aad, &mut body).ok().map(|text| text.to_vec())
    }
}

fn hash(key: &ColumnKey, user: i64, code: &str) -> Vec<u8> {
    let text = [user.to_be_bytes().as_slice(), code.as_bytes()].concat();
    hmac::sign(&key.hash, &text).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_column_opens_for_its_user_under_a_key_that_is_still_known() {
        let (old, new) = (ColumnKeys::new(&[[1; 32]]), ColumnKeys::new(&[[2; 32], [1; 32]]));
        let sealed = old.seal(7, b"secret").unwrap();
        assert_eq!(new.open(7, &sealed), Some(b"secret".to_vec()));
        assert_eq!(new.open(8, &sealed), None, "moved to another row");
        assert_eq!(old.open(7, &new.seal(7, b"secret").unwrap()), None);
        assert_eq!(ColumnKeys::default().seal(7, b"secret"), None);
        let names: Vec<&str> = new.names().collect();
        assert_eq!(new.opener(7, &sealed), Some(names[1]));
        assert_eq!(new.opener(7, &new.seal(7, b"secret").unwrap()), new.newest());
        assert_eq!((old.newest(), names[0] == names[1]), (Some(names[1]), false));
        let hash = old.hash(7, "abcd").unwrap();
        assert!(new.is_hash(7, "abcd", &hash) && !new.is_hash(8, "abcd", &hash));
    }
}

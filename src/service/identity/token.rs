//! Tokens of an identity service: signed by a key of its own, for us, for this sign-in, and now.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::place::Place;

/// Clocks may be off by so much, in seconds.
pub(super) const SKEW: i64 = 60;
/// A token that was made longer ago is no answer to a sign-in of now, in seconds.
const AGE_MAX: i64 = 10 * 60;
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Keys of a service at the most.
const KEYS_MAX: usize = 32;
/// Longest name of an account there, as the standard has it.
const SUBJECT_CHARS_MAX: usize = 255;

/// How a token may be signed: nothing else is, whatever its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

/// The public keys of a service.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    /// A modulus, or a point of the curve.
    public: Vec<u8>,
    exponent: Vec<u8>,
}

#[derive(Debug, Deserialize)]
struct KeySetFile {
    keys: Vec<KeyFile>,
}

#[derive(Debug, Deserialize)]
struct KeyFile {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a key set (RFC 7517); keys for anything else are left out.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let file: KeySetFile = serde_json::from_slice(bytes).ok()?;
        let keys: Vec<Key> =
            file.keys.into_iter().filter_map(KeyFile::key).take(KEYS_MAX).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Whether it has the key that a token names.
    pub fn has_key_of(&self, token: &str) -> bool {
        let head = token.split('.').next().and_then(head);
        head.is_some_and(|head| self.candidates(&head).next().is_some())
    }

    fn candidates<'k>(&'k self, head: &'k Head) -> impl Iterator<Item = &'k Key> {
        let same = |key: &&Key| head.kid.is_none() || key.id == head.kid;
        self.0.iter().filter(|key| Some(key.algorithm) == head.algorithm()).filter(same)
    }
}

impl KeyFile {
    fn key(self) -> Option<Key> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let named = |name: &str| self.alg.as_deref().is_none_or(|alg| alg == name);
        match self.kty.as_str() {
            "RSA" if named("RS256") => Some(Key {
                algorithm: Algorithm::Rs256,
                public: part(&self.n)?,
                exponent: part(&self.e)?,
                id: self.kid,
            }),
            "EC" if named("ES256") && self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (part(&self.x)?, part(&self.y)?);
                (x.len() == 32 && y.len() == 32).then(|| Key {
                    algorithm: Algorithm::Es256,
                    public: [&[4], x.as_slice(), &y].concat(),
                    exponent: Vec::new(),
                    id: self.kid,
                })
            }
            _ => None,
        }
    }
}

impl Key {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Rs256 => RsaPublicKeyComponents { n: &self.public, e: &self.exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Algorithm::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public)
                .verify(message, signature)
                .is_ok(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// What a reader must understand: there is nothing that we do.
    crit: Option<serde_json::Value>,
}

impl Head {
    fn algorithm(&self) -> Option<Algorithm> {
        match self.alg.as_str() {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            _ => None,
        }
    }
}

fn head(part: &str) -> Option<Head> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What a token must be for.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Whose it is.
    pub issuer: &'a str,
    /// Our name there.
    pub client: &'a str,
    /// What was sent along with the question.
    pub nonce: &'a str,
    /// The machine's own time, in seconds.
    pub now: i64,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    acr: Option<String>,
    #[serde(default)]
    auth_time: serde_json::Value,
    #[serde(default)]
    organisation: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Who signed in at the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account there.
    pub subject: String,
    /// Its email address, if the service has verified it.
    pub email: Option<String>,
    /// How surely the service knows.
    pub assurance: Option<String>,
    /// When they showed it, in seconds, if it says so.
    pub shown_at: Option<i64>,
    /// The organisation for which they come.
    pub organisation: Option<Place>,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disbelieved {
    /// It is no token.
    #[error("it cannot be read")]
    Unreadable,
    /// It is signed in a way that is not taken, or not at all.
    #[error("it is signed in a way that is not taken")]
    Algorithm,
    /// No key of the service signed it.
    #[error("no key of the service signed it")]
    Signature,
    /// It is another service's.
    #[error("it is another service's")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another client")]
    Audience,
    /// It answers another question.
    #[error("it answers another question")]
    Nonce,
    /// It is not of now.
    #[error("it is not of now")]
    Time,
}

/// Believes a token, or says why not.
pub fn believe(
    token: &str,
    keys: &KeySet,
    expected: Expected<'_>,
) -> Result<Identity, Disbelieved> {
    let claims = signed_claims(token, keys)?;
    if claims.iss != expected.issuer {
        return Err(Disbelieved::Issuer);
    }
    let ours = match &claims.aud {
        Audience::One(one) => one == expected.client,
        Audience::Many(many) => {
            many.iter().any(|one| one == expected.client)
                && (many.len() == 1 || claims.azp.is_some())
        }
    };
    if !ours || claims.azp.as_deref().is_some_and(|azp| azp != expected.client) {
        return Err(Disbelieved::Audience);
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if verify_slices_are_equal(nonce.as_bytes(), expected.nonce.as_bytes()).is_err() {
        return Err(Disbelieved::Nonce);
    }
    let now = expected.now;
    let is_now = claims.exp > now.saturating_sub(SKEW)
        && claims.iat <= now.saturating_add(SKEW)
        && claims.iat >= now.saturating_sub(AGE_MAX + SKEW)
        && claims.nbf.is_none_or(|from| from <= now.saturating_add(SKEW));
    if !is_now {
        return Err(Disbelieved::Time);
    }
    if claims.sub.is_empty() || claims.sub.chars().count() > SUBJECT_CHARS_MAX {
        return Err(Disbelieved::Unreadable);
    }
    // Letters of other alphabets can fold to one that they are not, and name somebody else.
    let email = claims.email.filter(|email| claims.email_verified && email.is_ascii());
    Ok(Identity {
        subject: claims.sub,
        email: email.map(|email| email.trim().to_ascii_lowercase()),
        assurance: claims.acr,
        shown_at: claims.auth_time.as_i64(),
        organisation: Place::read(&claims.organisation),
    })
}

fn signed_claims(token: &str, keys: &KeySet) -> Result<Claims, Disbelieved> {
    let unreadable = Disbelieved::Unreadable;
    if token.len() > TOKEN_BYTES_MAX {
        return Err(unreadable);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(unreadable)?;
    let (first, second) = message.split_once('.').ok_or(unreadable)?;
    let head = head(first).ok_or(unreadable)?;
    if head.algorithm().is_none() || head.crit.is_some() {
        return Err(Disbelieved::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| unreadable)?;
    let signed = |key: &Key| key.verify(message.as_bytes(), &signature);
    if !keys.candidates(&head).any(signed) {
        return Err(Disbelieved::Signature);
    }
    let claims = URL_SAFE_NO_PAD.decode(second).map_err(|_| unreadable)?;
    serde_json::from_slice(&claims).map_err(|_| unreadable)
}

#[cfg(test)]
mod tests;

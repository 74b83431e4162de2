//! What the standard for passkeys (WebAuthn, level 2) asks of a service: two questions, two checks.
//!
//! The narrow part that a second factor needs, on the cryptography that is here anyway: no attestation is asked
//! for, so none is believed; the user must have been there and been recognised; ES256 and RS256.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::intake::cbor::{self, Value};

/// Bytes of a challenge.
pub const CHALLENGE_BYTES: usize = 32;
/// Milliseconds in which a browser's user is to answer.
const TIMEOUT_MS: u32 = 300_000;
/// Longest id of a credential, as the standard has it, in bytes.
const ID_BYTES_MAX: usize = 1023;
/// The user was there; the user was recognised; a credential is in the answer.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;
/// Numbers of the algorithms.
const ES256: i64 = -7;
const RS256: i64 = -257;
/// An exponent of more bytes is nobody's.
const EXPONENT_BYTES_MAX: usize = 8;
/// Moduli from 2,048 to 8,192 bits, as they are verified with.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// For whom passkeys are: the host, and where its pages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Host name.
    pub host: String,
    /// Scheme, host, and port if it is not the usual one.
    pub origin: String,
}

/// The public half of a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: String,
    alg: i64,
    /// A point of the curve, or the modulus.
    public: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    exponent: String,
    /// How often it has signed, as far as it counts; synchronised passkeys do not, and say 0.
    #[serde(default)]
    pub counter: u32,
}

/// What a browser answers, of which only these parts matter.
#[derive(Debug, Deserialize)]
pub struct Answer {
    id: String,
    response: Response,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: Option<String>,
    authenticator_data: Option<String>,
    signature: Option<String>,
}

/// What the browser says of what it did.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl Answer {
    /// Id of the credential that answers.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Party {
    /// For an origin such as `https://results.example:8443`; none where its host is an address.
    pub fn of(origin: &str) -> Option<Self> {
        let host = origin.strip_prefix("https://")?.split([':', '/']).next()?;
        let is_name = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[');
        is_name.then(|| Self { host: host.to_owned(), origin: origin.to_owned() })
    }

    /// The question for a new passkey: who it is for, and which there are.
    pub fn question_to_add(
        &self,
        challenge: &[u8],
        user: (i64, &str, &str),
        known: &[Key],
    ) -> Json {
        let (id, name, full_name) = user;
        json!({ "publicKey": {
            "rp": { "id": self.host, "name": "Daybreak" },
            "user": { "id": text(&id.to_be_bytes()), "name": name, "displayName": full_name },
            "challenge": text(challenge),
            "pubKeyCredParams": [
                { "type": "public-key", "alg": ES256 },
                { "type": "public-key", "alg": RS256 },
            ],
            "timeout": TIMEOUT_MS,
            "attestation": "none",
            "authenticatorSelection": { "userVerification": "required", "residentKey": "discouraged" },
            "excludeCredentials": descriptors(known),
        } })
    }

    /// The question to sign in with one of these.
    pub fn question_to_sign_in(&self, challenge: &[u8], known: &[Key]) -> Json {
        json!({ "publicKey": {
            "rpId": self.host,
            "challenge": text(challenge),
            "timeout": TIMEOUT_MS,
            "userVerification": "required",
            "allowCredentials": descriptors(known),
        } })
    }

    /// The passkey of an answer to the first question.
    pub fn added(&self, challenge: &[u8], answer: &Answer) -> Option<Key> {
        self.client_data("webauthn.create", challenge, answer)?;
        let object = bytes(answer.response.attestation_object.as_ref()?)?;
        let (object, rest) = cbor::read(&object)?;
        let data = object.bytes(&Value::Text("authData".to_owned()))?;
        let wanted = PRESENT | VERIFIED | HAS_CREDENTIAL;
        let (counter, after) = self.authenticator(data, wanted)?;
        // Sixteen bytes name the model.
        let (length, after) = after.get(16..)?.split_first_chunk::<2>()?;
        let (id, key) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let fits = rest.is_empty() && !id.is_empty() && id.len() <= ID_BYTES_MAX;
        let id = text(id);
        if !fits || id != answer.id {
            return None;
        }
        // Extensions may follow the key.
        let (key, _) = cbor::read(key)?;
        public_key(id, &key).map(|key| Key { counter, ..key })
    }

    /// Whether one of these keys signed the answer to the second question: its place among them, and how often it
    /// says that it has signed.
    pub fn signed(&self, challenge: &[u8], answer: &Answer, known: &[Key]) -> Option<(usize, u32)> {
        let client_data = self.client_data("webauthn.get", challenge, answer)?;
        let data = bytes(answer.response.authenticator_data.as_ref()?)?;
        let (counter, _) = self.authenticator(&data, PRESENT | VERIFIED)?;
        let place = known.iter().position(|key| key.id == answer.id)?;
        let message = [&data, digest(&SHA256, &client_data).as_ref()].concat();
        let signature = bytes(answer.response.signature.as_ref()?)?;
        known[place].verify(&message, &signature).then_some((place, counter))
    }

    /// What the browser says, if it is what was asked for, here.
    fn client_data(&self, kind: &str, challenge: &[u8], answer: &Answer) -> Option<Vec<u8>> {
        let raw = bytes(&answer.response.client_data)?;
        let said: ClientData = serde_json::from_slice(&raw).ok()?;
        let challenged = verify_slices_are_equal(&bytes(&said.challenge)?, challenge).is_ok();
        let ours = said.kind == kind && said.origin == self.origin && !said.cross_origin;
        (ours && challenged).then_some(raw)
    }

    /// The count of signatures of an authenticator's data and what follows it, if it is for this host and has these
    /// flags.
    fn authenticator<'d>(&self, data: &'d [u8], wanted: u8) -> Option<(u32, &'d [u8])> {
        let (host, rest) = data.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        let ours = host == digest(&SHA256, self.host.as_bytes()).as_ref();
        (ours && flags & wanted == wanted).then_some((u32::from_be_bytes(*counter), rest))
    }
}

impl Key {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(key) = bytes(&self.public) else { return false };
        match self.alg {
            ES256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
                .verify(message, signature)
                .is_ok(),
            RS256 => bytes(&self.exponent).is_some_and(|e| {
                let key = RsaPublicKeyComponents { n: &key, e: &e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }),
            _ => false,
        }
    }
}

/// A public key as COSE (RFC 9053) writes it.
fn public_key(id: String, map: &Value) -> Option<Key> {
    let int = |key: i64| match map.get(&Value::Int(key)) {
        Some(Value::Int(value)) => Some(*value),
        _ => None,
    };
    let part = |key: i64| map.bytes(&Value::Int(key));
    match (int(1)?, int(3)?) {
        (2, ES256) if int(-1) == Some(1) => {
            let (x, y) = (part(-2)?, part(-3)?);
            let point = [&[4], x, y].concat();
            let is_point = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).is_ok();
            (x.len() == 32 && y.len() == 32 && is_point).then(|| Key {
                id,
                alg: ES256,
                public: text(&point),
                exponent: String::new(),
                counter: 0,
            })
        }
        (3, RS256) => {
            let (n, e) = (part(-1)?, part(-2)?);
            // A modulus with a nought in front is one that nothing verifies with.
            let fits = MODULUS_BYTES.contains(&n.len())
                && n.first() != Some(&0)
                && e.len() <= EXPONENT_BYTES_MAX;
            fits.then(|| Key { id, alg: RS256, public: text(n), exponent: text(e), counter: 0 })
        }
        _ => None,
    }
}

/// Whether an answer with this count comes from the passkey itself: a count that does not rise above what is known
/// comes from a copy, unless the passkey never counts.
pub const fn rises(known: u32, counter: u32) -> bool {
    counter > known || (counter == 0 && known == 0)
}

fn descriptors(known: &[Key]) -> Vec<Json> {
    known.iter().map(|key| json!({ "type": "public-key", "id": key.id })).collect()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;

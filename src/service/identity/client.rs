//! What an identity service says over HTTP: bounded in time and size, without redirects, kept for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::ACCEPT;
use serde::Deserialize;
use tokio::time::Instant;

use super::token::KeySet;
use crate::telemetry::Hidden;

/// Wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Wait for a whole answer: somebody looks at an empty page meanwhile.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// What the service says of itself, and its keys, are asked for again after this.
const KEPT_FOR: Duration = Duration::from_hours(1);
/// For a key that is not known they are asked for again, this often at the most.
const ASK_AGAIN: Duration = Duration::from_mins(1);

/// Why the service was of no use.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No answer in time.
    #[error("the identity service did not answer")]
    Silent(#[source] reqwest::Error),
    /// Not the answer that was asked for.
    #[error("the identity service answered {0}")]
    Status(u16),
    /// Longer than any answer would be.
    #[error("the identity service answered with more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// An answer of another form, or for another service.
    #[error("the identity service said what cannot be used: {0}")]
    Unusable(&'static str),
}

/// Without the address, which can name a person.
fn silent(error: reqwest::Error) -> ServiceError {
    ServiceError::Silent(error.without_url())
}

/// What the service says of itself.
#[derive(Clone, Debug, Deserialize)]
pub struct About {
    issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// What is known, and since when.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    since: Instant,
}

/// An identity service.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    issuer: String,
    id: String,
    secret: Hidden<String>,
    about: Mutex<Option<Kept<About>>>,
    keys: Mutex<Option<Kept<KeySet>>>,
}

impl Client {
    /// A client of the service at `issuer`; nothing is asked yet.
    pub fn new(issuer: String, id: String, secret: Hidden<String>) -> Result<Self, reqwest::Error> {
        let http = http()?;
        Ok(Self { http, issuer, id, secret, about: Mutex::default(), keys: Mutex::default() })
    }

    /// Its address.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Our name there.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it says of itself.
    pub async fn about(&self) -> Result<Arc<About>, ServiceError> {
        if let Some(known) = fresh(&self.about, KEPT_FOR) {
            return Ok(known);
        }
        let address = format!("{}/.well-known/openid-configuration", self.issuer);
        let said = read(self.http.get(address).header(ACCEPT, "application/json")).await?;
        let about: About =
            serde_json::from_slice(&said).map_err(|_| ServiceError::Unusable("of itself"))?;
        if about.issuer != self.issuer {
            return Err(ServiceError::Unusable("it names another issuer"));
        }
        let addresses = [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri];
        if !addresses.into_iter().all(|address| is_as_safe_as(&self.issuer, address)) {
            return Err(ServiceError::Unusable("an address of it is not private"));
        }
        Ok(keep(&self.about, about))
    }

    /// Its keys; asked for again when a token names one that is not among them.
    pub async fn keys(&self, token: &str) -> Result<Arc<KeySet>, ServiceError> {
        if let Some(known) = fresh(&self.keys, KEPT_FOR)
            && (known.has_key_of(token) || fresh(&self.keys, ASK_AGAIN).is_some())
        {
            return Ok(known);
        }
        let about = self.about().await?;
        let said = read(self.http.get(&about.jwks_uri)).await?;
        let keys = KeySet::parse(&said).ok_or(ServiceError::Unusable("it has no key"))?;
        Ok(keep(&self.keys, keys))
    }

    /// The token for a code that somebody brought back.
    pub async fn token(
        &self,
        code: &str,
        verifier: &str,
        back: &str,
    ) -> Result<String, ServiceError> {
        #[derive(Deserialize)]
        struct Said {
            id_token: String,
        }
        let about = self.about().await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier),
            ("client_id", &self.id),
        ];
        let body = form.map(|(name, value)| format!("{name}={}", encode(value))).join("&");
        let request = self.http.post(&about.token_endpoint).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        // Both parts are encoded before they become one (RFC 6749, 2.3.1).
        let (id, secret) = (encode(&self.id), encode(self.secret.expose()));
        let said = read(request.basic_auth(id, Some(secret))).await?;
        let said: Said =
            serde_json::from_slice(&said).map_err(|_| ServiceError::Unusable("it has no token"))?;
        Ok(said.id_token)
    }
}

/// What the service is asked with: bounded in time, and going where it was sent alone.
pub(super) fn http() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_WAIT)
        .timeout(ANSWER_WAIT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

/// Percent-encodes a value, all but what never needs it.
pub(super) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |encoded, byte| {
        if plain(byte) {
            encoded + char::from(byte).encode_utf8(&mut [0])
        } else {
            encoded + &format!("%{byte:02X}")
        }
    })
}

/// HTTPS; or, as the issuer itself, plain HTTP on this machine.
fn is_as_safe_as(issuer: &str, address: &str) -> bool {
    let here = |text: &str| text.starts_with("http://127.0.0.1:");
    address.starts_with("https://") || (here(issuer) && here(address))
}

fn fresh<T>(kept: &Mutex<Option<Kept<T>>>, within: Duration) -> Option<Arc<T>> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = kept.as_ref().filter(|kept| kept.since.elapsed() < within);
    fresh.map(|kept| Arc::clone(&kept.value))
}

fn keep<T>(kept: &Mutex<Option<Kept<T>>>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    let new = Kept { value: Arc::clone(&value), since: Instant::now() };
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    value
}

/// A whole answer, no longer than it may be.
pub(super) async fn read(request: reqwest::RequestBuilder) -> Result<Vec<u8>, ServiceError> {
    let mut answer = request.send().await.map_err(silent)?;
    if !answer.status().is_success() {
        return Err(ServiceError::Status(answer.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(silent)? {
        if bytes.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(ServiceError::TooLong);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

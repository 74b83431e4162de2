//! What an identity service says over HTTP: bounded in time and size, without redirects, kept for a while.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::ACCEPT;
use serde::Deserialize;

use super::kept::{Kept, Lifetimes};
use super::token::KeySet;
use crate::telemetry::identity::{Document, DocumentOutcome, IdentityMetrics};
use crate::telemetry::{Hidden, chain};

/// Wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Wait for a whole answer: somebody looks at an empty page meanwhile.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// What the service says of itself, and its keys: asked for again each hour, and used for a day where it does not
/// answer. A key that it no longer has is believed for as long, on a node that cannot ask.
const LIVES: Lifetimes = Lifetimes {
    fresh: Duration::from_hours(1),
    last_known: Duration::from_hours(24),
    rest: Duration::from_mins(1),
};

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
    /// Where people are sent to sign out, if there is such an address.
    pub end_session_endpoint: Option<String>,
}

/// An identity service.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    issuer: String,
    id: String,
    secret: Hidden<String>,
    metrics: IdentityMetrics,
    about: Kept<About>,
    keys: Kept<KeySet>,
}

impl Client {
    /// A client of the service at an issuer, by our name there; nothing is asked yet.
    pub fn new(
        names: (String, String),
        secret: Hidden<String>,
        metrics: IdentityMetrics,
    ) -> Result<Self, reqwest::Error> {
        Self::living(names, secret, metrics, LIVES)
    }

    fn living(
        (issuer, id): (String, String),
        secret: Hidden<String>,
        metrics: IdentityMetrics,
        lives: Lifetimes,
    ) -> Result<Self, reqwest::Error> {
        let (about, keys) = (Kept::new(lives), Kept::new(lives));
        Ok(Self { http: http()?, issuer, id, secret, metrics, about, keys })
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
        match self.about.known() {
            Some(known) => Ok(known),
            None => self.ask_about().await,
        }
    }

    /// What it said of itself, as far as is known without asking.
    pub fn known_about(&self) -> Option<Arc<About>> {
        self.about.known()
    }

    /// Its keys; asked for at once when a token names one that is not among them.
    pub async fn keys(&self, token: &str) -> Result<Arc<KeySet>, ServiceError> {
        if let Some(known) = self.keys.known()
            && (known.has_key_of(token) || self.keys.recent().is_some())
        {
            return Ok(known);
        }
        self.ask_keys().await
    }

    /// Asks again for what is old. Where it does not answer, what is known stays.
    pub async fn refresh(&self) {
        if self.about.is_due() {
            let said = self.ask_about().await;
            note(Document::Metadata, said.err(), self.about.known().is_some());
        }
        if self.keys.is_due() {
            let said = self.ask_keys().await;
            note(Document::Keys, said.err(), self.keys.known().is_some());
        }
    }

    async fn ask_about(&self) -> Result<Arc<About>, ServiceError> {
        let said = self.read_about().await;
        self.counted(Document::Metadata, said.is_ok(), self.about.known().is_some());
        said.map(|about| self.about.keep(about))
    }

    async fn read_about(&self) -> Result<About, ServiceError> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer);
        let said = read(self.http.get(address).header(ACCEPT, "application/json")).await?;
        let mut about: About =
            serde_json::from_slice(&said).map_err(|_| ServiceError::Unusable("of itself"))?;
        if about.issuer != self.issuer {
            return Err(ServiceError::Unusable("it names another issuer"));
        }
        let addresses = [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri];
        if !addresses.into_iter().all(|address| is_as_safe_as(&self.issuer, address)) {
            return Err(ServiceError::Unusable("an address of it is not private"));
        }
        // Nobody needs that one: whoever signs out here has left without it as well.
        about.end_session_endpoint.take_if(|address| !is_as_safe_as(&self.issuer, address));
        Ok(about)
    }

    async fn ask_keys(&self) -> Result<Arc<KeySet>, ServiceError> {
        let said = self.read_keys().await;
        self.counted(Document::Keys, said.is_ok(), self.keys.known().is_some());
        said.map(|keys| self.keys.keep(keys))
    }

    async fn read_keys(&self) -> Result<KeySet, ServiceError> {
        let about = self.about().await?;
        let said = read(self.http.get(&about.jwks_uri)).await?;
        KeySet::parse(&said).ok_or(ServiceError::Unusable("it has no key"))
    }

    fn counted(&self, document: Document, answered: bool, is_known: bool) {
        self.metrics.asked_for(
            document,
            match (answered, is_known) {
                (true, _) => DocumentOutcome::Answered,
                (false, true) => DocumentOutcome::Kept,
                (false, false) => DocumentOutcome::Failed,
            },
        );
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

/// What the log says of a question that failed.
fn note(document: Document, failed: Option<ServiceError>, is_known: bool) {
    let Some(error) = failed else { return };
    let (error, document) = (chain(&error), document.label());
    if is_known {
        tracing::warn!(error, document, "the identity service is as it was last known");
    } else {
        tracing::warn!(error, document, "nothing is known of the identity service");
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

#[cfg(test)]
mod tests;

//! Signing in with the identity service of the sector (OpenID Connect): the way there, the way back, and whose
//! account it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::clock::machine_now;
use crate::node::Node;
use crate::node::directory::User;
use crate::node::keys::{Purpose, random};
use crate::service::once::Once;
use crate::service::results::Through;
use crate::service::waiting::hash;
use crate::store::Store;
use crate::telemetry::identity::IdentityMetrics;
use crate::telemetry::{Hidden, chain};

pub mod client;
mod kept;
mod link;
mod place;
pub mod roles;
mod standing;
pub mod token;

use client::{Client, ServiceError, encode};
use roles::RoleSettings;
use standing::{Asked, LookUp};
use token::{Disbelieved, Expected, Identity, believe};

pub use standing::Standing;

/// What the way is sealed for.
const USAGE: &str = " identity service";
/// From the way there to the way back may pass so much time.
pub const BACK_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// After it did not answer, people are told so for so long.
const SAID_DOWN: Duration = Duration::from_mins(1);
/// Longest code that is looked at, in bytes.
const CODE_BYTES_MAX: usize = 2_048;
/// Codes that are exchanged at the same time: a service that is slow or guards itself must not take all permits of
/// signing in, which passwords need.
const EXCHANGING_MAX: usize = 64;

/// How the service is reached, as configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its address, exactly as its tokens name it.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub secret: Hidden<String>,
    /// The assurance that stands for a second factor; empty for none.
    pub strong: String,
    /// Where people come back to.
    pub back: String,
    /// How roles are looked up; none where they are not.
    pub roles: Option<RoleSettings>,
}

/// The identity service of the sector. Clones share it.
#[derive(Clone, Debug)]
pub struct IdentityService(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    node: Node,
    store: Store,
    client: Client,
    settings: Settings,
    look_up: Option<LookUp>,
    /// Ways on which somebody has come back here.
    ways: Once,
    /// Codes that are being exchanged; a permit each.
    exchanging: Semaphore,
    down_since: Mutex<Option<Instant>>,
}

/// What a browser carries there and back, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Way {
    state: String,
    nonce: String,
    verifier: String,
    return_to: String,
    at: Timestamp,
}

/// Why nobody came back with an account.
#[derive(Debug, thiserror::Error)]
pub enum NoAccount {
    /// The service does not answer, or answers nonsense.
    #[error("the identity service is of no use at present")]
    Down(#[source] ServiceError),
    /// What came back does not belong to this browser's way there, or too much time has passed.
    #[error("the way back is not that of this browser")]
    Astray,
    /// What the service said is not believed.
    #[error("the identity service is not believed")]
    Disbelieved(#[source] Disbelieved),
    /// The service gives the account no access for the organisation.
    #[error("the account has no access there")]
    NoAccess,
    /// The organisation that the service names is none of theirs.
    #[error("the organisation is none of theirs")]
    Elsewhere,
    /// No account is linked, and none may be.
    #[error("no account is linked")]
    Unknown,
    /// The database does not answer, which a first sign-in needs.
    #[error("the account cannot be linked now")]
    Away,
}

/// Somebody whom the service knows, and who has an account here.
#[derive(Debug)]
pub struct Known {
    /// The account.
    pub user: Arc<User>,
    /// Whether the service was as sure as a second factor makes it.
    pub strong: bool,
    /// For which organisation they come, and what their roles there cover; none where roles are not looked up.
    pub through: Option<Through>,
    /// Where they wanted to go.
    pub return_to: String,
}

impl IdentityService {
    /// None is configured.
    pub fn none() -> Self {
        Self(None)
    }

    /// The service as configured; `store` is the database as the role that serves users.
    pub fn new(
        node: Node,
        store: Store,
        settings: Settings,
        metrics: &IdentityMetrics,
    ) -> Result<Self, reqwest::Error> {
        let (issuer, id) = (settings.issuer.clone(), settings.client_id.clone());
        let roles = settings.roles.clone();
        let look_up = roles.map(|roles| LookUp::new(roles, &id, metrics.clone())).transpose()?;
        let client = Client::new((issuer, id), settings.secret.clone(), metrics.clone())?;
        let down_since = Mutex::default();
        let (ways, exchanging) = (Once::default(), Semaphore::new(EXCHANGING_MAX));
        let inner = Inner { node, store, client, settings, look_up, ways, exchanging, down_since };
        Ok(Self(Some(Arc::new(inner))))
    }

    /// What people call it, and whether it answered last time; none where there is none.
    pub fn shown(&self) -> Option<(&str, bool)> {
        let inner = self.0.as_ref()?;
        let down = *inner.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = down.is_none_or(|since| since.elapsed() > SAID_DOWN);
        Some((&inner.settings.name, answers))
    }

    /// Asks again for what the service says of itself and has got old.
    pub async fn tend(&self) {
        if let Some(inner) = &self.0 {
            inner.client.refresh().await;
        }
    }

    /// The address of the service to send a browser to, and the text of the cookie with which it comes back.
    pub async fn way_there(&self, return_to: &str) -> Result<(String, String), NoAccount> {
        let inner = self.0.as_ref().ok_or(NoAccount::Unknown)?;
        let about = inner.heard(inner.client.about().await)?;
        let word = || URL_SAFE_NO_PAD.encode(random::<32>());
        let (state, nonce, verifier) = (word(), word(), word());
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let query = [
            ("response_type", "code"),
            ("client_id", inner.client.id()),
            ("redirect_uri", &inner.settings.back),
            (
                "scope",
                if inner.look_up.is_some() { "openid email organisation" } else { "openid email" },
            ),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query = query.map(|(name, value)| format!("{name}={}", encode(value))).join("&");
        let to = &about.authorization_endpoint;
        let address = format!("{to}{}{query}", if to.contains('?') { '&' } else { '?' });
        let at = inner.node.clock.now();
        let way = Way { state, nonce, verifier, return_to: return_to.to_owned(), at };
        let text = serde_json::to_vec(&way).expect("plain data");
        let sealed = inner.node.keys().seal_as(Purpose::Session, USAGE, &text);
        let sealed = sealed.ok_or(NoAccount::Away)?;
        Ok((address, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Who comes back with a code, in a browser that carries the cookie of its way there.
    pub async fn way_back(
        &self,
        cookie: &str,
        (state, code, issuer): (&str, &str, &str),
    ) -> Result<Known, NoAccount> {
        let inner = self.0.as_ref().ok_or(NoAccount::Unknown)?;
        let way = inner.way(cookie).ok_or(NoAccount::Astray)?;
        let same = |one: &str, other: &str| {
            aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes())
                .is_ok()
        };
        // One who names the service must name this one: else another's code could be brought here (RFC 9207).
        let ours = issuer.is_empty() || issuer == inner.client.issuer();
        if !ours || !same(&way.state, state) || code.is_empty() || code.len() > CODE_BYTES_MAX {
            return Err(NoAccount::Astray);
        }
        if !inner.ways.is_first(hash(way.state.as_bytes()), inner.node.clock.now(), BACK_WITHIN) {
            return Err(NoAccount::Astray);
        }
        let identity = inner.identity(&way, code).await?;
        let (user, is_new) = inner.candidate(&identity)?;
        let asked = inner.asked(&user, &identity).await?;
        if is_new {
            // Nothing is linked before the service has said that this account may come in.
            if asked.as_ref().is_some_and(|asked| !asked.lets_in()) {
                return Err(asked.map_or(NoAccount::Unknown, Asked::refusal));
            }
            inner.link(&user, &identity).await?;
        }
        let through = match asked {
            None => None,
            Some(asked) => Some(inner.admitted(&user, asked).await?),
        };
        let strong = &inner.settings.strong;
        // Who comes for the first time shows what the account here has as well: the invitation alone is an email.
        let strong = !is_new && !strong.is_empty() && identity.assurance.as_ref() == Some(strong);
        Ok(Known { user, strong, through, return_to: way.return_to })
    }
}

impl Inner {
    fn way(&self, cookie: &str) -> Option<Way> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let text = self.node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let way: Way = serde_json::from_slice(&text).ok()?;
        (self.node.clock.now() <= way.at + BACK_WITHIN).then_some(way)
    }

    async fn identity(&self, way: &Way, code: &str) -> Result<Identity, NoAccount> {
        let Ok(_place) = self.exchanging.try_acquire() else { return Err(NoAccount::Away) };
        let token = self.client.token(code, &way.verifier, &self.settings.back).await;
        let token = match token {
            // A code that was used, or is none: the service is there, and says no. Whatever else it refuses is
            // ours: a wrong secret, or too many questions.
            Err(ServiceError::Status(400)) => return Err(NoAccount::Astray),
            token => self.heard(token)?,
        };
        let keys = self.heard(self.client.keys(&token).await)?;
        let expected = Expected {
            issuer: self.client.issuer(),
            client: self.client.id(),
            nonce: &way.nonce,
            now: machine_now().as_second(),
        };
        believe(&token, &keys, expected).map_err(|error| {
            tracing::warn!(%error, "a token of the identity service is not believed");
            NoAccount::Disbelieved(error)
        })
    }

    /// What the service said; people are told for a while when it said nothing.
    fn heard<T>(&self, said: Result<T, ServiceError>) -> Result<T, NoAccount> {
        let mut down = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        *down = said.is_err().then(Instant::now);
        drop(down);
        said.map_err(|error| {
            tracing::warn!(error = %chain(&error), "the identity service is of no use");
            NoAccount::Down(error)
        })
    }
}

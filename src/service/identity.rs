//! Signing in with the identity service of the sector (OpenID Connect): the way there, the way back, and whose
//! account it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::node::Node;
use crate::node::directory::User;
use crate::service::once::Once;
use crate::service::results::Through;
use crate::store::Store;
use crate::telemetry::identity::IdentityMetrics;
use crate::telemetry::{Hidden, chain};

pub mod client;
mod kept;
mod leaving;
mod link;
mod place;
pub mod roles;
mod standing;
pub mod token;
mod unkept;
mod way;

use client::{Client, ServiceError};
use roles::RoleSettings;
use standing::LookUp;
use token::Disbelieved;
use unkept::Unkept;

pub use leaving::WayOut;
pub use link::Linked;
pub use standing::Standing;
pub use way::BACK_WITHIN;

/// After it did not answer, people are told so for so long.
const SAID_DOWN: Duration = Duration::from_mins(1);
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
    /// What stands for a second factor; none where nothing does.
    pub strong: Option<Strong>,
    /// Where people come back to.
    pub back: String,
    /// The same after signing out there.
    pub left: String,
    /// How roles are looked up; none where they are not.
    pub roles: Option<RoleSettings>,
}

/// When the service's word stands for a second factor.
#[derive(Clone, Debug)]
pub struct Strong {
    /// The assurance that it names then.
    pub assurance: String,
    /// It was shown there so long ago at the most.
    pub age_max: SignedDuration,
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
    /// What it said of roles and the database does not know yet.
    unkept: Unkept,
    /// Ways on which somebody has come back here.
    ways: Once,
    /// Codes that are being exchanged; a permit each.
    exchanging: Semaphore,
    down_since: Mutex<Option<Instant>>,
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
        let unkept = Unkept::open(&node, metrics.clone());
        let inner =
            Inner { node, store, client, settings, look_up, unkept, ways, exchanging, down_since };
        Ok(Self(Some(Arc::new(inner))))
    }

    /// What people call it, and whether it answered last time; none where there is none.
    pub fn shown(&self) -> Option<(&str, bool)> {
        let inner = self.0.as_ref()?;
        let down = *inner.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = down.is_none_or(|since| since.elapsed() > SAID_DOWN);
        Some((&inner.settings.name, answers))
    }

    /// Asks again for what the service says of itself and has got old, and writes what could not be written.
    pub async fn tend(&self) {
        if let Some(inner) = &self.0 {
            tokio::join!(inner.client.refresh(), inner.keep_waiting());
        }
    }
}

impl Inner {
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

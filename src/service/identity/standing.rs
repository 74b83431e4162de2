//! What a session that came through the service may do: what the service last said, asked for again when that is old.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::client::ServiceError;
use super::roles::{RoleSettings, RolesApi};
use super::token::Identity;
use super::{IdentityService, Inner, NoAccount};
use crate::domain::access::Permissions;
use crate::domain::roles::{Ages, Covers, Worth};
use crate::node::directory::{Directory, User};
use crate::service::results::Through;
use crate::store::identity_roles::SetOut;
use crate::telemetry::chain;
use crate::telemetry::identity::{IdentityMetrics, LookUpOutcome};

/// So many people wait on a node at the most while the service is asked about them; others go on with what is
/// known.
const ASKING_MAX: usize = 64;
/// Nobody waits longer for it: database, service and the news of it.
const ASKED_WITHIN: Duration = Duration::from_secs(10);
/// After a silence nobody waits for an answer for so long; after any other failure, the one whom it was about.
const REST: Duration = Duration::from_secs(10);
/// Failures that are remembered at once; of more, each is met anew.
const IN_VAIN_MAX: usize = 4_096;
/// Another node that set out to ask has its answer, or none, after this.
const ANSWERED_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// The looking up of roles.
#[derive(Debug)]
pub(super) struct LookUp {
    api: RolesApi,
    metrics: IdentityMetrics,
    ages: Ages,
    covers: Covers,
    asking: Semaphore,
    silent_since: Mutex<Option<Instant>>,
    /// About whom asking was in vain, by row ids of user and organisation, and when.
    in_vain: Mutex<HashMap<(i64, i64), Instant>>,
}

/// What a session that came through the service may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// At the most; the account may be allowed less.
    pub covers: Permissions,
    /// What the look-up is worth that says so.
    pub worth: Worth,
}

impl Standing {
    /// Until when nothing but reading is open, where that is so.
    pub fn reads_until(self) -> Option<Timestamp> {
        match self.worth {
            Worth::LastKnown(until) => Some(until),
            Worth::Whole | Worth::Nothing => None,
        }
    }
}

/// What the service said of somebody who comes.
#[derive(Debug)]
pub(super) struct Asked {
    organisation: i64,
    /// The organisation, as the service names it.
    place: String,
    at: Timestamp,
    /// Codes of their roles; none when it gives them no access.
    said: Result<Option<Vec<String>>, ServiceError>,
}

impl Asked {
    /// Whether it said that they may come in.
    pub(super) fn lets_in(&self) -> bool {
        matches!(self.said, Ok(Some(_)))
    }

    /// Why they may not, when it did not say so.
    pub(super) fn refusal(self) -> NoAccount {
        self.said.map_or_else(NoAccount::Down, |_| NoAccount::NoAccess)
    }
}

impl LookUp {
    pub(super) fn new(
        settings: RoleSettings,
        client: &str,
        metrics: IdentityMetrics,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            api: RolesApi::new(&settings, client)?,
            metrics,
            ages: settings.ages,
            covers: settings.covers,
            asking: Semaphore::new(ASKING_MAX),
            silent_since: Mutex::default(),
            in_vain: Mutex::default(),
        })
    }

    /// The codes of somebody's roles in an organisation; none when they have no access there.
    async fn ask(&self, place: &str, subject: &str) -> Result<Option<Vec<String>>, ServiceError> {
        let said = self.api.ask(place, subject).await;
        self.metrics.looked_up(match &said {
            Ok(Some(_)) => LookUpOutcome::Roles,
            Ok(None) => LookUpOutcome::NoAccess,
            Err(ServiceError::Silent(_)) => LookUpOutcome::Silent,
            Err(ServiceError::Status(_)) => LookUpOutcome::Refused,
            Err(ServiceError::TooLong | ServiceError::Unusable(_)) => LookUpOutcome::Unusable,
        });
        said
    }

    /// Whether asking about somebody was in vain a moment ago.
    fn rests(&self, about: (i64, i64)) -> bool {
        let recent = |since: Option<Instant>| since.is_some_and(|since| since.elapsed() < REST);
        recent(*lock(&self.silent_since)) || recent(lock(&self.in_vain).get(&about).copied())
    }

    fn silent(&self, is_silent: bool) {
        *lock(&self.silent_since) = is_silent.then(Instant::now);
    }

    fn failed(&self, about: (i64, i64)) {
        let mut in_vain = lock(&self.in_vain);
        if in_vain.len() >= IN_VAIN_MAX {
            in_vain.retain(|_, since| since.elapsed() < REST);
        }
        if in_vain.len() < IN_VAIN_MAX {
            in_vain.insert(about, Instant::now());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl IdentityService {
    /// What a session that came through the service may do for an organisation, as far as this node knows. None
    /// when the service gives no access there, or was never asked.
    pub fn standing(&self, user: i64, organisation: i64) -> Option<Standing> {
        let inner = self.0.as_ref()?;
        inner.standing(&inner.node.directory(), user, organisation)
    }

    /// Asks again about somebody whose last look-up is old. It takes a bounded time; without an answer all stays as
    /// it is known.
    pub async fn look_again(&self, user: &User, organisation: i64) {
        let Some(inner) = &self.0 else { return };
        let about = (user.id, organisation);
        let Some(look_up) = inner.look_up.as_ref().filter(|look_up| !look_up.rests(about)) else {
            return;
        };
        let Ok(_place) = look_up.asking.try_acquire() else { return };
        let asked = inner.ask_again(look_up, user, organisation);
        if tokio::time::timeout(ASKED_WITHIN, asked).await.is_err() {
            look_up.silent(true);
        }
        let known = self.standing(user.id, organisation);
        if known.is_some_and(|known| known.worth != Worth::Whole) {
            look_up.failed(about);
        }
    }
}

impl Inner {
    fn standing(&self, directory: &Directory, user: i64, organisation: i64) -> Option<Standing> {
        let look_up = self.look_up.as_ref()?;
        let roles = directory.roles(user, organisation)?;
        let codes = roles.codes.as_ref().filter(|_| roles.issuer == self.client.issuer())?;
        let worth = look_up.ages.worth(roles.looked_up_at, self.node.clock.now());
        let covers = match worth {
            Worth::Whole | Worth::LastKnown(_) => look_up.covers.of(codes),
            Worth::Nothing => Permissions::default(),
        };
        match self.unkept.newer_than(roles) {
            None => Some(Standing { covers, worth }),
            // It takes away and gives nothing: what it gives as well is there when every node knows of it.
            Some(newer) => {
                let covers = covers.and(look_up.covers.of(&newer.codes?));
                Some(Standing { covers, worth })
            }
        }
    }

    /// What the service says of somebody in the organisation that they come for; none where roles are not looked up.
    pub(super) async fn asked(
        &self,
        user: &User,
        identity: &Identity,
    ) -> Result<Option<Asked>, NoAccount> {
        let Some(look_up) = &self.look_up else { return Ok(None) };
        let place = identity.organisation.as_ref().ok_or(NoAccount::Elsewhere)?;
        let organisation = self.organisation(user, place).await?;
        let at = self.now();
        let said = look_up.ask(&place.id, &identity.subject).await;
        match &said {
            Ok(_) => look_up.silent(false),
            Err(error) => tracing::warn!(error = %chain(error), "roles cannot be looked up"),
        }
        Ok(Some(Asked { organisation, place: place.id.clone(), at, said }))
    }

    /// For which organisation somebody who is linked signs in, and what their roles there cover.
    pub(super) async fn admitted(&self, user: &User, asked: Asked) -> Result<Through, NoAccount> {
        let Asked { organisation, place, at, said } = asked;
        let silence = match said {
            Ok(codes) => {
                let has_access = codes.is_some();
                self.keep(user, (organisation, &place), codes, at).await;
                if !has_access {
                    return Err(NoAccount::NoAccess);
                }
                None
            }
            Err(error) => Some(error),
        };
        // Without an answer, or a database to keep it, what is known of them counts.
        let known = self.standing(&self.node.directory(), user.id, organisation);
        match known.filter(|known| known.worth != Worth::Nothing) {
            Some(known) => Ok(Through { organisation, covers: known.covers }),
            None => Err(silence.map_or(NoAccount::Away, NoAccount::Down)),
        }
    }

    /// Asks again, unless another node has set out to: then its answer is waited for.
    async fn ask_again(&self, look_up: &LookUp, user: &User, organisation: i64) {
        let directory = self.node.directory();
        let account = directory.account_at(self.client.issuer(), user.id);
        let Some((account, known)) = account.zip(directory.roles(user.id, organisation)) else {
            return;
        };
        let now = self.now();
        let work = SetOut { user: user.id, organisation, now, before: now - ANSWERED_AFTER };
        match self.store.run(now, &work).await {
            Ok(true) => (),
            Ok(false) => return self.shown(user.id, organisation, now - ANSWERED_AFTER).await,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "roles stay as they are known");
                return look_up.silent(true);
            }
        }
        match look_up.ask(&known.place, &account.subject).await {
            Ok(codes) => {
                look_up.silent(false);
                self.keep(user, (organisation, &known.place), codes, now).await;
            }
            Err(error) => {
                // What goes wrong with one person holds up nobody else.
                look_up.silent(matches!(error, ServiceError::Silent(_)));
                tracing::warn!(error = %chain(&error), "roles cannot be looked up again");
            }
        }
    }

    pub(super) async fn shown(&self, user: i64, organisation: i64, since: Timestamp) {
        let is_new = |directory: &std::sync::Arc<Directory>| {
            directory.roles(user, organisation).is_some_and(|roles| roles.looked_up_at >= since)
        };
        self.node.directory_shows(is_new).await;
    }

    /// Service time in the steps that the database keeps too.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.node.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

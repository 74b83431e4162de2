//! Whose account here an account of the service is.

use std::sync::Arc;

use jiff::Timestamp;

use super::token::Identity;
use super::{IdentityService, Inner, NoAccount};
use crate::domain::calendar::instant_in_words;
use crate::node::directory::User;
use crate::service::results::Actor;
use crate::service::second_factors::Refused;
use crate::store::factors::{Change, ChangeFactors, LinkIdentity};
use crate::telemetry::chain;

/// An account of the service that signs in as somebody here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// What people call the service.
    pub name: String,
    /// Since when, as far as the node knows.
    pub since: Option<Timestamp>,
}

impl IdentityService {
    /// The account of the service that signs in as a user, if one does.
    pub fn linked(&self, user: i64) -> Option<Linked> {
        let inner = self.0.as_ref()?;
        let directory = inner.node.directory();
        let link = directory.account_at(inner.client.issuer(), user)?;
        Some(Linked { name: inner.settings.name.clone(), since: link.since })
    }

    /// Whether the link stands through which a session of a user began. One that was made later is of another account.
    pub fn still_links(&self, user: i64, began: Timestamp) -> bool {
        let Some(inner) = &self.0 else { return false };
        let directory = inner.node.directory();
        let link = directory.account_at(inner.client.issuer(), user);
        // A session knows when it began to the millisecond.
        let since = |since: Timestamp| since.as_millisecond() <= began.as_millisecond();
        link.is_some_and(|link| link.since.is_none_or(since))
    }

    /// The actor ends their link: nobody comes in through the service as them any more.
    pub async fn unlink(&self, actor: &Actor) -> Result<(), Refused> {
        let inner = self.0.as_ref().ok_or(Refused::Nothing)?;
        let (now, user) = (inner.node.clock.now(), &actor.user);
        let work = ChangeFactors {
            user: user.id,
            username: user.username.clone(),
            full_name: user.full_name.clone(),
            organisation: actor.organisation.id,
            change: Change::Unlink,
            now,
            when: instant_in_words(now),
        };
        match inner.store.run(now, &work).await {
            Ok(true) => {
                let issuer = inner.client.issuer();
                inner.node.directory_shows(|d| d.account_at(issuer, user.id).is_none()).await;
                Ok(())
            }
            Ok(false) => Err(Refused::Nothing),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "a link is out of reach");
                Err(Refused::Away)
            }
        }
    }
}

impl Inner {
    /// The account that is linked; or, the first time, the one with the same verified email address, which is still
    /// to be linked if it was invited to be.
    pub(super) fn candidate(&self, identity: &Identity) -> Result<(Arc<User>, bool), NoAccount> {
        let directory = self.node.directory();
        if let Some(user) = directory.linked(self.client.issuer(), &identity.subject) {
            return Ok((Arc::clone(user), false));
        }
        let email = identity.email.as_deref().ok_or(NoAccount::Unknown)?;
        let user = directory.user_named(email).filter(|user| user.active);
        Ok((Arc::clone(user.ok_or(NoAccount::Unknown)?), true))
    }

    pub(super) async fn link(&self, user: &User, identity: &Identity) -> Result<(), NoAccount> {
        let (organisation, _) = *user.memberships.first().ok_or(NoAccount::Unknown)?;
        let now = self.node.clock.now();
        let work = LinkIdentity {
            user: user.id,
            username: user.username.clone(),
            full_name: user.full_name.clone(),
            organisation,
            issuer: self.client.issuer().to_owned(),
            subject: identity.subject.clone(),
            now,
            when: instant_in_words(now),
        };
        match self.store.run(now, &work).await {
            Ok(true) => {
                let (issuer, subject) = (self.client.issuer(), &identity.subject);
                self.node.directory_shows(|d| d.linked(issuer, subject).is_some()).await;
                Ok(())
            }
            Ok(false) => Err(NoAccount::Unknown),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "an account cannot be linked");
                Err(NoAccount::Away)
            }
        }
    }
}

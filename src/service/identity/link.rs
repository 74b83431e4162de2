//! Whose account here an account of the service is.

use std::sync::Arc;

use super::token::Identity;
use super::{Inner, NoAccount};
use crate::domain::calendar::instant_in_words;
use crate::node::directory::User;
use crate::store::factors::LinkIdentity;
use crate::telemetry::chain;

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
            Ok(true) => Ok(()),
            Ok(false) => Err(NoAccount::Unknown),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "an account cannot be linked");
                Err(NoAccount::Away)
            }
        }
    }
}

//! People set their own passwords: with a link from an email, or with the one that they have.

use std::sync::Arc;
use std::time::Duration;

use super::password_policy::PasswordPolicy;
use super::passwords::{Busy, HashPool};
use super::results::Actor;
use super::waiting::{Waiting, name_hash, school_hash};
use crate::admission::Limit;
use crate::domain::passwords::{Context, Reason};
use crate::node::Node;
use crate::store::passwords::{ChangePassword, SetByLink};
use crate::store::tokens::{FindHolder, TokenDigest};
use crate::store::{Store, StoreError, Work};
use crate::telemetry::{Hidden, chain};

pub use crate::store::tokens::{Holder, TokenPurpose};

/// Longest password that is looked at, in bytes; the policy allows far fewer characters.
const PASSWORD_BYTES_MAX: usize = 4096;

/// Sets passwords. Clones share it.
#[derive(Clone, Debug)]
pub struct OwnPasswords {
    node: Node,
    pool: HashPool,
    policy: Arc<PasswordPolicy>,
    waiting: Waiting,
    store: Arc<Store>,
}

/// Why a password was not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSet {
    /// The link is none, was used, has run out, or was replaced by a newer one.
    Gone,
    /// The password that was typed as the present one is not, or none was; with every reason against the new one.
    Wrong(Vec<Reason>),
    /// Too many wrong ones: so long must pass.
    Delayed(Duration),
    /// The new one cannot be chosen; every reason.
    Refused(Vec<Reason>),
    /// Too many passwords are being looked at.
    Busy,
    /// The database does not answer.
    Away,
}

impl From<Busy> for NotSet {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl OwnPasswords {
    /// `store` is the database as the role that serves users.
    pub fn new(
        node: Node,
        pool: HashPool,
        policy: Arc<PasswordPolicy>,
        waiting: Waiting,
        store: Store,
    ) -> Self {
        Self { node, pool, policy, waiting, store: Arc::new(store) }
    }

    /// Whose a link is. Spends nothing: programs that look for malware in emails follow links too.
    pub async fn holder(&self, purpose: TokenPurpose, token: &str) -> Result<Holder, NotSet> {
        let digest = TokenDigest::of(token).ok_or(NotSet::Gone)?;
        let work = FindHolder { digest, purpose, now: self.node.clock.now() };
        self.run(&work).await?.ok_or(NotSet::Gone)
    }

    /// Sets a password with a link; of many at once one succeeds.
    pub async fn set(
        &self,
        purpose: TokenPurpose,
        token: &str,
        password: Hidden<String>,
    ) -> Result<(), NotSet> {
        let holder = self.holder(purpose, token).await?;
        let digest = TokenDigest::of(token).ok_or(NotSet::Gone)?;
        self.may_be_chosen(&holder, &password, None).await?;
        let turn = holder.organisations.first().map_or(0, |id| school_hash(*id));
        let hash = self.pool.hash(turn, password).await?;
        let username = holder.username.clone();
        let now = self.node.clock.now();
        if !self.run(&SetByLink { digest, purpose, holder, hash, now }).await? {
            return Err(NotSet::Gone);
        }
        self.waiting.forgive(&username);
        Ok(())
    }

    /// Sets a password in place of the present one; gives the epoch of sessions from now on.
    pub async fn change(
        &self,
        actor: &Actor,
        current: Hidden<String>,
        new: Hidden<String>,
    ) -> Result<u32, NotSet> {
        let user = &actor.user;
        let turn = school_hash(actor.organisation.id);
        let directory = self.node.directory();
        let organisations: Vec<i64> = user.memberships.iter().map(|(id, _)| *id).collect();
        let names = organisations.iter().filter_map(|id| directory.organisation(*id));
        let holder = Holder {
            user_id: user.id,
            username: user.username.clone(),
            full_name: user.full_name.clone(),
            names: names.map(|organisation| organisation.name.clone()).collect(),
            organisations: organisations.clone(),
        };
        let chosen = self.may_be_chosen(&holder, &new, Some(current.clone())).await;
        let is_right = match current.expose().as_str() {
            "" => Err(NotSet::Wrong(Vec::new())),
            _ => self.is_right(actor, turn, &current).await,
        };
        match (is_right, &chosen) {
            // All of it at once: nobody is sent back twice.
            (Err(NotSet::Wrong(_)), Err(NotSet::Refused(reasons))) => {
                return Err(NotSet::Wrong(reasons.clone()));
            }
            (is_right, _) => is_right?,
        }
        chosen?;
        let work = ChangePassword {
            user: user.id,
            username: user.username.clone(),
            organisations,
            old: user.password_hash.clone(),
            new: self.pool.hash(turn, new).await?,
            now: self.node.clock.now(),
        };
        // Somebody else has just set another one: what was typed is the present one no more.
        self.run(&work).await?.ok_or(NotSet::Wrong(Vec::new()))
    }

    /// The same limits hold as for signing in: a browser that was left open gives no more tries.
    async fn is_right(
        &self,
        actor: &Actor,
        turn: u64,
        typed: &Hidden<String>,
    ) -> Result<(), NotSet> {
        let (limits, of_name) = (self.waiting.limits(), name_hash(&actor.user.username));
        let look = || {
            let looked = limits.look(Limit::Account, of_name, self.waiting.tick());
            looked.map_err(|slow| {
                self.waiting.metrics().limited(slow.limit.label());
                NotSet::Delayed(slow.wait)
            })
        };
        look()?;
        let stored = actor.user.password_hash.expose();
        let possible = typed.expose().len() <= PASSWORD_BYTES_MAX;
        let checked = self.pool.verify(turn, typed.clone(), Some(stored)).await?;
        if checked.right && possible {
            return look();
        }
        limits.check(Limit::Account, of_name, self.waiting.tick()).map_err(|slow| {
            self.waiting.metrics().limited(slow.limit.label());
            NotSet::Delayed(slow.wait)
        })?;
        Err(NotSet::Wrong(Vec::new()))
    }

    /// Away from the threads that answer: a list of known passwords is read from disk.
    async fn may_be_chosen(
        &self,
        holder: &Holder,
        password: &Hidden<String>,
        old: Option<Hidden<String>>,
    ) -> Result<(), NotSet> {
        let (policy, holder, password) =
            (Arc::clone(&self.policy), holder.clone(), password.clone());
        let check = move || {
            let organisations: Vec<&str> = holder.names.iter().map(String::as_str).collect();
            let context = Context {
                full_name: &holder.full_name,
                username: &holder.username,
                organisations: &organisations,
                old: old.as_ref().map(|old| old.expose().as_str()),
                ..Context::default()
            };
            policy.check(password.expose(), &context)
        };
        match tokio::task::spawn_blocking(check).await {
            Ok(checked) => checked.map_err(NotSet::Refused),
            Err(_) => Err(NotSet::Busy),
        }
    }

    async fn run<W: Work>(&self, work: &W) -> Result<W::Output, NotSet> {
        let done = self.store.run(self.node.clock.now(), work).await;
        done.map_err(|error: StoreError| {
            tracing::warn!(error = %chain(&error), "passwords cannot be set");
            NotSet::Away
        })
    }
}

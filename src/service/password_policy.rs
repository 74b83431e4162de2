//! Which passwords may be chosen, and when they end: the one place that everything that sets one asks.

use jiff::Timestamp;

use crate::domain::calendar::ReleaseTimes;
use crate::domain::passwords::{Context, Expiry, Guessable, Profile, Reason, normalised};
use crate::intake::breached::Breached;
use crate::node::Node;
use crate::node::directory::Directory;
use crate::telemetry::chain;

/// A profile with the lists that it compares with.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    profile: Profile,
    guessable: Guessable,
    breached: Option<Breached>,
}

impl PasswordPolicy {
    /// A policy; without `breached` there is no list of passwords that became known.
    pub fn new(profile: Profile, guessable: Guessable, breached: Option<Breached>) -> Self {
        Self { profile, guessable, breached }
    }

    /// What it asks.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether a password may be chosen; every reason against it at once. Reads a file where there is a list
    /// of passwords that became known.
    pub fn check(&self, password: &str, context: &Context<'_>) -> Result<(), Vec<Reason>> {
        let mut reasons = self.profile.reasons(password, context, &self.guessable);
        let too_long = matches!(reasons.first(), Some(Reason::TooLong(_)));
        if !too_long && !reasons.contains(&Reason::Common) && self.became_known(password) {
            reasons.push(Reason::Breached);
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// When a password ends that was set at `changed_at`; none when it never does.
    pub fn expiry(
        &self,
        changed_at: Timestamp,
        now: Timestamp,
        release: Option<&ReleaseTimes>,
    ) -> Option<Expiry> {
        Some(self.profile.expiry.as_ref()?.expiry(changed_at, now, release))
    }

    /// Whether signing in with their password asks a user for another one, as the directory knows them.
    pub fn asks_for_another(&self, node: &Node, directory: &Directory, user: i64) -> bool {
        let (kept, now, times) = (directory.password(user), node.clock.now(), node.plan().times());
        let ended =
            |set_at| self.expiry(set_at, now, times.as_ref()).is_some_and(|expiry| expiry.is_due);
        kept.must_change || kept.set_at.is_some_and(ended)
    }

    /// A list that cannot be read refuses nobody: all other rules hold, and the log says so.
    fn became_known(&self, password: &str) -> bool {
        let Some(breached) = &self.breached else { return false };
        breached.has(&normalised(password)).unwrap_or_else(|error| {
            tracing::warn!(error = %chain(&error), "the list of breached passwords is not read");
            false
        })
    }
}

//! Signing in: the same work and the same answer for known and unknown names, and growing delays.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::passwords::HashPool;
use super::results::Actor;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::hex::hex;
use crate::node::Node;
use crate::node::directory::User;
use crate::node::journal::{Kind, Record};
use crate::node::keys::random;
use crate::telemetry::Hidden;
use crate::telemetry::service::{ServiceMetrics, SignInOutcome};

/// Wrong passwords before an account answers slower.
const FREE_FAILURES: u32 = 10;
/// First delay; doubles with each further wrong password.
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(1);
/// Longest delay.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);
/// Names whose failures are remembered on one node.
const NAMES_MAX: usize = 100_000;
/// Longest password that is looked at, in bytes.
const PASSWORD_BYTES_MAX: usize = 1024;

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who acts, and for whom.
    pub actor: Actor,
    /// When it began.
    pub at: Timestamp,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// Wrong name or password, or an account that may not.
    Refused,
    /// Too many wrong passwords for this name: a while must pass.
    Delayed,
    /// Too many people are signing in.
    Busy,
}

/// Wrong passwords by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    by_name: Arc<Mutex<HashMap<String, (u32, Timestamp)>>>,
}

impl Attempts {
    /// Whether a name must wait before its next password is looked at.
    fn must_wait(&self, name: &str, now: Timestamp) -> bool {
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        by_name.get(name).is_some_and(|(failures, last)| now < *last + delay(*failures))
    }

    fn failed(&self, name: &str, now: Timestamp) {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        if by_name.len() >= NAMES_MAX {
            by_name.retain(|_, (failures, last)| now < *last + delay(*failures) + LONGEST_DELAY);
        }
        // A flood of invented names must not push out the memory of real ones.
        if by_name.len() < NAMES_MAX || by_name.contains_key(name) {
            let entry = by_name.entry(name.to_owned()).or_insert((0, now));
            *entry = (entry.0.saturating_add(1), now);
        }
    }

    fn succeeded(&self, name: &str) {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

fn delay(failures: u32) -> SignedDuration {
    match failures.checked_sub(FREE_FAILURES) {
        None => SignedDuration::ZERO,
        Some(doublings) => (FIRST_DELAY * (1 << doublings.min(12))).min(LONGEST_DELAY),
    }
}

/// Signs somebody in, and journals it before anybody is told.
pub async fn sign_in(
    node: &Node,
    pool: &HashPool,
    attempts: &Attempts,
    metrics: &ServiceMetrics,
    username: &str,
    password: Hidden<String>,
    address: Option<IpAddr>,
) -> Result<NewSession, NotSignedIn> {
    let now = node.clock.now();
    let name = username.trim().to_lowercase();
    let directory = node.directory();
    let known = directory.user_named(&name).map(Arc::clone);
    let waiting = attempts.must_wait(&name, now);
    let too_long = password.expose().len() > PASSWORD_BYTES_MAX;
    // A name that must wait, or an impossible password, costs the same work and is never right.
    let usable = known.as_ref().filter(|_| !waiting && !too_long);
    let stored = usable.map(|user| user.password_hash.expose().as_str());
    let Ok(right) = pool.verify(password, stored).await else {
        metrics.signed_in(SignInOutcome::Busy);
        return Err(NotSignedIn::Busy);
    };
    let session =
        usable.filter(|user| right && user.active).and_then(|user| begin(node, user, &directory));
    let mut record = Record::new(now, Kind::Refused);
    record.user = known.as_ref().map(|user| user.id);
    record.address = address;
    let Some(session) = session else {
        if !waiting {
            attempts.failed(&name, now);
        }
        let outcome = if waiting { SignInOutcome::Delayed } else { SignInOutcome::Refused };
        metrics.signed_in(outcome);
        // A full journal is counted by the journal itself; the answer stays the same.
        let _counted = node.journal.append(&record);
        return Err(if waiting { NotSignedIn::Delayed } else { NotSignedIn::Refused });
    };
    attempts.succeeded(&name);
    metrics.signed_in(SignInOutcome::Accepted);
    record.kind = Kind::SignedIn;
    record.organisation = Some(session.actor.organisation.id);
    record.session = hex(&session.actor.session[..8]);
    let _counted = node.journal.append_synced(&record).await;
    Ok(session)
}

/// Journals that somebody ended their session.
pub fn sign_out(node: &Node, actor: &Actor) {
    let mut record = Record::new(node.clock.now(), Kind::SignedOut);
    record.user = Some(actor.user.id);
    record.organisation = Some(actor.organisation.id);
    record.session = hex(&actor.session[..8]);
    let _counted = node.journal.append(&record);
}

fn begin(
    node: &Node,
    user: &Arc<User>,
    directory: &crate::node::directory::Directory,
) -> Option<NewSession> {
    // The membership that opens most comes first.
    let rank = |(organisation, permissions): &(i64, crate::domain::access::Permissions)| {
        let kind = directory.organisation(*organisation).map(|o| o.kind);
        (!permissions.has(Permission::User), kind != Some(OrganisationKind::School), *organisation)
    };
    let (organisation, _) = user.memberships.iter().min_by_key(|m| rank(m))?;
    let actor = Actor {
        session: random(),
        user: Arc::clone(user),
        organisation: Arc::clone(directory.organisation(*organisation)?),
        permissions: user.permissions_in(*organisation),
    };
    Some(NewSession { actor, at: node.clock.now() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_from_the_tenth_failure_and_never_lock() {
        assert_eq!(delay(9), SignedDuration::ZERO);
        assert_eq!(delay(10), SignedDuration::from_secs(1));
        assert_eq!(delay(13), SignedDuration::from_secs(8));
        assert_eq!(delay(u32::MAX), LONGEST_DELAY);
        let attempts = Attempts::default();
        let start: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        for _ in 0..11 {
            attempts.failed("a@b", start);
        }
        assert!(attempts.must_wait("a@b", start + SignedDuration::from_millis(1999)));
        assert!(!attempts.must_wait("a@b", start + SignedDuration::from_secs(2)));
        assert!(!attempts.must_wait("c@d", start));
        attempts.succeeded("a@b");
        assert!(!attempts.must_wait("a@b", start));
    }
}

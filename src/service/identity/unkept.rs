//! Answers about roles that the database does not know yet. One that takes something away holds on this node at once,
//! over restarts too, and is written when the database is back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Inner;
use crate::domain::roles::Roles;
use crate::node::Node;
use crate::node::directory::{Directory, User};
use crate::store::identity_roles::KeepRoles;
use crate::telemetry::chain;
use crate::telemetry::identity::IdentityMetrics;

/// Their file in the state folder.
const FILE: &str = "roles_unkept";
/// People and organisations whose answers wait at once: more than sign in while a database is away.
const WAITING_MAX: usize = 4_096;

/// Answers that wait, by row ids of user and organisation; the newest of each.
#[derive(Debug)]
pub(super) struct Unkept {
    waiting: Mutex<HashMap<(i64, i64), Roles>>,
    /// Pages look here first: there is next to never one that waits.
    is_empty: AtomicBool,
    metrics: IdentityMetrics,
}

impl Unkept {
    /// Those that waited when the node ended.
    pub(super) fn open(node: &Node, metrics: IdentityMetrics) -> Self {
        let kept = node.state().read::<Vec<Roles>>(FILE).unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "answers about roles that waited are lost");
            None
        });
        let waiting = kept.unwrap_or_default().into_iter().map(|said| (key(&said), said));
        let this = Self {
            waiting: Mutex::new(waiting.collect()),
            is_empty: AtomicBool::new(true),
            metrics,
        };
        this.told(&this.lock());
        this
    }

    /// An answer could not be kept. It waits if it takes something away of what the directory knows; one that does
    /// not, and is newer, puts an end to one that did.
    pub(super) fn put(&self, node: &Node, said: Roles) {
        let directory = node.directory();
        let Some(known) = directory.roles(said.user, said.organisation) else { return };
        let mut waiting = self.lock();
        if !takes_away(known, &said) {
            if waiting.remove(&key(&said)).is_some() {
                self.keep(node, &waiting);
            }
            return;
        }
        if waiting.len() >= WAITING_MAX && !waiting.contains_key(&key(&said)) {
            tracing::error!(user = said.user, "too many answers about roles wait: one is dropped");
            return;
        }
        waiting.insert(key(&said), said);
        self.keep(node, &waiting);
    }

    /// The newer answer of which the directory does not know.
    pub(super) fn newer_than(&self, known: &Roles) -> Option<Roles> {
        if self.is_empty.load(Ordering::Acquire) {
            return None;
        }
        let waiting = self.lock();
        waiting.get(&key(known)).filter(|said| is_news(known, said)).cloned()
    }

    /// Those that are still to be written. What the directory knows by now, or knows nobody for, waits no more.
    pub(super) fn waiting(&self, node: &Node, directory: &Directory) -> Vec<Roles> {
        if self.is_empty.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut waiting = self.lock();
        let before = waiting.len();
        waiting.retain(|(user, organisation), said| {
            directory.roles(*user, *organisation).is_some_and(|known| is_news(known, said))
        });
        if waiting.len() < before {
            self.keep(node, &waiting);
        }
        waiting.values().cloned().collect()
    }

    fn keep(&self, node: &Node, waiting: &HashMap<(i64, i64), Roles>) {
        self.told(waiting);
        let all: Vec<&Roles> = waiting.values().collect();
        if let Err(error) = node.state().write(FILE, &all) {
            tracing::error!(error = %chain(&error), "answers about roles wait in memory alone");
        }
    }

    fn told(&self, waiting: &HashMap<(i64, i64), Roles>) {
        self.is_empty.store(waiting.is_empty(), Ordering::Release);
        self.metrics.waiting.set(i64::try_from(waiting.len()).unwrap_or(i64::MAX));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(i64, i64), Roles>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Keeps an answer, and waits until this node knows it.
    pub(super) async fn keep(
        &self,
        user: &User,
        (organisation, place): (i64, &str),
        codes: Option<Vec<String>>,
        looked_up_at: Timestamp,
    ) {
        let (issuer, place) = (self.client.issuer().to_owned(), place.to_owned());
        let said = Roles { user: user.id, organisation, issuer, place, codes, looked_up_at };
        let work = KeepRoles { said, username: user.username.clone(), now: looked_up_at };
        match self.store.run(looked_up_at, &work).await {
            Ok(()) => self.shown(user.id, organisation, looked_up_at).await,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "roles cannot be kept");
                self.unkept.put(&self.node, work.said);
            }
        }
    }

    /// Writes the answers that wait. The database takes none that is older than what it has.
    pub(super) async fn keep_waiting(&self) {
        let directory = self.node.directory();
        for said in self.unkept.waiting(&self.node, &directory) {
            let Some(user) = directory.user(said.user) else { continue };
            let work = KeepRoles { said, username: user.username.clone(), now: self.now() };
            // With the database away, the next one would only wait for it as well.
            let Ok(()) = self.store.run(work.now, &work).await else { return };
        }
    }
}

fn key(said: &Roles) -> (i64, i64) {
    (said.user, said.organisation)
}

/// Whether an answer is newer than what is known, and of the same service.
fn is_news(known: &Roles, said: &Roles) -> bool {
    said.issuer == known.issuer && said.looked_up_at > known.looked_up_at
}

/// Whether somebody had something before that they have no more.
fn takes_away(known: &Roles, said: &Roles) -> bool {
    match (&known.codes, &said.codes) {
        _ if !is_news(known, said) => false,
        (None, _) => false,
        (Some(_), None) => true,
        (Some(had), Some(has)) => had.iter().any(|code| !has.contains(code)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::Clock;

    fn at(minutes: i64) -> Timestamp {
        let at = "2024-07-09T06:30:00Z".parse::<Timestamp>().unwrap();
        at + SignedDuration::from_mins(minutes)
    }

    fn roles(user: i64, codes: Option<&[&str]>, minutes: i64) -> Roles {
        Roles {
            user,
            organisation: 7,
            issuer: "https://id.example".to_owned(),
            place: "place".to_owned(),
            codes: codes.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect()),
            looked_up_at: at(minutes),
        }
    }

    fn metrics() -> IdentityMetrics {
        IdentityMetrics::new(&prometheus::Registry::new())
    }

    fn node(folder: &std::path::Path, known: Vec<Roles>) -> Node {
        let node = Node::open(folder, Clock::manual(at(0))).unwrap();
        node.set_directory(Directory::default().with_roles(known)).unwrap();
        node
    }

    #[test]
    fn what_takes_away_waits_over_a_restart_until_the_directory_knows() {
        let folder = tempfile::tempdir().unwrap();
        let known = || roles(1, Some(&["head", "reader"]), 0);
        let node = node(folder.path(), vec![known()]);
        let unkept = Unkept::open(&node, metrics());
        let less = roles(1, Some(&["reader", "more"]), 5);
        unkept.put(&node, less.clone());
        assert_eq!(unkept.newer_than(&known()), Some(less.clone()));
        let again = Unkept::open(&node, metrics());
        assert_eq!(again.newer_than(&known()), Some(less.clone()));
        assert_eq!(again.newer_than(&roles(2, Some(&[]), 0)), None, "of somebody else");
        assert_eq!(again.waiting(&node, &node.directory()), std::slice::from_ref(&less));
        assert_eq!(again.metrics.waiting.get(), 1);
        let hears = Directory::default().with_roles(vec![less]);
        assert_eq!(again.waiting(&node, &hears), []);
        assert_eq!(Unkept::open(&node, metrics()).newer_than(&known()), None, "for good");
    }

    #[test]
    fn no_more_waits_than_must() {
        let folder = tempfile::tempdir().unwrap();
        let people = i64::try_from(WAITING_MAX).unwrap() + 1;
        let known = (1..=people).map(|user| roles(user, Some(&["head"]), 0)).collect();
        let node = node(folder.path(), known);
        let unkept = Unkept::open(&node, metrics());
        let count = || unkept.waiting(&node, &node.directory()).len();
        for nothing in [
            roles(1, Some(&["head", "more"]), 5),
            roles(1, None, 0),
            roles(1, None, -5),
            roles(people + 1, None, 5),
            Roles { issuer: "https://other.example".to_owned(), ..roles(1, None, 5) },
        ] {
            unkept.put(&node, nothing.clone());
            assert_eq!(count(), 0, "{nothing:?}");
        }
        unkept.put(&node, roles(1, None, 5));
        assert_eq!(count(), 1);
        // They have it again, as far as the service says.
        unkept.put(&node, roles(1, Some(&["head"]), 6));
        assert_eq!(count(), 0);
        let mut waiting = unkept.lock();
        waiting.extend((1..people).map(|user| ((user, 7), roles(user, None, 5))));
        drop(waiting);
        unkept.put(&node, roles(people, None, 5));
        unkept.put(&node, roles(1, None, 9));
        assert_eq!(unkept.newer_than(&roles(people, Some(&["head"]), 0)), None, "no room");
        let renewed = unkept.newer_than(&roles(1, Some(&["head"]), 0)).unwrap();
        assert_eq!(renewed.looked_up_at, at(9), "a newer one of the same");
        // Whoever is not linked any more waits for nothing.
        assert_eq!(unkept.waiting(&node, &Directory::default()), []);
    }
}

//! What changed and was not read yet: many changes are one, and none is lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Users that are read one by one; of more, all are read.
const USERS_MAX: usize = 1_000;

/// Whose rows of the directory changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// Nobody's.
    #[default]
    Nobody,
    /// Theirs.
    Some(BTreeSet<i64>),
    /// Anybody's, or an organisation.
    Everybody,
}

impl Whom {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everybody, _) | (_, Self::Everybody) => Self::Everybody,
            (Self::Nobody, whom) | (whom, Self::Nobody) => whom,
            (Self::Some(mut users), Self::Some(more)) => {
                users.extend(more);
                if users.len() > USERS_MAX { Self::Everybody } else { Self::Some(users) }
            }
        }
    }
}

/// Which snapshots are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct What {
    /// The release plan.
    pub plan: bool,
    /// The key rings.
    pub keys: bool,
    /// Sessions ended before their time.
    pub revocations: bool,
    /// What operators say to the waiting room.
    pub waiting: bool,
    /// Who was let in again by the helpline.
    pub unlocked: bool,
    /// People and organisations.
    pub directory: Whom,
}

impl What {
    /// All of them.
    pub fn all() -> Self {
        Self { directory: Whom::Everybody, ..Self::all_but_directory() }
    }

    /// All but people and organisations.
    pub fn all_but_directory() -> Self {
        let directory = Whom::Nobody;
        Self { plan: true, keys: true, revocations: true, waiting: true, unlocked: true, directory }
    }

    /// What a payload of the database names. One of a newer schema means everything.
    fn named(payload: &str) -> Self {
        let nothing = Self::default();
        match payload {
            "plan" => Self { plan: true, ..nothing },
            "keys" => Self { keys: true, ..nothing },
            "revocations" => Self { revocations: true, ..nothing },
            "waiting" => Self { waiting: true, ..nothing },
            "unlocked" => Self { unlocked: true, ..nothing },
            "directory" => Self { directory: Whom::Everybody, ..nothing },
            _ => match payload.split_once(' ') {
                Some(("directory" | "factors", ids)) => {
                    users(ids).map_or_else(Self::all, |users| Self {
                        directory: Whom::Some(users),
                        ..nothing
                    })
                }
                _ => Self::all(),
            },
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            plan: self.plan || other.plan,
            keys: self.keys || other.keys,
            revocations: self.revocations || other.revocations,
            waiting: self.waiting || other.waiting,
            unlocked: self.unlocked || other.unlocked,
            directory: self.directory.and(other.directory),
        }
    }
}

fn users(ids: &str) -> Option<BTreeSet<i64>> {
    ids.split(' ').map(|id| id.parse().ok()).collect()
}

/// Changes that wait to be read. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<What>,
    noted: Notify,
}

impl Changes {
    /// Notes what the database says.
    pub fn note(&self, payload: &str) {
        self.put_back(What::named(payload));
        self.0.noted.notify_one();
    }

    /// Notes what could not be read; it is read with the next change, or when all is.
    pub fn put_back(&self, what: What) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = std::mem::take(&mut *waiting).and(what);
    }

    /// Waits for a change and takes all that there are.
    pub async fn next(&self) -> What {
        loop {
            let waiting = {
                let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut *waiting)
            };
            if waiting != What::default() {
                return waiting;
            }
            self.0.noted.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_changes_are_one_and_none_is_lost() {
        let changes = Changes::default();
        for payload in ["directory 3 1", "plan", "factors 2", "unlocked"] {
            changes.note(payload);
        }
        let users = |ids: &[i64]| Whom::Some(ids.iter().copied().collect());
        let directory = users(&[1, 2, 3]);
        let expected = What { plan: true, unlocked: true, directory, ..What::default() };
        assert_eq!(changes.next().await, expected);
        changes.put_back(expected.clone());
        changes.note("keys");
        assert_eq!(changes.next().await, What { keys: true, ..expected });
        changes.note("directory 5");
        changes.note("directory");
        assert_eq!(changes.next().await.directory, Whom::Everybody);
        for strange in
            ["all", "something of a newer schema", "directory x", "factors", "factors 1 x"]
        {
            changes.note(strange);
            assert_eq!(changes.next().await, What::all(), "{strange}");
        }
    }

    #[test]
    fn of_many_users_all_are_read() {
        let some = |ids: std::ops::Range<i64>| Whom::Some(ids.collect());
        assert_eq!(some(0..600).and(some(500..900)), some(0..900));
        assert_eq!(some(0..600).and(some(500..1_200)), Whom::Everybody);
    }
}

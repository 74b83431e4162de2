//! Which organisations have had results: those of this node at once, those of all nodes as far as the database
//! has told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;

/// A count that is older is the least that it can be.
const FRESH: SignedDuration = SignedDuration::from_secs(15);

/// How many have their results, for everybody to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Schools that have had a page or file whole since the instant.
    pub schools: u64,
    /// Schools of the release.
    pub schools_expected: u64,
    /// Organisations of every kind that have.
    pub organisations: u64,
    /// Organisations for which the release is open, or will be first.
    pub organisations_expected: u64,
    /// When the database last told of all nodes, service time; none when it never did.
    pub told_at: Option<Timestamp>,
}

impl Count {
    /// Whether the count of all nodes is of this moment, and not only the least that it can be.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.told_at.is_some_and(|at| now.duration_since(at) < FRESH)
    }
}

/// Who has been served. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Served(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// By release. There are as many as were ever open here: a few.
    organisations: BTreeMap<String, FxHashSet<i64>>,
    /// Of these, how many the database knows.
    told: BTreeMap<String, usize>,
    count: Count,
}

impl Served {
    /// An organisation has had a page or file of a release whole, here.
    pub fn note(&self, release: &str, organisation: i64) {
        let mut inner = self.lock();
        match inner.organisations.get_mut(release) {
            Some(known) => {
                known.insert(organisation);
            }
            None => {
                inner
                    .organisations
                    .insert(release.to_owned(), FxHashSet::from_iter([organisation]));
            }
        }
    }

    /// The database tells who has been served by all nodes.
    pub fn told(&self, release: &str, all: &[i64]) {
        let mut inner = self.lock();
        inner.told.insert(release.to_owned(), all.len());
        inner.organisations.entry(release.to_owned()).or_default().extend(all);
    }

    /// How many the database told of.
    pub fn known(&self, release: &str) -> usize {
        self.lock().told.get(release).copied().unwrap_or_default()
    }

    /// Everybody of a release who has been served, as far as is known here.
    pub fn of(&self, release: &str) -> Vec<i64> {
        let inner = self.lock();
        inner.organisations.get(release).into_iter().flatten().copied().collect()
    }

    /// The last count.
    pub fn count(&self) -> Count {
        self.lock().count
    }

    /// Takes a count.
    pub fn counted(&self, count: Count) {
        self.lock().count = count;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_served_here_and_elsewhere_is_counted_once() {
        let served = Served::default();
        served.note("2024-0", 1);
        served.note("2024-0", 2);
        served.note("2023-0", 9);
        served.told("2024-0", &[2, 3, 4]);
        let mut all = served.of("2024-0");
        all.sort_unstable();
        assert_eq!((all, served.known("2024-0")), (vec![1, 2, 3, 4], 3));
        assert_eq!((served.of("2023-0"), served.known("2023-0")), (vec![9], 0));
        assert_eq!(served.of("2022-0"), Vec::<i64>::new());
    }
}

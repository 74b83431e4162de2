//! Codes that were used on this node, and whether the database is asked about those of others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::time::{Instant, timeout};

use crate::node::journal::{Journal, Kind, Second};
use crate::store::StoreError;
use crate::telemetry::chain;

/// Longest time that a sign-in waits to hear whether its code was used elsewhere.
const ASK_WAIT: Duration = Duration::from_millis(250);
/// After no answer the database is not asked for so long: nobody else should wait for it.
const REST: Duration = Duration::from_secs(5);

/// Codes that were used here. Of each user the last step, and of each recovery code its row id: there are
/// never more than people and codes.
#[derive(Debug, Default)]
pub(super) struct CodesUsed {
    known: Mutex<Known>,
    rests_until: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Known {
    /// By user.
    steps: FxHashMap<i64, i64>,
    recovery: FxHashSet<i64>,
}

impl CodesUsed {
    /// Those of the journal that the database need not know yet: a restart forgets none.
    pub(super) fn of(journal: &Journal) -> Self {
        let this = Self::default();
        let records = journal.records(Kind::SignedIn).unwrap_or_default();
        for record in records {
            match (record.user, record.second) {
                (Some(user), Some(Second::Code(step))) => drop(this.use_step(user, step)),
                (_, Some(Second::Recovery(id))) => drop(this.use_recovery(id)),
                _ => (),
            }
        }
        this
    }

    /// Uses the code of a step; none that is as old as one that was used.
    pub(super) fn use_step(&self, user: i64, step: i64) -> bool {
        let mut known = self.lock();
        let last = known.steps.entry(user).or_insert(i64::MIN);
        let is_newer = step > *last;
        *last = step.max(*last);
        is_newer
    }

    /// A user has another secret, whose codes nobody has used.
    pub(super) fn begin_anew(&self, user: i64) {
        self.lock().steps.remove(&user);
    }

    /// Uses a recovery code.
    pub(super) fn use_recovery(&self, id: i64) -> bool {
        self.lock().recovery.insert(id)
    }

    /// An answer of the database in time; without one nobody else is known to have used the code.
    pub(super) async fn in_time(
        &self,
        asked: impl Future<Output = Result<bool, StoreError>>,
    ) -> bool {
        let rests = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        if rests.is_some_and(|until| Instant::now() < until) {
            return true;
        }
        match timeout(ASK_WAIT, asked).await {
            Ok(Ok(first)) => return first,
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "a used code is known to this node only");
            }
            Err(_) => tracing::warn!("a used code is known to this node only: no answer in time"),
        }
        let until = Instant::now() + REST;
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_who_show_one_code_only_one_gets_in() {
        let used = CodesUsed::default();
        let shown = || (0..50).filter(|_| used.use_step(7, 100)).count();
        let first = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(shown)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(first, 1);
        assert!(!used.use_step(7, 99), "one that is older");
        assert!(used.use_step(7, 101) && used.use_step(8, 100));
        used.begin_anew(7);
        assert!(used.use_step(7, 99), "of another secret");
        assert!(used.use_recovery(3) && !used.use_recovery(3));
    }
}

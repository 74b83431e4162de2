//! Before anything is read or written a database is looked at: whose it is, how new, and whether its walls stand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::self_check::SelfCheck;
use super::{Store, StoreError};

/// A database that was refused is looked at again this much later.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What one pool knows of its database.
#[derive(Debug)]
pub(super) struct Guard {
    check: SelfCheck,
    /// It was looked at since the connection was last lost.
    passed: AtomicBool,
    refused: Mutex<Option<(Instant, String)>>,
}

impl Guard {
    /// For the portal with a host name.
    pub(super) fn of(portal: &str) -> Self {
        let check = SelfCheck { portal: portal.to_owned() };
        Self { check, passed: AtomicBool::new(false), refused: Mutex::default() }
    }

    /// The connection was lost: what comes back may be another database.
    pub(super) fn lost(&self) {
        self.passed.store(false, Ordering::Release);
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// The same, which does nothing in a database of another portal, of a newer program, or without its walls.
    #[must_use]
    pub fn guarded(self, portal: &str) -> Self {
        Self { guard: Some(std::sync::Arc::new(Guard::of(portal))), ..self }
    }

    /// Looks at the database, unless that was done since the connection was last lost. Whoever comes first looks;
    /// several at once look each for themselves, so that nobody waits for somebody else's wait.
    ///
    /// # Errors
    ///
    /// `Unsafe` when it must not be used, for five seconds without asking again.
    pub async fn checked(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(guard) = &self.guard else { return Ok(()) };
        if guard.passed.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some((at, what)) = &*guard.refused()
            && at.elapsed() < AGAIN_AFTER
        {
            return Err(StoreError::Unsafe(what.clone()));
        }
        let problems = self.try_once(now, &guard.check).await?;
        if problems.is_empty() {
            *guard.refused() = None;
            guard.passed.store(true, Ordering::Release);
            return Ok(());
        }
        let what = problems.join("; ");
        tracing::error!(what, "the database is refused: nothing is read from it or written to it");
        *guard.refused() = Some((Instant::now(), what.clone()));
        Err(StoreError::Unsafe(what))
    }
}

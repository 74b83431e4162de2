//! Whoever the helpline has let in again is let go on by every node: each counts wrong passwords by itself.

use super::Jobs;
use crate::store::StoreError;
use crate::store::accounts::ReadUnlocked;

/// How far the node has looked.
#[derive(Debug, Default)]
pub(super) struct Unlocked {
    /// Number of the last entry of the audit; none before the first look.
    after: Option<i64>,
}

impl Unlocked {
    /// Forgets the wrong passwords of those who were let in since the last look. A node that has just started has
    /// counted none, so its first look only finds where the audit ends.
    pub(super) async fn read(&mut self, jobs: &Jobs) -> Result<(), StoreError> {
        let work = ReadUnlocked { after: self.after };
        let (end, names) = jobs.store.run(jobs.node.clock.now(), &work).await?;
        for name in names {
            jobs.waiting.forgive(&name);
        }
        self.after = Some(end);
        Ok(())
    }
}

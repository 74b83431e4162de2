//! Tells the database when sessions were last used.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::store::sessions::NoteSeen;
use crate::telemetry::chain;

/// How often it is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Tells again and again. What it could not tell is lost: the next use tells more.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let (seen, now) = (jobs.node.sessions_seen.take(), jobs.node.clock.now());
        if seen.is_empty() {
            continue;
        }
        if let Err(error) = jobs.store.run(now, &NoteSeen { seen, now }).await {
            tracing::warn!(error = %chain(&error), "last uses of sessions are not noted");
        }
    }
}

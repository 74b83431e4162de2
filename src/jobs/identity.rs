//! Tends what the node knows of the identity service, so that nobody who signs in waits for that.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;

/// How often it is looked at; the service is asked when something has got old.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks again and again, from the start.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        jobs.identity.tend().await;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

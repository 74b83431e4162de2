//! Ends the looks of staff whose time is up, so that the audit tells of every end.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::store::view_as::EndOverdueViewings;
use crate::telemetry::chain;

/// It looks this often. What is over shows nothing meanwhile: its end is in the browser's own seal.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = jobs.node.clock.now();
        if let Err(error) = jobs.working.run(now, &EndOverdueViewings { now }).await {
            tracing::warn!(error = %chain(&error), "ends of looks are not audited at present");
        }
    }
}

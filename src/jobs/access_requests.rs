//! Passes requests for accounts on to those who manage accounts.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::domain::users::managing;
use crate::store::StoreError;
use crate::store::access_requests::{ListWaiting, TellManagers};
use crate::telemetry::chain;

/// It looks this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After the database did not answer it is asked again this much later.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        let pause = match look(&jobs).await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "requests for accounts wait");
                ASK_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn look(jobs: &Jobs) -> Result<(), StoreError> {
    let now = jobs.node.clock.now();
    let directory = jobs.node.directory();
    for (id, organisation) in jobs.store.run(now, &ListWaiting).await? {
        // One that this node does not know yet is another look's.
        let Some(known) = directory.organisation(organisation) else { continue };
        let Some(permission) = managing(known.kind) else { continue };
        let work = TellManagers { id, organisation, permission: permission.key(), now };
        jobs.working.run(now, &work).await?;
    }
    Ok(())
}

//! Before it serves, a node looks whether it belongs with its database and with the nodes that run.

use std::time::Duration;

use super::StartError;
use crate::domain::peers::Peer;
use crate::jobs::Jobs;
use crate::store::StoreError;
use crate::store::nodes::ListNodes;
use crate::telemetry::chain;

/// Longest wait for a database that answers slowly; one that is away says so sooner, and a node starts without it.
const LOOK_WAIT: Duration = Duration::from_secs(10);

/// Refuses another portal's database, one of a newer program, one that is not trusted, and nodes of another year or
/// with other keys. What is not there is not refused: it is looked at when it comes.
pub(super) async fn look(jobs: &Jobs) -> Result<(), StartError> {
    match tokio::time::timeout(LOOK_WAIT, peers(jobs)).await {
        Ok(Ok(peers)) => {
            let found = jobs.readiness.contradictions(&peers, jobs.node.clock.now());
            if found.is_empty() { Ok(()) } else { Err(StartError::Misfit(found.join("\n"))) }
        }
        Ok(Err(error)) if error.is_refused() => Err(StartError::Misfit(chain(&error))),
        Ok(Err(_)) | Err(_) => Ok(()),
    }
}

/// All nodes but this one.
async fn peers(jobs: &Jobs) -> Result<Vec<Peer>, StoreError> {
    let nodes = jobs.store.run(jobs.node.clock.now(), &ListNodes).await?;
    Ok(nodes.into_iter().filter(|peer| *peer.name != *jobs.node.name).collect())
}

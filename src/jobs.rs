//! Everything that happens outside a request: snapshots, clock, journal, preload. One thread, one runtime.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::blob::Blobs;
use crate::delivery::catalogue::Catalogue;
use crate::node::Node;
use crate::store::Store;
use crate::telemetry::service::ServiceMetrics;

pub mod preload;
pub mod readiness;
pub mod ship;
pub mod snapshots;

use readiness::Readiness;

/// Changes that wait to be read; more are one "read it all".
const CHANGES_MAX: usize = 64;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// What the jobs work with.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// What the node knows, and is told here.
    pub node: Node,
    /// The database as the node role.
    pub store: Store,
    /// Where releases are.
    pub blobs: Blobs,
    /// Where releases go.
    pub catalogue: Catalogue,
    /// Metrics.
    pub metrics: ServiceMetrics,
    /// Whether LISTEN works at present.
    pub listening: Arc<AtomicBool>,
    /// What `/health/ready` says.
    pub readiness: Arc<Readiness>,
}

impl Jobs {
    /// Runs until told to stop, then ships what the journal still holds, for a bounded time.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (told, changes) = mpsc::channel(CHANGES_MAX);
        let jobs = Arc::new(self);
        let mut tasks = JoinSet::new();
        tasks.spawn(snapshots::listen(Arc::clone(&jobs), told));
        tasks.spawn(snapshots::follow(Arc::clone(&jobs), changes));
        tasks.spawn(snapshots::share_revocations(Arc::clone(&jobs)));
        tasks.spawn(preload::keep(Arc::clone(&jobs)));
        tasks.spawn(readiness::heartbeat(Arc::clone(&jobs)));
        tasks.spawn(ship::keep(Arc::clone(&jobs)));
        // The sender lives as long as the server; its end is a stop as well.
        let _told = stop.wait_for(|stop| *stop).await;
        tasks.shutdown().await;
        jobs.node.journal.write_later();
        let last = tokio::time::timeout(ship::LAST_SHIPMENT, ship::ship_all(&jobs));
        if !matches!(last.await, Ok(Ok(()))) {
            tracing::warn!("the journal will be shipped by the next start");
        }
    }
}

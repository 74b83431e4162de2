//! Everything that happens outside a request: snapshots, clock, journal, preload. One thread, one runtime.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::blob::Blobs;
use crate::delivery::catalogue::Catalogue;
use crate::delivery::lane::Lane;
use crate::domain::users::care::Policy;
use crate::node::Node;
use crate::service::forgotten_password::Names;
use crate::service::identity::IdentityService;
use crate::service::password_policy::PasswordPolicy;
use crate::service::passwords::HashPool;
use crate::service::waiting::Waiting;
use crate::store::leases::TakeLease;
use crate::store::{Store, StoreError};
use crate::telemetry::lag::Lag;
use crate::telemetry::live::Live;
use crate::telemetry::service::ServiceMetrics;

mod access_requests;
mod downloads;
mod figures;
pub mod forgotten_password;
pub mod gias;
mod identity;
pub mod outbox;
pub mod password_age;
pub mod preload;
mod pressure;
pub mod readiness;
pub mod scrub;
mod seen;
mod served;
pub mod ship;
pub mod snapshots;
mod unlocked;
pub mod users;
mod view_as;
pub mod waiting;

use outbox::Post;
use readiness::Readiness;
use waiting::exchange::Exchanges;

/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// What the jobs work with.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// What the node knows, and is told here.
    pub node: Node,
    /// The database as the node role.
    pub store: Store,
    /// The database as the role that runs jobs.
    pub working: Store,
    /// What messages are sent with; none leaves them in the outbox.
    pub post: Option<Post>,
    /// Where releases are.
    pub blobs: Blobs,
    /// Where releases go.
    pub catalogue: Catalogue,
    /// The waiting room.
    pub waiting: Waiting,
    /// How scripts share the line.
    pub lane: Lane,
    /// How late the workers are that answer.
    pub lag: Lag,
    /// The hashing threads.
    pub passwords: HashPool,
    /// How fast blobs are re-read.
    pub scrub: scrub::Pace,
    /// The nightly taking over of the register, where it is configured.
    pub gias: Option<gias::Nightly>,
    /// What was decided of accounts that nobody uses, cover and reviews.
    pub care: Policy,
    /// Names of people who have forgotten their passwords.
    pub forgotten: Names,
    /// The identity service of the sector.
    pub identity: IdentityService,
    /// When passwords end.
    pub ages: Arc<PasswordPolicy>,
    /// Metrics.
    pub metrics: ServiceMetrics,
    /// The recent past, for the live page.
    pub live: Live,
    /// Whether LISTEN works at present.
    pub listening: Arc<AtomicBool>,
    /// What `/health/ready` says.
    pub readiness: Arc<Readiness>,
}

impl Jobs {
    /// Runs until told to stop, then ships what the journal still holds, for a bounded time.
    pub async fn run(self, exchanges: Exchanges, mut stop: watch::Receiver<bool>) {
        let changes = snapshots::Changes::default();
        let jobs = Arc::new(self);
        let mut tasks = JoinSet::new();
        tasks.spawn(snapshots::listen(Arc::clone(&jobs), changes.clone()));
        tasks.spawn(snapshots::follow(Arc::clone(&jobs), changes));
        tasks.spawn(snapshots::share_revocations(Arc::clone(&jobs)));
        tasks.spawn(preload::keep(Arc::clone(&jobs)));
        tasks.spawn(downloads::keep(Arc::clone(&jobs)));
        tasks.spawn(waiting::keep(Arc::clone(&jobs)));
        tasks.spawn(waiting::redeem::keep(Arc::clone(&jobs)));
        tasks.spawn(waiting::redeem::forget(Arc::clone(&jobs)));
        tasks.spawn(pressure::keep(Arc::clone(&jobs)));
        let lane = jobs.lane.clone();
        tasks.spawn(async move { lane.run().await });
        tasks.spawn(scrub::keep(Arc::clone(&jobs)));
        tasks.spawn(served::keep(Arc::clone(&jobs)));
        tasks.spawn(seen::keep(Arc::clone(&jobs)));
        tasks.spawn(figures::keep(Arc::clone(&jobs)));
        tasks.spawn(gias::keep(Arc::clone(&jobs)));
        tasks.spawn(identity::keep(Arc::clone(&jobs)));
        tasks.spawn(users::keep(Arc::clone(&jobs)));
        tasks.spawn(view_as::keep(Arc::clone(&jobs)));
        tasks.spawn(forgotten_password::keep(Arc::clone(&jobs)));
        tasks.spawn(password_age::keep(Arc::clone(&jobs)));
        tasks.spawn(access_requests::keep(Arc::clone(&jobs)));
        tasks.spawn(readiness::heartbeat(Arc::clone(&jobs)));
        tasks.spawn(ship::keep(Arc::clone(&jobs)));
        // These have an end of their own: they take their leave, and finish what is on the wire.
        let mut leaving = JoinSet::new();
        leaving.spawn(waiting::exchange::keep(Arc::clone(&jobs), exchanges, stop.clone()));
        leaving.spawn(outbox::keep(Arc::clone(&jobs), stop.clone()));
        // The sender lives as long as the server; its end is a stop as well.
        let _told = stop.wait_for(|stop| *stop).await;
        tasks.shutdown().await;
        leaving.join_all().await;
        jobs.node.journal.write_later();
        let last = tokio::time::timeout(ship::LAST_SHIPMENT, ship::ship_all(&jobs));
        if !matches!(last.await, Ok(Ok(()))) {
            tracing::warn!("the journal will be shipped by the next start");
        }
    }

    /// Takes work that one node does for all of them. Whether it is this node's turn; whatever comes of it, no
    /// node has the next one for so long.
    async fn takes_turn(
        &self,
        name: &'static str,
        now: Timestamp,
        turn: SignedDuration,
    ) -> Result<bool, StoreError> {
        let holder = self.node.name.to_string();
        self.working.run(now, &TakeLease { name, holder, now, until: now + turn }).await
    }
}

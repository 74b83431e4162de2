//! Speaks for this node's waiting room to all others, four times a second, through the database.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

use super::rows;
use crate::admission::{LANES, Membership, Queue, Role, Shared};
use crate::jobs::Jobs;
use crate::store::StoreError;
use crate::store::queue::{Exchange, HasQueues, QueueRows};
use crate::telemetry::chain;

/// From one exchange to the next.
const EXCHANGE_EVERY: Duration = Duration::from_millis(250);
/// The same of a node that is alone, which has all it needs: others must only hear of it within their patience.
const ALONE_EVERY: Duration = Duration::from_secs(1);
/// Longest time for one exchange; then the database counts as away.
const EXCHANGE_WAIT: Duration = Duration::from_millis(500);
/// Rest after the database was away.
const AWAY_PAUSE: Duration = Duration::from_secs(5);
/// From one look for the tables to the next, with the schema of a version that had none.
const OLD_SCHEMA_PAUSE: Duration = Duration::from_secs(30);

/// What a start without the database goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    slot: u8,
    nodes: u32,
}

/// Why there was no exchange.
#[derive(Debug, thiserror::Error)]
enum NoExchange {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database did not answer within {EXCHANGE_WAIT:?}")]
    Late,
}

/// This node among all others.
#[derive(Debug)]
pub struct Exchanges {
    membership: Membership,
    kept: Standing,
    has_queues: bool,
}

impl Exchanges {
    /// A node that has just begun: nobody is let in before the first exchange, or its failure.
    pub fn begin(jobs: &Jobs) -> Self {
        let kept: Standing = match jobs.node.state().read("cluster") {
            Ok(kept) => kept.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "it is not known which nodes there were");
                Standing::default()
            }
        };
        jobs.waiting.room().await_others(jobs.waiting.tick());
        let process = u64::from_le_bytes(crate::node::keys::random());
        let membership =
            Membership::new(jobs.node.name.to_string(), process, kept.slot, kept.nodes);
        Self { membership, kept, has_queues: false }
    }

    /// Comes by once, or notes that the database is away; gives how long to wait for the next time.
    pub async fn once(&mut self, jobs: &Jobs) -> Duration {
        let waiting = &jobs.waiting;
        match self.exchange(jobs).await {
            Ok(true) => {
                self.keep(jobs);
                waiting.begin_sharing();
                let alone = waiting.room().role() == Role::Alone;
                if alone { ALONE_EVERY } else { EXCHANGE_EVERY }
            }
            Ok(false) => {
                // Every node numbers its own queue, as the version before did.
                waiting.room().stand_alone(waiting.tick());
                OLD_SCHEMA_PAUSE
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the waiting room goes on by itself");
                self.membership.lost(waiting.room(), waiting.tick());
                AWAY_PAUSE
            }
        }
    }

    /// Ends in good order, so that nobody waits for this node.
    async fn leave(&self, jobs: &Jobs) {
        if !self.has_queues {
            return;
        }
        let report = self.membership.last_report(jobs.waiting.room(), jobs.waiting.tick());
        let left = transact(jobs, |mut shared| {
            shared.leave(&report);
            (shared, ())
        });
        if let Err(error) = left.await {
            tracing::warn!(error = %chain(&error), "other nodes will find out that this one has ended");
        }
    }

    async fn exchange(&mut self, jobs: &Jobs) -> Result<bool, NoExchange> {
        let waiting = &jobs.waiting;
        if !self.has_queues {
            let asked = jobs.store.run(jobs.node.clock.now(), &HasQueues);
            self.has_queues = within(asked).await?;
        }
        if !self.has_queues {
            return Ok(false);
        }
        let sent = waiting.tick();
        let report = self.membership.report(waiting.room(), sent);
        let granted = transact(jobs, |mut shared| {
            let granted = shared.exchange(&report);
            (shared, granted)
        })
        .await?;
        self.membership.take(waiting.room(), &granted, sent, waiting.tick());
        Ok(true)
    }

    /// Writes down what a start without the database must know, when it has changed.
    fn keep(&mut self, jobs: &Jobs) {
        let (slot, nodes) = self.membership.standing();
        let now = Standing { slot, nodes };
        if now == self.kept {
            return;
        }
        match jobs.node.state().write("cluster", &now) {
            Ok(()) => self.kept = now,
            Err(error) => tracing::warn!(error = %chain(&error), "the nodes are not written down"),
        }
    }
}

/// One transaction on the rows of the queue.
async fn transact<T: Send>(
    jobs: &Jobs,
    decide: impl Fn(Shared) -> (Shared, T) + Sync,
) -> Result<T, NoExchange> {
    let Queue { event, epoch } = jobs.waiting.room().queue();
    let change = |found: QueueRows| {
        let (shared, home) = decide(rows::shared(found));
        (rows::rows(shared), home)
    };
    let node = jobs.node.name.to_string();
    let work = Exchange { event, epoch, node, lanes: LANES, change };
    within(jobs.store.run(jobs.node.clock.now(), &work)).await
}

async fn within<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, NoExchange> {
    let answered = tokio::time::timeout(EXCHANGE_WAIT, asked).await;
    Ok(answered.map_err(|_| NoExchange::Late)??)
}

/// Comes by again and again, and takes its leave when the node stops.
pub(in crate::jobs) async fn keep(
    jobs: Arc<Jobs>,
    mut exchanges: Exchanges,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let began = Instant::now();
        let pause = exchanges.once(&jobs).await;
        // Nodes that began together drift apart: they share one row.
        let share = f64::from(crate::node::keys::random::<1>()[0]) / 255.0;
        let pause = pause.mul_f64(0.9 + 0.2 * share);
        tokio::select! {
            () = tokio::time::sleep(pause.saturating_sub(began.elapsed())) => (),
            // The sender lives as long as the server; its end is a stop as well.
            _told = stop.wait_for(|stop| *stop) => break,
        }
    }
    exchanges.leave(&jobs).await;
}

//! Asks the database whether a place in the queue was used before, for sign-ins that wait for the answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::admission::{Queue, TICKET_LIFE};
use crate::jobs::Jobs;
use crate::service::waiting::{Asked, REDEEM_WAIT};
use crate::store::redeemed::{ForgetRedeemed, Redeem, Redemption};
use crate::telemetry::chain;

/// Places of one transaction.
const BATCH_MAX: usize = 64;
/// From one removal of old places to the next.
const FORGET_EVERY: Duration = Duration::from_mins(1);
/// Places are remembered for this much longer than tickets live: clocks may differ.
const SLACK: SignedDuration = SignedDuration::from_mins(30);

/// Answers until the node stops.
pub(in crate::jobs) async fn keep(jobs: Arc<Jobs>) {
    let Some(mut asked) = jobs.waiting.redemptions() else { return };
    let mut batch = Vec::new();
    while asked.recv_many(&mut batch, BATCH_MAX).await > 0 {
        answer(&jobs, std::mem::take(&mut batch)).await;
    }
}

async fn answer(jobs: &Jobs, batch: Vec<Asked>) {
    let queue = jobs.waiting.room().queue();
    let work = Redeem(batch.iter().map(|asked| redemption(queue, asked)).collect());
    let asking = jobs.store.run(jobs.node.clock.now(), &work);
    match tokio::time::timeout(REDEEM_WAIT, asking).await {
        Ok(Ok(firsts)) => {
            for (asked, first) in batch.into_iter().zip(firsts) {
                // Who does not wait any more has gone on; the journals settle it.
                let _gone = asked.reply.send(first);
            }
        }
        // Dropped without an answer: sign-ins go on by themselves.
        Ok(Err(error)) => tracing::warn!(error = %chain(&error), "used places are not shared"),
        Err(_) => tracing::warn!("used places are not shared: the database is slow"),
    }
}

fn redemption(queue: Queue, asked: &Asked) -> Redemption {
    Redemption {
        event: queue.event,
        epoch: queue.epoch,
        lane: asked.lane,
        seq: asked.seq,
        session: asked.session,
        at: asked.at,
    }
}

/// Removes places that nobody can show any more.
pub(in crate::jobs) async fn forget(jobs: Arc<Jobs>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + FORGET_EVERY, FORGET_EVERY);
    loop {
        ticks.tick().await;
        if !jobs.waiting.sharing() {
            continue;
        }
        let now = jobs.node.clock.now();
        let life = SignedDuration::try_from(TICKET_LIFE).expect("hours") + SLACK;
        let forgotten = jobs.store.run(now, &ForgetRedeemed { before: now - life }).await;
        if let Err(error) = forgotten {
            tracing::warn!(error = %chain(&error), "old places are still remembered");
        }
    }
}

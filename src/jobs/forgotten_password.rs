//! Looks at the names of people who have forgotten their passwords, and sends a link to those who have an account.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::admission::Limit;
use crate::node::keys::random;
use crate::service::forgotten_password::{Asked, WAITING_MAX};
use crate::service::waiting::{address_hash, name_hash};
use crate::store::StoreError;
use crate::store::forgotten_password::{SendLink, Sent};
use crate::telemetry::chain;
use crate::telemetry::entry::LinkOutcome;

/// A name waits so long for the database; people have asked again by then.
const WAIT_MAX: Duration = Duration::from_mins(10);
/// Names are looked at within this time, at a moment that has nothing to do with who asked.
const LOOK_WITHIN: Duration = Duration::from_secs(1);
/// Row id that no user has.
const NOBODY: i64 = 0;
/// After the database did not answer it is asked again this much later.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// Looks at one name after the other.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let Some(mut names) = jobs.forgotten.take() else { return };
    let mut waiting = Vec::new();
    while names.recv_many(&mut waiting, WAITING_MAX).await > 0 {
        tokio::time::sleep(LOOK_WITHIN.mul_f64(f64::from(random::<1>()[0]) / 255.0)).await;
        for asked in waiting.drain(..) {
            jobs.metrics.entry.link(settle(&jobs, &asked).await);
        }
    }
}

/// Looks at a name until the database answers, or it is too late.
async fn settle(jobs: &Jobs, asked: &Asked) -> LinkOutcome {
    loop {
        match look(jobs, asked).await {
            Ok(outcome) => return outcome,
            Err(_) if asked.at.elapsed() > WAIT_MAX => return LinkOutcome::TooLate,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "links for passwords wait");
                tokio::time::sleep(ASK_AGAIN).await;
            }
        }
    }
}

async fn look(jobs: &Jobs, asked: &Asked) -> Result<LinkOutcome, StoreError> {
    let now = jobs.node.clock.now();
    let directory = jobs.node.directory();
    let user = directory.user_named(&asked.name);
    let organisations: Vec<i64> =
        user.iter().flat_map(|user| user.memberships.iter().map(|(id, _)| *id)).collect();
    // The database is asked all the same: work that only a known name makes can be felt by whoever asks next.
    let id = user.filter(|_| !organisations.is_empty()).map_or(NOBODY, |user| user.id);
    let (limits, tick) = (jobs.waiting.limits(), jobs.waiting.tick());
    let keys = [
        (Limit::LettersOfAddress, asked.address.map_or(0, address_hash)),
        (Limit::Letters, name_hash(&asked.name)),
    ];
    // Looked at before and counted after: the database may have to be asked again.
    if let Some(slow) = keys.iter().find_map(|(limit, key)| limits.look(*limit, *key, tick).err()) {
        jobs.waiting.metrics().limited(slow.limit.label());
        return Ok(LinkOutcome::Limited);
    }
    let work = SendLink { user: id, organisations, now };
    let sent = jobs.working.run(now, &work).await?;
    for (limit, key) in keys.into_iter().filter(|_| id != NOBODY) {
        let _counted = limits.check(limit, key, tick);
    }
    Ok(match sent {
        Sent::Reset => LinkOutcome::Sent,
        Sent::Invitation => LinkOutcome::Invited,
        Sent::Nothing => LinkOutcome::Nothing,
    })
}

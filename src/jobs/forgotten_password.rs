//! Looks at the names of people who have forgotten their passwords, and sends a link to those who have an account.

use std::sync::Arc;
use std::time::Duration;

use super::Jobs;
use crate::admission::Limit;
use crate::service::forgotten_password::Asked;
use crate::service::waiting::{address_hash, name_hash};
use crate::store::StoreError;
use crate::store::forgotten_password::{SendLink, Sent};
use crate::telemetry::chain;
use crate::telemetry::entry::LinkOutcome;

/// A name waits so long for the database; people have asked again by then.
const WAIT_MAX: Duration = Duration::from_mins(10);
/// After the database did not answer it is asked again this much later.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// Looks at one name after the other.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    let Some(mut names) = jobs.forgotten.take() else { return };
    while let Some(asked) = names.recv().await {
        let outcome = loop {
            match look(&jobs, &asked).await {
                Ok(outcome) => break outcome,
                Err(_) if asked.at.elapsed() > WAIT_MAX => break LinkOutcome::TooLate,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "links for passwords wait");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
            }
        };
        jobs.metrics.entry.link(outcome);
    }
}

async fn look(jobs: &Jobs, asked: &Asked) -> Result<LinkOutcome, StoreError> {
    let now = jobs.node.clock.now();
    let directory = jobs.node.directory();
    let Some(user) = directory.user_named(&asked.name) else { return Ok(LinkOutcome::Nothing) };
    let organisations: Vec<i64> = user.memberships.iter().map(|(id, _)| *id).collect();
    if organisations.is_empty() {
        return Ok(LinkOutcome::Nothing);
    }
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
    let work = SendLink { user: user.id, organisations, now };
    let sent = jobs.working.run(now, &work).await?;
    for (limit, key) in keys {
        let _counted = limits.check(limit, key, tick);
    }
    Ok(match sent {
        Sent::Reset => LinkOutcome::Sent,
        Sent::Invitation => LinkOutcome::Invited,
        Sent::Nothing => LinkOutcome::Nothing,
    })
}

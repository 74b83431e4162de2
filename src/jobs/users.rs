//! Looks after users on one node for all of them: cover that ends, accounts that nobody uses, termly reminders.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Jobs;
use crate::domain::calendar::{day, day_in_words};
use crate::store::users::{CareFor, Cared, NextOrganisations, PassDone, RemindManagers};
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// Name of the job in leases.
const NAME: &str = "users";
/// It looks this often whether it is its turn.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After a turn, whatever came of it, no node takes the next for so long. Cover ends by the clock of each node;
/// only its row waits for this.
const TURN: SignedDuration = SignedDuration::from_mins(10);
/// Organisations of one transaction.
const BATCH: i64 = 200;

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        if let Err(error) = look(&jobs).await {
            tracing::warn!(error = %chain(&error), "nobody looks after users at present");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(jobs: &Jobs) -> Result<(), StoreError> {
    let now = jobs.node.clock.now();
    if !jobs.takes_turn(NAME, now, TURN).await? {
        return Ok(());
    }
    let cared = care_for_all(jobs, now).await?;
    if cared != Cared::default() {
        let Cared { ended, warned, suspended } = cared;
        tracing::info!(ended, warned, suspended, "looked after users");
    }
    remind(jobs, now).await
}

async fn care_for_all(jobs: &Jobs, now: Timestamp) -> Result<Cared, StoreError> {
    let policy = &jobs.care;
    let warned_before = policy.warned_before(now).filter(|_| !policy.is_frozen(now));
    let mut all = Cared::default();
    let mut after = 0;
    while let Some((organisations, last)) = next(&jobs.working, now, after).await? {
        after = last;
        let work = CareFor {
            organisations,
            now,
            warned_before,
            suspended_before: policy.suspended_before(now),
            warning_days: policy.warning_days,
        };
        let Cared { ended, warned, suspended } = jobs.working.run(now, &work).await?;
        all.ended += ended;
        all.warned += warned;
        all.suspended += suspended;
    }
    Ok(all)
}

/// Reminds of the present term's review when it begins, and when it is overdue. A pass that was cut off goes on
/// with the next turn: nobody gets a message twice.
async fn remind(jobs: &Jobs, now: Timestamp) -> Result<(), StoreError> {
    let Some(term) = jobs.care.term(now) else { return Ok(()) };
    let until = jobs.care.review_by(term);
    let stage = if day(now) > until { "overdue" } else { "due" };
    let name = format!("review {stage} {term}");
    // On the days of the results the post is theirs.
    if jobs.care.is_frozen(now) {
        return Ok(());
    }
    if jobs.working.run(now, &PassDone { name: name.clone(), done_at: None }).await? {
        return Ok(());
    }
    let (mut after, mut told) = (0, 0);
    while let Some((organisations, last)) = next(&jobs.working, now, after).await? {
        after = last;
        let by = day_in_words(until);
        let work = RemindManagers { organisations, term, stage, by, now };
        told += jobs.working.run(now, &work).await?;
    }
    jobs.working.run(now, &PassDone { name, done_at: Some(now) }).await?;
    tracing::info!(told, %term, stage, "reminded of the review of users");
    Ok(())
}

/// The next organisations and the last of them; none after the last.
async fn next(
    store: &Store,
    now: Timestamp,
    after: i64,
) -> Result<Option<(Vec<i64>, i64)>, StoreError> {
    let organisations = store.run(now, &NextOrganisations { after, limit: BATCH }).await?;
    Ok(organisations.last().copied().map(|last| (organisations, last)))
}

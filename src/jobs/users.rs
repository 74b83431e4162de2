//! Looks after users on one node for all of them: cover that ends, accounts that nobody uses, termly reminders.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Jobs;
use crate::domain::calendar::{day, day_in_words};
use crate::domain::users::care::Policy;
use crate::store::leases::TakeLease;
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

/// What the job works with.
#[derive(Clone, Debug)]
pub struct Care {
    /// What was decided.
    pub policy: Policy,
    /// The database as the role that runs jobs.
    pub store: Store,
}

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        if let Err(error) = look(&jobs, &jobs.care).await {
            tracing::warn!(error = %chain(&error), "nobody looks after users at present");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(jobs: &Jobs, care: &Care) -> Result<(), StoreError> {
    let now = jobs.node.clock.now();
    let turn = TakeLease { name: NAME, holder: jobs.node.name.to_string(), now, until: now + TURN };
    if !care.store.run(now, &turn).await? {
        return Ok(());
    }
    let cared = care_for_all(care, now).await?;
    if cared != Cared::default() {
        let Cared { ended, warned, suspended } = cared;
        tracing::info!(ended, warned, suspended, "looked after users");
    }
    remind(care, now).await
}

async fn care_for_all(care: &Care, now: Timestamp) -> Result<Cared, StoreError> {
    let policy = &care.policy;
    let warned_before = policy.warned_before(now).filter(|_| !policy.is_frozen(now));
    let mut all = Cared::default();
    let mut after = 0;
    while let Some((organisations, last)) = next(care, now, after).await? {
        after = last;
        let work = CareFor {
            organisations,
            now,
            warned_before,
            suspended_before: policy.suspended_before(now),
            warning_days: policy.warning_days,
        };
        let Cared { ended, warned, suspended } = care.store.run(now, &work).await?;
        all.ended += ended;
        all.warned += warned;
        all.suspended += suspended;
    }
    Ok(all)
}

/// Reminds of the present term's review when it begins, and when it is overdue. A pass that was cut off goes on
/// with the next turn: nobody gets a message twice.
async fn remind(care: &Care, now: Timestamp) -> Result<(), StoreError> {
    let Some(term) = care.policy.term(now) else { return Ok(()) };
    let until = care.policy.review_by(term);
    let stage = if day(now) > until { "overdue" } else { "due" };
    let name = format!("review {stage} {term}");
    // On the days of the results the post is theirs.
    if care.policy.is_frozen(now) {
        return Ok(());
    }
    if care.store.run(now, &PassDone { name: name.clone(), done_at: None }).await? {
        return Ok(());
    }
    let (mut after, mut told) = (0, 0);
    while let Some((organisations, last)) = next(care, now, after).await? {
        after = last;
        let by = day_in_words(until);
        let work = RemindManagers { organisations, term, stage, by, now };
        told += care.store.run(now, &work).await?;
    }
    care.store.run(now, &PassDone { name, done_at: Some(now) }).await?;
    tracing::info!(told, %term, stage, "reminded of the review of users");
    Ok(())
}

/// The next organisations and the last of them; none after the last.
async fn next(
    care: &Care,
    now: Timestamp,
    after: i64,
) -> Result<Option<(Vec<i64>, i64)>, StoreError> {
    let organisations = care.store.run(now, &NextOrganisations { after, limit: BATCH }).await?;
    Ok(organisations.last().copied().map(|last| (organisations, last)))
}

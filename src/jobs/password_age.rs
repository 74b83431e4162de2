//! Reminds people whose passwords end soon, and clears away links of which nothing can come any more.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Jobs;
use crate::domain::calendar::{day, day_in_words};
use crate::node::directory::User;
use crate::store::StoreError;
use crate::store::passwords::{BeginAge, EndsSoon, Remind};
use crate::store::tokens::ClearTokens;
use crate::telemetry::chain;

/// Name of the job in leases.
const NAME: &str = "password_age";
/// It looks this often whether it is its turn.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// After a look, whatever came of it, no node looks again for so long. Reminders are days apart.
const TURN: SignedDuration = SignedDuration::from_hours(1);
/// People of one transaction.
const BATCH: usize = 500;

/// Looks again and again.
pub(super) async fn keep(jobs: Arc<Jobs>) {
    loop {
        let now = jobs.node.clock.now();
        if let Err(error) = look(&jobs, now).await {
            tracing::warn!(error = %chain(&error), "nobody is reminded of passwords at present");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(jobs: &Jobs, now: Timestamp) -> Result<(), StoreError> {
    let store = &jobs.working;
    // Before the first snapshot there is nobody to look at.
    if jobs.node.directory().users() == 0 {
        return Ok(());
    }
    if !jobs.takes_turn(NAME, now, TURN).await? {
        return Ok(());
    }
    // Until the schema knows of ages, there is nothing to count.
    if store.run(now, &ClearTokens { now }).await?.is_none() {
        return Ok(());
    }
    let (ages, soon) = sorted(jobs, now);
    for users in ages.chunks(BATCH) {
        store.run(now, &BeginAge { users: users.to_vec(), now }).await?;
    }
    for passwords in soon.chunks(BATCH) {
        let queued = store.run(now, &Remind { passwords: passwords.to_vec(), now }).await?;
        jobs.metrics.entry.reminders.inc_by(queued);
    }
    Ok(())
}

/// Passwords whose age is not known yet, and those that end soon; none where passwords never end.
fn sorted(jobs: &Jobs, now: Timestamp) -> (Vec<(i64, i64)>, Vec<EndsSoon>) {
    let (mut ages, mut soon) = (Vec::new(), Vec::new());
    let policy = &jobs.ages;
    if policy.profile().expiry.is_none() {
        return (ages, soon);
    }
    let times = jobs.node.plan().times();
    let directory = jobs.node.directory();
    for user in directory.people().filter(|user| user.active) {
        let Some(organisation) = first_organisation(user) else { continue };
        let Some(set_at) = directory.password(user.id).set_at else {
            ages.push((user.id, organisation));
            continue;
        };
        let Some(expiry) = policy.expiry(set_at, now, times.as_ref()) else { continue };
        let Some(reminder) = expiry.reminder else { continue };
        let ends = day_in_words(day(expiry.at));
        soon.push(EndsSoon { user: user.id, organisation, set_at, ends, reminder });
    }
    (ages, soon)
}

fn first_organisation(user: &User) -> Option<i64> {
    user.memberships.iter().map(|(id, _)| *id).min()
}

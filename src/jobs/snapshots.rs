//! Keeps the node's snapshots: LISTEN tells what changed, polling follows in case it did not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::unlocked::Unlocked;
use super::{Jobs, PAUSE};
use crate::domain::ids::Laestab;
use crate::domain::keys::{RENEW_AFTER, RING_KEYS_MAX, signing};
use crate::node::keys::{KeyRings, Purpose, RingKey, random};
use crate::node::plan::Plan;
use crate::store::StoreError;
use crate::store::directory::{ReadDirectory, ReadUsers};
use crate::store::holds::{Hold, SetHold};
use crate::store::keys::{KeyRow, RenewKeys, ShareRevocations};
use crate::store::listen::listen as listen_once;
use crate::store::plan::ReadPlan;
use crate::telemetry::{Hidden, chain};

mod changes;
mod rows;

pub use changes::{Changes, What, Whom};

/// Everything but the directory is read this often while LISTEN works.
const POLL_WITH_LISTEN: Duration = Duration::from_secs(30);
/// So is the directory: the nation's takes a second of a node and of the database.
const DIRECTORY_POLL: Duration = Duration::from_mins(5);
/// The small snapshots are read this often while it does not.
const POLL_WITHOUT: Duration = Duration::from_secs(1);
/// Sessions that were ended here are shared this soon.
const SHARE_EVERY: Duration = Duration::from_millis(100);

/// Listens for changes, again and again.
pub(super) async fn listen(jobs: Arc<Jobs>, changes: Changes) {
    loop {
        jobs.listening.store(true, Ordering::Relaxed);
        let ended = listen_once(jobs.store.access(), &|payload: &str| changes.note(payload)).await;
        jobs.listening.store(false, Ordering::Relaxed);
        if let Err(error) = ended {
            tracing::warn!(error = %chain(&error), "not listening to the database");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads whatever changed.
pub(super) async fn follow(jobs: Arc<Jobs>, changes: Changes) {
    let (mut what, mut unlocked) = (What::all(), Unlocked::default());
    let mut read_all_at = Instant::now();
    loop {
        if what.directory == Whom::Everybody {
            read_all_at = Instant::now();
        }
        let mut outcome = if what.unlocked { unlocked.read(&jobs).await } else { Ok(()) };
        if outcome.is_ok() {
            outcome = refresh(&jobs, &what).await;
        }
        if let Err(error) = outcome {
            tracing::warn!(error = %chain(&error), ?what, "a snapshot could not be read");
            // What was not read is not forgotten.
            changes.put_back(what);
            tokio::time::sleep(PAUSE).await;
        }
        let listening = jobs.listening.load(Ordering::Relaxed);
        let pause = if listening { POLL_WITH_LISTEN } else { POLL_WITHOUT };
        what = match tokio::time::timeout(pause, changes.next()).await {
            Ok(news) => news,
            Err(_) if listening && read_all_at.elapsed() < DIRECTORY_POLL => {
                What::all_but_directory()
            }
            Err(_) => What::all(),
        };
    }
}

/// Reads what changed.
pub async fn refresh(jobs: &Jobs, what: &What) -> Result<(), StoreError> {
    // First what somebody waits for.
    match &what.directory {
        Whom::Nobody | Whom::Everybody => (),
        Whom::Some(users) => read_users(jobs, users).await?,
    }
    if what.plan {
        read_plan(jobs).await?;
    }
    if what.keys {
        read_keys(jobs).await?;
    }
    if what.revocations {
        read_revocations(jobs).await?;
    }
    if what.waiting {
        super::waiting::read(jobs).await?;
    }
    if what.directory == Whom::Everybody {
        read_directory(jobs).await?;
    }
    jobs.readiness.refreshed(jobs.node.clock.now());
    Ok(())
}

async fn read_plan(jobs: &Jobs) -> Result<(), StoreError> {
    share_holds(jobs).await?;
    let releases = jobs.store.run(jobs.node.clock.now(), &ReadPlan).await?;
    kept(jobs.node.set_plan(Plan { releases }));
    Ok(())
}

/// Hands on the holds that were placed or lifted here while the database was away.
async fn share_holds(jobs: &Jobs) -> Result<(), StoreError> {
    for pending in jobs.node.pending_holds() {
        let now = jobs.node.clock.now();
        let work = SetHold {
            id: pending.release,
            school: pending.school.and_then(|number| Laestab::from_number(number).ok()),
            hold: if pending.placed { Hold::Place } else { Hold::Lift },
            reason: None,
            actor: pending.actor,
            now,
        };
        jobs.store.run(now, &work).await?;
        kept(jobs.node.holds_shared(1));
    }
    Ok(())
}

async fn read_keys(jobs: &Jobs) -> Result<(), StoreError> {
    let now = jobs.node.clock.now();
    let secret = |purpose: Purpose| (purpose.key(), Hidden::new(random::<32>().to_vec()));
    let work = RenewKeys {
        offered: Purpose::ALL.map(secret).to_vec(),
        now,
        renew_before: now - RENEW_AFTER,
        forget_before: now - Purpose::Session.forgotten_after(),
        forget_devices_before: (Purpose::Queue.key(), now - Purpose::Queue.forgotten_after()),
    };
    let rows = jobs.store.run(now, &work).await?;
    kept(jobs.node.set_keys(rings(&rows, now)));
    Ok(())
}

/// The rings, each with the key that signs now.
fn rings(rows: &[KeyRow], now: Timestamp) -> KeyRings {
    let ring = |purpose: Purpose| {
        let own: Vec<&KeyRow> = rows.iter().filter(|row| row.purpose == purpose.key()).collect();
        // Numbers go round in what keys sign: of two with the same, the newer counts.
        let own = &own[own.len().saturating_sub(RING_KEYS_MAX)..];
        let made: Vec<Timestamp> = own.iter().map(|row| row.made_at).collect();
        let signs = signing(&made, now);
        let key = |(place, row): (usize, &&KeyRow)| {
            let key = key(purpose, row)?;
            Some(if Some(place) == signs { key.signing() } else { key })
        };
        own.iter().enumerate().filter_map(key).collect::<Vec<_>>()
    };
    KeyRings { keys: Purpose::ALL.into_iter().flat_map(ring).collect() }
}

fn key(purpose: Purpose, row: &KeyRow) -> Option<RingKey> {
    let id = u8::try_from(row.id.rem_euclid(256)).ok()?;
    Some(RingKey::new(purpose, id, row.secret.expose().as_slice().try_into().ok()?))
}

async fn read_revocations(jobs: &Jobs) -> Result<(), StoreError> {
    let ended_here = jobs.node.unshared_revocations();
    let now = jobs.node.clock.now();
    let work = ShareRevocations { ended_here: ended_here.clone(), now };
    let all = jobs.store.run(now, &work).await?;
    jobs.node.set_revocations(all.into_iter().collect(), &ended_here);
    Ok(())
}

async fn read_directory(jobs: &Jobs) -> Result<(), StoreError> {
    let rows = jobs.store.run(jobs.node.clock.now(), &ReadDirectory).await?;
    kept(jobs.node.set_directory(rows::directory(rows)));
    Ok(())
}

/// Reads those who changed, and nobody else.
async fn read_users(jobs: &Jobs, ids: &BTreeSet<i64>) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    let work = ReadUsers(ids);
    let rows = jobs.store.run(jobs.node.clock.now(), &work).await?;
    kept(jobs.node.change_directory(&work.0, rows::changed(rows)));
    Ok(())
}

/// A snapshot that cannot be kept on disk is used all the same, and alarms.
fn kept(outcome: Result<(), crate::node::state::StateError>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "a snapshot could not be kept for a start without the database");
    }
}

/// Hands on the sessions that were ended here as soon as the database is there.
pub(super) async fn share_revocations(jobs: Arc<Jobs>) {
    loop {
        tokio::time::sleep(SHARE_EVERY).await;
        if jobs.node.unshared_revocations().is_empty() {
            continue;
        }
        if let Err(error) = read_revocations(&jobs).await {
            tracing::warn!(error = %chain(&error), "ended sessions are known to this node only");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_newest_of_256_keys_count_and_one_of_a_ring_signs() {
        let start: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let made = |purpose: Purpose, id: i16| KeyRow {
            purpose: purpose.key().to_owned(),
            id,
            secret: Hidden::new(vec![1; 32]),
            made_at: start + SignedDuration::from_mins(id.into()),
        };
        let signing = |rows: &[KeyRow], minutes: i64| {
            let rings = rings(rows, start + SignedDuration::from_mins(minutes));
            let signs = rings.keys.iter().filter(|key| key.signs);
            (rings.keys.len(), signs.map(|key| (key.purpose, key.id)).collect::<Vec<_>>())
        };
        let (queue, form) = (Purpose::Queue, Purpose::Form);
        let rows = [made(form, 3), made(queue, 4), made(queue, 20)];
        assert_eq!(signing(&rows, 24), (3, vec![(form, 3), (queue, 4)]));
        assert_eq!(signing(&rows, 25), (3, vec![(form, 3), (queue, 20)]));
        // Ids go round after 255: the order of the rows counts, not the greatest id.
        assert_eq!(signing(&[made(queue, 255), made(queue, 256)], 300), (2, vec![(queue, 0)]));
        let many: Vec<KeyRow> = (1..=300).map(|id| made(queue, id)).collect();
        assert_eq!(signing(&many, 900), (256, vec![(queue, 44)]));
    }
}

//! Keeps the node's snapshots: LISTEN tells what changed, polling follows in case it did not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::unlocked::Unlocked;
use super::{Jobs, PAUSE};
use crate::domain::ids::Laestab;
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
/// A ring gets a new key after this.
const RENEW_AFTER: SignedDuration = SignedDuration::from_hours(12);
/// A key is forgotten after this: it signs for twelve hours, and what it signed lives for twelve at the most.
const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(36);
/// The same of the queue, whose keys also sign devices that are known for ninety days: 182 keys at the most.
const FORGET_DEVICES_AFTER: SignedDuration = SignedDuration::from_hours(91 * 24);
/// A new key only reads for so long: by then every node has it, with polling alone and a clock that is off.
const READS_FIRST: SignedDuration = SignedDuration::from_mins(5);

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
        forget_before: now - FORGET_AFTER,
        forget_devices_before: (Purpose::Queue.key(), now - FORGET_DEVICES_AFTER),
    };
    let rows = jobs.store.run(now, &work).await?;
    kept(jobs.node.set_keys(rings(&rows, now)));
    Ok(())
}

/// The rings, each with the key that signs now: the newest that every node has, else the oldest.
fn rings(rows: &[KeyRow], now: Timestamp) -> KeyRings {
    let signs = |row: &KeyRow| {
        let mut ring = rows.iter().filter(|other| other.purpose == row.purpose);
        let oldest = ring.clone().next();
        let active = ring.rfind(|other| other.made_at + READS_FIRST <= now).or(oldest);
        active.is_some_and(|active| active.id == row.id)
    };
    let key = |row: &KeyRow| Some(if signs(row) { key(row)?.signing() } else { key(row)? });
    KeyRings { keys: rows.iter().filter_map(key).collect() }
}

fn key(row: &KeyRow) -> Option<RingKey> {
    let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.key() == row.purpose)?;
    // Ids go round; the ring holds far fewer keys than that.
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
    use super::*;

    #[test]
    fn a_new_key_signs_when_every_node_has_had_it_for_five_minutes() {
        let start: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let made = |id: i16, minutes: i64| KeyRow {
            purpose: Purpose::Queue.key().to_owned(),
            id,
            secret: Hidden::new(vec![1; 32]),
            made_at: start + SignedDuration::from_mins(minutes),
        };
        let signing = |rows: &[KeyRow], minutes: i64| {
            let rings = rings(rows, start + SignedDuration::from_mins(minutes));
            let ids: Vec<u8> =
                rings.keys.iter().filter(|key| key.signs).map(|key| key.id).collect();
            (rings.keys.len(), ids)
        };
        let rows = [made(3, 0), made(4, 720)];
        assert_eq!(signing(&rows[..1], 0), (1, vec![3]), "the first key signs at once");
        assert_eq!(signing(&rows, 724), (2, vec![3]));
        assert_eq!(signing(&rows, 725), (2, vec![4]));
        // Ids go round after 255: the order of the rows counts, not the greatest id.
        assert_eq!(signing(&[made(255, 0), made(256, 720)], 800), (2, vec![0]));
    }
}

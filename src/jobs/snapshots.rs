//! Keeps the node's snapshots: LISTEN tells what changed, polling follows in case it did not.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::{Jobs, PAUSE};
use crate::domain::access::Permissions;
use crate::domain::ids::Laestab;
use crate::node::directory::{Directory, Organisation, User};
use crate::node::keys::{KeyRings, Purpose, RingKey, random};
use crate::node::plan::Plan;
use crate::store::StoreError;
use crate::store::directory::{DirectoryRows, ReadDirectory};
use crate::store::keys::{KeyRow, RenewKeys, ShareRevocations};
use crate::store::listen::listen as listen_once;
use crate::store::plan::ReadPlan;
use crate::store::releases::{Hold, SetHold};
use crate::telemetry::{Hidden, chain};

/// Everything is read this often while LISTEN works.
const POLL_WITH_LISTEN: Duration = Duration::from_secs(30);
/// The small snapshots are read this often while it does not.
const POLL_WITHOUT: Duration = Duration::from_secs(1);
/// Sessions that were ended here are shared this soon.
const SHARE_EVERY: Duration = Duration::from_millis(100);
/// A ring gets a new key after this.
const RENEW_AFTER: SignedDuration = SignedDuration::from_hours(12);
/// A key is forgotten after this; longer than a session can live.
const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(36);

/// Listens for changes, again and again.
pub(super) async fn listen(jobs: Arc<Jobs>, changed: mpsc::Sender<String>) {
    loop {
        jobs.listening.store(true, Ordering::Relaxed);
        let ended = listen_once(jobs.store.access(), &changed).await;
        jobs.listening.store(false, Ordering::Relaxed);
        if let Err(error) = ended {
            tracing::warn!(error = %chain(&error), "not listening to the database");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads whatever changed.
pub(super) async fn follow(jobs: Arc<Jobs>, mut changes: mpsc::Receiver<String>) {
    let mut what = "all".to_owned();
    loop {
        if let Err(error) = refresh(&jobs, &what).await {
            tracing::warn!(error = %chain(&error), what, "a snapshot could not be read");
        }
        let listening = jobs.listening.load(Ordering::Relaxed);
        let pause = if listening { POLL_WITH_LISTEN } else { POLL_WITHOUT };
        what = match tokio::time::timeout(pause, changes.recv()).await {
            Ok(Some(change)) => gather(change, &mut changes),
            Ok(None) => return,
            Err(_) => "all".to_owned(),
        };
    }
}

/// Several changes at once are read as one.
fn gather(first: String, changes: &mut mpsc::Receiver<String>) -> String {
    let mut what = first;
    while let Ok(next) = changes.try_recv() {
        if next != what {
            "all".clone_into(&mut what);
        }
    }
    what
}

/// Reads one snapshot, or all of them.
pub async fn refresh(jobs: &Jobs, what: &str) -> Result<(), StoreError> {
    let all = !matches!(what, "directory" | "plan" | "keys" | "revocations");
    if all || what == "plan" {
        read_plan(jobs).await?;
    }
    if all || what == "keys" {
        read_keys(jobs).await?;
    }
    if all || what == "revocations" {
        read_revocations(jobs).await?;
    }
    if all || what == "directory" {
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
    };
    let rows = jobs.store.run(now, &work).await?;
    kept(jobs.node.set_keys(KeyRings { keys: rows.iter().filter_map(key).collect() }));
    Ok(())
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
    kept(jobs.node.set_directory(directory(rows)));
    Ok(())
}

/// A snapshot that cannot be kept on disk is used all the same, and alarms.
fn kept(outcome: Result<(), crate::node::state::StateError>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "a snapshot could not be kept for a start without the database");
    }
}

fn directory(rows: DirectoryRows) -> Directory {
    let mut permissions: HashMap<i64, Vec<(i64, Permissions)>> = HashMap::new();
    for (user, organisation, permission) in rows.memberships {
        let memberships = permissions.entry(user).or_default();
        match memberships.iter_mut().find(|(id, _)| *id == organisation) {
            Some((_, set)) => set.insert(permission),
            None => memberships.push((organisation, [permission].into_iter().collect())),
        }
    }
    let organisation = |row: crate::store::directory::OrganisationRow| Organisation {
        id: row.id,
        kind: row.kind,
        name: row.name,
        laestab: row.laestab.and_then(|n| u32::try_from(n).ok()),
        la_code: row.la_code.and_then(|n| u16::try_from(n).ok()),
        group_uid: row.group_uid.and_then(|n| u32::try_from(n).ok()),
    };
    let user = |row: crate::store::directory::UserRow| User {
        memberships: permissions.remove(&row.id).unwrap_or_default(),
        id: row.id,
        username: row.username,
        full_name: row.full_name,
        password_hash: row.password_hash,
        epoch: row.epoch.unsigned_abs(),
        active: row.active,
    };
    let organisations = rows.organisations.into_iter().map(organisation).collect();
    Directory::new(organisations, rows.users.into_iter().map(user).collect())
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

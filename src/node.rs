//! What a node knows without Postgres: directory, key rings, release plan, clock, journal.
//!
//! Snapshots are `Arc`s behind `watch` channels over sealed files in one state folder; a request takes
//! each once. `serve` starts from the folder alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

pub mod clock;
pub mod directory;
pub mod downloads;
pub mod factors;
pub mod journal;
pub mod keys;
pub mod peers;
pub mod plan;
pub mod scrub;
pub mod served;
pub mod sessions;
pub mod state;

use crate::clock::Clock;
use clock::ClockWatch;
use directory::{Changed, Directory, kept};
use downloads::Downloads;
use journal::Journal;
use keys::KeyRings;
use peers::Peers;
use plan::{PendingHold, Plan};
use served::Served;
use sessions::{Revocations, SessionsSeen};
use state::{State, StateError};

/// Somebody who changed the directory sees it changed after so long at the latest.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);

/// A node's knowledge. Clones share it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Name of the node, made with its state folder.
    pub name: Arc<str>,
    /// Service time.
    pub clock: Clock,
    /// Whether that time can be trusted.
    pub clock_watch: Arc<ClockWatch>,
    /// Its journal.
    pub journal: Journal,
    /// Who had which file.
    pub downloads: Downloads,
    /// Who has had results.
    pub served: Served,
    /// The nodes of the service.
    pub peers: Peers,
    /// When sessions were last used here.
    pub sessions_seen: SessionsSeen,
    state: Arc<State>,
    directory: Arc<watch::Sender<Arc<Directory>>>,
    /// The stamp of the directory's file, and who changed since it was written.
    directory_since: Arc<Mutex<(u64, BTreeSet<i64>)>>,
    keys: Arc<watch::Sender<Arc<KeyRings>>>,
    plan: Arc<watch::Sender<Arc<Plan>>>,
    revocations: Arc<watch::Sender<Arc<Revocations>>>,
    /// Holds that were placed or lifted here and that the database does not know of yet.
    pending_holds: Arc<Mutex<Vec<PendingHold>>>,
    /// Sessions ended here that the database does not know of yet.
    ended_here: Arc<Mutex<Revocations>>,
}

impl Node {
    /// Opens the state folder, made on the first call, and takes what it holds.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, StateError> {
        let state = State::open(folder)?;
        let name = state.name().to_owned();
        let (directory, since) = read_directory(&state)?;
        let keys = state.read::<KeyRings>("keys")?.unwrap_or_default();
        let plan = state.read::<plan::File>("plan")?.map(Plan::from).unwrap_or_default();
        let pending_holds = state.read::<Vec<PendingHold>>("holds")?.unwrap_or_default();
        let journal = Journal::create(&folder.join("journal"))?;
        Ok(Self {
            name: name.into(),
            clock_watch: Arc::new(ClockWatch::new()),
            clock,
            journal,
            downloads: Downloads::default(),
            served: Served::default(),
            peers: Peers::default(),
            sessions_seen: SessionsSeen::default(),
            state: Arc::new(state),
            directory: Arc::new(watch::Sender::new(Arc::new(directory))),
            directory_since: Arc::new(Mutex::new(since)),
            keys: Arc::new(watch::Sender::new(Arc::new(keys))),
            plan: Arc::new(watch::Sender::new(Arc::new(plan))),
            revocations: Arc::default(),
            pending_holds: Arc::new(Mutex::new(pending_holds)),
            ended_here: Arc::default(),
        })
    }

    /// People and organisations.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.borrow())
    }

    /// Waits until the directory is as somebody who changed it expects, for a bounded time.
    pub async fn directory_shows(&self, expected: impl FnMut(&Arc<Directory>) -> bool) {
        let mut changes = self.directory.subscribe();
        // Without LISTEN it takes longer, and the next page shows what is.
        let _late = tokio::time::timeout(SHOWN_WITHIN, changes.wait_for(expected)).await;
    }

    /// Key rings.
    pub fn keys(&self) -> Arc<KeyRings> {
        Arc::clone(&self.keys.borrow())
    }

    /// Releases and holds.
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.borrow())
    }

    /// Wakes whenever the plan changes.
    pub fn plan_changes(&self) -> watch::Receiver<Arc<Plan>> {
        self.plan.subscribe()
    }

    /// Whether a session of a user was ended before its time.
    pub fn is_ended(&self, session: &[u8; 16], user: i64, began: Timestamp) -> bool {
        sessions::is_ended(&self.revocations.borrow(), session, user, began)
    }

    /// Ends a session here at once; the others learn of it through the database.
    pub fn revoke(&self, session: [u8; 16], until: Timestamp) {
        lock(&self.ended_here).insert(session, until);
        self.revocations.send_modify(|known| {
            Arc::make_mut(known).insert(session, until);
        });
    }

    /// Ends all sessions of a user that have begun.
    pub fn revoke_everywhere(&self, user: i64) {
        self.revoke(sessions::everywhere(user), self.clock.now() + sessions::LIFE_MAX);
    }

    /// Sessions ended here that the database has not confirmed.
    pub fn unshared_revocations(&self) -> Vec<([u8; 16], Timestamp)> {
        lock(&self.ended_here).iter().map(|(session, until)| (*session, *until)).collect()
    }

    /// Takes the database's list, which now holds `shared` as well.
    pub fn set_revocations(&self, all: Revocations, shared: &[([u8; 16], Timestamp)]) {
        let mut ended_here = lock(&self.ended_here);
        for (session, until) in shared {
            if ended_here.get(session) == Some(until) {
                ended_here.remove(session);
            }
        }
        let mut all = all;
        all.extend(ended_here.iter().map(|(session, until)| (*session, *until)));
        drop(ended_here);
        self.revocations.send_replace(Arc::new(all));
    }

    /// Takes a new directory, and keeps it for a start without the database.
    pub fn set_directory(&self, directory: Directory) -> Result<(), StateError> {
        let directory = Arc::new(directory);
        self.directory.send_replace(Arc::clone(&directory));
        let stamp = u64::from_be_bytes(keys::random());
        *lock(&self.directory_since) = (stamp, BTreeSet::new());
        self.state.write(DIRECTORY, &kept::File::new(&directory, stamp))
    }

    /// Takes those who changed, of all who were asked for, and keeps them beside the directory's file: to write
    /// all of it takes as long as everybody waits for a change at the most.
    pub fn change_directory(&self, asked: &[i64], known: Changed) -> Result<(), StateError> {
        let directory = self.directory().changed(asked, known);
        let (stamp, since) = {
            let mut since = lock(&self.directory_since);
            since.1.extend(asked);
            since.clone()
        };
        if since.len() > CHANGED_MAX {
            return self.set_directory(directory);
        }
        let changes = kept::Changes::new(&directory, &since, stamp);
        self.directory.send_replace(Arc::new(directory));
        self.state.write(DIRECTORY_CHANGES, &changes)
    }

    /// Takes new key rings and keeps them. A full disk does not keep a revoked key alive: they hold first.
    pub fn set_keys(&self, keys: KeyRings) -> Result<(), StateError> {
        if *self.keys() == keys {
            return Ok(());
        }
        let keys = Arc::new(keys);
        self.keys.send_replace(Arc::clone(&keys));
        self.state.write("keys", &*keys)
    }

    /// Takes a new plan and keeps it. Holds that the database does not know of stay in force.
    pub fn set_plan(&self, mut plan: Plan) -> Result<(), StateError> {
        for pending in lock(&self.pending_holds).iter() {
            pending.apply(&mut plan);
        }
        if *self.plan() != plan {
            self.state.write("plan", &plan::File::from(&plan))?;
            self.plan.send_replace(Arc::new(plan));
        }
        Ok(())
    }

    /// Places or lifts a hold on this node at once; the database learns of it when it is there.
    /// Gives whether the plan knows the release.
    pub fn hold_here(&self, pending: PendingHold) -> Result<bool, StateError> {
        let mut plan = Plan::clone(&self.plan());
        if !plan.releases.iter().any(|release| release.id == pending.release) {
            return Ok(false);
        }
        pending.apply(&mut plan);
        {
            let mut waiting = lock(&self.pending_holds);
            waiting.push(pending);
            self.state.write("holds", &*waiting)?;
        }
        self.set_plan(plan)?;
        Ok(true)
    }

    /// Holds that wait for the database, in their order.
    pub fn pending_holds(&self) -> Vec<PendingHold> {
        lock(&self.pending_holds).clone()
    }

    /// The database has taken the first so many of them.
    pub fn holds_shared(&self, count: usize) -> Result<(), StateError> {
        let mut waiting = lock(&self.pending_holds);
        let count = count.min(waiting.len());
        waiting.drain(..count);
        self.state.write("holds", &*waiting)
    }

    /// How far the scrubber was.
    pub fn scrub_progress(&self) -> scrub::Progress {
        let kept = self.state.read("scrub");
        kept.unwrap_or_default().unwrap_or_default()
    }

    /// Keeps how far the scrubber is.
    pub fn set_scrub_progress(&self, progress: &scrub::Progress) -> Result<(), StateError> {
        self.state.write("scrub", progress)
    }

    /// The sealed files.
    pub fn state(&self) -> &State {
        &self.state
    }
}

/// The directory's files: all of it, and who changed since.
const DIRECTORY: &str = "directory";
const DIRECTORY_CHANGES: &str = "directory_changes";
/// Who changed since all was written; with more, all is written again.
const CHANGED_MAX: usize = 1_000;

/// The directory with its changes, the stamp of its file and whom they are about.
fn read_directory(state: &State) -> Result<(Directory, (u64, BTreeSet<i64>)), StateError> {
    let Some(file) = state.read::<kept::File>(DIRECTORY)? else {
        return Ok(<_>::default());
    };
    let (stamp, directory) = (file.stamp, Directory::from(file));
    let changes = state.read::<kept::Changes>(DIRECTORY_CHANGES)?;
    Ok(match changes.filter(|changes| changes.stamp == stamp) {
        Some(changes) => {
            let asked = changes.asked();
            (changes.apply(&directory), (stamp, asked))
        }
        None => (directory, (stamp, BTreeSet::new())),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

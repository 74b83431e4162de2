//! Grants and their ends in the journal: one grant a download, however many ranges it takes.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::results::Actor;
use crate::domain::access::Permission;
use crate::domain::hex::hex;
use crate::node::Node;
use crate::node::journal::{Kind, Record};
use crate::telemetry::service::{DownloadKind, ServiceMetrics};

/// Ranges of one download within this time are one grant.
const SAME_DOWNLOAD: SignedDuration = SignedDuration::from_mins(10);
/// Downloads that are remembered on one node.
const DOWNLOADS_MAX: usize = 200_000;

/// What is given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Kind, for the metrics.
    pub kind: DownloadKind,
    /// DfE number of the school, where it is one school's.
    pub school: Option<u32>,
    /// Name of the file; holds no pupil's data.
    pub file: Cow<'static, str>,
    /// Release that it is of.
    pub release: String,
    /// First byte and length.
    pub bytes: (u64, u64),
}

/// A download as the memory of grants knows it: session, school and file.
type Download = ([u8; 16], Option<u32>, Cow<'static, str>);

/// Writes grants to the journal. Clones share its memory.
#[derive(Clone, Debug)]
pub struct Grants(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    node: Node,
    metrics: ServiceMetrics,
    recent: Mutex<FxHashMap<Download, Timestamp>>,
}

impl Grants {
    /// A memory of its own.
    pub fn new(node: Node, metrics: ServiceMetrics) -> Self {
        Self(Arc::new(Memory { node, metrics, recent: Mutex::default() }))
    }

    /// Journals a grant before the first byte of its answer; the end follows when the answer is over.
    pub fn grant(&self, actor: &Actor, address: Option<IpAddr>, given: Given) -> Grant {
        let now = self.0.node.clock.now();
        let record = Record {
            user: Some(actor.user.id),
            organisation: Some(actor.organisation.id),
            session: hex(&actor.session[..8]),
            school: given.school,
            file: given.file.clone(),
            release: given.release,
            bytes: Some(given.bytes),
            address,
            ..Record::new(now, Kind::Granted)
        };
        if self.is_new((actor.session, given.school, given.file), now) {
            // A full journal counts what it loses and alarms; results go on.
            let _counted = self.0.node.journal.append(&record);
        }
        let expected = given.bytes.1;
        let standing = Standing::of(actor, now);
        let (grants, kind, record) = (self.clone(), given.kind, Some(record));
        Grant { grants, kind, standing, record, sent: 0, expected }
    }

    /// Whether a download has not been granted just before.
    fn is_new(&self, download: Download, now: Timestamp) -> bool {
        let mut recent = lock(&self.0.recent);
        if recent.len() >= DOWNLOADS_MAX {
            recent.retain(|_, granted| now < *granted + SAME_DOWNLOAD);
        }
        let known = recent.get(&download).is_some_and(|granted| now < *granted + SAME_DOWNLOAD);
        if !known && recent.len() < DOWNLOADS_MAX {
            recent.insert(download, now);
        }
        !known
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose a download is. All of them need the permission of users.
#[derive(Debug)]
struct Standing {
    session: [u8; 16],
    user: i64,
    epoch: u32,
    organisation: i64,
    /// When it was granted: a session that is ended afterwards had begun before.
    granted: Timestamp,
}

impl Standing {
    fn of(actor: &Actor, granted: Timestamp) -> Self {
        Self {
            session: actor.session,
            user: actor.user.id,
            epoch: actor.user.epoch,
            organisation: actor.organisation.id,
            granted,
        }
    }

    fn holds(&self, node: &Node) -> bool {
        let directory = node.directory();
        let user = directory.user(self.user).filter(|u| u.active && u.epoch <= self.epoch);
        let is_member = user.is_some_and(|user| {
            user.permissions_in(self.organisation).has(Permission::User)
                && user.is_member(self.organisation, node.clock.now())
        });
        is_member && !node.is_ended(&self.session, self.user, self.granted)
    }
}

/// A grant whose answer is on its way. Dropping it early journals that it was cut off.
#[derive(Debug)]
pub struct Grant {
    grants: Grants,
    kind: DownloadKind,
    standing: Standing,
    /// None once it is over.
    record: Option<Record>,
    sent: u64,
    expected: u64,
}

impl Grant {
    /// Whether whoever it was given to may still have it. A user who was removed, or whose session was ended, gets
    /// no further byte.
    pub fn stands(&self) -> bool {
        self.standing.holds(&self.grants.0.node)
    }

    /// Bytes were handed to the connection.
    pub fn sent(&mut self, bytes: u64) {
        self.sent += bytes;
        if self.sent >= self.expected {
            self.end();
        }
    }

    fn end(&mut self) {
        let Some(mut record) = self.record.take() else { return };
        let Memory { node, metrics, .. } = &*self.grants.0;
        let complete = self.sent >= self.expected;
        record.at = node.clock.now();
        record.kind = Kind::Ended;
        record.bytes = Some((record.bytes.map_or(0, |(first, _)| first), self.sent));
        record.complete = Some(complete);
        metrics.downloaded(self.kind, self.sent, complete);
        if let (true, Some(organisation)) = (complete, record.organisation) {
            let Record { school, at, file, release, .. } = &record;
            node.served.note(release, organisation);
            node.downloads.note(organisation, *school, file, *at);
        }
        node.journal.append_later(record);
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.end();
    }
}

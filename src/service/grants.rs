//! Grants and their ends in the journal: one grant a download, however many ranges it takes.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::results::Actor;
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
    pub file: String,
    /// Release that it is of.
    pub release: String,
    /// First byte and length.
    pub bytes: (u64, u64),
}

/// A download as the memory of grants knows it: session, school and file.
type Download = ([u8; 16], Option<u32>, String);

/// Writes grants to the journal. Clones share its memory.
#[derive(Clone, Debug)]
pub struct Grants(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    node: Node,
    metrics: ServiceMetrics,
    recent: Mutex<HashMap<Download, Timestamp>>,
    served: Mutex<HashSet<i64>>,
}

impl Grants {
    /// A memory of its own.
    pub fn new(node: Node, metrics: ServiceMetrics) -> Self {
        let (recent, served) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Memory { node, metrics, recent, served }))
    }

    /// Journals a grant before the first byte of its answer; the end follows when the answer is over.
    pub fn grant(&self, actor: &Actor, address: Option<IpAddr>, given: Given) -> Grant {
        let now = self.0.node.clock.now();
        let mut record = Record::new(now, Kind::Granted);
        record.user = Some(actor.user.id);
        record.organisation = Some(actor.organisation.id);
        record.session = hex(&actor.session[..8]);
        record.school = given.school;
        record.file.clone_from(&given.file);
        record.release = given.release;
        record.bytes = Some(given.bytes);
        record.address = address;
        if self.is_new((actor.session, given.school, given.file), now) {
            // A full journal counts what it loses and alarms; results go on.
            let _counted = self.0.node.journal.append(&record);
        }
        let expected = given.bytes.1;
        Grant { grants: self.clone(), kind: given.kind, record, sent: 0, expected, over: false }
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

    fn served(&self, organisation: i64) {
        let mut served = lock(&self.0.served);
        if served.insert(organisation) {
            self.0
                .metrics
                .organisations_served
                .set(i64::try_from(served.len()).unwrap_or(i64::MAX));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A grant whose answer is on its way. Dropping it early journals that it was cut off.
#[derive(Debug)]
pub struct Grant {
    grants: Grants,
    kind: DownloadKind,
    record: Record,
    sent: u64,
    expected: u64,
    over: bool,
}

impl Grant {
    /// Bytes were handed to the connection.
    pub fn sent(&mut self, bytes: u64) {
        self.sent += bytes;
        if self.sent >= self.expected {
            self.end();
        }
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let complete = self.sent >= self.expected;
        self.record.at = self.grants.0.node.clock.now();
        self.record.kind = Kind::Ended;
        self.record.bytes = Some((self.record.bytes.map_or(0, |(first, _)| first), self.sent));
        self.record.complete = Some(complete);
        self.grants.0.node.journal.append_later(self.record.clone());
        self.grants.0.metrics.downloaded(self.kind, self.sent, complete);
        if let (true, Some(organisation)) = (complete, self.record.organisation) {
            self.grants.served(organisation);
        }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.end();
    }
}

//! The embargo: released objects come from here and from nowhere else.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use jiff::Timestamp;

use super::catalogue::{Catalogue, LoadedRelease};
use crate::blob::pack::{Pack, PackId};
use crate::domain::calendar::{Audience, http_date};
use crate::domain::ids::Laestab;
use crate::domain::release::{Correction, Decision, decide};
use crate::node::Node;

/// A release that is open to one audience. Only [`Gate::open`] makes one.
#[derive(Clone, Debug)]
pub struct Opened {
    release: Arc<LoadedRelease>,
    at: Timestamp,
    last_modified: HeaderValue,
    /// When each correction came into force for this audience.
    corrections: Vec<(u32, Timestamp)>,
}

impl Opened {
    /// A released pack; none when the release has none, or when it is damaged.
    pub fn pack(&self, id: PackId) -> Option<Arc<Pack>> {
        self.release.pack(id).map(Arc::clone)
    }

    /// The year's conversion table of a subject, by its place in `Subject::ALL`.
    pub fn scores(&self, subject: usize) -> &[(u16, u8)] {
        &self.release.scores[subject]
    }

    /// Name of the release.
    pub fn release(&self) -> &str {
        &self.release.id
    }

    /// Cycle.
    pub fn year(&self) -> u16 {
        self.release.year
    }

    /// The instant at which this audience's embargo ended.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// When this audience could first have what a pack of a revision holds: the embargo's end, or the
    /// correction.
    pub fn since(&self, revision: u32) -> Timestamp {
        let correction = self.corrections.iter().find(|(number, _)| *number == revision);
        correction.map_or(self.at, |(_, since)| *since)
    }

    /// The same as HTTP writes it.
    pub fn last_modified(&self, revision: u32) -> HeaderValue {
        match self.since(revision) {
            at if at == self.at => self.last_modified.clone(),
            since => HeaderValue::try_from(http_date(since)).expect("a date is ASCII"),
        }
    }
}

/// Why nothing is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// There is no release, or nobody has approved it.
    NoRelease,
    /// Not before this instant.
    Before(Timestamp),
    /// Held back by a release officer.
    Held,
    /// The release is open, but this node's clock cannot be trusted.
    Clock,
    /// The release is open, but not in this node's memory.
    NotLoaded,
}

/// What has been open to an audience.
#[derive(Clone, Debug)]
struct Latch {
    release: String,
    audience: Audience,
    /// Its instant as HTTP writes it.
    last_modified: HeaderValue,
}

/// Decides by plan, audience and clock. Clones share what was opened.
#[derive(Clone, Debug)]
pub struct Gate {
    node: Node,
    catalogue: Catalogue,
    /// What has been open once stays open, whatever the clock does then; a hold closes it all the same.
    latched: Arc<Mutex<Vec<Latch>>>,
}

impl Gate {
    /// A gate before a catalogue.
    pub fn new(node: Node, catalogue: Catalogue) -> Self {
        Self { node, catalogue, latched: Arc::default() }
    }

    /// The current release for an audience: open, or why not.
    pub fn open(&self, audience: Audience, school: Option<Laestab>) -> Result<Opened, Closed> {
        let plan = self.node.plan();
        let Some(planned) = plan.current() else { return Err(Closed::NoRelease) };
        let Some(times) = planned.times else { return Err(Closed::NoRelease) };
        let is_it = |latch: &&Latch| latch.audience == audience && latch.release == planned.id;
        let latched = self.latched().iter().find(is_it).map(|latch| latch.last_modified.clone());
        let opened_at = times.of(audience);
        let now = self.node.clock.now();
        let now = if latched.is_some() { now.max(opened_at) } else { now };
        match decide(planned, audience, school, now) {
            Decision::Open => (),
            Decision::Before(instant) => return Err(Closed::Before(instant)),
            Decision::NotApproved => return Err(Closed::NoRelease),
            Decision::Held => return Err(Closed::Held),
        }
        let last_modified = match latched {
            Some(known) => known,
            None if self.node.clock_watch.trust().may_open() => {
                self.latch(&planned.id, audience, opened_at)
            }
            None => return Err(Closed::Clock),
        };
        let release = self.catalogue.release(&planned.id).ok_or(Closed::NotLoaded)?;
        let since = |c: &Correction| (c.revision, planned.since(c.revision, opened_at));
        let corrections = planned.corrections.iter().map(since).collect();
        Ok(Opened { release, at: opened_at, last_modified, corrections })
    }

    fn latch(&self, release: &str, audience: Audience, opened_at: Timestamp) -> HeaderValue {
        let last_modified = HeaderValue::try_from(http_date(opened_at)).expect("a date is ASCII");
        let latch =
            Latch { release: release.to_owned(), audience, last_modified: last_modified.clone() };
        self.latched().push(latch);
        last_modified
    }

    /// What is known of the current release before it opens: which organisations it will serve.
    pub fn outline(&self) -> Option<Arc<LoadedRelease>> {
        let plan = self.node.plan();
        plan.current().and_then(|planned| self.catalogue.release(&planned.id))
    }

    /// Schools of an open release that are held back, by DfE number.
    pub fn held(&self, opened: &Opened) -> BTreeSet<u32> {
        let plan = self.node.plan();
        let planned = plan.releases.iter().find(|release| release.id == opened.release.id);
        planned.map_or_else(BTreeSet::new, |release| {
            release.holds.schools.iter().map(|school| school.number()).collect()
        })
    }

    fn latched(&self) -> MutexGuard<'_, Vec<Latch>> {
        self.latched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Taking over the national register: what it says against what we hold, as changes that a person can read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::access::OrganisationKind;
use super::ids::Laestab;
use super::schools::Register;

mod freeze;
mod matching;
mod members;
#[cfg(test)]
mod tests;
mod wording;

pub use freeze::{Freeze, FreezeWindow, Waiting};

/// Everything of an organisation that the register decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// For schools: URN.
    pub urn: Option<i32>,
    /// For schools: DfE number.
    pub laestab: Option<i32>,
    /// For schools and authorities: code of the authority.
    pub la_code: Option<i16>,
    /// For trusts: Group UID.
    pub group_uid: Option<i32>,
    /// When it closed.
    pub closed_on: Option<Date>,
    /// For schools: the word of their nature.
    pub nature: String,
    /// Lines of its address, joined by commas.
    pub address: String,
}

/// An organisation that we hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Row id.
    pub id: i64,
    /// What we hold of it.
    pub facts: Facts,
    /// Trusts that it is a member of by what we hold, with the day of joining.
    pub trusts: BTreeMap<i32, Date>,
}

/// How to tell a school with key stage 2 pupils from one that only takes them into year 7.
#[derive(Clone, Copy, Debug)]
pub enum Kinds<'a> {
    /// As it was; the ages decide of a new one.
    Keep,
    /// By who has pupils in the delivery.
    WithPupils(&'a BTreeSet<Laestab>),
}

/// What is to be written of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Row id; none for a new one.
    pub id: Option<i64>,
    /// What was held of it.
    pub was: Option<Facts>,
    /// What the register says.
    pub facts: Facts,
    /// Telephone number in the register, for a new one.
    pub phone: String,
    /// Trusts that it joined, and when.
    pub joins: Vec<(i32, Date)>,
    /// Trusts that it left: joined when, left when.
    pub leaves: Vec<(i32, Date, Date)>,
}

impl Step {
    /// Whether anything is to be written but that it was seen.
    pub fn is_change(&self) -> bool {
        self.was.as_ref() != Some(&self.facts) || !self.joins.is_empty() || !self.leaves.is_empty()
    }

    /// The numbers that it gives up, if it does.
    pub fn old_numbers(&self) -> Option<(Option<i32>, Option<i32>)> {
        let was = self.was.as_ref()?;
        let old = (was.urn, was.laestab);
        (old != (self.facts.urn, self.facts.laestab)).then_some(old)
    }
}

/// Kinds of changes, in the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A school that we did not know.
    NewSchool,
    /// A school that closed.
    Closed,
    /// A school that is open again.
    Reopened,
    /// A school that goes on under another URN, such as an academy.
    Converted,
    /// A school with another DfE number.
    Number,
    /// A school with another name.
    Renamed,
    /// A school that joined a trust.
    Joined,
    /// A school that left a trust.
    Left,
    /// Address, authority or nature of a school.
    Details,
    /// A school of ours that the register does not name.
    Missing,
    /// A trust that we did not know.
    NewTrust,
    /// A trust that closed.
    ClosedTrust,
    /// An authority that we did not know.
    NewAuthority,
    /// A trust or authority with another name.
    RenamedGroup,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::NewSchool,
        Self::Closed,
        Self::Reopened,
        Self::Converted,
        Self::Number,
        Self::Renamed,
        Self::Joined,
        Self::Left,
        Self::Details,
        Self::Missing,
        Self::NewTrust,
        Self::ClosedTrust,
        Self::NewAuthority,
        Self::RenamedGroup,
    ];

    /// The word in reports for programs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NewSchool => "new_schools",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Converted => "converted",
            Self::Number => "numbers",
            Self::Renamed => "renamed",
            Self::Joined => "joined_trusts",
            Self::Left => "left_trusts",
            Self::Details => "details",
            Self::Missing => "missing",
            Self::NewTrust => "new_trusts",
            Self::ClosedTrust => "closed_trusts",
            Self::NewAuthority => "new_authorities",
            Self::RenamedGroup => "renamed_groups",
        }
    }

    /// The words in reports for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NewSchool => "new schools",
            Self::Closed => "schools that closed",
            Self::Reopened => "schools that are open again",
            Self::Converted => "schools that go on under another URN",
            Self::Number => "changed DfE numbers",
            Self::Renamed => "changed names of schools",
            Self::Joined => "schools that joined a trust",
            Self::Left => "schools that left a trust",
            Self::Details => "changed addresses, authorities and types",
            Self::Missing => "schools that the extract does not name; they stay as they are",
            Self::NewTrust => "new trusts",
            Self::ClosedTrust => "trusts that closed",
            Self::NewAuthority => "new authorities",
            Self::RenamedGroup => "changed names of trusts and authorities",
        }
    }
}

/// One change in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// Whom it is about.
    pub who: String,
    /// What changes, if the kind does not say it all.
    pub what: String,
}

/// How many changes of a kind a run may make without a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(pub BTreeMap<ChangeKind, usize>);

/// All that taking over an extract would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What is to be written, organisation by organisation; those that stay the same are among them.
    pub steps: Vec<Step>,
    /// What it means in words, by kind and name.
    pub changes: Vec<Change>,
    /// Changes of trusts that are not to be written now.
    pub waiting: Option<Waiting>,
}

impl Difference {
    /// Holds the register against what we know; `day` is the day of the extract.
    pub fn between(register: &Register, known: &[Known], kinds: Kinds<'_>, day: Date) -> Self {
        let mut difference = matching::Matching::new(register, known, kinds, day).difference();
        difference.changes.sort_unstable();
        difference
    }

    /// How many changes of each kind; kinds without any are left out.
    pub fn counts(&self) -> BTreeMap<ChangeKind, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.kind).or_default() += 1;
        }
        counts
    }

    /// The kinds of which there are more than may be taken over without a person: how many, and how many may be.
    pub fn beyond(&self, limits: &Limits) -> Vec<(ChangeKind, usize, usize)> {
        let counts = self.counts().into_iter();
        let over = counts.filter_map(|(kind, count)| {
            let limit = *limits.0.get(&kind)?;
            (count > limit).then_some((kind, count, limit))
        });
        over.collect()
    }
}

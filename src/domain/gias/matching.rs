//! Which row of ours a school of the register is, and what changes with it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::SignedDuration;
use jiff::civil::Date;

use super::wording::{change, name_of, note, note_group};
use super::{ChangeKind, Difference, Facts, Kinds, Known, Step};
use crate::domain::access::OrganisationKind;
use crate::domain::ids::Laestab;
use crate::domain::schools::{Register, School};

/// A school that closed longer ago than this was never ours.
const CLOSED_KEPT: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);
/// A number that a school takes up longer after than this is not that of the same school.
const CONVERTS_WITHIN: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The register against what we hold.
pub(super) struct Matching<'a> {
    pub(super) register: &'a Register,
    pub(super) known: &'a [Known],
    kinds: Kinds<'a>,
    pub(super) day: Date,
    by_urn: HashMap<i32, &'a Known>,
    by_laestab: HashMap<i32, &'a Known>,
    /// The only one that went on as a school, by its URN.
    predecessors: HashMap<i32, i32>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(
        register: &'a Register,
        known: &'a [Known],
        kinds: Kinds<'a>,
        day: Date,
    ) -> Self {
        let mut times = HashMap::<i32, usize>::new();
        for to in register.successors.values() {
            *times.entry(signed(to.number())).or_default() += 1;
        }
        // A school that several went on as is a new one.
        let single = register.successors.iter().filter(|(_, to)| times[&signed(to.number())] == 1);
        Self {
            register,
            known,
            kinds,
            day,
            by_urn: known.iter().filter_map(|k| Some((k.facts.urn?, k))).collect(),
            by_laestab: known.iter().filter_map(|k| Some((k.facts.laestab?, k))).collect(),
            predecessors: single
                .map(|(from, to)| (signed(to.number()), signed(from.number())))
                .collect(),
        }
    }

    pub(super) fn difference(&self) -> Difference {
        let mut difference = Difference::default();
        self.authorities(&mut difference);
        self.trusts(&mut difference);
        let taken = self.schools(&mut difference);
        self.rest(&taken, &mut difference);
        difference
    }

    fn authorities(&self, difference: &mut Difference) {
        let of_code: BTreeMap<i16, &Known> = self
            .known
            .iter()
            .filter(|k| k.facts.kind == OrganisationKind::Authority)
            .filter_map(|k| Some((k.facts.la_code?, k)))
            .collect();
        for (code, name) in &self.register.authorities {
            let Ok(code) = i16::try_from(code.number()) else { continue };
            let facts =
                Facts { la_code: Some(code), ..blank(OrganisationKind::Authority, name, None) };
            let known = of_code.get(&code).copied();
            let who = format!("{code} {name}");
            note_group(difference, known, &facts, who, ChangeKind::NewAuthority);
            difference.steps.push(step(known, facts));
        }
    }

    fn trusts(&self, difference: &mut Difference) {
        let of_group: BTreeMap<i32, &Known> =
            self.known.iter().filter_map(|k| Some((k.facts.group_uid?, k))).collect();
        for (group, name) in &self.register.trusts {
            let uid = signed(group.number());
            let facts =
                Facts { group_uid: Some(uid), ..blank(OrganisationKind::Trust, name, None) };
            let known = of_group.get(&uid).copied();
            let who = format!("{uid} {name}");
            note_group(difference, known, &facts, who, ChangeKind::NewTrust);
            difference.steps.push(step(known, facts));
        }
        for (group, closed_on) in &self.register.closed_trusts {
            let uid = signed(group.number());
            let Some(known) = of_group.get(&uid) else { continue };
            let closed_on = known.facts.closed_on.or(*closed_on).or(Some(self.day));
            let facts = Facts { closed_on, ..known.facts.clone() };
            if known.facts.closed_on.is_none() {
                let who = format!("{uid} {}", facts.name);
                difference.changes.push(change(ChangeKind::ClosedTrust, who, ""));
            }
            difference.steps.push(step(Some(known), facts));
        }
    }

    /// Schools of the register; gives the rows that they are.
    fn schools(&self, difference: &mut Difference) -> HashSet<i64> {
        let mut taken = HashSet::new();
        for school in self.register.schools.values() {
            if self.goes_on(school) {
                continue;
            }
            let found = self.find(school).filter(|known| taken.insert(known.id));
            if found.is_none() && self.closed_long_ago(school) {
                continue;
            }
            let facts = self.facts(school, found);
            let step = Step { phone: school.phone.clone(), ..step(found, facts) };
            note(difference, &step);
            let step = self.members(difference, step, found, Some(school));
            difference.steps.push(step);
        }
        taken
    }

    fn closed_long_ago(&self, school: &School) -> bool {
        let gone = |on: Date| on < self.day.saturating_sub(CLOSED_KEPT);
        school.is_closed && school.closed_on.is_none_or(gone)
    }

    /// Whether the row of a closed school is, or will be, that of the only one that it went on as.
    fn goes_on(&self, school: &School) -> bool {
        let Some(next) = self.register.successors.get(&school.urn) else { return false };
        let (urn, next) = (signed(school.urn.number()), signed(next.number()));
        let only = self.predecessors.get(&next) == Some(&urn) && self.is_named(next);
        let both = self.by_urn.contains_key(&urn) && self.by_urn.contains_key(&next);
        school.is_closed && only && !both
    }

    /// By URN; else the school that it goes on from, by the DfE number or by a link.
    fn find(&self, school: &School) -> Option<&'a Known> {
        let urn = signed(school.urn.number());
        if let Some(known) = self.by_urn.get(&urn) {
            return Some(known);
        }
        let linked = self.predecessors.get(&urn);
        let by_number = self.by_laestab.get(&signed(school.laestab.number()));
        let by_number = by_number.filter(|known| {
            let Some(old) = known.facts.urn else { return true };
            linked == Some(&old) || self.went_on(old, school)
        });
        let by_link = || self.by_urn.get(linked?).filter(|known| self.is_over(known));
        by_number.or_else(by_link).copied()
    }

    /// Whether the school with this URN, whose number another one has now, may have gone on as it.
    fn went_on(&self, old: i32, school: &School) -> bool {
        let replaced = self.register.replaced.iter();
        let mut closed = replaced.filter(|(urn, _)| signed(urn.number()) == old);
        match closed.next() {
            // Another school by now, with another number; or nothing that the register knows.
            None => !self.is_named(old),
            Some((_, closed)) => match (closed.closed_on, school.opened_on) {
                (Some(closed), Some(opened)) => opened <= closed.saturating_add(CONVERTS_WITHIN),
                _ => true,
            },
        }
    }

    fn is_named(&self, urn: i32) -> bool {
        self.register.schools.values().any(|school| signed(school.urn.number()) == urn)
    }

    /// Whether the register says that a school of ours has closed.
    fn is_over(&self, known: &Known) -> bool {
        let same = |school: &School| Some(signed(school.urn.number())) == known.facts.urn;
        let replaced = self.register.replaced.values().any(same);
        let laestab = known
            .facts
            .laestab
            .and_then(|number| Laestab::from_number(u32::try_from(number).ok()?).ok());
        let school = laestab.and_then(|laestab| self.register.schools.get(&laestab));
        replaced || school.is_some_and(|school| same(school) && school.is_closed)
    }

    fn facts(&self, school: &School, known: Option<&Known>) -> Facts {
        let was = known.map(|known| known.facts.kind);
        let by_ages = if school.is_secondary() {
            OrganisationKind::Secondary
        } else {
            OrganisationKind::School
        };
        let kind = match self.kinds {
            Kinds::Keep => was.unwrap_or(by_ages),
            Kinds::WithPupils(all) if all.contains(&school.laestab) => OrganisationKind::School,
            Kinds::WithPupils(_) => by_ages,
        };
        let known_closed = known.and_then(|known| known.facts.closed_on);
        let closed_on = school.closed_on.or(known_closed).or(Some(self.day));
        Facts {
            urn: Some(signed(school.urn.number())),
            laestab: Some(signed(school.laestab.number())),
            la_code: i16::try_from(school.authority.number()).ok(),
            nature: school.nature().key().to_owned(),
            address: school.address.clone(),
            ..blank(kind, &school.name, closed_on.filter(|_| school.is_closed))
        }
    }

    /// Schools of ours that no school of the register is: their number went to another, or they are not named.
    fn rest(&self, taken: &HashSet<i64>, difference: &mut Difference) {
        let numbers: BTreeSet<i32> =
            self.register.schools.keys().map(|l| signed(l.number())).collect();
        let replaced: HashMap<i32, &School> = self
            .register
            .replaced
            .values()
            .map(|school| (signed(school.urn.number()), school))
            .collect();
        for known in self.known.iter().filter(|k| is_school(k) && !taken.contains(&k.id)) {
            let mut facts = known.facts.clone();
            let closed = known.facts.urn.and_then(|urn| replaced.get(&urn));
            if let Some(school) = closed {
                facts.closed_on = facts.closed_on.or(school.closed_on).or(Some(self.day));
            }
            // Somebody else's number now.
            facts.laestab = facts.laestab.filter(|number| !numbers.contains(number));
            let step = step(Some(known), facts);
            note(difference, &step);
            if closed.is_some() {
                let step = self.members(difference, step, Some(known), None);
                difference.steps.push(step);
                continue;
            }
            if known.facts.closed_on.is_none() {
                let who = name_of(&known.facts);
                difference.changes.push(change(ChangeKind::Missing, who, ""));
            }
            if step.is_change() {
                difference.steps.push(step);
            }
        }
    }
}

fn is_school(known: &Known) -> bool {
    matches!(known.facts.kind, OrganisationKind::School | OrganisationKind::Secondary)
}

fn step(known: Option<&Known>, facts: Facts) -> Step {
    Step {
        id: known.map(|known| known.id),
        was: known.map(|known| known.facts.clone()),
        facts,
        phone: String::new(),
        joins: Vec::new(),
        leaves: Vec::new(),
    }
}

fn blank(kind: OrganisationKind, name: &str, closed_on: Option<Date>) -> Facts {
    Facts {
        kind,
        name: name.to_owned(),
        urn: None,
        laestab: None,
        la_code: None,
        group_uid: None,
        closed_on,
        nature: String::new(),
        address: String::new(),
    }
}

pub(super) fn signed(number: u32) -> i32 {
    number.cast_signed()
}

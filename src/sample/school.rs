//! Everything that a delivery says about the pupils of one school, as rows for the national files.

use super::outcomes::{self, Conversions, Outcomes};
use super::output::{Rows, SampleError};
use super::random::{Purpose, Random};
use super::register::Register;
use super::roll::{self, Person};
use super::{Plan, scans};
use crate::domain::papers::{Paper, Subject};
use std::path::Path;

/// What all workers read.
#[derive(Debug)]
pub(super) struct Nation<'a> {
    pub(super) plan: &'a Plan,
    pub(super) register: &'a Register,
    pub(super) conversions: &'a Conversions,
    pub(super) scans: Option<scans::Scanner>,
}

/// The national files of pupils, in this order in [`Delivered::rows`].
pub(super) const FILES: [(&str, &[&str]); 5] = [
    (
        "pupils.csv",
        &[
            "laestab",
            "upn",
            "surname",
            "forename",
            "middle_names",
            "dob",
            "sex",
            "gps",
            "reading",
            "maths",
        ],
    ),
    ("attendance.csv", &["laestab", "upn", "subject", "code"]),
    ("marks.csv", &["laestab", "upn", "paper", "mark"]),
    ("teacher_assessment.csv", &["laestab", "upn", "subject", "code"]),
    ("year7.csv", &["laestab", "upn"]),
];

/// One school's part of the delivery.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) laestab: u32,
    pub(super) rows: [Vec<u8>; FILES.len()],
    pub(super) counts: Counts,
    /// Digest of the school's `SHA256SUMS`, when scripts are delivered.
    pub(super) sums_digest: Option<String>,
}

/// Numbers of one school, added up for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) pupils: u64,
    pub(super) marks: u64,
    pub(super) missing_marks: u64,
    pub(super) missing_scripts: u64,
    pub(super) scripts: u64,
    pub(super) script_bytes: u64,
}

/// Generates one school and writes its scripts under `root`.
pub(super) fn deliver(
    nation: &Nation<'_>,
    place: usize,
    root: &Path,
) -> Result<Delivered, SampleError> {
    let Plan { seed, .. } = *nation.plan;
    let register = nation.register;
    let roll = roll::draw(register, place, seed, nation.plan.signed_year());
    let outcomes = outcomes::draw(nation.conversions, register, place, seed, &roll);
    let laestab = register.schools[place].laestab();
    let mut delivered = Delivered {
        laestab,
        rows: rows(nation, place, &roll, &outcomes),
        counts: count(nation, &outcomes),
        sums_digest: None,
    };
    if let Some(scanner) = &nation.scans {
        let written = scanner.write_school(root, laestab, place, &roll, &outcomes)?;
        delivered.counts.scripts = written.scripts;
        delivered.counts.script_bytes = written.bytes;
        delivered.sums_digest = Some(written.sums_digest);
    }
    Ok(delivered)
}

fn rows(
    nation: &Nation<'_>,
    place: usize,
    roll: &[Person],
    outcomes: &[Outcomes],
) -> [Vec<u8>; FILES.len()] {
    let school = nation.register.schools[place].laestab().to_string();
    let [mut pupils, mut absences, mut marks, mut assessments, mut year7] =
        [(); FILES.len()].map(|()| Rows::new());
    let mut moves = Moves::new(nation, place);
    for (person, outcome) in roll.iter().zip(outcomes) {
        let upn = person.upn.as_str();
        pupils.push(pupil_row(&school, person, outcome));
        for (subject, code) in Subject::ALL.iter().zip(outcome.attendance) {
            if let Some(code) = code {
                absences.push([&school, upn, subject.key(), code.key()]);
            }
        }
        for (paper, mark) in Paper::ALL.iter().zip(outcome.marks) {
            if let Some(mark) = mark {
                marks.push([&school, upn, paper.key(), &mark.to_string()]);
            }
        }
        for (subject, code) in &outcome.assessments {
            assessments.push([&school, upn, subject.key(), code.key()]);
        }
        if let Some(secondary) = moves.next(outcome) {
            year7.push([secondary.as_str(), upn]);
        }
    }
    [pupils, absences, marks, assessments, year7].map(Rows::into_bytes)
}

fn pupil_row(school: &str, person: &Person, outcome: &Outcomes) -> [String; 10] {
    let registration = |subject| outcome.registered(subject).key().to_owned();
    [
        school.to_owned(),
        person.upn.as_str().to_owned(),
        person.surname.clone(),
        person.forename.clone(),
        person.middle_names.clone(),
        person.born.to_string(),
        person.sex.key().to_owned(),
        registration(Subject::Gps),
        registration(Subject::Reading),
        registration(Subject::Maths),
    ]
}

/// Where the pupils of a school go next.
struct Moves {
    random: Random,
    secondaries: [String; 2],
    first_school: bool,
    moved: u32,
}

impl Moves {
    fn new(nation: &Nation<'_>, place: usize) -> Self {
        let seed = nation.plan.seed;
        let feeders = nation.register.feeders(seed, place);
        let random = Random::new(seed, Purpose::Moves, place as u64);
        let secondaries = feeders.map(|school| school.laestab().to_string());
        Self { random, secondaries, first_school: place == 0, moved: 0 }
    }

    /// Two thirds to the nearer one; some to schools outside the sample. The first school sends to both.
    fn next(&mut self, outcome: &Outcomes) -> Option<String> {
        if outcome.gone() || (!self.first_school && self.random.chance(0.04)) {
            return None;
        }
        self.moved += 1;
        let second = if self.first_school { self.moved % 3 == 2 } else { self.random.chance(0.33) };
        Some(self.secondaries[usize::from(second)].clone())
    }
}

fn count(nation: &Nation<'_>, outcomes: &[Outcomes]) -> Counts {
    let mut counts = Counts::default();
    let scripts_wanted = nation.scans.is_some();
    for outcome in outcomes {
        counts.pupils += 1;
        for paper in Paper::ALL {
            let at = paper.index();
            let expected = outcome.expects(paper);
            counts.marks += u64::from(outcome.marks[at].is_some());
            counts.missing_marks += u64::from(expected && outcome.marks[at].is_none());
            let lost = scripts_wanted && expected && !outcome.scripts[at];
            counts.missing_scripts += u64::from(lost);
        }
    }
    counts
}

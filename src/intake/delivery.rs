//! A supplier's delivery: pupils with registrations, attendance, marks and judgements, by school.

mod entry;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use jiff::civil::Date;

use super::gias::{self, Register, rows};
use super::manifest::{self, DeliveryManifest};
use super::problems::{Problem, Problems, Severity};
use super::table::Encoding;
use crate::domain::codes::{Attendance, Registration, Sex, TaCode, TaSubject};
use crate::domain::ids::{Laestab, Upn};
use crate::domain::papers::{Paper, Subject};
use entry::{Entry, parse_pupil, put_once};

/// Pupils of one delivery; the nation has about 670,000.
const PUPILS_MAX: usize = 2_000_000;

/// A pupil with all that the delivery says of them. `Debug` shows nothing.
#[derive(Clone)]
pub struct Pupil {
    /// Unique pupil number.
    pub upn: Upn,
    /// Surname.
    pub surname: String,
    /// Forename.
    pub forename: String,
    /// Middle names, or empty.
    pub middle_names: String,
    /// Date of birth.
    pub born_on: Date,
    /// Sex.
    pub sex: Sex,
    /// Registration by subject.
    pub registrations: [Registration; 3],
    /// Attendance code by subject, for those who did not sit.
    pub attendance: [Option<Attendance>; 3],
    /// Mark by paper.
    pub marks: [Option<u8>; 6],
    /// Judgement by subject of teacher assessment.
    pub judgements: [Option<TaCode>; 4],
}

impl std::fmt::Debug for Pupil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pupil(..)")
    }
}

impl Pupil {
    /// Left, or listed by mistake, in all subjects: not in any file.
    pub fn is_gone(&self) -> bool {
        let gone = |r: &Registration| matches!(r, Registration::Left | Registration::Unregistered);
        self.registrations.iter().all(gone)
    }

    /// A script is expected where the pupil has a mark, or sat and the mark is missing.
    pub fn expects_script(&self, paper: Paper) -> bool {
        let subject = paper.subject() as usize;
        let sat = self.registrations[subject] == Registration::Registered
            && self.attendance[subject].is_none();
        self.marks[paper.index()].is_some() || sat
    }
}

/// Everything that was delivered, outside the scripts themselves.
#[derive(Debug)]
pub struct Delivery {
    /// Digests and the set of scripts.
    pub manifest: DeliveryManifest,
    /// Schools, trusts and authorities.
    pub register: Register,
    /// Pupils by school, in the order of surname, forename and UPN.
    pub schools: BTreeMap<Laestab, Vec<Pupil>>,
    /// Incoming pupils by secondary.
    pub year7: BTreeMap<Laestab, Vec<Upn>>,
    /// Schools that are refused.
    pub refused: BTreeSet<Laestab>,
}

/// Reads a whole delivery. None when nothing of it can be built; `problems` says why.
pub fn read(folder: &Path, problems: &mut Problems) -> Option<Delivery> {
    let manifest = manifest::read(folder, problems);
    let register = gias::read(folder, problems);
    let mut reader = Reader {
        folder,
        register: &register,
        schools: BTreeMap::new(),
        places: HashMap::new(),
        refused: BTreeSet::new(),
        elsewhere: HashMap::new(),
        count: 0,
    };
    reader.pupils(problems);
    reader.attendance(problems);
    reader.marks(problems);
    reader.judgements(problems);
    let year7 = reader.year7(problems);
    let (mut schools, refused) = (reader.schools, reader.refused);
    for pupils in schools.values_mut() {
        pupils.sort_by(|a, b| {
            (&a.surname, &a.forename, a.upn).cmp(&(&b.surname, &b.forename, b.upn))
        });
    }
    if problems.fatal() {
        return None;
    }
    Some(Delivery { manifest: manifest?, register, schools, year7, refused })
}

/// A reader of rows, with what it has read so far.
struct Reader<'a> {
    folder: &'a Path,
    register: &'a Register,
    schools: BTreeMap<Laestab, Vec<Pupil>>,
    /// Where a pupil of a school stands in `schools`.
    places: HashMap<(Laestab, Upn), usize>,
    refused: BTreeSet<Laestab>,
    /// The first school that a pupil was seen in.
    elsewhere: HashMap<Upn, Laestab>,
    count: usize,
}

impl Reader<'_> {
    /// Reads a file row by row; a row with an error refuses its school.
    fn each(
        &mut self,
        file: &'static str,
        wanted: &[&str],
        problems: &mut Problems,
        mut take: impl FnMut(&mut Self, &Entry<'_>) -> Result<Option<Problem>, Problem>,
    ) {
        let mut warnings = Vec::new();
        rows(self.folder, file, Encoding::Utf8, wanted, problems, |row| {
            let entry = Entry::new(file, row)?;
            match take(self, &entry) {
                Ok(warning) => warnings.extend(warning),
                Err(problem) => {
                    self.refused.insert(entry.laestab);
                    return Err(problem);
                }
            }
            Ok(())
        });
        for warning in warnings {
            problems.add(warning);
        }
    }

    fn pupils(&mut self, problems: &mut Problems) {
        const WANTED: [&str; 10] = [
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
        ];
        self.each("pupils.csv", &WANTED, problems, Self::pupil);
    }

    fn pupil(&mut self, entry: &Entry<'_>) -> Result<Option<Problem>, Problem> {
        if !self.register.schools.contains_key(&entry.laestab) {
            return Err(entry.error(
                "laestab",
                0,
                "no school with this number in the GIAS extract",
            ));
        }
        self.count += 1;
        if self.count > PUPILS_MAX {
            return Err(entry.error("upn", 1, format!("more than {PUPILS_MAX} pupils")));
        }
        let pupil = parse_pupil(entry)?;
        let key = (entry.laestab, pupil.upn);
        let pupils = self.schools.entry(entry.laestab).or_default();
        if self.places.contains_key(&key) {
            return Err(entry.error("upn", 1, "the pupil is listed twice for this school"));
        }
        self.places.insert(key, pupils.len());
        let first = *self.elsewhere.entry(pupil.upn).or_insert(entry.laestab);
        pupils.push(pupil);
        Ok((first != entry.laestab).then(|| {
            let text = format!("the pupil is also registered at school {first}");
            entry.problem(Severity::Warning, "upn", entry.row.get(1), text)
        }))
    }

    /// The pupil that a row is about.
    fn of_row(&mut self, entry: &Entry<'_>) -> Result<&mut Pupil, Problem> {
        let upn = entry.parse("upn", 1)?;
        let place = self.places.get(&(entry.laestab, upn)).copied();
        let pupils = self.schools.get_mut(&entry.laestab);
        pupils.zip(place).and_then(|(pupils, place)| pupils.get_mut(place)).ok_or_else(|| {
            entry.error("upn", 1, "unknown pupil: not in pupils.csv for this school")
        })
    }

    fn attendance(&mut self, problems: &mut Problems) {
        const WANTED: [&str; 4] = ["laestab", "upn", "subject", "code"];
        self.each("attendance.csv", &WANTED, problems, |reader, entry| {
            let subject: Subject = entry.parse("subject", 2)?;
            let code: Attendance = entry.parse("code", 3)?;
            let place = &mut reader.of_row(entry)?.attendance[subject as usize];
            put_once(place, code, || {
                entry.error("code", 3, "another code was given for this subject")
            })?;
            Ok(None)
        });
    }

    fn marks(&mut self, problems: &mut Problems) {
        const WANTED: [&str; 4] = ["laestab", "upn", "paper", "mark"];
        self.each("marks.csv", &WANTED, problems, |reader, entry| {
            let paper: Paper = entry.parse("paper", 2)?;
            let max = paper.max_mark();
            let mark: u8 =
                entry.row.get(3).parse().ok().filter(|m| *m <= max).ok_or_else(|| {
                    entry.error(
                        "mark",
                        3,
                        format!("expected a whole number from 0 to {max} for {paper}"),
                    )
                })?;
            let place = &mut reader.of_row(entry)?.marks[paper.index()];
            if *place == Some(mark) {
                let text = "the mark was given twice".to_owned();
                return Ok(Some(entry.problem(Severity::Warning, "mark", entry.row.get(3), text)));
            }
            put_once(place, mark, || {
                entry.error("mark", 3, "another mark was given for this paper")
            })?;
            Ok(None)
        });
    }

    fn judgements(&mut self, problems: &mut Problems) {
        const WANTED: [&str; 4] = ["laestab", "upn", "subject", "code"];
        self.each("teacher_assessment.csv", &WANTED, problems, |reader, entry| {
            let subject: TaSubject = entry.parse("subject", 2)?;
            let code: TaCode = entry.parse("code", 3)?;
            if !code.allowed_in(subject) {
                return Err(entry.error("code", 3, format!("is not given in {}", subject.key())));
            }
            let place = &mut reader.of_row(entry)?.judgements[subject as usize];
            put_once(place, code, || entry.error("code", 3, "another judgement was given"))?;
            Ok(None)
        });
    }

    fn year7(&mut self, problems: &mut Problems) -> BTreeMap<Laestab, Vec<Upn>> {
        let mut year7: BTreeMap<Laestab, Vec<Upn>> = BTreeMap::new();
        let mut seen = HashSet::new();
        let mut warnings = Vec::new();
        rows(self.folder, "year7.csv", Encoding::Utf8, &["laestab", "upn"], problems, |row| {
            let entry = Entry::new("year7.csv", row)?;
            let upn: Upn = entry.parse("upn", 1)?;
            let warn =
                |text: &str| entry.problem(Severity::Warning, "upn", row.get(1), text.to_owned());
            if !self.register.schools.contains_key(&entry.laestab) {
                return Err(entry.error(
                    "laestab",
                    0,
                    "no school with this number in the GIAS extract",
                ));
            }
            if !self.elsewhere.contains_key(&upn) {
                warnings.push(warn("the pupil took no tests: not in pupils.csv"));
            } else if seen.insert((entry.laestab, upn)) {
                year7.entry(entry.laestab).or_default().push(upn);
            }
            Ok(())
        });
        for warning in warnings {
            problems.add(warning);
        }
        year7
    }
}

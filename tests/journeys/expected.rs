//! What a delivery says, worked out again from its own files; shares no code with the program.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// Papers in the order of files and pages.
pub const PAPERS: [&str; 6] = ["gps1", "gps2", "reading", "maths1", "maths2", "maths3"];
/// Subjects with their papers.
const SUBJECTS: [(&str, std::ops::Range<usize>); 3] =
    [("gps", 0..2), ("reading", 2..3), ("maths", 3..6)];
const JUDGEMENTS: [&str; 4] = ["writing", "science", "reading", "maths"];
const HEADER: &str = "\u{feff}DfENumber,URN,SchoolName,UPN,Surname,Forename,MiddleNames,DOB,Sex,\
    GPSPaper1,GPSPaper2,GPSRaw,GPSScaled,GPSOutcome,ReadingRaw,ReadingScaled,ReadingOutcome,\
    MathsPaper1,MathsPaper2,MathsPaper3,MathsRaw,MathsScaled,MathsOutcome,";
const LAST: &str = "SpecialConsideration,ReviewStatus\r\n";

/// A row by its column names.
type Row = HashMap<String, String>;

/// A delivery.
pub struct Delivery {
    pub schools: BTreeMap<String, School>,
    /// Incoming UPNs by secondary.
    pub year7: BTreeMap<String, Vec<String>>,
    tables: [HashMap<u32, u32>; 3],
}

/// A school that was delivered.
pub struct School {
    pub laestab: String,
    pub authority: String,
    /// Group UIDs whose joined date is not after the results day.
    pub trusts: Vec<String>,
    /// Pupils who are in its files, in their order.
    pub pupils: Vec<Pupil>,
    urn: String,
    name: String,
}

/// A pupil.
#[derive(Clone)]
pub struct Pupil {
    pub upn: String,
    pub surname: String,
    pub forename: String,
    facts: [String; 3],
    registrations: [String; 3],
    attendance: [String; 3],
    marks: [Option<u32>; 6],
    judgements: [String; 4],
    /// Digest of each script that was delivered.
    scripts: [Option<String>; 6],
}

/// Columns of teacher assessment, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    Tests,
    WithJudgements,
}

/// What became of a script.
pub enum Script<'a> {
    Here(&'a str),
    Traced,
    NotExpected,
}

fn rows(path: &Path) -> Vec<Row> {
    let bytes = fs::read(path).unwrap();
    let gias = path.parent().unwrap().ends_with("gias");
    let text = if gias {
        encoding_rs::WINDOWS_1252.decode(&bytes).0.into_owned()
    } else {
        String::from_utf8(bytes).unwrap()
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// `DD-MM-YYYY` as `YYYY-MM-DD`.
fn sortable(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join("-")
}

fn table(subject: &str) -> HashMap<u32, u32> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/cycles/2024/scores");
    let text = fs::read_to_string(root.join(format!("{subject}.csv"))).unwrap();
    // The header, and the marks that have no score, are no pairs of numbers.
    let pair = |line: &str| {
        let (raw, scaled) = line.split_once(',')?;
        Some((raw.parse().ok()?, scaled.parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

impl Delivery {
    pub fn read(folder: &Path) -> Self {
        let mut delivery = Self {
            schools: schools(folder),
            year7: BTreeMap::new(),
            tables: SUBJECTS.map(|(subject, _)| table(subject)),
        };
        for row in rows(&folder.join("pupils.csv")) {
            let pupil = Pupil::of(&row);
            delivery.schools.get_mut(&row["laestab"]).unwrap().pupils.push(pupil);
        }
        for row in rows(&folder.join("attendance.csv")) {
            let place = SUBJECTS.iter().position(|(known, _)| *known == row["subject"]).unwrap();
            delivery.pupil(&row).attendance[place].clone_from(&row["code"]);
        }
        for row in rows(&folder.join("marks.csv")) {
            let place = PAPERS.iter().position(|known| *known == row["paper"]).unwrap();
            delivery.pupil(&row).marks[place] = Some(row["mark"].parse().unwrap());
        }
        for row in rows(&folder.join("teacher_assessment.csv")) {
            let place = JUDGEMENTS.iter().position(|known| *known == row["subject"]).unwrap();
            delivery.pupil(&row).judgements[place].clone_from(&row["code"]);
        }
        for row in rows(&folder.join("year7.csv")) {
            delivery.year7.entry(row["laestab"].clone()).or_default().push(row["upn"].clone());
        }
        delivery.schools.retain(|_, school| !school.pupils.is_empty());
        for school in delivery.schools.values_mut() {
            school.finish(folder);
        }
        delivery
    }

    fn pupil(&mut self, row: &Row) -> &mut Pupil {
        let school = self.schools.get_mut(&row["laestab"]).unwrap();
        school.pupils.iter_mut().find(|pupil| pupil.upn == row["upn"]).unwrap()
    }

    /// A results file with the pupils of these schools whom `wanted` takes.
    pub fn csv<'a>(
        &self,
        schools: impl IntoIterator<Item = &'a School>,
        columns: Columns,
        wanted: impl Fn(&Pupil) -> bool,
    ) -> Vec<u8> {
        let judgements = "WritingTA,ScienceTA,ReadingTA,MathsTA,";
        let judgements = if columns == Columns::WithJudgements { judgements } else { "" };
        let mut text = format!("{HEADER}{judgements}{LAST}");
        for school in schools {
            for pupil in school.pupils.iter().filter(|pupil| wanted(pupil)) {
                text += &self.row(school, pupil, columns);
            }
        }
        text.into_bytes()
    }

    fn row(&self, school: &School, pupil: &Pupil, columns: Columns) -> String {
        let mut cells = vec![&school.laestab, &school.urn, &school.name, &pupil.upn];
        cells.extend([&pupil.surname, &pupil.forename]);
        cells.extend(&pupil.facts);
        let mut cells: Vec<String> = cells.into_iter().map(|cell| guarded(cell)).collect();
        for (place, (subject, papers)) in SUBJECTS.into_iter().enumerate() {
            if subject != "reading" {
                let marks = pupil.marks[papers].iter();
                cells.extend(marks.map(|mark| mark.map(|m| m.to_string()).unwrap_or_default()));
            }
            cells.extend(self.outcome(pupil, place));
        }
        if columns == Columns::WithJudgements {
            cells.extend(pupil.judgements.iter().cloned());
        }
        cells.extend([String::new(), String::new()]);
        cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\r\n"
    }

    /// Raw mark, scaled score and outcome of a subject, as contract §4 orders the codes.
    fn outcome(&self, pupil: &Pupil, subject: usize) -> [String; 3] {
        let code = |code: &str| [String::new(), String::new(), code.to_owned()];
        if !pupil.attendance[subject].is_empty() {
            return code(&pupil.attendance[subject]);
        }
        match pupil.registrations[subject].as_str() {
            "Registered" => (),
            "Below" => return code("B"),
            "Future" => return code("F"),
            "Previous" => return code("P"),
            "Left" => return code("L"),
            other => panic!("{other} in one subject"),
        }
        let marks = &pupil.marks[SUBJECTS[subject].1.clone()];
        if marks.iter().any(Option::is_none) {
            return code("M");
        }
        let raw: u32 = marks.iter().flatten().sum();
        if raw <= 2 {
            return [raw.to_string(), String::new(), "N".to_owned()];
        }
        let scaled = self.tables[subject][&raw];
        let outcome = if scaled >= 100 { "AS" } else { "NS" };
        [raw.to_string(), scaled.to_string(), outcome.to_owned()]
    }

    /// Pupils of a school with all their results.
    pub fn complete(&self, school: &School) -> usize {
        let complete = |p: &&Pupil| (0..3).all(|subject| self.outcome(p, subject)[2] != "M");
        school.pupils.iter().filter(complete).count()
    }
}

fn schools(folder: &Path) -> BTreeMap<String, School> {
    let mut schools = BTreeMap::new();
    for row in rows(&folder.join("gias/edubasealldata.csv")) {
        let laestab = format!("{}{}", row["LA (code)"], row["EstablishmentNumber"]);
        let school = School {
            laestab: laestab.clone(),
            authority: row["LA (code)"].clone(),
            trusts: Vec::new(),
            pupils: Vec::new(),
            urn: row["URN"].clone(),
            name: row["EstablishmentName"].clone(),
        };
        schools.insert(laestab, school);
    }
    for row in rows(&folder.join("gias/grouplinks.csv")) {
        let member = schools.values_mut().find(|school| school.urn == row["URN"]).unwrap();
        if sortable(&row["Joined date"]).as_str() <= "2024-07-09" {
            member.trusts.push(row["Group UID"].clone());
        }
    }
    schools
}

impl School {
    /// Leaves out who has left, sorts, and finds the scripts.
    fn finish(&mut self, folder: &Path) {
        let gone = |code: &String| code == "Left" || code == "Unregistered";
        self.pupils.retain(|pupil| !pupil.registrations.iter().all(gone));
        self.pupils.sort_by(|a, b| {
            (&a.surname, &a.forename, &a.upn).cmp(&(&b.surname, &b.forename, &b.upn))
        });
        let list = folder.join("scripts").join(&self.laestab).join("SHA256SUMS");
        for line in fs::read_to_string(list).unwrap_or_default().lines() {
            let (digest, file) = line.split_once("  ").unwrap();
            let (upn, paper) = file.strip_suffix(".pdf").unwrap().split_once('_').unwrap();
            let place = PAPERS.iter().position(|known| *known == paper).unwrap();
            if let Some(pupil) = self.pupils.iter_mut().find(|pupil| pupil.upn == upn) {
                pupil.scripts[place] = Some(digest.to_owned());
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Pairs of pupil and paper whose outcome is a mark, and those whose mark is missing.
    pub fn marked_and_not(&self) -> (usize, usize) {
        let (mut marked, mut unmarked) = (0, 0);
        for pupil in &self.pupils {
            for (subject, (_, papers)) in SUBJECTS.into_iter().enumerate() {
                let sat = pupil.registrations[subject] == "Registered"
                    && pupil.attendance[subject].is_empty();
                let marks = pupil.marks[papers].iter().filter(|_| sat);
                marked += marks.clone().filter(|mark| mark.is_some()).count();
                unmarked += marks.filter(|mark| mark.is_none()).count();
            }
        }
        (marked, unmarked)
    }

    /// The UPNs of its pupils.
    pub fn upns(&self) -> impl Iterator<Item = &str> {
        self.pupils.iter().map(|pupil| pupil.upn.as_str())
    }
}

impl Pupil {
    fn of(row: &Row) -> Self {
        Self {
            upn: row["upn"].clone(),
            surname: row["surname"].clone(),
            forename: row["forename"].clone(),
            facts: ["middle_names", "dob", "sex"].map(|column| row[column].clone()),
            registrations: SUBJECTS.map(|(subject, _)| row[subject].clone()),
            attendance: Default::default(),
            marks: [None; 6],
            judgements: Default::default(),
            scripts: Default::default(),
        }
    }

    /// A script is expected of a paper that has a mark, or that the pupil sat.
    pub fn script(&self, paper: usize) -> Script<'_> {
        let subject = SUBJECTS.iter().position(|(_, papers)| papers.contains(&paper)).unwrap();
        let sat =
            self.registrations[subject] == "Registered" && self.attendance[subject].is_empty();
        match &self.scripts[paper] {
            Some(digest) => Script::Here(digest),
            None if sat || self.marks[paper].is_some() => Script::Traced,
            None => Script::NotExpected,
        }
    }
}

/// A cell that a spreadsheet would run begins with an apostrophe.
fn guarded(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if runs { format!("'{cell}") } else { cell.to_owned() }
}

/// RFC 4180.
fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

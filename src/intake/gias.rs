//! The GIAS extracts: schools, groups and group links, columns by name (`domain` notes §1.4).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::civil::Date;

use super::problems::{Problem, Problems, Severity};
use super::table::{Encoding, Row, Table};
use crate::domain::ids::{GroupUid, LaCode, Laestab, Urn};

/// The school extract within a delivery.
pub const SCHOOLS: &str = "gias/edubasealldata.csv";
/// The groups within a delivery.
pub const GROUPS: &str = "gias/groups.csv";
/// The group links within a delivery.
pub const LINKS: &str = "gias/grouplinks.csv";
/// Code of the status "closed".
const CLOSED: &str = "2";
/// Code of a multi-academy trust among group types.
const MULTI_ACADEMY_TRUST: &str = "06";

/// A school as GIAS names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// Stable number.
    pub urn: Urn,
    /// DfE number.
    pub laestab: Laestab,
    /// Name.
    pub name: String,
    /// Authority.
    pub authority: LaCode,
    /// Name of the authority.
    pub authority_name: String,
    /// Lowest and highest age.
    pub ages: (u8, u8),
    /// Phase of education code.
    pub phase: String,
    /// When it closed.
    pub closed_on: Option<Date>,
    /// Multi-academy trusts that it was a member of, with the day of joining.
    pub trusts: Vec<(GroupUid, Date)>,
}

impl School {
    /// Takes pupils into year 7 (`domain` notes §1.4).
    pub fn is_secondary(&self) -> bool {
        self.ages.1 >= 12 && self.ages.0 <= 11 && matches!(self.phase.as_str(), "4" | "5" | "7")
    }

    /// The trust that it belonged to on a day: the one joined last.
    pub fn trust_on(&self, day: Date) -> Option<GroupUid> {
        let joined = self.trusts.iter().filter(|(_, joined)| *joined <= day);
        joined.max_by_key(|(_, joined)| *joined).map(|(group, _)| *group)
    }
}

/// What the three files say together.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// Schools by DfE number: the open one where a closed one had the same.
    pub schools: BTreeMap<Laestab, School>,
    /// Names of open multi-academy trusts.
    pub trusts: BTreeMap<GroupUid, String>,
    /// Names of authorities.
    pub authorities: BTreeMap<LaCode, String>,
}

/// Reads the three files.
pub fn read(folder: &Path, problems: &mut Problems) -> Register {
    let mut register = Register::default();
    read_schools(folder, &mut register, problems);
    read_groups(folder, &mut register, problems);
    read_links(folder, &mut register, problems);
    register
}

/// Hands each row of a file to `each`; problems of the file and of rows are collected.
pub(super) fn rows(
    folder: &Path,
    name: &str,
    encoding: Encoding,
    wanted: &[&str],
    problems: &mut Problems,
    mut each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) {
    let mut table = match Table::open(folder, name, encoding, wanted) {
        Ok(table) => table,
        Err(problem) => return problems.add(problem),
    };
    while let Some(row) = table.next_row() {
        if let Err(problem) = row.and_then(|row| each(&row)) {
            problems.add(problem);
        }
    }
}

fn read_schools(folder: &Path, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 10] = [
        "URN",
        "LA (code)",
        "LA (name)",
        "EstablishmentNumber",
        "EstablishmentName",
        "EstablishmentStatus (code)",
        "StatutoryLowAge",
        "StatutoryHighAge",
        "PhaseOfEducation (code)",
        "CloseDate",
    ];
    rows(folder, SCHOOLS, Encoding::Windows1252, &WANTED, problems, |row| {
        // Children's centres and the like have no establishment number: they are not schools of ours.
        if row.get(3).is_empty() {
            return Ok(());
        }
        let school = school(row)?;
        register.authorities.insert(school.authority, school.authority_name.clone());
        let closed = row.get(5) == CLOSED;
        if !closed || !register.schools.contains_key(&school.laestab) {
            register.schools.insert(school.laestab, school);
        }
        Ok(())
    });
}

fn school(row: &Row<'_>) -> Result<School, Problem> {
    let wrong = |field: &str, value: &str, expected: &str| Problem {
        line: row.line,
        field: field.to_owned(),
        value: value.to_owned(),
        ..Problem::of_file(Severity::Fatal, SCHOOLS, format!("expected {expected}"))
    };
    let urn = row.get(0).parse().map_err(|e| wrong("URN", row.get(0), &format!("{e}")))?;
    let authority: LaCode =
        row.get(1).parse().map_err(|e| wrong("LA (code)", row.get(1), &format!("{e}")))?;
    let number = row.get(3).parse().ok().and_then(|n| Laestab::new(authority, n).ok());
    let laestab = number.ok_or_else(|| wrong("EstablishmentNumber", row.get(3), "four digits"))?;
    let closed_on = match row.get(9) {
        "" => None,
        text => Some(date(text).ok_or_else(|| wrong("CloseDate", text, "DD-MM-YYYY"))?),
    };
    let age = |column: usize, absent: u8| row.get(column).parse().unwrap_or(absent);
    Ok(School {
        urn,
        laestab,
        name: row.get(4).to_owned(),
        authority,
        authority_name: row.get(2).to_owned(),
        ages: (age(6, 0), age(7, 0)),
        phase: row.get(8).to_owned(),
        closed_on,
        trusts: Vec::new(),
    })
}

fn read_groups(folder: &Path, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 4] =
        ["Group UID", "Group Name", "Group Type (code)", "Group Status (code)"];
    rows(folder, GROUPS, Encoding::Utf8, &WANTED, problems, |row| {
        let open = matches!(row.get(3), "OPEN" | "PROPOSED_TO_CLOSE");
        if row.get(2) == MULTI_ACADEMY_TRUST && open {
            register.trusts.insert(group(GROUPS, row, 0)?, row.get(1).to_owned());
        }
        Ok(())
    });
}

fn read_links(folder: &Path, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 4] = ["URN", "Group UID", "Group Type (code)", "Joined date"];
    let mut links: HashMap<Urn, Vec<(GroupUid, Date)>> = HashMap::new();
    rows(folder, LINKS, Encoding::Utf8, &WANTED, problems, |row| {
        if row.get(2) != MULTI_ACADEMY_TRUST {
            return Ok(());
        }
        let wrong = |field: &str, column: usize, expected: &str| Problem {
            line: row.line,
            field: field.to_owned(),
            value: row.get(column).to_owned(),
            ..Problem::of_file(Severity::Fatal, LINKS, format!("expected {expected}"))
        };
        let urn = row.get(0).parse().map_err(|_| wrong("URN", 0, "six digits"))?;
        let joined = date(row.get(3)).ok_or_else(|| wrong("Joined date", 3, "DD-MM-YYYY"))?;
        links.entry(urn).or_default().push((group(LINKS, row, 1)?, joined));
        Ok(())
    });
    for school in register.schools.values_mut() {
        let mut trusts = links.remove(&school.urn).unwrap_or_default();
        trusts.retain(|(group, _)| register.trusts.contains_key(group));
        school.trusts = trusts;
    }
}

fn group(file: &str, row: &Row<'_>, column: usize) -> Result<GroupUid, Problem> {
    row.get(column).parse().map_err(|bad: crate::domain::ids::BadId| Problem {
        line: row.line,
        field: "Group UID".to_owned(),
        value: row.get(column).to_owned(),
        ..Problem::of_file(Severity::Fatal, file, bad.to_string())
    })
}

/// A date as GIAS writes it: `DD-MM-YYYY`.
fn date(text: &str) -> Option<Date> {
    Date::strptime("%d-%m-%Y", text).ok()
}

//! The GIAS extracts: schools, groups, group links and successors, columns by name (`domain` notes §1.4).

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::civil::Date;

use super::problems::{Problem, Problems, Severity};
use super::table::{Encoding, Row, Table};
use crate::domain::ids::{GroupUid, Urn};

mod school;
#[cfg(test)]
mod tests;

pub use crate::domain::schools::{Register, School};

/// The school extract within a delivery.
pub const SCHOOLS: &str = "gias/edubasealldata.csv";
/// The groups within a delivery.
pub const GROUPS: &str = "gias/groups.csv";
/// The group links within a delivery.
pub const LINKS: &str = "gias/grouplinks.csv";
/// The links between schools within a delivery, which may be left out.
pub const SUCCESSORS: &str = "gias/links.csv";
/// Code of a multi-academy trust among group types.
const MULTI_ACADEMY_TRUST: &str = "06";
/// Largest file of an extract, in bytes. The schools of the nation, closed ones too, are 60 MB.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The files of an extract, wherever they are.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Every school.
    pub schools: Part,
    /// Every group.
    pub groups: Part,
    /// Who is a member of which group.
    pub memberships: Part,
    /// Which school went on as which, if somebody says.
    pub successors: Option<Part>,
}

/// A file of an extract.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name in messages.
    pub name: String,
    /// Its bytes, or where they are.
    pub content: Content,
}

/// The bytes of a file, or where they are.
#[derive(Clone, Debug)]
pub enum Content {
    /// On disk.
    File(PathBuf),
    /// In memory, as they were fetched.
    Bytes(Bytes),
}

impl Part {
    fn open(&self, wanted: &[&str], encoding: Encoding) -> Result<Table, Problem> {
        let source: Box<dyn BufRead> = match &self.content {
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
            Content::File(path) => {
                Box::new(BufReader::with_capacity(256 * 1024, open(path, &self.name)?))
            }
        };
        Table::of(&self.name, source, encoding, wanted)
    }
}

fn open(path: &Path, name: &str) -> Result<std::fs::File, Problem> {
    let fatal = |text: String| Problem::of_file(Severity::Fatal, name, text);
    let file = std::fs::File::open(path).map_err(|e| fatal(e.to_string()))?;
    let length = file.metadata().map_err(|e| fatal(e.to_string()))?.len();
    if length > FILE_BYTES_MAX {
        return Err(fatal(format!("is larger than {FILE_BYTES_MAX} bytes")));
    }
    Ok(file)
}

/// Reads a file of an extract whole; one that is larger than any is refused.
pub fn read_file(path: &Path) -> std::io::Result<Bytes> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("is larger than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes.into())
}

impl Extract {
    /// The extract of a delivery.
    pub fn in_delivery(folder: &Path) -> Self {
        let part =
            |name: &str| Part { name: name.to_owned(), content: Content::File(folder.join(name)) };
        let successors = folder.join(SUCCESSORS).exists().then(|| part(SUCCESSORS));
        Self { schools: part(SCHOOLS), groups: part(GROUPS), memberships: part(LINKS), successors }
    }

    /// Reads all of it; whatever is wrong is a fatal problem with its file, line and column.
    pub fn read(&self, problems: &mut Problems) -> Register {
        let mut register = Register::default();
        school::read(&self.schools, &mut register, problems);
        read_groups(&self.groups, &mut register, problems);
        read_memberships(&self.memberships, &mut register, problems);
        if let Some(successors) = &self.successors {
            read_successors(successors, &mut register, problems);
        }
        register
    }
}

/// Reads the extract of a delivery.
pub fn read(folder: &Path, problems: &mut Problems) -> Register {
    Extract::in_delivery(folder).read(problems)
}

/// Hands each row of a file to `each`; problems of the file and of rows are collected.
pub(super) fn rows(
    folder: &Path,
    name: &str,
    encoding: Encoding,
    wanted: &[&str],
    problems: &mut Problems,
    each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) {
    match Table::open(folder, name, encoding, wanted) {
        Ok(table) => _ = each_row(table, problems, each),
        Err(problem) => problems.add(problem),
    }
}

/// Gives how many rows there were.
fn each_row(
    mut table: Table,
    problems: &mut Problems,
    mut each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) -> u64 {
    let mut count = 0;
    while let Some(row) = table.next_row() {
        count += 1;
        if let Err(problem) = row.and_then(|row| each(&row)) {
            problems.add(problem);
        }
    }
    count
}

/// The same of a part of an extract, which is never without rows: a file that was cut off after its header
/// would close everything.
fn rows_of(
    part: &Part,
    encoding: Encoding,
    wanted: &[&str],
    problems: &mut Problems,
    each: impl FnMut(&Row<'_>) -> Result<(), Problem>,
) {
    let count = match part.open(wanted, encoding) {
        Ok(table) => each_row(table, problems, each),
        Err(problem) => return problems.add(problem),
    };
    if count == 0 {
        let text = "has a header and no rows: it is cut off";
        problems.add(Problem::of_file(Severity::Fatal, &part.name, text));
    }
}

fn read_groups(part: &Part, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 5] =
        ["Group UID", "Group Name", "Group Type (code)", "Group Status (code)", "Closed Date"];
    let mut lines = HashMap::new();
    rows_of(part, Encoding::Either, &WANTED, problems, |row| {
        if row.get(2) != MULTI_ACADEMY_TRUST {
            return Ok(());
        }
        let group = group(part, row, 0)?;
        if let Some(line) = lines.insert(group, row.line) {
            return Err(wrong(part, row, ("Group UID", 0), format!("stands in line {line} too")));
        }
        if matches!(row.get(3), "OPEN" | "PROPOSED_TO_CLOSE") {
            register.trusts.insert(group, row.get(1).to_owned());
        } else {
            register.closed_trusts.insert(group, day(part, row, ("Closed Date", 4))?);
        }
        Ok(())
    });
}

fn read_memberships(part: &Part, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 4] = ["URN", "Group UID", "Group Type (code)", "Joined date"];
    let mut links: HashMap<Urn, BTreeMap<GroupUid, Date>> = HashMap::new();
    rows_of(part, Encoding::Either, &WANTED, problems, |row| {
        if row.get(2) != MULTI_ACADEMY_TRUST {
            return Ok(());
        }
        let joined = day(part, row, ("Joined date", 3))?;
        let joined = joined.ok_or_else(|| wrong(part, row, ("Joined date", 3), EXPECTED_DAY))?;
        // A school that left and came back is a member since the last time.
        let of_school = links.entry(urn(part, row, ("URN", 0))?).or_default();
        let last = of_school.entry(group(part, row, 1)?).or_insert(joined);
        *last = joined.max(*last);
        Ok(())
    });
    for school in register.schools.values_mut() {
        let trusts = links.remove(&school.urn).unwrap_or_default().into_iter();
        school.trusts = trusts.filter(|(group, _)| register.trusts.contains_key(group)).collect();
    }
}

/// Only schools that went on as one other; where several were merged or one was split, the new ones are new.
fn read_successors(part: &Part, register: &mut Register, problems: &mut Problems) {
    const WANTED: [&str; 3] = ["URN", "LinkURN", "LinkType"];
    let mut all: HashMap<Urn, Vec<Urn>> = HashMap::new();
    rows_of(part, Encoding::Either, &WANTED, problems, |row| {
        let (one, other) = (urn(part, row, ("URN", 0))?, urn(part, row, ("LinkURN", 1))?);
        let (from, to) = match row.get(2) {
            "Successor" => (one, other),
            "Predecessor" => (other, one),
            _ => return Ok(()),
        };
        let successors = all.entry(from).or_default();
        if !successors.contains(&to) {
            successors.push(to);
        }
        Ok(())
    });
    let single = all.into_iter().filter(|(_, successors)| successors.len() == 1);
    register.successors = single.map(|(from, to)| (from, to[0])).collect();
}

/// What a day should look like.
const EXPECTED_DAY: &str = "expected DD-MM-YYYY";

/// A problem with a field of a row.
fn wrong(
    part: &Part,
    row: &Row<'_>,
    (field, column): (&str, usize),
    text: impl Into<String>,
) -> Problem {
    Problem {
        line: row.line,
        field: field.to_owned(),
        value: row.get(column).to_owned(),
        ..Problem::of_file(Severity::Fatal, &part.name, text)
    }
}

fn urn(part: &Part, row: &Row<'_>, field: (&str, usize)) -> Result<Urn, Problem> {
    let parsed = row.get(field.1).parse();
    parsed.map_err(|bad: crate::domain::ids::BadId| wrong(part, row, field, bad.to_string()))
}

fn group(part: &Part, row: &Row<'_>, column: usize) -> Result<GroupUid, Problem> {
    let field = ("Group UID", column);
    let parsed = row.get(column).parse();
    parsed.map_err(|bad: crate::domain::ids::BadId| wrong(part, row, field, bad.to_string()))
}

/// A date as GIAS writes it, `DD-MM-YYYY`, or none.
fn day(part: &Part, row: &Row<'_>, field: (&str, usize)) -> Result<Option<Date>, Problem> {
    match row.get(field.1) {
        "" => Ok(None),
        text => match Date::strptime("%d-%m-%Y", text) {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(wrong(part, row, field, EXPECTED_DAY)),
        },
    }
}

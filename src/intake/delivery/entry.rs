//! One row of a delivery: its school, its fields, and what is wrong with them.

use jiff::civil::Date;

use super::Pupil;
use crate::domain::codes::Registration;
use crate::domain::ids::Laestab;
use crate::intake::problems::{Problem, Severity};
use crate::intake::table::Row;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 128;

/// A row of a file, able to say what is wrong with it.
pub(super) struct Entry<'a> {
    file: &'static str,
    pub(super) row: &'a Row<'a>,
    pub(super) laestab: Laestab,
}

impl<'a> Entry<'a> {
    /// Reads the DfE number; without it the row belongs to nobody, and the delivery is refused.
    pub(super) fn new(file: &'static str, row: &'a Row<'a>) -> Result<Self, Problem> {
        let laestab = row.get(0).parse().map_err(|bad: crate::domain::ids::BadId| Problem {
            line: row.line,
            field: "laestab".to_owned(),
            value: row.get(0).to_owned(),
            ..Problem::of_file(Severity::Fatal, file, bad.to_string())
        })?;
        Ok(Self { file, row, laestab })
    }

    pub(super) fn problem(
        &self,
        severity: Severity,
        field: &str,
        value: &str,
        text: String,
    ) -> Problem {
        Problem {
            line: self.row.line,
            laestab: Some(self.laestab),
            field: field.to_owned(),
            value: value.to_owned(),
            ..Problem::of_file(severity, self.file, text)
        }
    }

    pub(super) fn error(&self, field: &str, column: usize, text: impl Into<String>) -> Problem {
        self.problem(Severity::Error, field, self.row.get(column), text.into())
    }

    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        field: &str,
        column: usize,
    ) -> Result<T, Problem> {
        self.row.get(column).parse().map_err(|e: T::Err| self.error(field, column, e.to_string()))
    }

    pub(super) fn name(&self, field: &str, column: usize) -> Result<String, Problem> {
        let text = self.row.get(column).trim();
        if text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
            let expected = format!("expected at most {NAME_CHARS_MAX} printable characters");
            return Err(self.error(field, column, expected));
        }
        Ok(text.to_owned())
    }
}

pub(super) fn put_once<T: PartialEq>(
    place: &mut Option<T>,
    value: T,
    refuse: impl FnOnce() -> Problem,
) -> Result<(), Problem> {
    match place {
        Some(known) if *known != value => Err(refuse()),
        _ => {
            *place = Some(value);
            Ok(())
        }
    }
}

pub(super) fn parse_pupil(entry: &Entry<'_>) -> Result<Pupil, Problem> {
    let registrations: [Registration; 3] =
        [entry.parse("gps", 7)?, entry.parse("reading", 8)?, entry.parse("maths", 9)?];
    let whole = [Registration::Unregistered];
    if registrations.iter().any(|r| whole.contains(r))
        && !registrations.iter().all(|r| whole.contains(r))
    {
        return Err(entry.error("gps", 7, "Unregistered holds for all three subjects or for none"));
    }
    let born_on = Date::strptime("%Y-%m-%d", entry.row.get(5))
        .map_err(|_| entry.error("dob", 5, "expected a date as YYYY-MM-DD"))?;
    let pupil = Pupil {
        upn: entry.parse("upn", 1)?,
        surname: entry.name("surname", 2)?,
        forename: entry.name("forename", 3)?,
        middle_names: entry.name("middle_names", 4)?,
        born_on,
        sex: entry.parse("sex", 6)?,
        registrations,
        attendance: [None; 3],
        marks: [None; 6],
        judgements: [None; 4],
    };
    if pupil.surname.is_empty() || pupil.forename.is_empty() {
        return Err(entry.error("surname", 2, "a surname and a forename are needed"));
    }
    Ok(pupil)
}

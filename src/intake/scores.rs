//! Conversion tables of a cycle: `config/cycles/<year>/scores/<subject>.csv`.

use std::path::Path;

use super::problems::{Problem, Problems, Severity};
use super::table::{Encoding, Table};
use crate::domain::papers::Subject;
use crate::domain::scores::{ConversionTable, LEAST_SCORED_RAW};

/// The year's tables in the order of [`Subject::ALL`]; none when any has a problem.
pub fn read(folder: &Path, problems: &mut Problems) -> Option<[ConversionTable; 3]> {
    let [gps, reading, maths] = Subject::ALL.map(|subject| read_one(folder, subject, problems));
    Some([gps?, reading?, maths?])
}

fn read_one(folder: &Path, subject: Subject, problems: &mut Problems) -> Option<ConversionTable> {
    let name = format!("{}.csv", subject.key());
    let mut table = match Table::open(folder, &name, Encoding::Utf8, &["raw", "scaled"]) {
        Ok(table) => table,
        Err(problem) => {
            problems.add(problem);
            return None;
        }
    };
    let before = problems.errors();
    let mut rows = Vec::new();
    while let Some(row) = table.next_row() {
        match row.and_then(|row| pair(&name, &row)) {
            Ok(Some(pair)) => rows.push(pair),
            Ok(None) => (),
            Err(problem) => problems.add(problem),
        }
    }
    if problems.errors() > before {
        return None;
    }
    ConversionTable::new(subject, &rows)
        .map_err(|bad| problems.add(Problem::of_file(Severity::Fatal, &name, bad.to_string())))
        .ok()
}

/// A row with a score; rows below the first score say `N` and give none.
fn pair(name: &str, row: &super::table::Row<'_>) -> Result<Option<(u16, u8)>, Problem> {
    let wrong = |field: &str, value: &str, expected: &str| Problem {
        line: row.line,
        field: field.to_owned(),
        value: value.to_owned(),
        ..Problem::of_file(Severity::Fatal, name, format!("expected {expected}"))
    };
    let (raw_text, scaled_text) = (row.get(0), row.get(1));
    let raw: u16 = raw_text.parse().map_err(|_| wrong("raw", raw_text, "a whole number"))?;
    if raw < LEAST_SCORED_RAW {
        let no_score = scaled_text == "N";
        return if no_score {
            Ok(None)
        } else {
            Err(wrong("scaled", scaled_text, "N below raw mark 3"))
        };
    }
    let scaled = scaled_text.parse().map_err(|_| wrong("scaled", scaled_text, "80 to 120"))?;
    Ok(Some((raw, scaled)))
}

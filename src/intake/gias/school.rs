//! The rows of the school extract.

use std::collections::HashMap;

use super::super::problems::{Problem, Problems};
use super::super::table::{Encoding, Row};
use super::{Part, day, rows_of, urn, wrong};
use crate::domain::ids::{LaCode, Laestab, Urn};
use crate::domain::schools::{Register, School};

/// Code of the status "closed".
const CLOSED: &str = "2";
/// Code of the status "proposed to open": it may have the DfE number of the school that it will replace.
const PROPOSED: &str = "4";
/// Code of no authority: establishments abroad and the like.
const NO_AUTHORITY: &str = "000";

/// The columns that are needed, in the order of their numbers below. One that is missing stops the run.
const WANTED: [&str; 18] = [
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
    "TypeOfEstablishment (code)",
    "OpenDate",
    "TelephoneNum",
    "Street",
    "Locality",
    "Address3",
    "Town",
    "Postcode",
];

pub(super) fn read(part: &Part, register: &mut Register, problems: &mut Problems) {
    let mut lines: HashMap<Urn, u64> = HashMap::new();
    rows_of(part, Encoding::Windows1252, &WANTED, problems, |row| {
        let urn = urn(part, row, ("URN", 0))?;
        if let Some(line) = lines.insert(urn, row.line) {
            return Err(wrong(part, row, ("URN", 0), format!("stands in line {line} too")));
        }
        // Children's centres and the like have no establishment number: they are not schools of ours.
        if row.get(3).is_empty() || row.get(1) == NO_AUTHORITY || row.get(5) == PROPOSED {
            return Ok(());
        }
        let school = school(part, row, urn)?;
        register.authorities.insert(school.authority, school.authority_name.clone());
        keep(register, school).map_err(|other| {
            let line = lines.get(&other).copied().unwrap_or_default();
            let text = format!("two open schools have the same DfE number: see line {line}");
            wrong(part, row, ("EstablishmentNumber", 3), text)
        })
    });
}

/// Keeps a school under its number; of several that had it, the open one, else the one that closed last.
fn keep(register: &mut Register, school: School) -> Result<(), Urn> {
    let Some(other) = register.schools.get_mut(&school.laestab) else {
        register.schools.insert(school.laestab, school);
        return Ok(());
    };
    if !other.is_closed && !school.is_closed {
        return Err(other.urn);
    }
    let later = (!school.is_closed, school.closed_on) > (!other.is_closed, other.closed_on);
    let replaced = if later { std::mem::replace(other, school) } else { school };
    register.replaced.insert(replaced.urn, replaced);
    Ok(())
}

fn school(part: &Part, row: &Row<'_>, urn: Urn) -> Result<School, Problem> {
    let authority: LaCode =
        row.get(1).parse().map_err(|e| wrong(part, row, ("LA (code)", 1), format!("{e}")))?;
    let number = row.get(3).parse().ok().and_then(|n| Laestab::new(authority, n).ok());
    let expected = || wrong(part, row, ("EstablishmentNumber", 3), "expected four digits");
    let is_closed = row.get(5) == CLOSED;
    let closes = day(part, row, ("CloseDate", 9))?;
    let name = row.get(4).trim();
    if name.is_empty() {
        return Err(wrong(part, row, ("EstablishmentName", 4), "expected a name"));
    }
    let age = |column: usize| row.get(column).parse().unwrap_or(0);
    Ok(School {
        urn,
        laestab: number.ok_or_else(expected)?,
        name: name.to_owned(),
        authority,
        authority_name: row.get(2).to_owned(),
        kind: row.get(10).to_owned(),
        ages: (age(6), age(7)),
        phase: row.get(8).to_owned(),
        address: address(row),
        phone: row.get(12).trim().to_owned(),
        opened_on: day(part, row, ("OpenDate", 11))?,
        is_closed,
        // Of a school that is only proposed to close the day may still change.
        closed_on: closes.filter(|_| is_closed),
        trusts: Vec::new(),
    })
}

/// The lines of an address that are not empty.
fn address(row: &Row<'_>) -> String {
    let lines = (13..=17).map(|column| row.get(column).trim()).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(", ")
}

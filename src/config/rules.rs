//! `rules/<form>.toml` of a year: the decision tables, each proved before it decides anything.

use std::fs;
use std::path::{Path, PathBuf};

mod read;
mod reader;

pub(super) use reader::Reader;

use super::calendar::Calendar;
use super::document::Document;
use super::problem::{Problem, Problems};
use crate::domain::rules::{Days, Fault, Form, Place, Rules};

/// Name of the folder of a year's tables.
const FOLDER: &str = "rules";

/// The rules of a form, for the days of a calendar.
pub fn load(cycles_folder: &Path, calendar: &Calendar, form: Form) -> Result<Rules, Problems> {
    let document = Document::read(&file(cycles_folder, calendar.year, form))?;
    from_document(&document, calendar.year, calendar.days())
}

/// Every problem of a year's tables. Without a calendar only what needs none is looked at.
pub fn check(cycles_folder: &Path, year: u16, calendar: Option<&Calendar>) -> Vec<Problem> {
    let of_form = |form| {
        let document = Document::read(&file(cycles_folder, year, form))?;
        match calendar {
            Some(calendar) => from_document(&document, year, calendar.days()).map(drop),
            None => read::table(&document, year).map(drop),
        }
    };
    Form::ALL.into_iter().filter_map(|form| of_form(form).err()).flatten().collect()
}

/// The years that have tables, the first first; none when the folder cannot be read.
pub fn years(cycles_folder: &Path) -> Vec<u16> {
    let folders = fs::read_dir(cycles_folder).into_iter().flatten().flatten();
    let with_tables = folders.filter(|folder| folder.path().join(FOLDER).is_dir());
    let mut years: Vec<u16> =
        with_tables.filter_map(|folder| folder.file_name().to_str()?.parse().ok()).collect();
    years.sort_unstable();
    years
}

fn file(cycles_folder: &Path, year: u16, form: Form) -> PathBuf {
    cycles_folder.join(year.to_string()).join(FOLDER).join(format!("{form}.toml"))
}

fn from_document(document: &Document, year: u16, days: Days) -> Result<Rules, Problems> {
    let table = read::table(document, year)?;
    Rules::new(table, days).map_err(|faults| {
        let found = faults.iter().map(|fault| problem(document, fault)).collect();
        Problems::or(found, ()).expect_err("a table is refused for a reason")
    })
}

/// A fault of a table at its line.
fn problem(document: &Document, fault: &Fault) -> Problem {
    let section = match fault.place {
        Place::Question(number) => format!("{}.{}", read::QUESTION, number + 1),
        Place::Window(number) => format!("{}.{}", read::WINDOW, number + 1),
        Place::Advice(number) => format!("{}.{}", read::ADVICE, number + 1),
        Place::Row(number) => format!("{}.{}", read::ROW, number + 1),
        Place::Otherwise => read::OTHERWISE.to_owned(),
    };
    let key = format!("{section}.{}", fault.key);
    let key = if document.entries().contains_key(&key) { key } else { section };
    document.problem(&key, fault.what.to_string(), fault.what.way_out())
}

#[cfg(test)]
mod tests;

//! `forms/<slug>.toml` of a year: the forms, each looked through before anybody sees it.

use std::fs;
use std::path::{Path, PathBuf};

use super::calendar::Calendar;
use super::document::Document;
use super::problem::{Problem, Problems};
use crate::domain::forms::{Flaw, Form, Place};

mod question;
mod read;

/// Name of the folder of a year's forms.
const FOLDER: &str = "forms";

/// The forms of a calendar's year, by their names; a year without the folder has none.
///
/// # Errors
///
/// Everything that is wrong, each at its line.
pub fn load(cycles_folder: &Path, calendar: &Calendar) -> Result<Vec<Form>, Problems> {
    let (mut forms, mut found) = (Vec::new(), Vec::new());
    for file in files(cycles_folder, calendar.year) {
        match Document::read(&file).and_then(|document| one(&document, &file, calendar)) {
            Ok(form) => forms.push(form),
            Err(problems) => found.extend(problems),
        }
    }
    found.extend(strange_names(&forms, cycles_folder, calendar.year));
    Problems::or(found, forms)
}

/// The files of a year, in the order of their names.
fn files(cycles_folder: &Path, year: u16) -> Vec<PathBuf> {
    let folder = cycles_folder.join(year.to_string()).join(FOLDER);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_form = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_form).collect();
    files.sort();
    files
}

fn one(document: &Document, file: &Path, calendar: &Calendar) -> Result<Form, Problems> {
    let slug =
        file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let form = read::form(document, &slug, calendar)?;
    let found = form.flaws().iter().map(|flaw| problem(document, flaw)).collect();
    Problems::or(found, form)
}

/// A flaw of a form at its line.
fn problem(document: &Document, flaw: &Flaw) -> Problem {
    let section = match flaw.place {
        Place::Form => read::FORM.to_owned(),
        Place::Page(page) => format!("page.{}", page + 1),
        Place::Question(page, of) => format!("page.{}.question.{}", page + 1, of + 1),
        Place::Part(page, of, part) => {
            format!("page.{}.question.{}.part.{}", page + 1, of + 1, part + 1)
        }
    };
    let key = format!("{section}.{}", flaw.key);
    let key = if document.entries().contains_key(&key) { key } else { section };
    document.problem(&key, flaw.what.clone(), flaw.way_out)
}

/// Forms that name others which are not there.
fn strange_names(forms: &[Form], cycles_folder: &Path, year: u16) -> Vec<Problem> {
    let is_there = |slug: &String| forms.iter().any(|form| form.slug == *slug);
    let mut found = Vec::new();
    for form in forms {
        for slug in form.after.iter().filter(|slug| !is_there(slug)) {
            let file = files(cycles_folder, year)
                .into_iter()
                .find(|file| file.ends_with(format!("{}.toml", form.slug)));
            found.push(Problem {
                file: file.unwrap_or_default(),
                line: None,
                key: "form.after".to_owned(),
                what: format!("{slug} is no form of {year}"),
                way_out: "name a file of this folder, without .toml".to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests;

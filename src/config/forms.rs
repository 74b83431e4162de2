//! `forms/<slug>.toml` of a year: the forms, each looked through before anybody sees it.

use std::fs::{self, DirEntry};
use std::io::ErrorKind;
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
    let folder = cycles_folder.join(calendar.year.to_string()).join(FOLDER);
    let (mut forms, mut found) = (Vec::new(), Vec::new());
    for file in files(&folder)? {
        match Document::read(&file).and_then(|document| one(&document, &file, calendar)) {
            Ok(form) => forms.push(form),
            Err(problems) => found.extend(problems),
        }
    }
    // What is wrong with one of them may be why another one is missed.
    if found.is_empty() {
        found.extend(missed(&forms, &folder, calendar));
    }
    Problems::or(found, forms)
}

/// The files of a folder, in the order of their names; a folder that is not there has none.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<Result<Vec<_>, _>>),
    };
    let entries = entries.map_err(|error| {
        problem_of(folder, format!("cannot be read ({error})"), "let the service read the folder")
    })?;
    let is_form = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
    let mut files: Vec<PathBuf> = entries.iter().map(DirEntry::path).filter(is_form).collect();
    files.sort();
    Ok(files)
}

fn problem_of(file: &Path, what: String, way_out: &str) -> Problem {
    let (file, key, way_out) = (file.to_owned(), String::new(), way_out.to_owned());
    Problem { file, line: None, key, what, way_out }
}

fn one(document: &Document, file: &Path, calendar: &Calendar) -> Result<Form, Problems> {
    let slug =
        file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !slug.bytes().all(fits) {
        let way_out = "name the file in small letters, figures and hyphens: it is an address";
        return Err(problem_of(file, "cannot be an address".to_owned(), way_out).into());
    }
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

/// Forms that the calendar or other forms name and that are not there, and those that wait for each other.
fn missed(forms: &[Form], folder: &Path, calendar: &Calendar) -> Vec<Problem> {
    let named = |slug: &str| forms.iter().find(|form| form.slug == *slug);
    let mut found = Vec::new();
    for slug in calendar.activities.iter().flat_map(|activity| &activity.forms) {
        if named(slug).is_none() {
            let way_out = "add the file, or take its name out of forms in calendar.toml";
            let file = folder.join(format!("{slug}.toml"));
            found.push(problem_of(
                &file,
                "is named in calendar.toml and not there".to_owned(),
                way_out,
            ));
        }
    }
    for form in forms {
        let file = folder.join(format!("{}.toml", form.slug));
        for slug in form.after.iter().filter(|slug| named(slug).is_none()) {
            let way_out = "name a file of this folder, without .toml";
            found.push(problem_of(&file, format!("form.after: {slug} is no form"), way_out));
        }
        let mut before: Vec<&str> = form.after.iter().map(String::as_str).collect();
        let mut at = 0;
        while let Some(slug) = before.get(at).copied() {
            let further = named(slug).into_iter().flat_map(|form| &form.after).map(String::as_str);
            let new: Vec<&str> = further.filter(|slug| !before.contains(slug)).collect();
            before.extend(new);
            at += 1;
        }
        if before.contains(&form.slug.as_str()) {
            let way_out = "take one of the names out of form.after";
            found.push(problem_of(
                &file,
                "waits for itself, so it can never be sent".to_owned(),
                way_out,
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests;

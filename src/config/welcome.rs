//! `welcome.toml` of a year: what the welcome page tells beside dates. All of it may be left out.

use std::path::Path;

use jiff::civil::Date;

use super::calendar::Calendar;
use super::document::Document;
use super::problem::Problems;
use super::section::{READERS, Section};
use super::unknown::unknown_keys;
use crate::domain::announced::{self, Announced, HelpDesk, Notice};
use crate::domain::contact::Contact;

/// Name of the file in the folder of its year.
const FILE: &str = "welcome.toml";
/// Its sections and lists.
const KNOWN: [&str; 4] = ["help", "check_accounts", "documents", "notices"];
/// Characters at the most of a name or heading, of an address, and of what a notice says.
const NAME_CHARS_MAX: usize = 100;
const HREF_CHARS_MAX: usize = 300;
const TEXT_CHARS_MAX: usize = 600;

/// What a year's file and the calendar tell; a file that is not there tells nothing.
///
/// # Errors
///
/// Everything that is wrong, each at its line.
pub fn load(cycles_folder: &Path, calendar: &Calendar) -> Result<Announced, Problems> {
    let file = cycles_folder.join(calendar.year.to_string()).join(FILE);
    let told = match file.try_exists() {
        Ok(false) => Announced::default(),
        Ok(true) | Err(_) => from_document(&Document::read(&file)?)?,
    };
    Ok(Announced { activities: calendar.activities.clone(), ..told })
}

fn from_document(document: &Document) -> Result<Announced, Problems> {
    let mut found = unknown_keys(document, &KNOWN);
    let mut told = Announced::default();
    if let Some(mut section) = Section::one(document, "help") {
        told.help = help(&mut section);
        found.extend(section.found);
    }
    if let Some(mut section) = Section::one(document, "check_accounts") {
        section.only(&["from", "until"]);
        told.check_accounts = days(&mut section);
        found.extend(section.found);
    }
    told.documents = Section::read_all(document, "documents", &mut found, one_document);
    told.notices = Section::read_all(document, "notices", &mut found, notice);
    Problems::or(found, told)
}

fn help(section: &mut Section<'_>) -> Option<HelpDesk> {
    section.only(&["phone", "email", "hours"]);
    let text = |section: &mut Section<'_>, key| section.text(key, NAME_CHARS_MAX);
    let (phone, email, hours) =
        (text(section, "phone")?, text(section, "email")?, text(section, "hours")?);
    if let Err(bad) = Contact::typed(&phone, &email) {
        for (key, what) in [("phone", bad.phone), ("email", bad.email)] {
            if let Some(way_out) = what {
                section.refuse(key, "cannot be used", way_out);
            }
        }
        return None;
    }
    Some(HelpDesk { phone, email, hours })
}

fn one_document(section: &mut Section<'_>) -> Option<announced::Document> {
    section.only(&[&["name", "href"][..], &READERS].concat());
    let (name, readers) = (section.text("name", NAME_CHARS_MAX), section.readers());
    let href = section.href("href", HREF_CHARS_MAX);
    Some(announced::Document { name: name?, href: href?, readers: readers? })
}

fn notice(section: &mut Section<'_>) -> Option<Notice> {
    section.only(&[&["title", "text", "from", "until"][..], &READERS].concat());
    let (title, text) =
        (section.text("title", NAME_CHARS_MAX), section.text("text", TEXT_CHARS_MAX));
    let (readers, days) = (section.readers(), days(section));
    Some(Notice { title: title?, text: text?, readers: readers?, days: days? })
}

/// First and last day.
fn days(section: &mut Section<'_>) -> Option<(Date, Date)> {
    let (from, until) = (section.day("from"), section.day("until"));
    let (from, until) = (from?, until?);
    if from > until {
        section.refuse("until", "is before from", "correct one of them");
        return None;
    }
    Some((from, until))
}

#[cfg(test)]
mod tests;

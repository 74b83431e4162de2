//! From the text of a form's file to its parts. Whether they fit together is for the domain to say.

use super::question;
use crate::config::calendar::Calendar;
use crate::config::document::Document;
use crate::config::problem::{Problem, Problems};
use crate::config::rules::Reader;
use crate::config::section::{READERS, Section};
use crate::domain::announced::When;
use crate::domain::forms::{Duty, Form, Page, Times};
use crate::domain::rules::{Condition, Id};

/// The section of the form as a whole.
pub(super) const FORM: &str = "form";
/// Its keys, those that say for whom it is apart.
const KEYS: [&str; 8] =
    ["version", "title", "about", "duty", "sent", "after", "declaration", "next"];
/// Lists beside it.
const LISTS: [&str; 2] = ["page", "guidance"];
/// Characters at the most of a title, of an address, and of a paragraph.
pub(super) const TITLE_CHARS_MAX: usize = 150;
const HREF_CHARS_MAX: usize = 300;
pub(super) const TEXT_CHARS_MAX: usize = 1_000;

const DUTIES: [(&str, Duty); 2] = [("must", Duty::Must), ("may", Duty::May)];
const TIMES: [(&str, Times); 3] =
    [("once", Times::Once), ("until_closed", Times::UntilClosed), ("many", Times::Many)];

/// Reads a form; everything that does not read is a problem.
pub(super) fn form(document: &Document, slug: &str, calendar: &Calendar) -> Result<Form, Problems> {
    let mut found = Vec::new();
    let first = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
    let known = |key: &&String| first(key) == FORM || LISTS.contains(&first(key).as_str());
    for key in document.entries().keys().filter(|key| !known(key)) {
        let way_out = "remove it, or write it below [form], [[page]] or [[guidance]]";
        found.push(document.problem(key, "unknown key", way_out));
    }
    let head = Section::one(document, FORM).and_then(|mut section| {
        let head = head(&mut section, slug, calendar);
        found.extend(section.found);
        head
    });
    if !document.entries().contains_key(FORM) {
        found.push(document.problem(FORM, "is missing", "begin the file with [form]"));
    }
    let guidance = Section::read_all(document, "guidance", &mut found, guidance);
    let pages = pages(document, &mut found);
    Problems::or(found, ())?;
    let head = head.expect("what is missing is a problem");
    Ok(Form { pages, guidance, ..head })
}

fn head(section: &mut Section<'_>, slug: &str, calendar: &Calendar) -> Option<Form> {
    section.only(&[&KEYS[..], &READERS].concat());
    let (version, title) = (section.text("version", 20), section.text("title", TITLE_CHARS_MAX));
    let about = section.texts("about", TEXT_CHARS_MAX);
    let next = section.texts("next", TEXT_CHARS_MAX);
    let declaration = section.text("declaration", TEXT_CHARS_MAX);
    let (duty, times) = (section.word("duty", &DUTIES), section.word("sent", &TIMES));
    let after = section.texts("after", TITLE_CHARS_MAX);
    let (readers, window) = (section.readers(), window(section, slug, calendar));
    let (opens, closes) = window?;
    Some(Form {
        slug: slug.to_owned(),
        version: version?,
        title: title?,
        about: about?,
        readers: readers?,
        opens,
        closes,
        duty: duty?,
        times: times?,
        after: after?,
        pages: Vec::new(),
        declaration: declaration?,
        next: next?,
        guidance: Vec::new(),
    })
}

/// From when until when the calendar has it.
fn window(
    section: &mut Section<'_>,
    slug: &str,
    calendar: &Calendar,
) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let mine = calendar.activities.iter().find(|activity| activity.forms.iter().any(|f| f == slug));
    if let Some(When::Window(opens, closes)) = mine.map(|activity| activity.when) {
        return Some((opens, closes));
    }
    let what = format!("no activity of calendar.toml opens and closes {slug}");
    let way_out = "name this file in forms of an activity there that opens and closes";
    section.refuse("title", what, way_out);
    None
}

fn guidance(section: &mut Section<'_>) -> Option<(String, String)> {
    section.only(&["name", "href"]);
    let (name, href) =
        (section.text("name", TITLE_CHARS_MAX), section.href("href", HREF_CHARS_MAX));
    Some((name?, href?))
}

fn pages(document: &Document, found: &mut Vec<Problem>) -> Vec<Page> {
    let mut all = Vec::new();
    let read = Section::read_all(document, "page", found, page);
    for (number, (id, title, text)) in (1..).zip(read) {
        let questions = question::all(document, &format!("page.{number}.question"), found);
        let asked_if = condition(document, &format!("page.{number}.asked_if"), found);
        all.push(Page { id, title, text, asked_if, questions });
    }
    all
}

fn page(section: &mut Section<'_>) -> Option<(Id, String, Vec<String>)> {
    section.only(&["id", "title", "text", "asked_if", "question"]);
    let (id, title) = (section.parsed("id"), section.text("title", TITLE_CHARS_MAX));
    let text = section.texts("text", TEXT_CHARS_MAX);
    Some((id?, title?, text?))
}

/// A condition as rules write it.
pub(super) fn condition(document: &Document, path: &str, found: &mut Vec<Problem>) -> Condition {
    let mut reader = Reader::new(document);
    let condition = reader.condition(path);
    found.extend(reader.into_found());
    condition
}

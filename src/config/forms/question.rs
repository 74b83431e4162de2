//! Questions of a form: their keys by what answers them.

use super::read::{TEXT_CHARS_MAX, TITLE_CHARS_MAX, condition};
use crate::config::document::Document;
use crate::config::problem::Problem;
use crate::config::section::Section;
use crate::domain::forms::{Choice, Days, Group, Kind, Question};
use crate::domain::rules::{Bound, Condition};

/// Keys of every question.
const KEYS: [&str; 7] = ["id", "label", "hint", "called", "type", "optional", "asked_if"];

/// Each type: its word, and the keys that are its own.
const TYPES: [(&str, &[&str]); 12] = [
    ("text", &["most"]),
    ("long_text", &["most"]),
    ("phone", &[]),
    ("email", &[]),
    ("number", &["least", "most"]),
    ("day", &["earliest", "latest", "school_day"]),
    ("radios", &["choice"]),
    ("select", &["choice"]),
    ("checkboxes", &["choice"]),
    ("confirm", &["says"]),
    ("quantities", &["row", "column", "most"]),
    ("group", &["item", "part", "least", "most"]),
];

/// Every question of a list that reads.
pub(super) fn all(document: &Document, list: &str, found: &mut Vec<Problem>) -> Vec<Question> {
    let mut questions = Section::read_all(document, list, found, |section| one(document, section));
    for (number, question) in (1..).zip(&mut questions) {
        let path = format!("{list}.{number}");
        question.asked_if = condition(document, &format!("{path}.asked_if"), found);
        if let Kind::Group(group) = &mut question.kind {
            group.parts = all(document, &format!("{path}.part"), found);
        }
    }
    questions
}

fn one(document: &Document, section: &mut Section<'_>) -> Option<Question> {
    let (word, own) = section.word("type", &TYPES.map(|(word, own)| (word, (word, own))))?;
    section.only(&[&KEYS[..], own].concat());
    let (id, label) = (section.parsed("id"), section.text("label", TITLE_CHARS_MAX));
    let hint = section.text_or_none("hint", TEXT_CHARS_MAX);
    let called = section.text("called", TITLE_CHARS_MAX);
    let optional = section.flag("optional");
    let kind = kind(document, section, word);
    let asked_if = Condition::always();
    Some(Question {
        id: id?,
        label: label?,
        hint: hint?,
        called: called?,
        kind: kind?,
        optional,
        asked_if,
    })
}

fn kind(document: &Document, section: &mut Section<'_>, word: &str) -> Option<Kind> {
    Some(match word {
        "text" => Kind::Text(section.number("most", 200)?),
        "long_text" => Kind::LongText(section.number("most", 1_000)?),
        "phone" => Kind::Phone,
        "email" => Kind::Email,
        "number" => Kind::Number(section.number("least", 0)?, section.number("most", 999)?),
        "day" => Kind::Day(days(section)?),
        "radios" => Kind::Radios(choices(document, section, "choice")),
        "select" => Kind::Select(choices(document, section, "choice")),
        "checkboxes" => Kind::Checkboxes(choices(document, section, "choice")),
        "confirm" => Kind::Confirm(section.text("says", TEXT_CHARS_MAX)?),
        "quantities" => Kind::Quantities(
            choices(document, section, "row"),
            choices(document, section, "column"),
            section.number("most", 999)?,
        ),
        _ => Kind::Group(Group {
            item: section.text("item", TITLE_CHARS_MAX)?,
            parts: Vec::new(),
            least: section.number("least", 0)?,
            most: section.number("most", 20)?,
        }),
    })
}

fn days(section: &mut Section<'_>) -> Option<Days> {
    let mut bound = |key| {
        if section.has(key) { section.parsed::<Bound>(key).map(Some) } else { Some(None) }
    };
    let (earliest, latest) = (bound("earliest"), bound("latest"));
    let school_day = section.flag("school_day");
    Some(Days { earliest: earliest?, latest: latest?, school_day })
}

fn choices(document: &Document, section: &mut Section<'_>, list: &str) -> Vec<Choice> {
    let mut found = Vec::new();
    let choices = Section::read_all(document, &section.key(list), &mut found, |choice| {
        choice.only(&["id", "label", "hint"]);
        let (id, label) = (choice.parsed("id"), choice.text("label", TITLE_CHARS_MAX));
        let hint = choice.text_or_none("hint", TEXT_CHARS_MAX);
        Some(Choice { id: id?, label: label?, hint: hint? })
    });
    section.found.extend(found);
    choices
}

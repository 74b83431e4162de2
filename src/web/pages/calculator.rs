//! From a raw mark to a scaled score, by the year's tables.

use askama::Template;
use http::StatusCode;

use super::phrases::subject as within_sentence;
use super::within;
use crate::delivery::gate::Opened;
use crate::domain::papers::Subject;
use crate::domain::scores::{EXPECTED_STANDARD, HIGHER_STANDARD};
use crate::web::components::{
    Button, Cell, Choice, Details, Field, Group, Html, Input, Radios, Table, Text,
};
use crate::web::layout::Layout;

/// The calculator and the tables.
#[derive(Debug, Template)]
#[template(path = "calculator.html")]
pub struct Calculator {
    layout: Layout,
    year: u16,
    subject: Radios,
    raw: Input,
    answer: Option<String>,
    tables: Vec<Details>,
}

impl Calculator {
    /// The form; with an answer when `subject` and `raw` were sent.
    pub fn new(layout: Layout, opened: &Opened, subject: &str, raw: &str) -> Self {
        let asked = !(subject.is_empty() && raw.is_empty());
        let chosen = subject.parse::<Subject>().ok();
        let mark = mark(raw, chosen);
        let subject_error = (asked && chosen.is_none()).then_some(Text::from("Select a subject"));
        let raw_error = mark.clone().err().filter(|_| asked);
        let answer = chosen.zip(mark.ok()).map(|(subject, raw)| answer(opened, subject, raw));
        let mut errors = Vec::new();
        errors.extend(subject_error.clone().map(|error| (Text::from("subject"), error)));
        errors.extend(raw_error.clone().map(|error| (Text::from("raw"), error)));
        Self {
            layout: within(layout, "/results").back("/results").errors(errors),
            year: opened.year(),
            subject: subjects(subject_error, chosen),
            raw: raw_input(raw_error, raw),
            answer,
            tables: Subject::ALL.map(|subject| conversion(opened, subject)).into(),
        }
    }

    /// 422 when the answers are wrong.
    pub fn status(&self) -> StatusCode {
        if self.layout.errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }

    fn button() -> Button {
        Button { prevent_double_click: None, ..Button::submit("Show the scaled score") }
    }
}

fn subjects(error: Option<Text>, chosen: Option<Subject>) -> Radios {
    let items = Subject::ALL.map(|subject| {
        Choice::new(subject.key(), subject.title())
            .hint(format!("Up to {} marks", subject.max_raw()))
    });
    let radios = Radios::new(Group::new("subject", "Subject").error(error), items.into());
    radios.value(chosen.map_or("", Subject::key))
}

fn raw_input(error: Option<Text>, typed: &str) -> Input {
    let field = Field::new("raw", "Raw mark")
        .hint("The sum of the marks of all papers in the subject")
        .classes("govuk-input--width-3")
        .error(error);
    Input {
        inputmode: "numeric".into(),
        spellcheck: Some(false),
        ..Input::from(field).value(typed.to_owned())
    }
}

/// The raw mark, or what is wrong with it.
fn mark(typed: &str, subject: Option<Subject>) -> Result<u16, Text> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err("Enter a raw mark".into());
    }
    let digits = typed.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err("Raw mark must be a whole number, like 35".into());
    }
    let max = subject.map_or(u16::MAX, Subject::max_raw);
    match typed.parse::<u16>() {
        Ok(mark) if mark <= max => Ok(mark),
        _ => Err(format!("Raw mark must be {max} or less").into()),
    }
}

/// "Raw mark 35 in mathematics is a scaled score of 100: expected standard met."
fn answer(opened: &Opened, subject: Subject, raw: u16) -> String {
    let place = within_sentence(subject);
    let found = opened.scores(subject as usize).iter().find(|(mark, _)| *mark == raw);
    let Some((_, scaled)) = found else {
        return format!("Raw mark {raw} in {place} is too low for a scaled score.");
    };
    let standard = match *scaled {
        HIGHER_STANDARD.. => "higher standard met",
        EXPECTED_STANDARD.. => "expected standard met",
        _ => "expected standard not met",
    };
    format!("Raw mark {raw} in {place} is a scaled score of {scaled}: {standard}.")
}

/// The whole table of a subject, folded.
fn conversion(opened: &Opened, subject: Subject) -> Details {
    let rows = opened.scores(subject as usize).iter();
    let table = Table {
        caption: format!("{}: raw marks and scaled scores", subject.title()).into(),
        caption_classes: "govuk-visually-hidden".into(),
        head: vec![Cell::numeric("Raw mark"), Cell::numeric("Scaled score")],
        rows: rows
            .map(|(raw, scaled)| [raw.to_string(), scaled.to_string()].map(Cell::numeric).into())
            .collect(),
        classes: "daybreak-conversion".into(),
        ..Table::default()
    };
    Details {
        summary: format!("All scaled scores in {}", within_sentence(subject)).into(),
        content: Html::of(&table).into(),
        ..Details::default()
    }
}

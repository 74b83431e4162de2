//! Marks by paper of one subject.

use askama::Template;

use super::phrases::{judgement, none};
use super::results::Released;
use super::within;
use crate::delivery::PupilLine;
use crate::domain::papers::{Paper, Subject};
use crate::domain::scores::Outcome;
use crate::web::components::{Cell, Html, Table};
use crate::web::layout::Layout;

/// Marks by paper of one subject.
#[derive(Debug, Template)]
#[template(path = "marks.html")]
pub struct SubjectMarks {
    layout: Layout,
    caption: String,
    base: String,
    subject: Subject,
    table: Table,
    is_empty: bool,
}

impl SubjectMarks {
    /// The page of a subject, by its place in `Subject::ALL`.
    pub fn new(layout: Layout, released: &Released<'_>, subject: usize) -> Self {
        let subject = Subject::ALL[subject];
        let base = released.base();
        let name = &released.pupils.name;
        let title = format!("{}: marks by paper, {name}", subject.title()).into();
        let layout = within(Layout { title, ..layout }, "/results");
        Self {
            layout: layout.back(base.clone()),
            caption: released.caption(),
            base,
            subject,
            table: table(&released.pupils.pupils, subject),
            is_empty: released.pupils.pupils.is_empty(),
        }
    }

    fn others(&self) -> impl Iterator<Item = Subject> {
        Subject::ALL.into_iter().filter(|subject| *subject != self.subject)
    }
}

fn table(pupils: &[PupilLine], subject: Subject) -> Table {
    let judged = judged(pupils, subject);
    let mut head = vec![Cell::from("Pupil")];
    let papers = subject.papers();
    head.extend(
        papers.iter().filter(|_| papers.len() > 1).map(|paper| Cell::numeric(heading(*paper))),
    );
    head.push(Cell::numeric(format!("Raw mark, out of {}", subject.max_raw())));
    head.extend([Cell::numeric("Scaled score"), Cell::from("Outcome")]);
    head.extend(judged.map(|(_, words)| Cell::from(words)));
    Table {
        caption: format!("{}: marks by paper", subject.title()).into(),
        caption_classes: "govuk-visually-hidden".into(),
        head,
        rows: pupils
            .iter()
            .map(|pupil| row(pupil, subject, judged.map(|(place, _)| place)))
            .collect(),
        first_cell_is_header: true,
        scrolls: true,
        classes: "daybreak-pupils".into(),
        ..Table::default()
    }
}

/// "Paper 1: questions, out of 50".
fn heading(paper: Paper) -> String {
    let title = paper.title();
    let short = title.split_once("paper").map_or(title, |(_, rest)| rest);
    format!("Paper{short}, out of {}", paper.max_mark())
}

/// Which teacher assessment goes with the subject, where anybody has one: its place, and its heading.
fn judged(pupils: &[PupilLine], subject: Subject) -> Option<(usize, &'static str)> {
    let column = match subject {
        Subject::Gps => (0, "Teacher assessment of writing"),
        Subject::Reading => (2, "Teacher assessment"),
        Subject::Maths => (3, "Teacher assessment"),
    };
    pupils.iter().any(|pupil| !pupil.judgements[column.0].is_empty()).then_some(column)
}

fn row(pupil: &PupilLine, subject: Subject, judged: Option<usize>) -> Vec<Cell> {
    let result = &pupil.results[subject as usize];
    let papers = subject.papers();
    let mut cells = vec![Cell::from(named(pupil))];
    cells.extend(
        papers
            .iter()
            .filter(|_| papers.len() > 1)
            .map(|paper| number(pupil.marks[paper.index()].map(u16::from))),
    );
    cells.extend([number(result.raw), number(result.scaled.map(u16::from))]);
    cells.push(Cell::from(Outcome::short_words(&result.outcome)));
    cells.extend(judged.map(|place| match pupil.judgements[place].as_str() {
        "" => Cell::from(none()),
        code => Cell::from(judgement(code)),
    }));
    cells
}

fn number(value: Option<u16>) -> Cell {
    match value {
        Some(value) => Cell::numeric(value.to_string()),
        None => Cell::numeric(none()),
    }
}

/// A pupil's name above the UPN.
#[derive(Template)]
#[template(source = r#"{{ name }}<span class="daybreak-note">{{ upn }}</span>"#, ext = "html")]
struct Named<'a> {
    name: String,
    upn: &'a str,
}

/// A pupil at the head of a row.
pub(super) fn named(pupil: &PupilLine) -> Html {
    Html::trusted(Named { name: pupil.listed_name(), upn: &pupil.upn }.to_string())
}

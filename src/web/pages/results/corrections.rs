//! Corrections of results: what changed, when and why, and which files somebody has are out of date.

use askama::Template;

use super::{Download, Released};
use crate::delivery::Correction;
use crate::domain::calendar::instant_in_words;
use crate::domain::wording::count;
use crate::web::components::{Cell, Html, Table};

/// One correction.
#[derive(Debug)]
struct Shown {
    /// When it came into force.
    at: String,
    reason: String,
    changes: Html,
    in_words: String,
}

/// All corrections of a page, the last first; renders nothing when there are none.
#[derive(Debug, Default, Template)]
#[template(path = "corrections.html")]
pub(super) struct Corrections {
    all: Vec<Shown>,
}

impl askama::filters::HtmlSafe for Corrections {}

impl Corrections {
    /// Those of which somebody may learn something.
    pub(super) fn of(released: &Released<'_>, may_open_scripts: bool) -> Self {
        let corrections = released.pupils.corrections.iter().rev();
        let all = corrections.filter_map(|correction| {
            let rows = rows(correction, may_open_scripts, released);
            let at = instant_in_words(released.opened.since(correction.revision));
            (!rows.is_empty()).then(|| Shown {
                reason: correction.reason.clone(),
                in_words: count(rows.len(), "change", "changes"),
                changes: Html::of(&table(rows, &at)),
                at,
            })
        });
        Self { all: all.collect() }
    }

    /// When the last one came into force.
    pub(super) fn last(&self) -> Option<&str> {
        self.all.first().map(|shown| shown.at.as_str())
    }

    fn older(&self) -> &[Shown] {
        self.all.get(1..).unwrap_or_default()
    }
}

/// What changed for the pupils who are shown.
fn rows(
    correction: &Correction,
    may_open_scripts: bool,
    released: &Released<'_>,
) -> Vec<Vec<Cell>> {
    let changes = correction.changes.iter().filter(|change| {
        (may_open_scripts || !change.what.is_of_script())
            && !released.held.contains(&change.laestab)
    });
    changes
        .map(|change| {
            let [about, was, is] = change.what.row();
            [format!("{} ({})", change.pupil, change.upn), about, was, is].map(Cell::from).into()
        })
        .collect()
}

fn table(rows: Vec<Vec<Cell>>, at: &str) -> Table {
    Table {
        caption: format!("What was corrected at {at}, by pupil").into(),
        caption_classes: "govuk-visually-hidden".into(),
        head: ["Pupil", "What", "Was", "Is now"].map(Cell::from).to_vec(),
        rows,
        first_cell_is_header: true,
        scrolls: true,
        ..Table::default()
    }
}

/// The revision that last changed a file: every correction changes the results, only some the bundle.
pub(super) fn revision_of(released: &Released<'_>, file: &str) -> u32 {
    let changed = |correction: &&Correction| {
        file != "scripts.zip" || correction.changes.iter().any(|change| change.what.is_in_bundle())
    };
    let last = released.pupils.corrections.iter().rev().find(changed);
    last.map_or(1, |correction| correction.revision)
}

/// When somebody had a file that was corrected since, if so.
pub(super) fn out_of_date(released: &Released<'_>, file: &str) -> Option<String> {
    let had = released.had.last(file)?;
    let revision = revision_of(released, file);
    (revision > 1 && had < released.opened.since(revision)).then(|| instant_in_words(had))
}

/// Names of files that somebody has and that were corrected since: "Test results and All scripts".
pub(super) fn out_of_date_in_words(downloads: &[Download]) -> String {
    let names: Vec<&str> =
        downloads.iter().filter(|file| file.had.is_some()).map(|file| file.name).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

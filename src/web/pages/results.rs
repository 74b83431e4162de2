//! The results of a school, or of the pupils who join a secondary.

use std::collections::BTreeSet;

use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;

pub use super::calculator::Calculator;
pub use super::countdown::Countdown;
pub use super::marks::SubjectMarks;
pub use super::not_here::NotHere;
pub use super::schools::Schools;
pub use super::scripts::Scripts;

use self::corrections::{Corrections, out_of_date, out_of_date_in_words};
use super::phrases::short_subject;
use super::within;
use crate::delivery::gate::Opened;
use crate::delivery::{Missing, Pack, PupilLine, PupilsPage, ResultLine, SectionName, Tally};
use crate::domain::calendar::{Audience, day, day_in_words};
use crate::domain::papers::Subject;
use crate::domain::scores::Outcome;
use crate::domain::wording::{dfe_number, size};
use crate::node::downloads::Downloads;
use crate::service::results::Right;
use crate::web::components::{Cell, Details, Html, Table};
use crate::web::layout::Layout;

mod corrections;
mod summary;

/// From so many missing things on, their list is folded.
const MISSING_FOLDED_FROM: usize = 13;

/// What was released of a school or secondary, and what is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    /// Its pupils, without those of schools that are held back.
    pub pupils: &'a PupilsPage,
    /// Its files.
    pub pack: &'a Pack,
    /// The release.
    pub opened: &'a Opened,
    /// The day by which schools are told of what is being traced.
    pub promised_on: Date,
    /// Schools that are held back.
    pub held: &'a BTreeSet<u32>,
    /// What the reader's organisation downloaded of it before.
    pub had: Had<'a>,
}

/// What an organisation downloaded of a school before.
#[derive(Clone, Copy, Debug)]
pub struct Had<'a> {
    /// Everything that this node knows of.
    pub downloads: &'a Downloads,
    /// Row id of the organisation.
    pub organisation: i64,
    /// DfE number of the school; none for combined files.
    pub school: Option<u32>,
}

impl Had<'_> {
    /// When it last had a file whole.
    pub fn last(&self, file: &str) -> Option<Timestamp> {
        self.downloads.last(self.organisation, self.school, file)
    }
}

impl Released<'_> {
    /// The address of the results page.
    pub(super) fn base(&self) -> String {
        format!("/results/{}", self.pupils.laestab)
    }

    /// Since when something is missing.
    pub(super) fn since(&self) -> String {
        day_in_words(day(self.opened.at()))
    }

    /// By when schools are told.
    pub(super) fn promised(&self) -> String {
        day_in_words(self.promised_on)
    }

    /// The name of the organisation and its number.
    pub(super) fn caption(&self) -> String {
        format!("{}, {}", self.pupils.name, dfe_number(self.pupils.laestab))
    }

    /// Whether schools of some of its pupils are held back: its files are then cut.
    fn is_cut(&self) -> bool {
        self.pack.index.schools.iter().any(|school| self.held.contains(school))
    }
}

/// A file to download.
#[derive(Debug)]
struct Download {
    href: String,
    name: &'static str,
    kind: String,
    hint: &'static str,
    /// When the reader's organisation had it, if it was corrected since.
    had: Option<String>,
}

/// One result in the table.
#[derive(Debug)]
struct Shown {
    raw: String,
    scaled: String,
    outcome: &'static str,
    /// Neither raw mark nor scaled score: the words stand across the columns.
    only_words: bool,
}

/// One pupil in the table.
#[derive(Debug)]
struct Row {
    name: String,
    upn: String,
    school: String,
    results: [Shown; 3],
}

/// The results page.
#[derive(Debug, Template)]
#[template(path = "results.html")]
pub struct Results {
    layout: Layout,
    caption: String,
    year: u16,
    base: String,
    since: String,
    promised: String,
    secondary: bool,
    scripts: bool,
    cut: bool,
    tally: Tally,
    missing: Vec<Missing>,
    corrections: Corrections,
    summary: Table,
    downloads: Vec<Download>,
    rows: Vec<Row>,
    codes: Details,
}

impl Results {
    /// The page for somebody with this right.
    pub fn new(layout: Layout, released: &Released<'_>, right: Right) -> Self {
        let secondary = right.audience == Audience::Secondary;
        let pupils = &released.pupils.pupils;
        Self {
            layout: titled(layout, released, right),
            caption: released.caption(),
            year: released.opened.year(),
            base: released.base(),
            since: released.since(),
            promised: released.promised(),
            secondary,
            scripts: right.scripts,
            cut: released.is_cut(),
            tally: Tally::of(released.pupils, right.scripts),
            missing: Missing::of(pupils, right.scripts),
            corrections: Corrections::of(released, right.scripts),
            summary: summary::table(pupils),
            downloads: downloads(released, right),
            rows: pupils.iter().map(Row::of).collect(),
            codes: codes(),
        }
    }

    fn out_of_date(&self) -> String {
        out_of_date_in_words(&self.downloads)
    }

    fn missing_is_folded(&self) -> bool {
        self.missing.len() >= MISSING_FOLDED_FROM
    }

    fn subjects() -> [(&'static str, &'static str, &'static str); 3] {
        Subject::ALL.map(|subject| (subject.key(), subject.title(), short_subject(subject)))
    }
}

fn titled(layout: Layout, released: &Released<'_>, right: Right) -> Layout {
    let year = released.opened.year();
    let title = format!("Key stage 2 results {year}: {}", released.pupils.name).into();
    let layout = within(Layout { title, ..layout }, "/results");
    match right.audience {
        Audience::School | Audience::Secondary => layout,
        Audience::Authority | Audience::Trust => layout.back("/results"),
    }
}

impl Row {
    fn of(pupil: &PupilLine) -> Self {
        Self {
            name: pupil.listed_name(),
            upn: pupil.upn.clone(),
            school: pupil.school.clone(),
            results: pupil.results.each_ref().map(Shown::of),
        }
    }
}

impl Shown {
    fn of(result: &ResultLine) -> Self {
        Self {
            raw: result.raw.map_or_else(String::new, |raw| raw.to_string()),
            scaled: result.scaled.map_or_else(String::new, |scaled| scaled.to_string()),
            outcome: Outcome::short_words(&result.outcome),
            only_words: result.raw.is_none() && result.scaled.is_none(),
        }
    }
}

fn downloads(released: &Released<'_>, right: Right) -> Vec<Download> {
    let base = released.base();
    let files = [
        (SectionName::Csv, "results.csv", "Test results", "CSV", "For a spreadsheet"),
        (
            SectionName::CsvWithTa,
            "results-with-ta.csv",
            "Test results and teacher assessment",
            "CSV",
            "For a spreadsheet",
        ),
        (SectionName::Xlsx, "results.xlsx", "Workbook", "XLSX", "Results, codes and score tables"),
        (
            SectionName::Pdf,
            "results.pdf",
            "Results to print",
            "PDF",
            "Summary and a table of pupils",
        ),
        (SectionName::Ctf, "results.xml", "Common transfer file", "XML", "For your records system"),
    ];
    let cut = released.is_cut();
    let mut downloads = Vec::new();
    for (section, file, name, kind, hint) in files {
        let Some(section) = released.pack.section_for(section, right.scripts) else { continue };
        // A cut file is made when it is asked for, and some cannot be cut.
        let kind = match (cut, section.name.is_cuttable()) {
            (true, false) => continue,
            (true, true) => kind.to_owned(),
            (false, _) => format!("{kind}, {}", size(section.identity_length)),
        };
        let (href, had) = (format!("{base}/{file}"), out_of_date(released, file));
        downloads.push(Download { href, name, kind, hint, had });
    }
    let bundle = released.pack.index.scripts.as_ref().filter(|_| right.scripts);
    downloads.extend(bundle.map(|bundle| Download {
        href: format!("{base}/scripts.zip"),
        name: "All scripts",
        kind: format!("ZIP, {}", size(bundle.length)),
        hint: "A folder of PDF files for each pupil",
        had: out_of_date(released, "scripts.zip"),
    }));
    downloads
}

fn codes() -> Details {
    let row = |(code, words): (&'static str, &'static str)| {
        let in_files = if code.is_empty() { "Blank" } else { code };
        [in_files, Outcome::short_words(code), words].map(Cell::from).into()
    };
    let table = Table {
        caption: "Codes of outcomes".into(),
        caption_classes: "govuk-visually-hidden".into(),
        head: ["In files", "On this page", "Meaning"].map(Cell::from).to_vec(),
        rows: Outcome::CODE_TABLE.into_iter().map(row).collect(),
        first_cell_is_header: true,
        scrolls: true,
        ..Table::default()
    };
    Details {
        summary: "What the outcomes mean, and their codes in the files".into(),
        content: Html::of(&table).into(),
        id: "codes".into(),
        ..Details::default()
    }
}

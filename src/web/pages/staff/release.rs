//! One release: what it holds, when it opens, who agreed to it, what is held back of it.

use askama::Template;
use jiff::Timestamp;

use super::releases::{HERE, stage};
use super::{Problems, reason_input};
use crate::domain::calendar::{instant_in_words, zone};
use crate::domain::wording::{count, dfe_number, grouped};
use crate::service::release_control::corrections::CorrectionRow;
use crate::service::release_control::{HoldRow, ReleaseRow, refused};
use crate::web::components::{
    Button, Checkboxes, Choice, Content, DateInput, Field, Group, Html, Input, Legend,
    NotificationBanner, Radios, SummaryList, SummaryRow, Text,
};
use crate::web::layout::Layout;
use crate::web::pages::information::opening_times;
use crate::web::pages::within;

/// What is known of a release.
#[derive(Clone, Debug)]
pub struct Known {
    /// The release.
    pub release: ReleaseRow,
    /// Its corrections.
    pub corrections: Vec<CorrectionRow>,
    /// What is held back of it, with the names of schools.
    pub holds: Vec<(HoldRow, Option<String>)>,
    /// Each server, and whether it is ready with which revision, in words.
    pub nodes: Vec<(String, String)>,
    /// When it would open by this year's calendar; none for another year.
    pub planned: Option<Timestamp>,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Day, month and year on which it opens.
    pub date: [String; 3],
    /// The time of day.
    pub time: String,
    /// Whether the schools that were refused are knowingly left out.
    pub left_out: bool,
    /// Everything, or one school.
    pub part: String,
    /// Its DfE number.
    pub school: String,
    /// Why it is held back.
    pub hold_reason: String,
    /// Which hold ends.
    pub hold: String,
    /// Why.
    pub lift_reason: String,
}

impl Typed {
    /// An instant, as it is typed.
    pub fn at(instant: Timestamp) -> Self {
        let civil = instant.to_zoned(zone());
        let part = |format: &str| civil.strftime(format).to_string();
        Self {
            date: [part("%-d"), part("%-m"), part("%Y")],
            time: part("%H:%M"),
            ..Self::default()
        }
    }
}

/// What whoever looks may do next to publish something.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// Propose it.
    Propose,
    /// Approve what this person proposed.
    Approve(String),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-release.html")]
pub struct Release {
    layout: Layout,
    known: Known,
    next: Next,
    here: String,
    reader: String,
    typed: Typed,
    problems: Problems,
}

impl Release {
    /// Title of the page.
    pub const TITLE: &'static str = "Release";

    /// The page for the release officer of this name.
    pub fn new(layout: Layout, known: Known, reader: &str) -> Self {
        let release = &known.release;
        let proposed_by = release.proposed_by.as_deref();
        Self {
            layout: within(layout, HERE).back(HERE),
            next: next(&release.stage, &release.loaded_by, proposed_by, reader),
            here: format!("{HERE}/{}", release.id),
            reader: reader.to_owned(),
            typed: known.planned.map_or_else(Typed::default, Typed::at),
            problems: Problems::default(),
            known,
        }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: Option<&'static str>) -> Self {
        self.layout.banner = words.map(NotificationBanner::success);
        self
    }

    /// With what was typed and everything that is wrong.
    #[must_use]
    pub fn refused(mut self, typed: Typed, problems: Problems) -> Self {
        self.layout = self.layout.errors(problems.summary());
        Self { typed, problems, ..self }
    }

    fn summary(&self) -> SummaryList {
        let release = &self.known.release;
        let report = release.report.as_ref();
        let row = |key: &'static str, value: String| SummaryRow::new(key, value);
        let number = |name: &str| report.and_then(|r| r[name].as_u64()).map_or("–".into(), grouped);
        let missing = report.and_then(|r| r["missing_scripts"].as_array()).map_or(0, Vec::len);
        let problems = report.and_then(|r| r["problems"].as_array()).map_or(0, Vec::len);
        let built = release.built_at.map_or_else(|| "Not yet".to_owned(), instant_in_words);
        let person = |who: Option<&String>| who.cloned().unwrap_or_else(|| "Nobody yet".to_owned());
        let tag: Content = Html::trusted(stage(&release.stage).to_string()).into();
        let rows = vec![
            SummaryRow::new("State", tag),
            row("Year", release.year.to_string()),
            row("Schools", number("schools")),
            row("Pupils", number("pupils")),
            row("Scripts", number("scripts")),
            row("Scripts being traced", grouped(missing as u64)),
            row("Problems that the build named", grouped(problems as u64)),
            row("Built", built),
            row("Loaded by", release.loaded_by.clone()),
            row("Proposed by", person(release.proposed_by.as_ref())),
            row("Approved by", person(release.approved_by.as_ref())),
        ];
        SummaryList { rows, ..SummaryList::default() }
    }

    fn times(&self) -> Option<SummaryList> {
        let times = self.known.release.times?;
        Some(opening_times(|audience| times.of(audience)))
    }

    /// Schools that the build refused, for people to read.
    fn left_out(&self) -> Vec<String> {
        let refused = refused(self.known.release.report.as_ref());
        refused.into_iter().map(|number| dfe_number(number.unsigned_abs())).collect()
    }

    fn date(&self) -> DateInput {
        let legend = Legend { classes: "govuk-fieldset__legend--s".into(), .."Day".into() };
        let group = Group::new("date", legend)
            .hint("On which schools may see it, for example 9 7 2024")
            .error(self.problems.error("date-day"));
        DateInput::new(group, self.typed.date.clone().map(Text::from))
    }

    fn time(&self) -> Input {
        let field = Field::new("time", "Time")
            .hint("For example 07:30. The other organisations follow as in the calendar.")
            .error(self.problems.error("time"))
            .classes("govuk-input--width-5");
        Input::from(field).value(self.typed.time.clone())
    }

    fn leaves_out(&self) -> Checkboxes {
        let schools = self.left_out();
        let words = format!(
            "{} that the build refused: {}",
            count(schools.len(), "school", "schools"),
            schools.join(", ")
        );
        let choice = Choice { checked: Some(self.typed.left_out), ..Choice::new("yes", words) };
        let legend =
            Legend { classes: "govuk-fieldset__legend--s".into(), .."Leave out knowingly".into() };
        let group = Group::new("left_out", legend).error(self.problems.error("left_out"));
        Checkboxes::new(group, vec![choice])
    }

    fn part(&self) -> Radios {
        let field = Field::new("school", "DfE number")
            .hint("For example 888/2045")
            .error(self.problems.error("school"))
            .classes("govuk-input--width-10");
        let school = Input::from(field).value(self.typed.school.clone());
        let items = vec![
            Choice::new("all", "Everything"),
            Choice::new("school", "One school").reveals(Html::of(&school)),
        ];
        let legend =
            Legend { classes: "govuk-fieldset__legend--s".into(), .."What to hold back".into() };
        let group = Group::new("part", legend).error(self.problems.error("part"));
        Radios::new(group, items).value(self.typed.part.clone())
    }

    fn holds(&self) -> Radios {
        let item = |(hold, name): &(HoldRow, Option<String>)| {
            let reason = hold.reason.as_deref().unwrap_or("no reason was given");
            let at = instant_in_words(hold.placed_at);
            let hint = format!("By {} at {at}: {reason}", hold.placed_by);
            Choice::new(value(hold), part(hold, name.as_deref())).hint(hint)
        };
        let items = self.known.holds.iter().map(item).collect();
        let legend =
            Legend { classes: "govuk-fieldset__legend--s".into(), .."What to serve again".into() };
        let group = Group::new("hold", legend).error(self.problems.error("hold"));
        Radios::new(group, items).value(self.typed.hold.clone())
    }

    fn hold_reason(&self) -> Input {
        reason_input("hold_reason", &self.typed.hold_reason, &self.problems)
    }

    fn lift_reason(&self) -> Input {
        reason_input("lift_reason", &self.typed.lift_reason, &self.problems)
    }

    fn button(act: &'static str) -> Button {
        let button = |words: &'static str| Button::submit(words).sending("act", act);
        match act {
            "propose" => button("Propose this release"),
            "approve" => button("Approve this release"),
            "hold" => button("Hold results back").warning(),
            _ => button("Serve results again"),
        }
    }

    fn correction_next(&self, row: &CorrectionRow) -> Next {
        next(&row.stage, &row.loaded_by, row.proposed_by.as_deref(), &self.reader)
    }

    fn correction_stage(row: &CorrectionRow) -> crate::web::components::Tag {
        stage(&row.stage)
    }

    fn correction_button(row: &CorrectionRow, next: &Next) -> Option<Button> {
        let revision = row.revision;
        let (words, act) = match next {
            Next::Propose => ("Propose", "propose"),
            Next::Approve(_) => ("Approve", "approve"),
            Next::Nothing(_) => return None,
        };
        let button = Button::submit(format!("{words} revision {revision}")).secondary();
        Some(button.sending("act", act))
    }
}

/// The word of a hold in a form: its school, or everything.
fn value(hold: &HoldRow) -> String {
    hold.school.map_or_else(|| "all".to_owned(), |school| school.to_string())
}

fn part(hold: &HoldRow, name: Option<&str>) -> String {
    match (hold.school, name) {
        (None, _) => "Everything".to_owned(),
        (Some(number), Some(name)) => format!("{name}, {}", dfe_number(number)),
        (Some(number), None) => format!("School {}", dfe_number(number)),
    }
}

fn next(stage: &str, loaded_by: &str, proposed_by: Option<&str>, reader: &str) -> Next {
    match (stage, proposed_by) {
        ("approved", _) => Next::Nothing("It is approved."),
        ("built" | "proposed", _) if loaded_by == reader => {
            Next::Nothing("You loaded its data: others decide over its release.")
        }
        ("proposed", Some(by)) if by == reader => {
            Next::Nothing("You proposed it: another release officer approves it.")
        }
        ("proposed", Some(by)) => Next::Approve(by.to_owned()),
        ("built", _) => Next::Propose,
        _ => Next::Nothing("It is not built yet."),
    }
}

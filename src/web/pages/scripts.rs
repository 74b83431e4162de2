//! Scripts by pupil and paper, and all of them as one file.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;
use jiff::Timestamp;

use super::results::Released;
use super::within;
use crate::delivery::{PupilLine, ScriptState};
use crate::domain::calendar::time_in_words;
use crate::domain::papers::Paper;
use crate::domain::wording::{count, size};
use crate::web::layout::Layout;

/// From so many pupils on, letters lead into the table.
const LETTERS_FROM: usize = 61;

/// Lengths of scripts by pupil and paper.
type Lengths<'a> = HashMap<(&'a str, usize), u64>;

/// The script of one paper.
#[derive(Debug)]
enum Place {
    /// It can be opened.
    Here { href: String, size: String },
    /// It is being traced.
    Traced,
    /// None is expected.
    NotExpected,
}

/// One pupil.
#[derive(Debug)]
struct Row {
    /// Id of the row, where a letter leads to it.
    anchor: Option<String>,
    name: String,
    spoken: String,
    upn: String,
    places: Vec<(&'static str, Place)>,
}

/// The bundle.
#[derive(Debug)]
struct Bundle {
    size: String,
    scripts: String,
    /// How long it would take now, where that is long: "4 minutes".
    takes: Option<String>,
}

/// The scripts of a school.
#[derive(Debug, Template)]
#[template(path = "scripts.html")]
pub struct Scripts {
    layout: Layout,
    caption: String,
    base: String,
    since: String,
    promised: String,
    delivered: bool,
    bundle: Option<Bundle>,
    traced: usize,
    letters: Vec<(char, String)>,
    rows: Vec<Row>,
}

impl Scripts {
    /// The page.
    /// `outlook` is how long the bundle would take, where that is long.
    pub fn new(layout: Layout, released: &Released<'_>, outlook: Option<Duration>) -> Self {
        let base = released.base();
        let title = format!("Scripts: {}", released.pupils.name).into();
        let pupils = &released.pupils.pupils;
        let index = released.pack.index.scripts.as_ref();
        let entries = index.map_or(&[][..], |index| &index.entries);
        let lengths: Lengths<'_> = entries
            .iter()
            .map(|entry| ((entry.reference.as_str(), usize::from(entry.paper)), entry.length))
            .collect();
        let mut rows: Vec<Row> =
            pupils.iter().map(|pupil| Row::of(pupil, &base, &lengths)).collect();
        let letters = letters(pupils, &mut rows);
        Self {
            layout: within(Layout { title, ..layout }, "/results").back(base.clone()),
            caption: released.caption(),
            since: released.since(),
            promised: released.promised(),
            delivered: released.pupils.scripts_delivered,
            bundle: index.map(|index| Bundle {
                size: size(index.length),
                scripts: count(index.entries.len(), "script", "scripts"),
                takes: outlook.map(minutes),
            }),
            traced: rows.iter().map(Row::traced).sum(),
            letters,
            base,
            rows,
        }
    }

    fn papers() -> [&'static str; 6] {
        Paper::ALL.map(short_title)
    }
}

impl Row {
    fn of(pupil: &PupilLine, base: &str, lengths: &Lengths<'_>) -> Self {
        let place = |paper: Paper| {
            let length = lengths.get(&(pupil.reference.as_str(), paper.index()));
            match (pupil.scripts[paper.index()], length) {
                (ScriptState::Here, Some(length)) => Place::Here {
                    href: format!("{base}/scripts/{}-{paper}.pdf", pupil.reference),
                    size: size(*length),
                },
                (ScriptState::Here, None) | (ScriptState::Traced, _) => Place::Traced,
                (ScriptState::None, _) => Place::NotExpected,
            }
        };
        Self {
            anchor: None,
            name: pupil.listed_name(),
            spoken: pupil.spoken_name(),
            upn: pupil.upn.clone(),
            places: Paper::ALL.map(|paper| (short_title(paper), place(paper))).into(),
        }
    }

    fn traced(&self) -> usize {
        self.places.iter().filter(|(_, place)| matches!(place, Place::Traced)).count()
    }
}

/// A time in whole minutes, rounded up: "4 minutes".
fn minutes(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60).max(1);
    count(usize::try_from(minutes).unwrap_or(usize::MAX), "minute", "minutes")
}

/// What somebody sees whose colleague is downloading all scripts: when their own download begins.
#[derive(Debug, Template)]
#[template(path = "scripts-later.html")]
pub struct Promised {
    layout: Layout,
    base: String,
    wait: String,
    at: String,
}

impl Promised {
    /// Its heading.
    pub const TITLE: &'static str = "The scripts come in a few minutes";

    /// The page; `base` is the address of the school's results.
    pub fn new(layout: Layout, base: String, seconds: u64, now: Timestamp) -> Self {
        let wait = Duration::from_secs(seconds);
        // The clock shows whole minutes: the next one is never too early.
        let at = time_in_words(now + wait + Duration::from_secs(59));
        Self { layout: within(layout, "/results"), base, wait: minutes(wait), at }
    }
}

/// A paper without what it tests: "GPS paper 1".
fn short_title(paper: Paper) -> &'static str {
    let title = paper.title();
    title.split_once(':').map_or(title, |(short, _)| short)
}

/// The first row of each first letter of surnames, in a long table.
fn letters(pupils: &[PupilLine], rows: &mut [Row]) -> Vec<(char, String)> {
    let mut letters: Vec<(char, String)> = Vec::new();
    if pupils.len() < LETTERS_FROM {
        return letters;
    }
    for (pupil, row) in pupils.iter().zip(rows) {
        let first = pupil.surname.trim().chars().next().filter(|c| c.is_alphabetic());
        if let Some(letter) = first.filter(|c| letters.iter().all(|(known, _)| known != c)) {
            let anchor = format!("letter-{}", letters.len() + 1);
            row.anchor = Some(anchor.clone());
            letters.push((letter, anchor));
        }
    }
    letters
}

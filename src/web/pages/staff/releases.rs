//! All releases, as release officers see them.

use askama::Template;

use crate::domain::calendar::{Audience, instant_in_words};
use crate::domain::wording::count;
use crate::service::release_control::{HoldRow, ReleaseRow};
use crate::web::components::{Colour, Tag};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// Where they are.
pub const HERE: &str = "/staff/releases";

/// A release in the list.
#[derive(Debug)]
struct Line {
    id: String,
    year: i16,
    stage: Tag,
    opens: String,
    holds: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-releases.html")]
pub struct Releases {
    layout: Layout,
    lines: Vec<Line>,
}

impl Releases {
    /// Title and heading.
    pub const TITLE: &'static str = "Releases";

    /// The page; the newest release stands first.
    pub fn new(layout: Layout, releases: &[ReleaseRow], holds: &[HoldRow]) -> Self {
        let line = |release: &ReleaseRow| {
            let times = release.times.map(|times| times.of(Audience::School));
            Line {
                id: release.id.clone(),
                year: release.year,
                stage: stage(&release.stage),
                opens: times.map_or_else(|| "No time is set".to_owned(), instant_in_words),
                holds: held(holds.iter().filter(|hold| hold.release == release.id)),
            }
        };
        let lines = releases.iter().rev().map(line).collect();
        Self { layout: within(layout, HERE), lines }
    }
}

/// Where a release or a correction stands.
pub(super) fn stage(word: &str) -> Tag {
    match word {
        "built" => Tag::new("Built", Colour::Blue),
        "proposed" => Tag::new("Proposed", Colour::Yellow),
        "approved" => Tag::new("Approved", Colour::Green),
        _ => Tag::new("Being built", Colour::Grey),
    }
}

fn held<'a>(holds: impl Iterator<Item = &'a HoldRow>) -> String {
    let (all, some): (Vec<_>, Vec<_>) = holds.partition(|hold| hold.school.is_none());
    match (all.is_empty(), some.len()) {
        (false, _) => "Everything is held back".to_owned(),
        (true, 0) => "Nothing".to_owned(),
        (true, schools) => count(schools, "school", "schools"),
    }
}

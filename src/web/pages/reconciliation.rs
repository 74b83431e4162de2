//! What was expected of each school, what came, what became of it: counts, before and after a release.

use askama::Template;
use jiff::Timestamp;

use super::within;
use crate::delivery::{PaperCounts, Reconciliation};
use crate::domain::calendar::{Audience, instant_in_words};
use crate::domain::ids::Laestab;
use crate::domain::papers::Paper;
use crate::domain::release::{Decision, PlannedRelease, decide};
use crate::domain::wording::{count, dfe_number, grouped};
use crate::web::components::{Button, Field, Input};
use crate::web::layout::Layout;

/// Schools on one page.
const SCHOOLS_PER_PAGE: usize = 100;

/// One school.
#[derive(Clone, Debug)]
pub struct School {
    /// DfE number.
    pub laestab: u32,
    name: String,
    counts: Reconciliation,
    /// All papers together.
    all: PaperCounts,
    published: String,
}

impl School {
    /// A school of a planned release, with the revision that its pack is of.
    pub fn new(
        laestab: u32,
        name: Option<String>,
        counts: Reconciliation,
        revision: u32,
        planned: &PlannedRelease,
        now: Timestamp,
    ) -> Self {
        let name = name.unwrap_or_else(|| "School without a name in the register".to_owned());
        let published = published(planned, laestab, revision, now);
        Self { laestab, name, counts, all: counts.all(), published }
    }

    fn row(&self) -> [u32; 6] {
        let all = &self.all;
        [self.counts.pupils, all.expected, all.received, all.matched, all.marked, all.unmarked]
    }

    fn number(&self) -> String {
        dfe_number(self.laestab)
    }

    fn is_found(&self, found: &Found) -> bool {
        let search = found.search.to_lowercase();
        let digits: String = search.chars().filter(char::is_ascii_digit).collect();
        let by_number = !digits.is_empty() && self.laestab.to_string().contains(&digits);
        (found.all || !self.counts.is_complete())
            && (search.is_empty() || by_number || self.name.to_lowercase().contains(&search))
    }
}

/// Whether a school can read its results, and since when.
fn published(planned: &PlannedRelease, laestab: u32, revision: u32, now: Timestamp) -> String {
    let school = Laestab::from_number(laestab).ok();
    match decide(planned, Audience::School, school, now) {
        Decision::NotApproved => "Not approved".to_owned(),
        Decision::Before(opens) => format!("From {}", instant_in_words(opens)),
        Decision::Held => "Held back".to_owned(),
        Decision::Open => {
            let opened = planned.times.map_or(now, |times| times.of(Audience::School));
            let since = instant_in_words(planned.since(revision, opened));
            let what = if revision > 1 { "Corrected" } else { "Since" };
            format!("{what} {since}")
        }
    }
}

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Found {
    search: String,
    all: bool,
    page: usize,
}

impl Found {
    /// Words or a number, whether complete schools are wanted too, and the page from 1.
    pub fn new(search: &str, all: bool, page: &str) -> Self {
        let page = page.parse().unwrap_or(1).max(1);
        Self { search: search.trim().to_owned(), all, page }
    }
}

/// All schools of a release.
#[derive(Debug, Template)]
#[template(path = "reconciliation.html")]
pub struct All {
    layout: Layout,
    release: Option<String>,
    schools: usize,
    complete: usize,
    pupils: u64,
    sum: PaperCounts,
    broken: usize,
    matching: usize,
    rows: Vec<School>,
    found: Found,
}

impl All {
    /// There is no release.
    pub fn nothing(layout: Layout) -> Self {
        let found = Found::new("", false, "");
        Self { release: None, ..Self::new(layout, "", Vec::new(), found) }
    }

    /// The schools that are looked for, and the sums over all.
    pub fn new(layout: Layout, release: &str, schools: Vec<School>, found: Found) -> Self {
        let sum = schools.iter().fold(PaperCounts::default(), |sum, s| sum.and(s.all));
        let complete = schools.iter().filter(|s| s.counts.is_complete()).count();
        let broken = schools.iter().filter(|s| !s.counts.is_whole()).count();
        let pupils = schools.iter().map(|s| u64::from(s.counts.pupils)).sum();
        let number = schools.len();
        let matching: Vec<School> = schools.into_iter().filter(|s| s.is_found(&found)).collect();
        let skipped = (found.page - 1).saturating_mul(SCHOOLS_PER_PAGE);
        Self {
            layout: within(layout, "/staff/reconciliation"),
            release: Some(release.to_owned()),
            schools: number,
            complete,
            pupils,
            sum,
            broken,
            matching: matching.len(),
            rows: matching.into_iter().skip(skipped).take(SCHOOLS_PER_PAGE).collect(),
            found,
        }
    }

    fn search_input(&self) -> Input {
        let field =
            Field::new("q", "Search by name or DfE number").classes("govuk-input--width-20");
        Input {
            kind: "search".into(),
            spellcheck: Some(false),
            ..Input::from(field).value(self.found.search.clone())
        }
    }

    fn button() -> Button {
        Button { prevent_double_click: None, ..Button::submit("Search").secondary() }
    }

    fn sums(&self) -> [(&'static str, String); 8] {
        let sum = &self.sum;
        [
            ("Pupils", self.pupils),
            ("Scripts expected", sum.expected.into()),
            ("Scripts received", sum.received.into()),
            ("Scripts matched", sum.matched.into()),
            ("Scripts missing", sum.missing().into()),
            ("Papers marked", sum.marked.into()),
            ("Papers with a code", sum.coded.into()),
            ("Papers without a mark", sum.unmarked.into()),
        ]
        .map(|(name, value)| (name, grouped(value)))
    }

    fn in_words(&self) -> String {
        let schools = count(self.schools, "school", "schools");
        format!("{} of {schools} are complete.", grouped(self.complete as u64))
    }

    fn found_in_words(&self) -> String {
        let what = if self.found.all { "" } else { " with something missing" };
        format!("{}{what}.", count(self.matching, "school", "schools"))
    }

    fn pages(&self) -> usize {
        self.matching.div_ceil(SCHOOLS_PER_PAGE)
    }

    fn page_href(&self, page: usize) -> String {
        let search = crate::web::form::encode(&self.found.search);
        let show = if self.found.all { "all" } else { "missing" };
        format!("/staff/reconciliation?q={search}&show={show}&page={page}")
    }
}

/// One school by paper.
#[derive(Debug, Template)]
#[template(path = "reconciliation-school.html")]
pub struct One {
    layout: Layout,
    release: String,
    school: School,
}

impl One {
    /// The counts of a school.
    pub fn new(layout: Layout, release: &str, school: School) -> Self {
        let title = format!("Reconciliation: {}", school.name).into();
        let layout = within(Layout { title, ..layout }, "/staff/reconciliation");
        Self { layout: layout.back("/staff/reconciliation"), release: release.to_owned(), school }
    }

    fn papers(&self) -> Vec<(&'static str, [u32; 7])> {
        let row = |p: PaperCounts| {
            [p.expected, p.received, p.matched, p.missing(), p.marked, p.coded, p.unmarked]
        };
        let counts = self.school.counts.papers.map(row);
        Paper::ALL.iter().map(|paper| paper.title()).zip(counts).collect()
    }
}

//! The schools of an authority or trust: list, search, combined files.

use std::collections::BTreeSet;

use askama::Template;

use super::within;
use crate::delivery::gate::Opened;
use crate::delivery::{Pack, SchoolLine, SchoolsPage, SectionName};
use crate::domain::calendar::{day, day_in_words};
use crate::domain::wording::{count, dfe_number, grouped, share, size};
use crate::web::components::{Button, Field, Input};
use crate::web::layout::Layout;

/// One school.
#[derive(Debug)]
struct Row {
    name: String,
    number: String,
    href: String,
    pupils: String,
    achieved: [String; 3],
    held: bool,
    /// When it was last corrected.
    corrected: Option<String>,
}

/// A combined file.
#[derive(Debug)]
struct Download {
    href: &'static str,
    name: &'static str,
    kind: String,
}

/// The list of schools.
#[derive(Debug, Template)]
#[template(path = "schools.html")]
pub struct Schools {
    layout: Layout,
    organisation: String,
    year: u16,
    search: String,
    all: usize,
    held: usize,
    corrected: usize,
    downloads: Vec<Download>,
    rows: Vec<Row>,
}

impl Schools {
    /// The schools whose name or DfE number has `search` in it; no figures of those in `held`.
    pub fn new(
        layout: Layout,
        list: SchoolsPage,
        pack: &Pack,
        held: &BTreeSet<u32>,
        search: &str,
        opened: &Opened,
    ) -> Self {
        let search = search.trim();
        let found = list.schools.iter().filter(|school| matches(school, search));
        let held_here = list.schools.iter().filter(|school| held.contains(&school.laestab)).count();
        let title = match search {
            "" => "Results of your schools".to_owned(),
            search => format!("Results of your schools: search for {search}"),
        };
        Self {
            layout: within(Layout { title: title.into(), ..layout }, "/results"),
            year: opened.year(),
            search: search.to_owned(),
            all: list.schools.len(),
            held: held_here,
            corrected: list.schools.iter().filter(|school| school.corrected.is_some()).count(),
            downloads: downloads(pack, held_here > 0),
            rows: found.map(|school| Row::of(school, held, opened)).collect(),
            organisation: list.name,
        }
    }

    fn search_input(&self) -> Input {
        let field = Field::new("q", "Search by name or DfE number")
            .hint("For example, St Mary or 888/2045")
            .classes("govuk-input--width-20");
        Input {
            kind: "search".into(),
            spellcheck: Some(false),
            ..Input::from(field).value(self.search.clone())
        }
    }

    fn button() -> Button {
        Button { prevent_double_click: None, ..Button::submit("Search").secondary() }
    }

    fn found_in_words(&self) -> String {
        let all = count(self.all, "school", "schools");
        match self.search.as_str() {
            "" => format!("{all} with results."),
            search => format!("{} of {all} found for “{search}”.", grouped(self.rows.len() as u64)),
        }
    }
}

fn downloads(pack: &Pack, cut: bool) -> Vec<Download> {
    let files = [
        (SectionName::Csv, "/results/all.csv", "Test results of all schools", "CSV"),
        (
            SectionName::CsvWithTa,
            "/results/all-with-ta.csv",
            "Test results and teacher assessment of all schools",
            "CSV",
        ),
        (SectionName::Xlsx, "/results/all.xlsx", "Workbook of all schools", "XLSX"),
        (SectionName::Pdf, "/results/all.pdf", "Results of all schools to print", "PDF"),
    ];
    let present = files.into_iter().filter_map(|(section, href, name, kind)| {
        let section = pack.section(section)?;
        // A cut file is made when it is asked for, and some cannot be cut.
        let kind = match (cut, section.name.is_cuttable()) {
            (true, false) => return None,
            (true, true) => kind.to_owned(),
            (false, _) => format!("{kind}, {}", size(section.identity_length)),
        };
        Some(Download { href, name, kind })
    });
    present.collect()
}

/// Whether every word of the search is in the name, or the search in the number.
fn matches(school: &SchoolLine, search: &str) -> bool {
    let number = search.replace('/', "");
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && school.laestab.to_string().contains(&number) {
        return true;
    }
    let name = folded(&school.name);
    folded(search).split_whitespace().all(|word| name.contains(word))
}

/// In lower case and without marks that people leave out when they type.
fn folded(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| !matches!(c, '\'' | '’' | '.' | ',')).collect()
}

impl Row {
    fn of(school: &SchoolLine, held: &BTreeSet<u32>, opened: &Opened) -> Self {
        Self {
            name: school.name.clone(),
            number: dfe_number(school.laestab),
            href: format!("/results/{}", school.laestab),
            pupils: school.pupils.to_string(),
            achieved: [0, 1, 2].map(|n| share(school.achieved[n], school.counted[n])),
            held: held.contains(&school.laestab),
            corrected: school.corrected.map(|revision| day_in_words(day(opened.since(revision)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schools_are_found_by_words_of_the_name_and_by_number() {
        let school = SchoolLine {
            laestab: 8_882_045,
            name: "St. Mary's Church of England Primary".to_owned(),
            pupils: 30,
            counted: [30, 30, 29],
            achieved: [1, 2, 3],
            corrected: None,
        };
        for found in
            ["", "st mary", "St Mary’s", "PRIMARY mary", "888/2045", "8882045", "888/", "2045"]
        {
            assert!(matches(&school, found), "{found}");
        }
        for other in ["st john", "888/2046", "20455", "mary 8882045"] {
            assert!(!matches(&school, other), "{other}");
        }
    }
}

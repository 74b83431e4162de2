//! `results.pdf`: what a school, an authority, a trust or a secondary prints and keeps.

use jiff::civil::Date;

use super::files::SchoolFacts;
use crate::blob::page::{Missing, PupilsPage, SchoolLine, Tally};
use crate::domain::calendar::day_in_words;
use crate::domain::scores::{ConversionTable, Outcome};
use crate::domain::wording::{count, dfe_number, grouped};
use crate::letters::{Block, Cell, Column, Letter, Level, Orientation, Table};

mod tables;

use tables::{Share, by_school, by_subject, codes, missing, pupils, scores};

/// What all letters of a build share.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a> {
    /// Cycle.
    pub year: u16,
    /// The day on which schools get their results.
    pub release_day: Date,
    /// The year's tables.
    pub tables: &'a [ConversionTable; 3],
}

/// A school of a group: what the register says of it, its pupils, and its line in the list.
pub type Member = (SchoolFacts, PupilsPage, SchoolLine);

/// An authority or trust.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its number is called, and the number.
    pub number: (&'static str, String),
    /// Its schools, in the order of its files.
    pub schools: &'a [Member],
}

impl Printed<'_> {
    /// The results of a school. What is said of scripts is for its own users only.
    pub fn school(&self, facts: &SchoolFacts, page: &PupilsPage, scripts: bool) -> Letter {
        let heading = format!("Key stage 2 results {}", self.year);
        let mut blocks = vec![Block::Heading(Level::One, heading)];
        blocks.push(self.facts("School", facts, page.pupils.len()));
        blocks.extend(body(page, scripts, "No pupils of yours took the tests.", Level::Two));
        self.letter(facts, blocks)
    }

    /// The results of the pupils who join a secondary.
    pub fn secondary(&self, facts: &SchoolFacts, page: &PupilsPage) -> Letter {
        let heading = format!("Key stage 2 results {} of pupils who join you", self.year);
        let mut blocks = vec![Block::Heading(Level::One, heading)];
        blocks.push(self.facts("School", facts, page.pupils.len()));
        blocks.extend(body(page, false, "No results of pupils who join you are here.", Level::Two));
        self.letter(facts, blocks)
    }

    /// The results of an authority's or trust's schools: first all in a list, then each on its own pages.
    pub fn group(&self, group: &Group<'_>) -> Letter {
        let heading = format!("Key stage 2 results {} by school", self.year);
        let all: usize = group.schools.iter().map(|(_, page, _)| page.pupils.len()).sum();
        let (number, value) = &group.number;
        let facts = facts_table(&[
            (number, value),
            ("Name", group.name),
            ("Results day", &day_in_words(self.release_day)),
            ("Schools", &grouped(group.schools.len() as u64)),
            ("Pupils", &grouped(all as u64)),
        ]);
        let mut blocks = vec![Block::Heading(Level::One, heading), facts];
        blocks.push(Block::Heading(Level::Two, "Expected standard by school".to_owned()));
        blocks.push(by_school(group.schools.iter().map(|(_, _, line)| line)));
        blocks.push(Block::Paragraph(Outcome::WHO_COUNTS.to_owned()));
        for (facts, page, _) in group.schools {
            blocks.push(Block::NewPage);
            let heading = format!("{}, {}", facts.name, dfe_number(facts.laestab));
            blocks.push(Block::Heading(Level::Two, heading));
            blocks.extend(body(page, false, "No pupils took the tests.", Level::Three));
        }
        blocks.extend(self.keys());
        Letter {
            title: format!("Key stage 2 results {}: {}", self.year, group.name),
            foot: group.name.to_owned(),
            orientation: Orientation::Landscape,
            blocks,
        }
    }

    fn letter(&self, facts: &SchoolFacts, mut blocks: Vec<Block>) -> Letter {
        blocks.extend(self.keys());
        Letter {
            title: format!("Key stage 2 results {}: {}", self.year, facts.name),
            foot: format!("{}, {}", facts.name, dfe_number(facts.laestab)),
            orientation: Orientation::Landscape,
            blocks,
        }
    }

    /// Whose results these are.
    fn facts(&self, title: &'static str, facts: &SchoolFacts, pupils: usize) -> Block {
        facts_table(&[
            (title, &facts.name),
            ("DfE number", &dfe_number(facts.laestab)),
            ("URN", &facts.urn.to_string()),
            ("Results day", &day_in_words(self.release_day)),
            ("Pupils", &grouped(pupils as u64)),
        ])
    }

    /// How to read the results: the codes and the year's tables.
    fn keys(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::NewPage,
            Block::Heading(Level::Two, "What the outcomes mean".to_owned()),
            codes(),
            Block::NewPage,
            Block::Heading(Level::Two, "Raw marks and scaled scores".to_owned()),
            Block::Paragraph(
                "Look up the raw mark; its scaled score stands beside it. A raw mark below 3 has no \
                 scaled score. 100 is the expected standard, 110 the higher standard."
                    .to_owned(),
            ),
        ];
        for table in self.tables {
            blocks.push(Block::Heading(Level::Three, table.subject().title().to_owned()));
            blocks.push(scores(table));
        }
        blocks
    }
}

/// Names and values below each other.
fn facts_table(facts: &[(&str, &str)]) -> Block {
    let row = |(name, value): &(&str, &str)| vec![Cell::from(*name), Cell::from(*value)];
    Block::Table(Table {
        summary: "About these results".to_owned(),
        columns: vec![Column::words("", 15.0), Column::words("", 60.0)],
        rows: facts.iter().map(row).collect(),
        first_cell_is_heading: true,
        ..Table::default()
    })
}

/// What is said of some pupils: how complete, the summary, what is missing, each of them.
fn body(page: &PupilsPage, scripts: bool, nobody: &str, level: Level) -> Vec<Block> {
    if page.pupils.is_empty() {
        return vec![Block::Paragraph(nobody.to_owned())];
    }
    let tally = Tally::of(page, scripts);
    let words = [Some(tally.pupils_in_words()), tally.scripts_in_words()];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let heading = |text: &str| Block::Heading(level, text.to_owned());
    let mut blocks = vec![Block::Paragraph(words), heading("Summary by subject")];
    blocks.push(by_subject(&page.pupils));
    if level == Level::Two {
        blocks.push(Block::Paragraph(Outcome::WHO_COUNTS.to_owned()));
    }
    blocks.push(heading("Results by pupil"));
    let share = if page.pupils.iter().any(|pupil| !pupil.school.is_empty()) {
        Share::WithSchool
    } else {
        Share::OwnSchool
    };
    blocks.push(pupils(&page.pupils, share));
    let gaps = Missing::of(&page.pupils, scripts);
    if !gaps.is_empty() {
        let what = count(gaps.len(), "paper has", "papers have");
        blocks.push(heading("What is missing"));
        blocks.push(Block::Paragraph(format!(
            "{what} something missing. We are looking for each of these. Your results page says by \
             when you hear. A pupil is never shown as absent because something is missing."
        )));
        blocks.push(missing(&gaps));
    }
    blocks
}

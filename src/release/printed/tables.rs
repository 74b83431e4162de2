//! The tables of `results.pdf`.

use crate::blob::page::{Missing, PupilLine, ResultLine, SchoolLine, Sums};
use crate::domain::papers::Subject;
use crate::domain::scores::{ConversionTable, Outcome};
use crate::domain::wording::{dfe_number, share};
use crate::letters::{Block, Cell, Column, Group, Table};

/// Pairs of raw mark and scaled score beside each other.
const PAIRS: usize = 8;

/// Whether pupils come from one school or from many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All from the school of the letter.
    OwnSchool,
    /// Each with a school.
    WithSchool,
}

/// How many met which standard.
pub(super) fn by_subject(pupils: &[PupilLine]) -> Block {
    let mut columns = vec![Column::words("Subject", 22.0)];
    let widths = [20.0, 20.0, 14.0, 12.0, 12.0];
    let heads = Sums::HEAD.into_iter().zip(widths);
    columns.extend(heads.map(|(head, width)| Column::numbers(head, width)));
    let row = |subject: Subject| {
        let sums = Sums::of(pupils, subject).row().map(Cell::from);
        std::iter::once(Cell::from(subject.title())).chain(sums).collect()
    };
    Block::Table(Table {
        summary: "Summary by subject".to_owned(),
        columns,
        rows: Subject::ALL.map(row).to_vec(),
        first_cell_is_heading: true,
        ..Table::default()
    })
}

/// Schools with their pupils at the expected standard.
pub(super) fn by_school<'a>(schools: impl Iterator<Item = &'a SchoolLine>) -> Block {
    let mut columns = vec![Column::words("School", 43.0), Column::words("DfE number", 12.0)];
    columns.push(Column::numbers("Pupils", 9.0));
    columns.extend(["GPS", "Reading", "Maths"].map(|subject| Column::numbers(subject, 12.0)));
    let row = |school: &SchoolLine| {
        let mut cells = vec![Cell::from(school.name.as_str())];
        cells.push(dfe_number(school.laestab).into());
        cells.push(school.pupils.to_string().into());
        cells.extend([0, 1, 2].map(|n| Cell::from(share(school.achieved[n], school.counted[n]))));
        cells
    };
    Block::Table(Table {
        summary: "Pupils and expected standard met, by school".to_owned(),
        columns,
        rows: schools.map(row).collect(),
        first_cell_is_heading: true,
        ..Table::default()
    })
}

/// What is being traced.
pub(super) fn missing(gaps: &[Missing]) -> Block {
    let row = |gap: &Missing| {
        let cells = [gap.pupil.as_str(), gap.upn.as_str(), gap.paper, gap.state];
        cells.map(Cell::from).to_vec()
    };
    Block::Table(Table {
        summary: "What is missing, by pupil and paper".to_owned(),
        columns: vec![
            Column::words("Pupil", 28.0),
            Column::words("UPN", 13.0),
            Column::words("Paper", 25.0),
            Column::words("State", 34.0),
        ],
        rows: gaps.iter().map(row).collect(),
        first_cell_is_heading: true,
        ..Table::default()
    })
}

/// Raw mark, scaled score and outcome of each pupil by subject.
pub(super) fn pupils(pupils: &[PupilLine], from: Share) -> Block {
    let (name, outcome, school) = match from {
        Share::OwnSchool => (22.0, 12.5, 0.0),
        Share::WithSchool => (15.0, 8.8, 18.1),
    };
    let mut columns = vec![Column::words("Pupil", name), Column::words("UPN", 10.8)];
    let mut groups = vec![lone(), lone()];
    for subject in Subject::ALL {
        columns.push(Column::numbers("Raw", 4.4));
        columns.push(Column::numbers("Scaled", 5.5));
        columns.push(Column::words("Outcome", outcome));
        groups.push(Group { heading: subject.title().to_owned(), columns: 3 });
    }
    if from == Share::WithSchool {
        columns.push(Column::words("School", school));
        groups.push(lone());
    }
    let row = |pupil: &PupilLine| {
        let mut cells = vec![Cell::from(pupil.listed_name()), Cell::from(pupil.upn.as_str())];
        cells.extend(pupil.results.iter().flat_map(result));
        cells.extend((from == Share::WithSchool).then(|| Cell::from(pupil.school.as_str())));
        cells
    };
    Block::Table(Table {
        summary: "Raw mark, scaled score and outcome of each pupil by subject".to_owned(),
        columns,
        groups,
        rows: pupils.iter().map(row).collect(),
        first_cell_is_heading: true,
    })
}

/// A column that no heading covers but its own.
fn lone() -> Group {
    Group { heading: String::new(), columns: 1 }
}

/// Where there are neither mark nor score, the words stand across all three columns.
fn result(result: &ResultLine) -> Vec<Cell> {
    let words = Outcome::short_words(&result.outcome);
    let Some(raw) = result.raw else { return vec![Cell::over(3, words)] };
    let scaled = result.scaled.map_or_else(|| "–".to_owned(), |scaled| scaled.to_string());
    vec![raw.to_string().into(), scaled.into(), words.into()]
}

/// What the codes of other files mean.
pub(super) fn codes() -> Block {
    let row = |(code, words): (&'static str, &'static str)| {
        let in_files = if code.is_empty() { "Blank" } else { code };
        [in_files, Outcome::short_words(code), words].map(Cell::from).to_vec()
    };
    Block::Table(Table {
        summary: "Codes of outcomes".to_owned(),
        columns: vec![
            Column::words("In files", 10.0),
            Column::words("In this PDF", 38.0),
            Column::words("Meaning", 38.0),
        ],
        rows: Outcome::CODE_TABLE.into_iter().map(row).collect(),
        first_cell_is_heading: true,
        ..Table::default()
    })
}

/// A subject's raw marks with their scaled scores, downwards and then to the right.
pub(super) fn scores(table: &ConversionTable) -> Block {
    let pairs: Vec<(u16, u8)> = table.rows().collect();
    let height = pairs.len().div_ceil(PAIRS);
    let pair = |at: usize| match pairs.get(at) {
        Some((raw, scaled)) => [raw.to_string(), scaled.to_string()],
        None => [String::new(), String::new()],
    };
    let row = |row: usize| {
        let cells = (0..PAIRS).flat_map(|column| pair(column * height + row));
        cells.map(Cell::from).collect()
    };
    let heads = || [Column::numbers("Raw", 5.0), Column::words("Scaled", 7.0)];
    Block::Table(Table {
        summary: format!("{}: scaled score of each raw mark", table.subject().title()),
        columns: (0..PAIRS).flat_map(|_| heads()).collect(),
        rows: (0..height).map(row).collect(),
        ..Table::default()
    })
}

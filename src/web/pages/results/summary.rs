//! The summary by subject: how many met which standard, and the average.

use super::PupilLine;
use crate::domain::papers::Subject;
use crate::domain::scores::{HIGHER_STANDARD, Outcome};
use crate::web::components::{Cell, Table};
use crate::web::pages::phrases::share;

/// The summary of one subject.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    scored: u32,
    points: u32,
    counted: u32,
    expected: u32,
    higher: u32,
}

impl Sums {
    fn of(pupils: &[PupilLine], subject: Subject) -> Self {
        let mut sums = Self::default();
        for result in pupils.iter().map(|pupil| &pupil.results[subject as usize]) {
            sums.counted += u32::from(Outcome::counts(&result.outcome));
            sums.expected += u32::from(result.outcome == "AS");
            if let Some(scaled) = result.scaled {
                sums.scored += 1;
                sums.points += u32::from(scaled);
                sums.higher += u32::from(scaled >= HIGHER_STANDARD);
            }
        }
        sums
    }

    /// With one decimal; none without a score.
    fn average(&self) -> Option<String> {
        let tenths = (self.points * 10 + self.scored / 2).checked_div(self.scored)?;
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    }
}

/// The table, one row a subject.
pub(super) fn table(pupils: &[PupilLine]) -> Table {
    // What matters most comes first: a phone shows two or three columns.
    let head = [
        "Expected standard (100 or more)",
        "Higher standard (110 or more)",
        "Average scaled score",
        "Pupils who count",
        "With a scaled score",
    ];
    Table {
        caption: "Summary by subject".into(),
        caption_classes: "govuk-table__caption--m".into(),
        head: std::iter::once(Cell::from("Subject")).chain(head.map(Cell::numeric)).collect(),
        rows: Subject::ALL.map(|subject| row(subject, &Sums::of(pupils, subject))).to_vec(),
        first_cell_is_header: true,
        scrolls: true,
        ..Table::default()
    }
}

fn row(subject: Subject, sums: &Sums) -> Vec<Cell> {
    vec![
        Cell::from(subject.title()),
        Cell::numeric(share(sums.expected, sums.counted)),
        Cell::numeric(share(sums.higher, sums.counted)),
        Cell::numeric(sums.average().unwrap_or_else(|| "None yet".to_owned())),
        Cell::numeric(sums.counted.to_string()),
        Cell::numeric(sums.scored.to_string()),
    ]
}

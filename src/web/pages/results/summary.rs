//! The summary by subject: how many met which standard, and the average.

use crate::delivery::{PupilLine, Sums};
use crate::domain::papers::Subject;
use crate::web::components::{Cell, Table};

/// The table, one row a subject.
pub(super) fn table(pupils: &[PupilLine]) -> Table {
    Table {
        caption: "Summary by subject".into(),
        caption_classes: "govuk-table__caption--m".into(),
        head: std::iter::once(Cell::from("Subject")).chain(Sums::HEAD.map(Cell::numeric)).collect(),
        rows: Subject::ALL.map(|subject| row(subject, &Sums::of(pupils, subject))).to_vec(),
        first_cell_is_header: true,
        scrolls: true,
        ..Table::default()
    }
}

fn row(subject: Subject, sums: &Sums) -> Vec<Cell> {
    std::iter::once(Cell::from(subject.title())).chain(sums.row().map(Cell::numeric)).collect()
}

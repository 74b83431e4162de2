//! The fields of a question on a page: their names, and what was typed into them.

use std::collections::BTreeMap;

use super::{Choice, ITEMS_MAX, Kind, Page, Question};

/// What was typed, by the name of the field. An empty field is not in it.
pub type Sheet = BTreeMap<String, String>;

/// The parts of a date.
pub const DATE_PARTS: [&str; 3] = ["day", "month", "year"];

/// The name of a part of a question.
pub fn part(of: &str, name: &str) -> String {
    format!("{of}-{name}")
}

/// The name of a number in a table.
pub fn in_table(table: &str, row: &Choice, column: &Choice) -> String {
    part(&part(table, row.id.as_str()), column.id.as_str())
}

/// The name of a question within item `number` of a group, from 1.
pub fn in_item(group: &str, number: usize, name: &str) -> String {
    format!("{group}-{number}-{name}")
}

/// The names of all fields of a page: whatever else is sent with it is not taken.
pub fn field_names(page: &Page) -> Vec<String> {
    page.questions.iter().flat_map(fields_of).collect()
}

/// The names of all fields of a question.
pub(super) fn fields_of(question: &Question) -> Vec<String> {
    let mut names = Vec::new();
    add(&mut names, question, question.id.as_str());
    names
}

fn add(names: &mut Vec<String>, question: &Question, name: &str) {
    match &question.kind {
        Kind::Day(_) => names.extend(DATE_PARTS.map(|of| part(name, of))),
        Kind::Checkboxes(choices) => {
            names.extend(choices.iter().map(|choice| part(name, choice.id.as_str())));
        }
        Kind::Quantities(rows, columns, _) => {
            for row in rows {
                names.extend(columns.iter().map(|column| in_table(name, row, column)));
            }
        }
        Kind::Group(group) => {
            for number in 1..=group.most.min(ITEMS_MAX) {
                for of in &group.parts {
                    add(names, of, &in_item(name, number, of.id.as_str()));
                }
            }
        }
        _ => names.push(name.to_owned()),
    }
}

//! Answers in words: for pages, copies and emails.

use super::{Answer, Choice, Group, Kind, Question};
use crate::domain::calendar::day_in_words;

/// What stands where nothing was answered.
const NOTHING: &str = "Not answered";

/// An answer in words, a line each.
pub fn said(question: &Question, answer: &Answer) -> Vec<String> {
    match (answer, &question.kind) {
        (Answer::Text(text), _) => text.lines().map(str::to_owned).collect(),
        (Answer::Number(number), _) => vec![number.to_string()],
        (Answer::Day(day), _) => vec![day_in_words(*day)],
        (
            Answer::Chosen(places),
            Kind::Radios(choices) | Kind::Select(choices) | Kind::Checkboxes(choices),
        ) => places.iter().map(|place| choices[*place].label.clone()).collect(),
        (Answer::Confirmed, _) => vec!["Confirmed".to_owned()],
        (Answer::Quantities(numbers), Kind::Quantities(rows, columns, _)) => {
            quantities(numbers, rows, columns)
        }
        (Answer::Items(items), Kind::Group(group)) => self::items(items, group),
        _ => vec![NOTHING.to_owned()],
    }
}

/// The rows of which anything is wanted.
fn quantities(numbers: &[Vec<u32>], rows: &[Choice], columns: &[Choice]) -> Vec<String> {
    let row = |(row, numbers): (&Choice, &Vec<u32>)| {
        let wanted = columns.iter().zip(numbers).filter(|(_, number)| **number > 0);
        let wanted: Vec<String> = wanted
            .map(|(column, number)| format!("{number} {}", super::words::within(&column.label)))
            .collect();
        (!wanted.is_empty()).then(|| format!("{}: {}", row.label, wanted.join(", ")))
    };
    let lines: Vec<String> = rows.iter().zip(numbers).filter_map(row).collect();
    if lines.is_empty() { vec!["None".to_owned()] } else { lines }
}

fn items(items: &[Vec<(usize, Answer)>], group: &Group) -> Vec<String> {
    let item = |parts: &Vec<(usize, Answer)>| {
        let given = parts.iter().filter(|(_, answer)| *answer != Answer::Nothing);
        let words = given.map(|(place, answer)| {
            let of = &group.parts[*place];
            format!("{}: {}", super::words::within(&of.label), said(of, answer).join(", "))
        });
        super::words::begun(&words.collect::<Vec<_>>().join("; "))
    };
    if items.is_empty() { vec!["None".to_owned()] } else { items.iter().map(item).collect() }
}

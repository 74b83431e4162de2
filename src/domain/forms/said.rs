//! Answers in words: for pages, copies and emails.

use super::{Answer, Answered, Choice, Form, Group, Kind, Question, Reading};
use crate::domain::calendar::day_in_words;

/// A question, and the lines of its answer.
pub type AnswerInWords = (String, Vec<String>);
/// The heading of a page, and what was answered there.
pub type PageInWords = (String, Vec<AnswerInWords>);

/// A form in words, as it was when it was sent: what people see of it does not change with the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InWords {
    /// What the form was called.
    pub title: String,
    /// Its pages.
    pub pages: Vec<PageInWords>,
    /// What was said by sending it.
    pub declaration: String,
}

impl InWords {
    /// What is read in words.
    pub fn of(form: &Form, reading: &Reading<'_>) -> Self {
        let words = |answered: &Answered<'_>| {
            let lines = answered.answer.as_ref().map(|answer| said(answered.question, answer));
            let lines = lines.unwrap_or_else(|| vec![INCOMPLETE.to_owned()]);
            (answered.question.label.clone(), lines)
        };
        let pages = reading.pages.iter().map(|(place, answers, _)| {
            (form.pages[*place].title.clone(), answers.iter().map(words).collect())
        });
        Self {
            title: form.title.clone(),
            pages: pages.collect(),
            declaration: form.declaration.clone(),
        }
    }
}

/// What stands where something is wrong with an answer.
const INCOMPLETE: &str = "Not complete";
/// What stands where nothing was answered.
const NOTHING: &str = "Not answered";

/// An answer in words, a line each.
fn said(question: &Question, answer: &Answer) -> Vec<String> {
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

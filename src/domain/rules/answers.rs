//! From what somebody sent to answers that fit the questions of a case, or to what is wrong with them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::case::{Answer, Case};
use super::days::Days;
use super::table::{Kind, Question, Table};

/// What was sent, by the name of the question.
pub type Sheet = BTreeMap<String, Given>;

/// What was sent for one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Text, of which the question decides what it means.
    Text(String),
    /// Something that answers no question: a number, a list. Holds what it is, for the message.
    Other(&'static str),
}

/// An answer without which, or with which, nothing is decided. It does not repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadAnswer {
    /// The name of the question, or what was sent in its place.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The case asks, and there is no answer.
    #[error("is missing; answer with {wanted}")]
    Missing {
        /// What answers the question.
        wanted: String,
    },
    /// Not text.
    #[error("is {kind}; answer with {wanted}")]
    Kind {
        /// What it is.
        kind: &'static str,
        /// What answers the question.
        wanted: String,
    },
    /// Text that does not answer the question.
    #[error("is not an answer to this question; answer with {wanted}")]
    Word {
        /// What answers the question.
        wanted: String,
    },
    /// The form has no such question.
    #[error("is not a question of this form; leave it out")]
    Question,
}

/// Reads the answers that the case asks for. The first that is wrong, in the order of the questions, is told.
pub(super) fn read<'t>(
    table: &'t Table,
    days: &'t Days,
    sheet: &Sheet,
) -> Result<Case<'t>, BadAnswer> {
    let mut case = Case::new(table, days);
    for question in &table.questions {
        let id = question.id.as_str();
        if !case.asks(question) {
            continue;
        }
        let bad = |problem| BadAnswer { field: id.to_owned(), problem };
        match sheet.get(id) {
            Some(given) => case.take(question, answer(question, given).map_err(bad)?),
            None if question.optional => (),
            None => return Err(bad(Problem::Missing { wanted: wanted(question) })),
        }
    }
    let known = |id: &String| table.questions.iter().any(|question| question.id.as_str() == id);
    match sheet.keys().find(|id| !known(id)) {
        Some(id) => Err(BadAnswer { field: id.clone(), problem: Problem::Question }),
        None => Ok(case),
    }
}

fn answer<'t>(question: &'t Question, given: &Given) -> Result<Answer<'t>, Problem> {
    let text = match given {
        Given::Text(text) => text,
        Given::Other(kind) => return Err(Problem::Kind { kind, wanted: wanted(question) }),
    };
    let answer = match question.kind {
        Kind::YesNo | Kind::OneOf(_) => {
            question.words().find(|word| word == text).map(Answer::Word)
        }
        Kind::Date => day(text).map(Answer::Day),
    };
    answer.ok_or_else(|| Problem::Word { wanted: wanted(question) })
}

/// A day written as `YYYY-MM-DD` and in no other way.
fn day(text: &str) -> Option<Date> {
    let form = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let written = text.len() == "YYYY-MM-DD".len() && text.bytes().enumerate().all(form);
    if written { text.parse().ok() } else { None }
}

/// What answers a question, in words.
fn wanted(question: &Question) -> String {
    match question.kind {
        Kind::YesNo | Kind::OneOf(_) => {
            let words: Vec<String> = question.words().map(|word| format!("\"{word}\"")).collect();
            words.join(" or ")
        }
        Kind::Date => "a date as YYYY-MM-DD".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2024-02-29"), Some(Date::constant(2024, 2, 29)));
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "20240101",
            "2024-01-01T00:00",
            " 2024-01-01",
            "+024-01-01",
            "2024/01/01",
            "01-01-2024",
            "",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}

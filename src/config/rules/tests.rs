//! Tests of the tables that ship, case by case, and of what is told about tables that are wrong.

use std::path::{Path, PathBuf};

use super::*;
use crate::domain::rules::{BadAnswer, Decision, Given, Sheet};

mod additional_time;
mod compensatory_marks;
mod problems;
mod special_consideration;
mod timetable_variation;

const YEARS: [u16; 2] = [2024, 2025];

fn cycles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles")
}

fn rules(year: u16, form: Form) -> Rules {
    let calendar = Calendar::load(&cycles(), year).unwrap();
    load(&cycles(), &calendar, form).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Answers as somebody sends them.
fn sheet(answers: &[(&str, &str)]) -> Sheet {
    let given = |(id, text): &(&str, &str)| ((*id).to_owned(), Given::Text((*text).to_owned()));
    answers.iter().map(given).collect()
}

/// Every way to answer questions with yes or no.
fn combinations<'q>(questions: &[&'q str]) -> Vec<Vec<(&'q str, &'static str)>> {
    let way = |bits: u32| {
        let word = |bit: usize| if bits >> bit & 1 == 1 { "yes" } else { "no" };
        questions.iter().enumerate().map(|(bit, question)| (*question, word(bit))).collect()
    };
    (0..1 << questions.len()).map(way).collect()
}

/// A decision in one line: `approved all 25 [translation] []`.
fn told(decision: &Decision) -> String {
    let names = |ids: &[crate::domain::rules::Id]| {
        let names: Vec<&str> = ids.iter().map(crate::domain::rules::Id::as_str).collect();
        names.join(" ")
    };
    let Decision { outcome, scope, percent, advice, reasons, version: _ } = decision;
    let percent = percent.map_or("-".to_owned(), |percent| percent.to_string());
    let (advice, reasons) = (names(advice), names(reasons));
    format!("{} {} {percent} [{advice}] [{reasons}]", outcome.key(), scope.key())
}

/// What the rules say, or which answer they refuse and why.
fn evaluated(rules: &Rules, answers: &[(&str, &str)]) -> String {
    match rules.evaluate(&sheet(answers)) {
        Ok(decision) => told(&decision),
        Err(BadAnswer { field, problem }) => format!("{field} {problem}"),
    }
}

#[test]
fn each_shipped_table_has_a_version_of_its_year() {
    for year in YEARS {
        for form in Form::ALL {
            assert_eq!(rules(year, form).version(), format!("{year}.1"));
        }
        let calendar = Calendar::load(&cycles(), year).unwrap();
        assert_eq!(check(&cycles(), year, Some(&calendar)), []);
        assert_eq!(check(&cycles(), year, None), []);
    }
    assert_eq!(years(&cycles()), YEARS);
    assert!(years(Path::new("/nowhere")).is_empty());
}

//! The proof of a table: its names have meanings, and every case that can be comes to one outcome.
//!
//! Cases are gone through one by one. Of the dates, those at the ends of windows stand for all.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::case::{Answer, Case};
use super::days::Days;
use super::fault::{Fault, Place, What};
use super::table::{Kind, Outcome, Question, Table};

mod names;

/// Cases that are gone through at the most: half a second of work. The largest form has about a thousand.
const CASES_MAX: usize = 100_000;

/// Everything that is wrong with a table. Cases are gone through only when all names have a meaning.
pub(super) fn faults(table: &Table, days: &Days) -> Vec<Fault> {
    let mut found = names::faults(table, days);
    found.extend(contradictions(table));
    if found.is_empty() {
        let mut seen = Seen::nothing(table);
        seen.walk(0, &Case::new(table, days), days);
        found = seen.faults();
    }
    found
}

/// Outcomes with a scope or percentage that they cannot have.
fn contradictions(table: &Table) -> Vec<Fault> {
    let mut found = Vec::new();
    for (place, verdict) in table.verdicts() {
        let mut refuse = |key| found.push(Fault { place, key, what: What::Contradiction(key) });
        if verdict.outcome.grants() == (verdict.scope == super::Scope::Nothing) {
            refuse("scope");
        }
        if verdict.percent.is_some() && !verdict.outcome.grants() {
            refuse("percent");
        }
    }
    found
}

/// What the cases so far have come to.
struct Seen<'t> {
    table: &'t Table,
    asked: Vec<bool>,
    /// The last is `otherwise`.
    reached: Vec<bool>,
    unreasoned: Vec<(usize, String)>,
    cases: usize,
}

impl<'t> Seen<'t> {
    fn nothing(table: &'t Table) -> Self {
        Self {
            table,
            asked: vec![false; table.questions.len()],
            reached: vec![false; table.rows.len() + 1],
            unreasoned: Vec::new(),
            cases: 0,
        }
    }

    /// Goes through every case that begins with these answers to the first `number` questions.
    fn walk(&mut self, number: usize, case: &Case<'t>, days: &Days) {
        if self.cases > CASES_MAX {
            return;
        }
        let Some(question) = self.table.questions.get(number) else { return self.end(case) };
        if !case.asks(question) {
            return self.walk(number + 1, case, days);
        }
        self.asked[number] = true;
        for answer in answers(self.table, question, case, days) {
            let mut answered = case.clone();
            answered.take(question, answer);
            self.walk(number + 1, &answered, days);
        }
        if question.optional {
            self.walk(number + 1, case, days);
        }
    }

    fn end(&mut self, case: &Case<'_>) {
        self.cases += 1;
        let (row, verdict) = self.table.verdict(case);
        self.reached[row] = true;
        let silent = verdict.outcome == Outcome::Rejected && verdict.reasons_in(case).count() == 0;
        if silent && self.unreasoned.iter().all(|(before, _)| *before != row) {
            self.unreasoned.push((row, case.to_string()));
        }
    }

    fn faults(self) -> Vec<Fault> {
        let place =
            |row| if row < self.table.rows.len() { Place::Row(row) } else { Place::Otherwise };
        if self.cases > CASES_MAX {
            let what = What::TooManyCases(CASES_MAX);
            return vec![Fault { place: Place::Question(0), key: "", what }];
        }
        let not = |flags: Vec<bool>| (0..).zip(flags).filter(|(_, flag)| !flag).map(|(n, _)| n);
        let unasked = not(self.asked).map(|n| (Place::Question(n), "asked_if", What::NeverAsked));
        let unreached = not(self.reached).map(|n| (place(n), "", What::NeverReached));
        let unreasoned = self.unreasoned.into_iter();
        let unreasoned = unreasoned.map(|(n, case)| (place(n), "reasons", What::NoReason(case)));
        let all = unasked.chain(unreached).chain(unreasoned);
        all.map(|(place, key, what)| Fault { place, key, what }).collect()
    }
}

/// Answers to a question that stand for all.
fn answers<'t>(
    table: &'t Table,
    question: &'t Question,
    case: &Case<'t>,
    days: &Days,
) -> Vec<Answer<'t>> {
    match question.kind {
        Kind::YesNo | Kind::OneOf(_) => question.words().map(Answer::Word).collect(),
        Kind::Date => edges(table, question, case, days).into_iter().map(Answer::Day).collect(),
    }
}

/// The first and last day of each window on a date, and the days around it.
fn edges(table: &Table, question: &Question, case: &Case<'_>, days: &Days) -> BTreeSet<Date> {
    let windows = table.windows.iter().filter(|window| window.of == question.id);
    let ends = windows
        .flat_map(|window| [&window.from, &window.to].map(|end| end.day(days, |id| case.date(id))));
    let around = |day: Date| [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
    let mut found: BTreeSet<Date> = ends.flatten().flat_map(around).flatten().collect();
    if found.is_empty() {
        found.insert(days.first_test);
    }
    found
}

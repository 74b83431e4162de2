//! Whether every name in a table has one meaning, in its place, and is used.

use std::collections::BTreeSet;

use crate::domain::rules::days::{Bound, Days, FIRST_TEST_DAY, LAST_TEST_DAY, Position};
use crate::domain::rules::fault::{Fault, Place, What};
use crate::domain::rules::table::{Condition, Id, Kind, Question, Table, Verdict, Window};

/// Every name that is not right.
pub(super) fn faults(table: &Table, days: &Days) -> Vec<Fault> {
    let mut names = Names { table, used: BTreeSet::new(), found: Vec::new() };
    names.doubled();
    for (number, question) in table.questions.iter().enumerate() {
        let place = Place::Question(number);
        names.condition(place, "asked_if", &question.asked_if, number);
    }
    for (number, window) in table.windows.iter().enumerate() {
        names.window(Place::Window(number), window, days);
    }
    for (number, advice) in table.advice.iter().enumerate() {
        names.condition(Place::Advice(number), "when", &advice.when, table.questions.len());
    }
    for (number, row) in table.rows.iter().enumerate() {
        names.condition(Place::Row(number), "when", &row.when, table.questions.len());
    }
    for (place, verdict) in table.verdicts() {
        names.verdict(place, verdict);
    }
    names.unused();
    names.found
}

struct Names<'t> {
    table: &'t Table,
    used: BTreeSet<&'t str>,
    found: Vec<Fault>,
}

impl<'t> Names<'t> {
    fn refuse(&mut self, place: Place, key: &'static str, what: What) {
        self.found.push(Fault { place, key, what });
    }

    fn question(&self, id: &str) -> Option<(usize, &'t Question)> {
        let mut questions = self.table.questions.iter().enumerate();
        questions.find(|(_, question)| question.id.as_str() == id)
    }

    /// Names that stand for two things. Advice is named apart: it may be called like a question.
    fn doubled(&mut self) {
        let questions = self.table.questions.iter().map(|question| &question.id);
        let windows = self.table.windows.iter().map(|window| &window.id);
        let places = (0..).map(Place::Question).zip(questions);
        let places = places.chain((0..).map(Place::Window).zip(windows));
        let mut seen = BTreeSet::from([FIRST_TEST_DAY, LAST_TEST_DAY]);
        let again: Vec<_> = places.filter(|(_, id)| !seen.insert(id.as_str())).collect();
        let mut seen = BTreeSet::new();
        let advice = (0..).map(Place::Advice).zip(self.table.advice.iter().map(|a| &a.id));
        let again_advice: Vec<_> = advice.filter(|(_, id)| !seen.insert(id.as_str())).collect();
        for (place, id) in again.into_iter().chain(again_advice) {
            self.refuse(place, "id", What::Twice(id.to_string()));
        }
    }

    /// A condition may look at the first `known` questions, and at windows on their dates.
    fn condition(
        &mut self,
        place: Place,
        key: &'static str,
        condition: &'t Condition,
        known: usize,
    ) {
        for test in condition.tests() {
            let id = test.id.as_str();
            let window = self.table.windows.iter().find(|window| window.id.as_str() == id);
            let asked = self.question(window.map_or(id, |window| window.of.as_str()));
            let words: Vec<&str> = match (window, asked) {
                (Some(_), _) => Position::ALL.iter().map(|position| position.word()).collect(),
                (None, Some((_, question))) => question.words().collect(),
                (None, None) => {
                    self.refuse(place, key, What::UnknownName(id.to_owned()));
                    continue;
                }
            };
            self.used.insert(id);
            if asked.is_some_and(|(number, _)| number >= known) {
                self.refuse(place, key, What::Later(id.to_owned()));
            }
            for word in test.words.iter().filter(|word| !words.contains(&word.as_str())) {
                self.refuse(place, key, What::UnknownWord(id.to_owned(), word.to_string()));
            }
        }
    }

    fn window(&mut self, place: Place, window: &'t Window, days: &Days) {
        let date = |question: &(usize, &Question)| question.1.kind == Kind::Date;
        let of = self.question(window.of.as_str()).filter(date);
        match of {
            Some(_) => drop(self.used.insert(window.of.as_str())),
            None => self.refuse(place, "of", What::NoDate(window.of.to_string())),
        }
        for (key, end) in [("from", &window.from), ("to", &window.to)] {
            self.end(place, key, end, of.map_or(usize::MAX, |(number, _)| number));
            if end.counts_school_days() && days.bank_holidays.is_empty() {
                self.refuse(place, key, What::NoBankHolidays);
            }
        }
    }

    /// An end of a window on the date of the question with this number.
    fn end(&mut self, place: Place, key: &'static str, end: &'t Bound, of: usize) {
        let anchor = end.anchor.as_str();
        if [FIRST_TEST_DAY, LAST_TEST_DAY].contains(&anchor) {
            return;
        }
        match self.question(anchor).filter(|(_, question)| question.kind == Kind::Date) {
            None => self.refuse(place, key, What::NoDate(anchor.to_owned())),
            Some((number, _)) if number >= of => {
                self.refuse(place, key, What::LateAnchor(anchor.to_owned()));
            }
            Some(_) => drop(self.used.insert(anchor)),
        }
    }

    fn verdict(&mut self, place: Place, verdict: &'t Verdict) {
        for id in &verdict.reasons {
            match self.question(id.as_str()) {
                Some((_, question)) if question.kind == Kind::YesNo => {
                    self.used.insert(id.as_str());
                }
                _ => self.refuse(place, "reasons", What::NoYesNo(id.to_string())),
            }
        }
        let known = |id: &&Id| self.table.advice.iter().any(|advice| advice.id == **id);
        let unknown: Vec<&Id> = verdict.advice.iter().filter(|id| !known(id)).collect();
        for id in unknown {
            self.refuse(place, "advice", What::UnknownAdvice(id.to_string()));
        }
    }

    /// What no condition, window or row looks at. Only asked when all names are right.
    fn unused(&mut self) {
        if !self.found.is_empty() {
            return;
        }
        let table = self.table;
        let given: BTreeSet<&Id> = table.verdicts().flat_map(|(_, v)| &v.advice).collect();
        let advice = table.advice.iter().map(|a| (&a.id, given.contains(&a.id)));
        let questions = table.questions.iter().map(|q| (&q.id, self.used.contains(q.id.as_str())));
        let windows = table.windows.iter().map(|w| (&w.id, self.used.contains(w.id.as_str())));
        let places = (0..).map(Place::Question).zip(questions);
        let places = places.chain((0..).map(Place::Window).zip(windows));
        let places: Vec<_> = places.chain((0..).map(Place::Advice).zip(advice)).collect();
        for (place, (id, used)) in places {
            if !used {
                self.refuse(place, "id", What::Unused(id.to_string()));
            }
        }
    }
}

//! One case: what was answered to the questions that it asks, and what follows for its dates.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use super::days::{Days, Position};
use super::fault::Place;
use super::table::{Condition, Question, Row, Table, Verdict};

/// Answers as far as they are given; names and words are those of the table.
#[derive(Clone, Debug)]
pub(super) struct Case<'t> {
    table: &'t Table,
    days: &'t Days,
    words: BTreeMap<&'t str, &'t str>,
    dates: BTreeMap<&'t str, Date>,
}

/// An answer that fits its question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer<'t> {
    /// One of its words.
    Word(&'t str),
    /// A day.
    Day(Date),
}

impl<'t> Case<'t> {
    /// A case in which nothing was answered yet.
    pub(super) fn new(table: &'t Table, days: &'t Days) -> Self {
        Self { table, days, words: BTreeMap::new(), dates: BTreeMap::new() }
    }

    /// Whether a question is asked, after everything before it was answered.
    pub(super) fn asks(&self, question: &Question) -> bool {
        self.meets(&question.asked_if)
    }

    /// Whether a condition holds; one on a question that is not asked or answered does not.
    pub(super) fn meets(&self, condition: &Condition) -> bool {
        condition.holds(|id| self.word(id))
    }

    /// The answer to a question, or how a date lies to a window.
    pub(super) fn word(&self, id: &str) -> Option<&'t str> {
        self.words.get(id).copied()
    }

    /// The date that answers a question.
    pub(super) fn date(&self, id: &str) -> Option<Date> {
        self.dates.get(id).copied()
    }

    /// Takes an answer, and places a date in the windows that look at it.
    pub(super) fn take(&mut self, question: &'t Question, answer: Answer<'t>) {
        let id = question.id.as_str();
        match answer {
            Answer::Word(word) => drop(self.words.insert(id, word)),
            Answer::Day(date) => {
                self.dates.insert(id, date);
                self.place(id, date);
            }
        }
    }

    fn place(&mut self, id: &str, date: Date) {
        let table = self.table;
        for window in table.windows.iter().filter(|window| window.of.as_str() == id) {
            let ends = [&window.from, &window.to].map(|end| end.day(self.days, |id| self.date(id)));
            if let [Some(from), Some(to)] = ends {
                let position = Position::of(date, from, to);
                self.words.insert(window.id.as_str(), position.word());
            }
        }
    }
}

/// The words of the case: `reading no, writing yes`. For messages about tables: dates appear as their windows.
impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.words.iter().map(|(id, word)| format!("{id} {word}")).collect();
        f.write_str(&words.join(", "))
    }
}

impl Table {
    /// What each row decides, and what is left.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (Place, &Verdict)> {
        let rows = self.rows.iter().map(|row| &row.verdict);
        let rows = (0..).map(Place::Row).zip(rows);
        rows.chain([(Place::Otherwise, &self.otherwise)])
    }

    /// What decides a case, with the number of its row; `rows.len()` stands for `otherwise`.
    pub(super) fn verdict(&self, case: &Case<'_>) -> (usize, &Verdict) {
        let met = |(_, row): &(usize, &Row)| case.meets(&row.when);
        let row = self.rows.iter().enumerate().find(met);
        row.map_or((self.rows.len(), &self.otherwise), |(number, row)| (number, &row.verdict))
    }
}

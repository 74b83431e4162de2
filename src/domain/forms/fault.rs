//! What is wrong with a form before anybody sees it.

use std::collections::BTreeSet;

use super::{CHARS_MAX, Choice, Form, ITEMS_MAX, Kind, Question};
use crate::domain::rules::{Bound, Condition, FIRST_TEST_DAY, Id, LAST_TEST_DAY};

/// Where in a form something is wrong: places from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The form as a whole.
    Form,
    /// A page.
    Page(usize),
    /// A question of a page.
    Question(usize, usize),
    /// A part of a group.
    Part(usize, usize, usize),
}

/// Something wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// The key of its file.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub way_out: &'static str,
}

/// Everything that is wrong.
pub(super) fn flaws(form: &Form) -> Vec<Flaw> {
    let mut search = Search::default();
    if form.pages.is_empty() {
        search.note(Place::Form, "title", "has no page", "write [[page]] with [[page.question]]");
    }
    for (at, page) in form.pages.iter().enumerate() {
        search.condition(&page.asked_if, Place::Page(at));
        if !search.pages.insert(page.id.clone()) || RESERVED.contains(&page.id.as_str()) {
            let what = format!("{} is taken", page.id);
            search.note(Place::Page(at), "id", what, "give each page a name of its own");
        }
        if page.questions.is_empty() {
            search.note(
                Place::Page(at),
                "id",
                "has no question",
                "write [[page.question]] below it",
            );
        }
        for (of, question) in page.questions.iter().enumerate() {
            search.question(question, Place::Question(at, of), (at, of));
        }
        // A page is answered as a whole: its questions do not depend on each other.
        let of_page = std::mem::take(&mut search.of_page);
        search.words.extend(of_page);
    }
    if form.pages.len() > PAGES_MAX {
        search.note(
            Place::Form,
            "title",
            "has more than 30 pages",
            "put questions together, or make two forms",
        );
    }
    search.found
}

/// Names in addresses that are no pages.
const RESERVED: [&str; 2] = ["check", "discard"];
/// Fields that pages of forms have beside those of their questions.
const RESERVED_FIELDS: [&str; 5] = ["revision", "seen", "then", "to", "version"];
/// Pages at the most: all that they hold fits into one row.
const PAGES_MAX: usize = 30;

#[derive(Default)]
struct Search {
    pages: BTreeSet<Id>,
    questions: BTreeSet<Id>,
    /// Words that conditions may ask for, by what was asked so far.
    words: Vec<(Id, BTreeSet<Id>)>,
    /// The same of the page at hand.
    of_page: Vec<(Id, BTreeSet<Id>)>,
    days: BTreeSet<Id>,
    found: Vec<Flaw>,
}

impl Search {
    fn note(
        &mut self,
        place: Place,
        key: &'static str,
        what: impl Into<String>,
        way_out: &'static str,
    ) {
        self.found.push(Flaw { place, key, what: what.into(), way_out });
    }

    fn condition(&mut self, condition: &Condition, place: Place) {
        for test in condition.tests() {
            let words = self.words.iter().find(|(id, _)| *id == test.id).map(|(_, words)| words);
            let what = match words {
                None => {
                    format!("{} is not asked on a page before it, or no word answers it", test.id)
                }
                Some(words) => match test.words.iter().find(|word| !words.contains(*word)) {
                    Some(word) => format!("{word} does not answer {}", test.id),
                    None => continue,
                },
            };
            let way_out = "name a question with choices of an earlier page, and its words";
            self.note(place, "asked_if", what, way_out);
        }
    }

    fn bound(&mut self, bound: Option<&Bound>, place: Place, key: &'static str) {
        let Some(bound) = bound else { return };
        let anchor = bound.anchor.as_str();
        let is_known = [FIRST_TEST_DAY, LAST_TEST_DAY].contains(&anchor)
            || anchor.parse::<jiff::civil::Date>().is_ok()
            || self.days.iter().any(|day| day.as_str() == anchor);
        if !is_known {
            let what = format!("{anchor} is no day that is known there");
            self.note(
                place,
                key,
                what,
                "name first_test_day, last_test_day, or a question about a day before it",
            );
        }
    }

    fn question(&mut self, question: &Question, place: Place, (at, of): (usize, usize)) {
        self.condition(&question.asked_if, place);
        // A part's fields begin with the name of its group.
        let is_own = matches!(place, Place::Question(..));
        if is_own && RESERVED_FIELDS.contains(&question.id.as_str()) {
            let what = format!("{} is a name of the pages themselves", question.id);
            self.note(place, "id", what, "give the question another name");
        }
        if !self.questions.insert(question.id.clone()) {
            let what = format!("{} is asked twice", question.id);
            self.note(place, "id", what, "give each question a name of its own");
        }
        self.kind(question, place, (at, of));
    }

    fn kind(&mut self, question: &Question, place: Place, (at, of): (usize, usize)) {
        match &question.kind {
            Kind::Text(most) | Kind::LongText(most) if !(1..=CHARS_MAX).contains(most) => {
                self.note(place, "most", "is out of range", "write a number from 1 to 4000");
            }
            Kind::Number(least, most) if least > most => {
                self.note(place, "most", "is below least", "correct one of them");
            }
            Kind::Day(days) => {
                self.bound(days.earliest.as_ref(), place, "earliest");
                self.bound(days.latest.as_ref(), place, "latest");
                self.days.insert(question.id.clone());
            }
            Kind::Radios(choices) | Kind::Select(choices) | Kind::Checkboxes(choices) => {
                if !are_told_apart(choices) {
                    self.note(
                        place,
                        "choice",
                        "has no choice, or one twice",
                        "write [[page.question.choice]] for each, with an id of its own",
                    );
                }
                self.of_page.push((question.id.clone(), question.kind.words().cloned().collect()));
            }
            Kind::Quantities(rows, columns, _)
                if !(are_told_apart(rows) && are_told_apart(columns)) =>
            {
                let way_out = "write [[page.question.row]] and [[page.question.column]], each with an id of its own";
                self.note(place, "row", "has no row or column, or one twice", way_out);
            }
            Kind::Group(group) => {
                if group.most == 0
                    || group.least > group.most
                    || group.most > ITEMS_MAX
                    || group.parts.is_empty()
                {
                    self.note(
                        place,
                        "most",
                        "has no parts, or too many items",
                        "write [[page.question.part]], and at most 40 items",
                    );
                }
                for (number, part) in group.parts.iter().enumerate() {
                    if part.asked_if != Condition::always() {
                        let what = "is within a group, where everything is asked";
                        self.note(Place::Part(at, of, number), "asked_if", what, "remove it");
                    }
                    if matches!(part.kind, Kind::Group(_) | Kind::Quantities(..)) {
                        self.note(
                            Place::Part(at, of, number),
                            "type",
                            "cannot be within a group",
                            "ask it outside",
                        );
                    }
                    self.question(part, Place::Part(at, of, number), (at, of));
                }
            }
            _ => (),
        }
    }
}

/// Whether there are choices, each with a name of its own.
fn are_told_apart(choices: &[Choice]) -> bool {
    let words: BTreeSet<&Id> = choices.iter().map(|choice| &choice.id).collect();
    !words.is_empty() && words.len() == choices.len()
}

//! What was typed into a form so far: the pages that it leads through, answers, and everything that is wrong.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::fields::{Sheet, fields_of};
use super::read::Reader;
use super::{Form, Question};
use crate::domain::rules::Days as Calendar;

/// An answer that fits its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Text, without spaces around it.
    Text(String),
    /// A number.
    Number(u32),
    /// A day.
    Day(Date),
    /// Places of the choices that were made.
    Chosen(Vec<usize>),
    /// The box is ticked.
    Confirmed,
    /// Numbers by row and column.
    Quantities(Vec<Vec<u32>>),
    /// By item, the place of each part with its answer.
    Items(Vec<Vec<(usize, Answer)>>),
    /// It may be left without one, and was.
    Nothing,
}

/// An answer beside its question.
#[derive(Clone, Debug)]
pub struct Answered<'f> {
    /// The question.
    pub question: &'f Question,
    /// Its answer; none where something is wrong with it.
    pub answer: Option<Answer>,
}

/// Something that is wrong, in words for the one who typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field that it is about.
    pub field: String,
    /// What to do, as in `Enter the first closed day`.
    pub says: String,
}

/// What questions of a year look at beside the answers.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The days of the tests, and bank holidays.
    pub days: &'a Calendar,
}

/// A form read: the pages that its answers lead through, each with what was answered and what is wrong.
#[derive(Clone, Debug)]
pub struct Reading<'f> {
    /// Place of the page in the form, its answers, its problems.
    pub pages: Vec<(usize, Vec<Answered<'f>>, Vec<Problem>)>,
}

impl<'f> Reading<'f> {
    /// Reads what was typed so far.
    pub fn of(form: &'f Form, sheet: &Sheet, context: Context<'_>) -> Self {
        let mut reader = Reader::new(sheet, context);
        let mut pages = Vec::new();
        for (place, page) in form.pages.iter().enumerate() {
            if reader.meets(&page.asked_if) {
                let answers = reader.page(page);
                pages.push((place, answers, reader.take_problems()));
            }
        }
        Self { pages }
    }

    /// The page after one of them; none after the last.
    pub fn after(&self, place: usize) -> Option<usize> {
        self.pages.iter().map(|(of, ..)| *of).find(|of| *of > place)
    }

    /// The page before one of them; none before the first.
    pub fn before(&self, place: usize) -> Option<usize> {
        self.pages.iter().map(|(of, ..)| *of).rfind(|of| *of < place)
    }

    /// What is wrong on a page; none when the answers do not lead through it.
    pub fn problems(&self, place: usize) -> Option<&[Problem]> {
        self.pages.iter().find(|(of, ..)| *of == place).map(|(.., problems)| problems.as_slice())
    }

    /// The first page that is not complete.
    pub fn first_open(&self) -> Option<usize> {
        self.pages.iter().find(|(.., problems)| !problems.is_empty()).map(|(of, ..)| *of)
    }

    /// The questions that were asked, in order, each with its page.
    pub fn answers(&self) -> impl Iterator<Item = (usize, &Answered<'f>)> {
        self.pages.iter().flat_map(|(of, answers, _)| answers.iter().map(|each| (*of, each)))
    }

    /// What was typed into the fields of the questions that were asked, and into no other: not into those of a choice
    /// or an item that there is no more.
    pub fn kept(&self, sheet: &Sheet) -> Sheet {
        let fields = self.answers().flat_map(|(_, answered)| fields_of(answered.question));
        let fields: BTreeSet<String> = fields.collect();
        let asked = sheet.iter().filter(|(field, _)| fields.contains(*field));
        asked.map(|(field, text)| (field.clone(), text.clone())).collect()
    }
}

#[cfg(test)]
mod tests;

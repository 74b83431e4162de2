//! From the fields of a question to its answer, or to what is wrong with them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::fields::{DATE_PARTS, Sheet, in_item, in_table, part};
use super::reading::{Answer, Answered, Context, Problem};
use super::{Choice, Days, Group, Kind, Page, Question, words};
use crate::domain::calendar::day_in_words;
use crate::domain::contact::Contact;
use crate::domain::rules::{Bound, Condition};

/// Words and days that conditions and bounds look at.
#[derive(Clone, Debug, Default)]
struct Known {
    words: BTreeMap<String, String>,
    days: BTreeMap<String, Date>,
}

impl Known {
    fn meets(&self, condition: &Condition) -> bool {
        condition.holds(|id| self.words.get(id).map(String::as_str))
    }
}

/// Reads question after question.
pub(super) struct Reader<'a> {
    sheet: &'a Sheet,
    context: Context<'a>,
    known: Known,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Nothing was read yet.
    pub(super) fn new(sheet: &'a Sheet, context: Context<'a>) -> Self {
        Self { sheet, context, known: Known::default(), problems: Vec::new() }
    }

    /// Whether the answers so far lead to what is asked in this case.
    pub(super) fn meets(&self, condition: &Condition) -> bool {
        self.known.meets(condition)
    }

    /// What was wrong since it was last taken.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// The answers of a page.
    pub(super) fn page<'f>(&mut self, page: &'f Page) -> Vec<Answered<'f>> {
        let mut answers = Vec::new();
        for question in &page.questions {
            if self.known.meets(&question.asked_if) {
                let answer = self.question(question, question.id.as_str());
                answers.push(Answered { question, answer });
            }
        }
        answers
    }

    fn typed(&self, field: &str) -> &str {
        self.sheet.get(field).map_or("", |text| text.trim())
    }

    fn wrong<T>(&mut self, field: &str, says: String) -> Option<T> {
        self.problems.push(Problem { field: field.to_owned(), says });
        None
    }

    /// The answer in the fields that begin with `name`; what conditions look at is noted.
    fn question(&mut self, question: &Question, name: &str) -> Option<Answer> {
        let answer = match &question.kind {
            Kind::Text(most) | Kind::LongText(most) => self.text(question, name, *most),
            Kind::Phone | Kind::Email => self.contact(question, name),
            Kind::Number(least, most) => self.number(question, name, (*least, *most)),
            Kind::Day(days) => self.day(question, name, days),
            Kind::Radios(choices) | Kind::Select(choices) => self.one_of(question, name, choices),
            Kind::Checkboxes(choices) => self.any_of(question, name, choices),
            Kind::Confirm(_) => self.confirmed(question, name),
            Kind::Quantities(rows, columns, most) => {
                self.quantities(question, name, (rows, columns), *most)
            }
            Kind::Group(group) => self.items(group, name),
        }?;
        let id = question.id.to_string();
        match (&answer, &question.kind) {
            (Answer::Day(day), _) => drop(self.known.days.insert(id, *day)),
            (Answer::Chosen(places), Kind::Radios(choices) | Kind::Select(choices)) => {
                let word = places.first().map(|place| choices[*place].id.to_string());
                self.known.words.extend(word.map(|word| (id, word)));
            }
            _ => (),
        }
        Some(answer)
    }

    /// Nothing was typed: that is an answer, or a problem.
    fn nothing(&mut self, question: &Question, field: &str, verb: &str) -> Option<Answer> {
        if question.optional {
            return Some(Answer::Nothing);
        }
        self.wrong(field, format!("{verb} {}", question.called))
    }

    fn text(&mut self, question: &Question, name: &str, most: usize) -> Option<Answer> {
        let text = self.typed(name).replace("\r\n", "\n");
        if text.is_empty() {
            return self.nothing(question, name, "Enter");
        }
        let called = words::begun(&question.called);
        if text.chars().count() > most {
            return self.wrong(name, format!("{called} must be {most} characters or less"));
        }
        let lines = matches!(question.kind, Kind::LongText(_));
        if text.chars().any(|c| c.is_control() && !(lines && c == '\n')) {
            return self
                .wrong(name, format!("{called} must only have characters that can be typed"));
        }
        Some(Answer::Text(text))
    }

    fn contact(&mut self, question: &Question, name: &str) -> Option<Answer> {
        let text = self.typed(name).to_owned();
        if text.is_empty() {
            return self.nothing(question, name, "Enter");
        }
        let is_phone = question.kind == Kind::Phone;
        let (phone, email) = if is_phone { (text.as_str(), "") } else { ("", text.as_str()) };
        match Contact::typed(phone, email) {
            Err(bad) => match if is_phone { bad.phone } else { bad.email } {
                Some(says) => self.wrong(name, says.to_owned()),
                None => Some(Answer::Text(text)),
            },
            Ok(_) => Some(Answer::Text(text)),
        }
    }

    fn number(&mut self, question: &Question, name: &str, range: (u32, u32)) -> Option<Answer> {
        let text = self.typed(name);
        if text.is_empty() {
            return self.nothing(question, name, "Enter");
        }
        match words::number(text, range) {
            Ok(number) => Some(Answer::Number(number)),
            Err(says) => self.wrong(name, format!("{} {says}", words::begun(&question.called))),
        }
    }

    fn day(&mut self, question: &Question, name: &str, days: &Days) -> Option<Answer> {
        let parts = DATE_PARTS.map(|of| self.typed(&part(name, of)).to_owned());
        if parts.iter().all(String::is_empty) {
            return self.nothing(question, &part(name, "day"), "Enter");
        }
        let called = words::begun(&question.called);
        match words::day(&parts) {
            Err((of, says)) => self.wrong(&part(name, of), format!("{called} {says}")),
            Ok(day) => match self.outside(day, days) {
                Some(says) => self.wrong(&part(name, "day"), format!("{called} {says}")),
                None => Some(Answer::Day(day)),
            },
        }
    }

    /// Why a day does not answer.
    fn outside(&self, day: Date, days: &Days) -> Option<String> {
        let calendar = self.context.days;
        let end = |bound: &Option<Bound>| {
            bound.as_ref()?.day(calendar, |id| self.known.days.get(id).copied())
        };
        if let Some(earliest) = end(&days.earliest).filter(|earliest| day < *earliest) {
            return Some(format!("must be the same as or after {}", day_in_words(earliest)));
        }
        if let Some(latest) = end(&days.latest).filter(|latest| day > *latest) {
            return Some(format!("must be the same as or before {}", day_in_words(latest)));
        }
        let is_closed = days.school_day && !calendar.bank_holidays.is_school_day(day);
        is_closed.then(|| "must be a Monday to Friday that is not a bank holiday".to_owned())
    }

    fn one_of(&mut self, question: &Question, name: &str, choices: &[Choice]) -> Option<Answer> {
        let word = self.typed(name);
        if word.is_empty() {
            return self.nothing(question, name, "Select");
        }
        match choices.iter().position(|choice| choice.id.as_str() == word) {
            Some(place) => Some(Answer::Chosen(vec![place])),
            None => self.wrong(name, format!("Select {}", question.called)),
        }
    }

    fn any_of(&mut self, question: &Question, name: &str, choices: &[Choice]) -> Option<Answer> {
        let ticked = |choice: &Choice| !self.typed(&part(name, choice.id.as_str())).is_empty();
        let chosen: Vec<usize> = (0..choices.len()).filter(|at| ticked(&choices[*at])).collect();
        if chosen.is_empty() {
            let first = part(name, choices.first().map_or("", |choice| choice.id.as_str()));
            return self.nothing(question, &first, "Select");
        }
        Some(Answer::Chosen(chosen))
    }

    fn confirmed(&mut self, question: &Question, name: &str) -> Option<Answer> {
        if self.typed(name).is_empty() {
            return self.nothing(question, name, "Confirm");
        }
        Some(Answer::Confirmed)
    }

    fn quantities(
        &mut self,
        question: &Question,
        name: &str,
        (rows, columns): (&[Choice], &[Choice]),
        most: u32,
    ) -> Option<Answer> {
        let (mut numbers, before) = (Vec::new(), self.problems.len());
        for row in rows {
            let mut line = Vec::new();
            for column in columns {
                let field = in_table(name, row, column);
                let text = self.typed(&field);
                let read = if text.is_empty() { Ok(0) } else { words::number(text, (0, most)) };
                line.extend(read.map_err(|says| {
                    let what = format!("{}, {} {says}", row.label, words::within(&column.label));
                    self.wrong::<()>(&field, what)
                }));
            }
            numbers.push(line);
        }
        if self.problems.len() > before {
            return None;
        }
        if numbers.iter().flatten().all(|number| *number == 0) && !question.optional {
            let first = rows.first().zip(columns.first());
            let first = first.map(|(row, column)| in_table(name, row, column));
            return self.wrong(&first.unwrap_or_default(), format!("Enter {}", question.called));
        }
        Some(Answer::Quantities(numbers))
    }

    /// Another item's answers are nothing to go by.
    fn forget(&mut self, group: &Group) {
        for part in &group.parts {
            self.known.days.remove(part.id.as_str());
            self.known.words.remove(part.id.as_str());
        }
    }

    /// Items that have anything typed in them; empty ones between them are left out.
    fn items(&mut self, group: &Group, name: &str) -> Option<Answer> {
        let (mut items, before) = (Vec::new(), self.problems.len());
        for number in 1..=group.most {
            let is_used = |(field, text): (&String, &String)| {
                field.starts_with(&in_item(name, number, "")) && !text.trim().is_empty()
            };
            if !self.sheet.iter().any(is_used) && number > group.least {
                continue;
            }
            self.forget(group);
            let mut item = Vec::new();
            for (place, of) in group.parts.iter().enumerate() {
                let answer = self.question(of, &in_item(name, number, of.id.as_str()));
                item.extend(answer.map(|answer| (place, answer)));
            }
            items.push(item);
        }
        self.forget(group);
        (self.problems.len() == before).then_some(Answer::Items(items))
    }
}

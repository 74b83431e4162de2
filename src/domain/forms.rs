//! Forms: pages of questions, what may answer them, for whom and when. Forms are data of the year; this reads what
//! people type into them, and tells everything that is wrong with it at once.

use jiff::Timestamp;

use super::announced::{Readers, Stage, When};
use super::rules::{Bound, Condition, Id};

mod fault;
mod fields;
mod filled;
mod read;
mod reading;
mod reference;
mod said;
mod words;

pub use fault::{Flaw, Place};
pub use fields::{DATE_PARTS, Sheet, field_names, in_item, in_table, part};
pub use filled::filled;
pub use reading::{Answer, Answered, Context, Problem, Reading};
pub use reference::{BadReference, Reference};
pub use said::{AnswerInWords, InWords, PageInWords};

/// Characters at the most that somebody may type into one field.
pub const CHARS_MAX: usize = 4_000;
/// Parts of a repeated group at the most.
pub const ITEMS_MAX: usize = 40;

/// A form of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its name in addresses, as in `holiday-dates`.
    pub slug: String,
    /// Changes with every change of its file, as in `2024.1`; what was sent keeps the version that it answers.
    pub version: String,
    /// What it is called.
    pub title: String,
    /// What it is for, in paragraphs.
    pub about: Vec<String>,
    /// Whose it is.
    pub readers: Readers,
    /// From when until when it is taken.
    pub opens: Timestamp,
    /// Last instant.
    pub closes: Timestamp,
    /// Whether it must be sent.
    pub duty: Duty,
    /// How often.
    pub times: Times,
    /// Forms that must have been sent before this one can be.
    pub after: Vec<String>,
    /// Pages in their order.
    pub pages: Vec<Page>,
    /// What somebody says by sending it, above the last button.
    pub declaration: String,
    /// What happens afterwards, in paragraphs.
    pub next: Vec<String>,
    /// Guidance: name and address.
    pub guidance: Vec<(String, String)>,
}

/// Whether a form must be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Every organisation that it is for has to.
    Must,
    /// Who wants to.
    May,
}

/// How often a form is sent by one organisation in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Once; afterwards only staff open it again.
    Once,
    /// Once, and it may be changed until it closes: the last counts.
    UntilClosed,
    /// Any number of times.
    Many,
}

/// A page of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name in addresses.
    pub id: Id,
    /// Its heading.
    pub title: String,
    /// Text above its questions, in paragraphs.
    pub text: Vec<String>,
    /// In which cases it is shown, by what was answered before it.
    pub asked_if: Condition,
    /// Its questions.
    pub questions: Vec<Question>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name.
    pub id: Id,
    /// The question as it is asked.
    pub label: String,
    /// Help below it; may be empty.
    pub hint: String,
    /// What its answer is called within a sentence, as in `the first closed day`.
    pub called: String,
    /// What answers it.
    pub kind: Kind,
    /// Whether it may be left without an answer.
    pub optional: bool,
    /// In which cases it is asked, by what was answered before it.
    pub asked_if: Condition,
}

/// What answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text, so many characters at the most.
    Text(usize),
    /// Text of several lines.
    LongText(usize),
    /// A telephone number.
    Phone,
    /// An email address.
    Email,
    /// A whole number: least and most.
    Number(u32, u32),
    /// A day.
    Day(Days),
    /// One of some choices, all of them shown.
    Radios(Vec<Choice>),
    /// One of some choices in a list.
    Select(Vec<Choice>),
    /// Any of some choices.
    Checkboxes(Vec<Choice>),
    /// A box that must be ticked, beside these words.
    Confirm(String),
    /// Whole numbers in a table: rows, columns, and the most of each number.
    Quantities(Vec<Choice>, Vec<Choice>, u32),
    /// The same questions several times.
    Group(Group),
}

/// Which days may answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// First day.
    pub earliest: Option<Bound>,
    /// Last day.
    pub latest: Option<Bound>,
    /// Whether it must be Monday to Friday and no bank holiday.
    pub school_day: bool,
}

/// Questions that are asked several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What one of them is called, as in `period`.
    pub item: String,
    /// What is asked of each.
    pub parts: Vec<Question>,
    /// How many there must be.
    pub least: usize,
    /// How many there may be.
    pub most: usize,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word that is kept.
    pub id: Id,
    /// What people read.
    pub label: String,
    /// Help with it; may be empty.
    pub hint: String,
}

impl Form {
    /// Where it stands at an instant.
    pub fn stage(&self, now: Timestamp) -> Stage {
        When::Window(self.opens, self.closes).stage(now)
    }

    /// The place of a page by its name.
    pub fn page(&self, id: &str) -> Option<usize> {
        self.pages.iter().position(|page| page.id.as_str() == id)
    }

    /// Everything that is wrong with it, before anybody sees it.
    pub fn flaws(&self) -> Vec<Flaw> {
        fault::flaws(self)
    }
}

impl Kind {
    /// The words that may answer and that conditions may ask for.
    pub fn words(&self) -> impl Iterator<Item = &Id> {
        let choices: &[Choice] = match self {
            Self::Radios(choices) | Self::Select(choices) => choices,
            _ => &[],
        };
        choices.iter().map(|choice| &choice.id)
    }
}

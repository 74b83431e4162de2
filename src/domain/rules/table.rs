//! What a decision table is made of.

use std::fmt;
use std::str::FromStr;

use super::case::Case;
use super::days::Bound;

/// Longest name in a table, in bytes.
const ID_BYTES_MAX: usize = 64;

/// The answers of a question of [`Kind::YesNo`].
pub(super) const YES: &str = "yes";
/// See [`YES`].
pub(super) const NO: &str = "no";

/// The name of a question, a window, an advice, or the word of an answer: `modified_papers`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(String);

/// Text that is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has small letters, figures and _ only, begins with a letter, and is not longer than 64"
)]
pub struct BadId;

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let good = text.len() <= ID_BYTES_MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(fits);
        if good { Ok(Self(text.to_owned())) } else { Err(BadId) }
    }
}

impl Id {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rules of a form: the first row whose condition holds decides, or what is left when none does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Version, as in `2024.1`.
    pub version: String,
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
    /// Times in which a date may lie.
    pub windows: Vec<Window>,
    /// What may be said beside an outcome.
    pub advice: Vec<Advice>,
    /// In the order in which they are tried.
    pub rows: Vec<Row>,
    /// For cases that no row is for.
    pub otherwise: Verdict,
}

/// Something that a school is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name.
    pub id: Id,
    /// What answers it.
    pub kind: Kind,
    /// Whether it may be left without an answer.
    pub optional: bool,
    /// In which cases it is asked, by what was answered before it.
    pub asked_if: Condition,
}

impl Question {
    /// The words that answer it; none for a date.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let (fixed, own): (&[&str], &[Id]) = match &self.kind {
            Kind::YesNo => (&[YES, NO], &[]),
            Kind::OneOf(words) => (&[], words),
            Kind::Date => (&[], &[]),
        };
        fixed.iter().copied().chain(own.iter().map(Id::as_str))
    }
}

/// What answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `yes` or `no`.
    YesNo,
    /// One of these words.
    OneOf(Vec<Id>),
    /// A day.
    Date,
}

/// A span of days, both ends in it. A condition asks whether a date lies `before`, `inside` or `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its name.
    pub id: Id,
    /// The question whose date it looks at.
    pub of: Id,
    /// First day.
    pub from: Bound,
    /// Last day.
    pub to: Bound,
}

/// A piece of advice and for whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Its name.
    pub id: Id,
    /// When it is given, if the deciding row gives it.
    pub when: Condition,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it decides.
    pub when: Condition,
    /// What it decides.
    pub verdict: Verdict,
}

/// What a row decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of the application.
    pub outcome: Outcome,
    /// Which tests that holds for.
    pub scope: Scope,
    /// Additional time in percent, at the most.
    pub percent: Option<u8>,
    /// Advice to give, each if its condition holds.
    pub advice: Vec<Id>,
    /// Questions that are named as reasons, each if it was answered `no`.
    pub reasons: Vec<Id>,
}

impl Verdict {
    /// The reasons that a case has.
    pub(super) fn reasons_in<'a>(&'a self, case: &Case<'_>) -> impl Iterator<Item = &'a Id> {
        self.reasons.iter().filter(|id| case.word(id.as_str()) == Some(NO))
    }
}

/// Some lines of tests. It holds when all tests of at least one line do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(Vec<Vec<Test>>);

impl Condition {
    /// Holds in every case.
    pub fn always() -> Self {
        Self(vec![Vec::new()])
    }

    /// Holds when all tests of at least one line do.
    pub fn any_of(lines: Vec<Vec<Test>>) -> Self {
        Self(lines)
    }

    /// Whether it holds, by the word that each name stands for.
    pub(in crate::domain) fn holds<'a>(&self, word: impl Fn(&str) -> Option<&'a str>) -> bool {
        let holds = |test: &Test| {
            let word = word(test.id.as_str());
            word.is_some_and(|word| test.words.iter().any(|wanted| wanted.as_str() == word))
        };
        self.0.iter().any(|line| line.iter().all(holds))
    }

    /// Every test in it.
    pub(in crate::domain) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.0.iter().flatten()
    }
}

/// Whether a question was answered with one of some words, or its date lies so to a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The question or window.
    pub id: Id,
    /// Words of which any will do.
    pub words: Vec<Id>,
}

/// What becomes of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Granted at once.
    Approved,
    /// Not granted; there may be advice.
    NotAwarded,
    /// Refused, with reasons.
    Rejected,
    /// A person decides.
    Manual,
    /// Cannot be sent as it is.
    Blocked,
    /// Granted without an application.
    Entitled,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Approved,
        Self::NotAwarded,
        Self::Rejected,
        Self::Manual,
        Self::Blocked,
        Self::Entitled,
    ];

    /// The word in files and answers.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::NotAwarded => "not_awarded",
            Self::Rejected => "rejected",
            Self::Manual => "manual",
            Self::Blocked => "blocked",
            Self::Entitled => "entitled",
        }
    }

    /// Whether the school has what it asked for.
    pub const fn grants(self) -> bool {
        matches!(self, Self::Approved | Self::Entitled)
    }
}

/// Which tests an outcome holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that the application is about.
    All,
    /// Mathematics alone.
    Maths,
    /// None: nothing was granted.
    Nothing,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::All, Self::Maths, Self::Nothing];

    /// The word in files and answers.
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Maths => "maths",
            Self::Nothing => "none",
        }
    }
}

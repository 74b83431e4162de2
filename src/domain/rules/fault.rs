//! What can be wrong with a decision table, where, and what to do about it.

use super::days::{FIRST_TEST_DAY, LAST_TEST_DAY};

/// A part of a table. Numbers are from 0, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A question.
    Question(usize),
    /// A window.
    Window(usize),
    /// A piece of advice.
    Advice(usize),
    /// A row.
    Row(usize),
    /// What is left when no row holds.
    Otherwise,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The key of that part, as in `asked_if`.
    pub key: &'static str,
    /// What.
    pub what: What,
}

/// What is wrong; names are those of the table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// A name has two meanings.
    #[error("{0} is the name of something before it")]
    Twice(String),
    /// A name has no meaning.
    #[error("{0} is neither a question nor a window")]
    UnknownName(String),
    /// A word that a question or window never has.
    #[error("{0} is never {1}")]
    UnknownWord(String, String),
    /// A condition of asking looks at what is asked later.
    #[error("{0} is not known yet when this is asked")]
    Later(String),
    /// Not the name of a question with a date.
    #[error("{0} is not a question with a date")]
    NoDate(String),
    /// An end of a window hangs on a date that comes after the one it looks at.
    #[error("{0} is not answered before the date that this window looks at")]
    LateAnchor(String),
    /// School days cannot be counted.
    #[error("counts school days, and the calendar of the year names no bank holidays")]
    NoBankHolidays,
    /// A reason that is not answered with yes or no.
    #[error("{0} is not a question with yes and no")]
    NoYesNo(String),
    /// Advice that is not in the table.
    #[error("{0} is not an advice of this table")]
    UnknownAdvice(String),
    /// Something that changes no decision.
    #[error("{0} is used nowhere")]
    Unused(String),
    /// Scope or percentage contradict the outcome.
    #[error("{0} does not go with this outcome")]
    Contradiction(&'static str),
    /// More cases than can be gone through.
    #[error("the questions make more than {0} cases, too many to prove the table")]
    TooManyCases(usize),
    /// No case asks a question.
    #[error("no case asks this question")]
    NeverAsked,
    /// No case comes to a row.
    #[error("no case comes here: the rows before it decide all")]
    NeverReached,
    /// A rejection that names no reason.
    #[error("rejects a case without a reason ({0})")]
    NoReason(String),
}

impl What {
    /// What to do about it.
    pub fn way_out(&self) -> String {
        let text = match self {
            Self::Twice(_) => "give each a name of its own",
            Self::UnknownName(_) | Self::UnknownWord(..) => "correct the name, or add it above",
            Self::Later(_) | Self::LateAnchor(_) => "move that question up",
            Self::NoDate(_) => {
                return format!("name one; an end may also be {FIRST_TEST_DAY} or {LAST_TEST_DAY}");
            }
            Self::NoBankHolidays => "write bank_holidays into calendar.toml",
            Self::NoYesNo(_) => "name such a question",
            Self::UnknownAdvice(_) => "correct the name, or add an [[advice]]",
            Self::Unused(_) => "use it or remove it",
            Self::Contradiction(_) => {
                "a grant has the scope all or maths, everything else none; only grants have a percentage"
            }
            Self::TooManyCases(_) => "ask fewer questions, or ask some only if others need them",
            Self::NeverAsked => "correct its asked_if or remove the question",
            Self::NeverReached => "remove it or move it up",
            Self::NoReason(_) => "list the question in reasons, or let another row decide",
        };
        text.to_owned()
    }
}

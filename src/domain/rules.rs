//! Decision tables: what the answers of a form come to. The tables are data of the year; this reads them.

use std::fmt;
use std::str::FromStr;

mod answers;
mod case;
mod days;
mod fault;
mod proof;
mod table;

pub use answers::{BadAnswer, Given, Problem, Sheet};
pub use days::{Bound, Days, FIRST_TEST_DAY, LAST_TEST_DAY, Shift, Side, Unit};
pub use fault::{Fault, Place, What};
pub use table::{
    Advice, BadId, Condition, Id, Kind, Outcome, Question, Row, Scope, Table, Test, Verdict, Window,
};

use case::Case;

/// A form that rules decide at once, at least in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// Up to a quarter more time in the tests.
    AdditionalTime,
    /// Marks for the spelling paper, which a pupil cannot hear.
    CompensatoryMarks,
    /// A test on a later day.
    TimetableVariation,
    /// A note on results of a pupil to whom something happened.
    SpecialConsideration,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [
        Self::AdditionalTime,
        Self::CompensatoryMarks,
        Self::TimetableVariation,
        Self::SpecialConsideration,
    ];

    /// The name in addresses, commands and files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::AdditionalTime => "additional-time",
            Self::CompensatoryMarks => "compensatory-marks",
            Self::TimetableVariation => "timetable-variation",
            Self::SpecialConsideration => "special-consideration",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// No form has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no form of this name is decided by rules")]
pub struct UnknownForm;

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        Self::ALL.into_iter().find(|form| form.key() == text).ok_or(UnknownForm)
    }
}

/// What the rules say to the answers of a form, and by which version of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the application.
    pub outcome: Outcome,
    /// Which tests it holds for.
    pub scope: Scope,
    /// Additional time in percent, at the most.
    pub percent: Option<u8>,
    /// Advice that is given beside the outcome.
    pub advice: Vec<Id>,
    /// The questions whose answer was the reason of a rejection.
    pub reasons: Vec<Id>,
    /// Version of the rules.
    pub version: String,
}

/// The rules of one form in one year, proved: every case comes to exactly one outcome.
#[derive(Clone, Debug)]
pub struct Rules {
    table: Table,
    days: Days,
}

impl Rules {
    /// Takes a table for the days of its year, or says everything that is wrong with it.
    pub fn new(table: Table, days: Days) -> Result<Self, Vec<Fault>> {
        let faults = proof::faults(&table, &days);
        if faults.is_empty() { Ok(Self { table, days }) } else { Err(faults) }
    }

    /// Version of the table, as in `2024.1`.
    pub fn version(&self) -> &str {
        &self.table.version
    }

    /// Decides. Answers to questions that this case does not ask are not looked at.
    pub fn evaluate(&self, sheet: &Sheet) -> Result<Decision, BadAnswer> {
        let case = answers::read(&self.table, &self.days, sheet)?;
        let (_, verdict) = self.table.verdict(&case);
        Ok(self.decision(verdict, &case))
    }

    fn decision(&self, verdict: &Verdict, case: &Case<'_>) -> Decision {
        let advice = self.table.advice.iter().filter(|advice| case.meets(&advice.when));
        let met: Vec<&Id> = advice.map(|advice| &advice.id).collect();
        let given = |id: &&Id| met.contains(id);
        Decision {
            outcome: verdict.outcome,
            scope: verdict.scope,
            percent: verdict.percent,
            advice: verdict.advice.iter().filter(given).cloned().collect(),
            reasons: verdict.reasons_in(case).cloned().collect(),
            version: self.table.version.clone(),
        }
    }
}

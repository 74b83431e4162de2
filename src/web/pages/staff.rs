//! Pages for staff: the waiting room, releases, accounts; and what they share.

use crate::domain::reason::REASON_CHARS_MAX;
use crate::web::components::{Field, Input, Text};

pub mod account;
pub mod accounts;
pub mod queue;
pub mod queue_report;
pub mod release;
pub mod releases;

/// Everything that is wrong with a form: the id of the control and what to do.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<(&'static str, Text)>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, field: &'static str, what: impl Into<Text>) {
        self.0.push((field, what.into()));
    }

    /// With one alone.
    pub fn of(field: &'static str, what: impl Into<Text>) -> Self {
        Self(vec![(field, what.into())])
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    fn error(&self, field: &str) -> Option<Text> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, what)| what.clone())
    }

    /// For the summary above the page.
    fn summary(&self) -> Vec<(Text, Text)> {
        self.0.iter().map(|(field, what)| ((*field).into(), what.clone())).collect()
    }
}

/// The question why, for acts that are kept with their reason.
fn reason_input(name: &'static str, value: &str, problems: &Problems) -> Input {
    let hint = format!("It is kept with what you do. {REASON_CHARS_MAX} characters at the most.");
    let field = Field::new(name, "Reason").hint(hint).error(problems.error(name));
    Input::from(field).value(value.to_owned())
}

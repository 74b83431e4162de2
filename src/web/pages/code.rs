//! The question for a code, between password and session.

use askama::Template;

use super::second_factor::code_input;
use crate::service::passkeys::Question;
use crate::web::components::{Button, Input};
use crate::web::layout::Layout;

/// What stands at a field that was left empty.
const INCOMPLETE: &str = "Enter the code that your app shows";
/// The same for a wrong code, one that was used, and one that is too old.
const REFUSED: &str =
    "The code is not right, or was used already. Enter the code that your app shows now";
/// The question between password and session.
#[derive(Debug, Template)]
#[template(path = "code.html")]
pub struct Code {
    layout: Layout,
    return_to: String,
    kept: String,
    problem: Option<&'static str>,
    question: Option<Question>,
}

impl Code {
    /// Title and heading.
    pub const TITLE: &'static str = "Enter a code to sign in";

    /// The form; `return_to` is where to go afterwards.
    pub fn new(csrf: String, return_to: &str) -> Self {
        let layout = Layout { csrf: csrf.into(), ..Layout::titled(Self::TITLE) };
        let (return_to, kept) = (return_to.to_owned(), String::new());
        Self { layout, return_to, kept, problem: None, question: None }
    }

    /// Carries what was typed before the session ended.
    #[must_use]
    pub fn keeping(self, kept: &str) -> Self {
        Self { kept: kept.to_owned(), ..self }
    }

    /// A passkey may answer in place of a code.
    #[must_use]
    pub fn asking(self, question: Option<Question>) -> Self {
        Self { question, ..self }
    }

    fn passkey() -> Button {
        Button::submit("Use a passkey").secondary()
    }

    /// Nothing was typed.
    #[must_use]
    pub fn incomplete(self) -> Self {
        self.with(INCOMPLETE)
    }

    /// The code opens nothing.
    #[must_use]
    pub fn refused(self) -> Self {
        self.with(REFUSED)
    }

    fn with(mut self, problem: &'static str) -> Self {
        self.layout = self.layout.errors(vec![("code".into(), problem.into())]);
        Self { problem: Some(problem), ..self }
    }

    fn input(&self) -> Input {
        code_input(
            self.problem,
            "Six digits from your authenticator app, or one of your recovery codes",
        )
    }

    fn button() -> Button {
        Button::submit("Continue")
    }
}

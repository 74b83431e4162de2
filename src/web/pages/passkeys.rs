//! The list of one's passkeys, and the form for another one.

use askama::Template;

use crate::node::factors::Factors;
use crate::service::passkeys::Question;
use crate::service::second_factors::Refused;
use crate::web::components::{Button, Field, Input, PasswordInput, Text};
use crate::web::layout::Layout;

/// At a password that is not theirs.
const WRONG_PASSWORD: &str = "Enter the password with which you sign in";
/// At the same after many tries.
const TOO_MANY: &str = "Too many wrong passwords. Wait a few minutes before the next try";
/// At an answer that came too late, or twice.
const STALE: &str =
    "The passkey was not added. Press the button again, and confirm within five minutes";

/// The page.
#[derive(Debug, Template)]
#[template(path = "passkeys.html")]
pub struct Passkeys {
    layout: Layout,
    own: Vec<(i64, String)>,
    question: Option<Question>,
    name: String,
    problem: Option<&'static str>,
    name_problem: Option<&'static str>,
}

impl Passkeys {
    /// Title and heading.
    pub const TITLE: &'static str = "Passkeys";

    /// The page; without a question no more can be added.
    pub fn new(layout: Layout, own: Option<&Factors>, question: Option<Question>) -> Self {
        let name = |own: &Factors| -> Vec<(i64, String)> {
            own.passkeys.iter().map(|key| (key.id, key.name.clone())).collect()
        };
        Self {
            layout: layout.back("/account/second-factor"),
            own: own.map(name).unwrap_or_default(),
            question,
            name: String::new(),
            problem: None,
            name_problem: None,
        }
    }

    /// With the name that was typed.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// With what is wrong.
    #[must_use]
    pub fn refused(mut self, why: Refused) -> Self {
        let (id, problem) = match why {
            Refused::Password => ("current_password", WRONG_PASSWORD),
            Refused::Delayed(_) => ("current_password", TOO_MANY),
            Refused::Code | Refused::Stale | Refused::Away | Refused::Nothing => ("name", STALE),
        };
        self.layout = self.layout.errors(vec![(id.into(), problem.into())]);
        match id {
            "name" => self.name_problem = Some(problem),
            _ => self.problem = Some(problem),
        }
        self
    }

    fn name_input(&self) -> Input {
        let field = Field::new("name", "Name of this passkey")
            .hint("For example: Work laptop")
            .error(self.name_problem.map(Text::from));
        Input { value: self.name.clone().into(), autocomplete: "off".into(), ..Input::from(field) }
    }

    fn password(&self) -> PasswordInput {
        let field = Field::new("current_password", "Your password");
        PasswordInput::from(field.error(self.problem.map(Text::from)))
    }

    fn add() -> Button {
        Button::submit("Add a passkey")
    }
}

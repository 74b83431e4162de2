//! The question whether somebody wants to end their link to the identity service.

use askama::Template;

use super::second_factor::{WRONG_PASSWORD, password_input, wrong_password};
use crate::domain::calendar::{day, day_in_words};
use crate::service::identity::Linked;
use crate::service::second_factors::Refused;
use crate::web::components::{Button, PasswordInput};
use crate::web::layout::Layout;

/// The page.
#[derive(Debug, Template)]
#[template(path = "account-service.html")]
pub struct EndLink {
    layout: Layout,
    name: String,
    since: Option<String>,
    problem: Option<&'static str>,
}

impl EndLink {
    /// Title and heading.
    pub const TITLE: &'static str = "End the link to your other account";

    /// The page.
    pub fn new(layout: Layout, linked: Linked) -> Self {
        let since = since(&linked);
        Self { layout: layout.back("/account"), name: linked.name, since, problem: None }
    }

    /// With what is wrong.
    #[must_use]
    pub fn refused(mut self, why: Refused) -> Self {
        let problem = wrong_password(why).unwrap_or(WRONG_PASSWORD);
        self.layout = self.layout.errors(vec![("current_password".into(), problem.into())]);
        Self { problem: Some(problem), ..self }
    }

    fn password(&self) -> PasswordInput {
        password_input(self.problem)
    }

    fn button() -> Button {
        Button::submit("End link").warning()
    }
}

/// The day since which an account is linked, as far as it is known.
pub(super) fn since(linked: &Linked) -> Option<String> {
    linked.since.map(|at| day_in_words(day(at)))
}

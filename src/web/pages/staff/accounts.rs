//! Where the helpline finds an account, and security administrators look after those of staff.

use askama::Template;

use super::Problems;
use crate::web::components::{Button, Field, Input, NotificationBanner};
use crate::web::layout::Layout;
use crate::web::pages::users::{Table, Term};
use crate::web::pages::within;

/// Where it is.
pub const HERE: &str = "/staff/users";

/// The page.
#[derive(Debug, Template)]
#[template(path = "staff-users.html")]
pub struct Accounts {
    layout: Layout,
    email: String,
    problems: Problems,
    /// Members of staff, for those who look after them.
    staff: Option<Table>,
    term: Option<Term>,
}

impl Accounts {
    /// Title and heading.
    pub const TITLE: &'static str = "Accounts";

    /// The page, with the staff for whoever looks after them.
    pub fn new(layout: Layout, staff: Option<Table>) -> Self {
        Self {
            layout: within(layout, HERE),
            email: String::new(),
            problems: Problems::default(),
            staff,
            term: None,
        }
    }

    /// With how their review stands.
    #[must_use]
    pub fn term(self, term: Option<Term>) -> Self {
        Self { term, ..self }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: Option<&'static str>) -> Self {
        self.layout.banner = words.map(NotificationBanner::success);
        self
    }

    /// With what was typed and what is wrong with it.
    #[must_use]
    pub fn refused(mut self, email: &str, problems: Problems) -> Self {
        self.layout = self.layout.errors(problems.summary());
        Self { email: email.to_owned(), problems, ..self }
    }

    fn email(&self) -> Input {
        let hint = "The whole address, as they sign in with it";
        let field = Field::new("email", "Email address")
            .hint(hint)
            .error(self.problems.error("email"))
            .classes("govuk-input--width-30");
        Input {
            kind: "email".into(),
            spellcheck: Some(false),
            autocomplete: "off".into(),
            autocapitalize: "none".into(),
            ..Input::from(field).value(self.email.clone())
        }
    }

    fn find() -> Button {
        Button::submit("Find the account")
    }

    fn create() -> Button {
        Button::link("Create a staff account", "/users/create")
    }
}

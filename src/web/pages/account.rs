//! Signing in, and the page of somebody whose password could not be looked at yet.

use askama::Template;

use crate::web::components::{Button, Field, Input, NotificationBanner, PasswordInput, Text};
use crate::web::layout::Layout;

/// What stands at a field that was left empty.
const INCOMPLETE: &str = "Enter your email address and your password";
/// The same for a wrong name, a wrong password and an account that has to wait.
const REFUSED: &str = "The email address and password do not match an account";

/// The page on which people sign in.
#[derive(Debug, Template)]
#[template(path = "sign-in.html")]
pub struct SignIn {
    layout: Layout,
    return_to: String,
    username: String,
    problem: Option<&'static str>,
    /// What was typed before the session ended, sealed.
    kept: String,
    /// A session ended by itself.
    is_again: bool,
    /// Others sign in first.
    is_behind: bool,
    /// How many, if that is known.
    ahead: Option<u64>,
    /// What people call the identity service, and whether it answered last time.
    service: Option<(String, bool)>,
}

impl SignIn {
    /// The empty form; `return_to` is where to go afterwards.
    pub fn new(csrf: String, return_to: &str) -> Self {
        let layout = Layout { csrf: csrf.into(), ..Layout::titled("Sign in") };
        let return_to = return_to.to_owned();
        let (username, kept) = (String::new(), String::new());
        Self {
            layout,
            return_to,
            username,
            problem: None,
            kept,
            is_again: false,
            is_behind: false,
            ahead: None,
            service: None,
        }
    }

    /// Offers the identity service: what it is called, and whether it answered last time.
    #[must_use]
    pub fn service(self, service: Option<(&str, bool)>) -> Self {
        Self { service: service.map(|(name, answers)| (name.to_owned(), answers)), ..self }
    }

    fn service_button(&self, name: &str) -> Button {
        let to = crate::web::form::encode(&self.return_to);
        let address = format!("/sign-in/service?return_to={to}");
        Button::link(format!("Sign in with {name}"), address).secondary()
    }

    /// Says that a session ended because nobody used it.
    #[must_use]
    pub fn again(self) -> Self {
        Self { is_again: true, ..self }
    }

    /// Carries what was typed until somebody has signed in.
    #[must_use]
    pub fn keeping(self, kept: &str) -> Self {
        Self { kept: kept.to_owned(), ..self }
    }

    /// Others come first; the place in the queue is kept, and so is this page.
    #[must_use]
    pub fn behind(self, position: Option<u64>) -> Self {
        let ahead = position.map(|position| position.saturating_sub(1));
        Self { is_behind: true, ahead, ..self }
    }

    fn action(&self) -> &'static str {
        if self.kept.is_empty() { "/sign-in" } else { "/sign-in/again" }
    }

    /// Keeps the email address that was typed; a password never comes back.
    #[must_use]
    pub fn username(self, username: &str) -> Self {
        Self { username: username.to_owned(), ..self }
    }

    /// Something was left empty.
    #[must_use]
    pub fn incomplete(self) -> Self {
        self.with_problem(INCOMPLETE)
    }

    /// Not signed in, for whatever reason: nobody learns whether an account exists.
    #[must_use]
    pub fn refused(self) -> Self {
        self.with_problem(REFUSED)
    }

    /// A password has just been set with a link.
    #[must_use]
    pub fn password_set(mut self) -> Self {
        self.layout.banner = Some(NotificationBanner::success("Your password is set"));
        self
    }

    fn with_problem(mut self, problem: &'static str) -> Self {
        self.layout = self.layout.errors(vec![("username".into(), problem.into())]);
        self.problem = Some(problem);
        self
    }

    fn was_refused(&self) -> bool {
        self.problem == Some(REFUSED)
    }

    fn username_input(&self) -> Input {
        username_input("Email address", &self.username, self.problem)
    }

    fn password_input() -> PasswordInput {
        PasswordInput::from(Field::new("password", "Password"))
    }

    fn button() -> Button {
        Button::submit("Sign in")
    }
}

/// The page on which people are told that signing in takes longer.
#[derive(Debug, Template)]
#[template(path = "longer.html")]
pub struct Longer<'a> {
    layout: Layout,
    form: &'a str,
}

impl<'a> Longer<'a> {
    /// Seconds until the browser comes back by itself: the wait of those before must have passed.
    pub const SECONDS: u64 = 10;

    /// The page; `form` is the address of the form.
    pub fn new(form: &'a str) -> Self {
        Self { layout: Layout::titled("Signing in takes longer at the moment"), form }
    }
}
/// The question for the address of an account, which browsers fill in.
pub(super) fn username_input(
    label: &'static str,
    value: &str,
    problem: Option<&'static str>,
) -> Input {
    let field = Field::new("username", label).error(problem.map(Text::from));
    Input {
        value: value.to_owned().into(),
        kind: "email".into(),
        autocomplete: "username".into(),
        spellcheck: Some(false),
        autocapitalize: "none".into(),
        ..Input::from(field)
    }
}

//! Forgotten passwords: the question, and the one answer.

use askama::Template;

use super::account::username_input;
use crate::web::components::{Button, Input};
use crate::web::layout::Layout;

/// What stands at a name that cannot be one.
const BAD: &str = "Enter an email address in the correct format, like name@example.com";

/// The form.
#[derive(Debug, Template)]
#[template(path = "forgotten-password.html")]
pub struct Ask {
    layout: Layout,
    username: String,
    is_bad: bool,
}

impl Ask {
    /// The empty form.
    pub fn new(csrf: String) -> Self {
        let layout = Layout::titled("Forgotten your password").back("/sign-in");
        let layout = Layout { csrf: csrf.into(), ..layout };
        Self { layout, username: String::new(), is_bad: false }
    }

    /// With what was typed, which cannot be an email address.
    #[must_use]
    pub fn refused(mut self, username: &str) -> Self {
        self.layout = self.layout.errors(vec![("username".into(), BAD.into())]);
        Self { username: username.to_owned(), is_bad: true, ..self }
    }

    fn input(&self) -> Input {
        let problem = self.is_bad.then_some(BAD);
        username_input("Email address of your account", &self.username, problem)
    }

    fn button() -> Button {
        Button::submit("Send a link")
    }
}

/// What everybody is told: it names nobody, so that it has one length.
#[derive(Debug, Template)]
#[template(path = "forgotten-password-sent.html")]
pub struct Asked {
    layout: Layout,
}

impl Default for Asked {
    fn default() -> Self {
        Self { layout: Layout::titled("Check your email") }
    }
}

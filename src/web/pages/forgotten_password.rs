//! Forgotten passwords: the question, and the one answer.

use askama::Template;

use crate::web::components::{Button, Field, Input, Text};
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
        let field = Field::new("username", "Email address of your account")
            .error(self.is_bad.then(|| Text::from(BAD)));
        Input {
            value: self.username.clone().into(),
            kind: "email".into(),
            autocomplete: "username".into(),
            spellcheck: Some(false),
            autocapitalize: "none".into(),
            ..Input::from(field)
        }
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

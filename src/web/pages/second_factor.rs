//! The question for a code, and the pages on which a second factor is set up, renewed and taken away.

use askama::Template;

use crate::node::factors::Factors;
use crate::service::second_factors::{RECOVERY_CODES, Refused, readable};
use crate::service::totp::base32;
use crate::telemetry::Hidden;
use crate::web::components::{
    Button, Field, Html, Input, NotificationBanner, PasswordInput, Text, WarningText,
};
use crate::web::kept::Kept;
use crate::web::layout::Layout;
use crate::web::pages::sessions::Onward;

mod picture;

use picture::picture;

/// At a secret that no app shows the code of.
const NOT_CONFIRMED: &str =
    "The code is not right. Enter the code that your app shows now for Daybreak";
/// At a password that is not theirs.
pub(super) const WRONG_PASSWORD: &str = "Enter the password with which you sign in";
/// At the same after many tries.
const TOO_MANY: &str = "Too many wrong passwords. Wait a few minutes before the next try";

/// The field for a code.
pub(super) fn code_input(problem: Option<&'static str>, hint: &'static str) -> Input {
    let field = Field::new("code", "Code").hint(hint).error(problem.map(Text::from));
    let field = field.classes("govuk-input--width-10");
    Input {
        inputmode: "text".into(),
        autocomplete: "one-time-code".into(),
        spellcheck: Some(false),
        autocapitalize: "none".into(),
        ..Input::from(field)
    }
}

/// The field for one's own password.
pub(super) fn password_input(problem: Option<&'static str>) -> PasswordInput {
    let field = Field::new("current_password", "Your password").error(problem.map(Text::from));
    PasswordInput::from(field)
}

/// What somebody has beside their password.
#[derive(Debug, Template)]
#[template(path = "second-factor.html")]
pub struct Overview {
    layout: Layout,
    has_app: bool,
    passkeys: usize,
    codes_left: usize,
    obliged: bool,
}

impl Overview {
    /// Title and heading.
    pub const TITLE: &'static str = "Second factor";

    /// The page.
    pub fn new(layout: Layout, own: Option<&Factors>, obliged: bool) -> Self {
        let has_app = own.is_some_and(|own| own.secret.is_some());
        let codes_left = own.map_or(0, |own| own.recovery_codes.len());
        let passkeys = own.map_or(0, |own| own.passkeys.len());
        Self { layout: layout.back("/"), has_app, passkeys, codes_left, obliged }
    }

    /// After something that the address names.
    #[must_use]
    pub fn after(mut self, what: &str) -> Self {
        let news = match what {
            "removed" => Some("Your second factor was removed"),
            _ => None,
        };
        self.layout.banner = news.map(NotificationBanner::success);
        self
    }

    fn set_up() -> Button {
        Button::link("Set up an authenticator app", "/account/second-factor/app")
    }

    fn few_codes(&self) -> bool {
        self.codes_left < 3
    }
}

/// Setting up an app.
#[derive(Debug, Template)]
#[template(path = "second-factor-app.html")]
pub struct SetUp {
    layout: Layout,
    secret: String,
    picture: Html,
    sealed: String,
    replaces: bool,
    must: bool,
    /// What was typed before, sealed.
    kept: String,
    problem: Option<&'static str>,
    password_problem: Option<&'static str>,
}

impl SetUp {
    /// Title and heading.
    pub const TITLE: &'static str = "Set up an authenticator app";

    /// The page; `address` is what the picture says.
    pub fn new(layout: Layout, secret: &Hidden<Vec<u8>>, address: &str, sealed: String) -> Self {
        Self {
            layout: layout.back("/account/second-factor"),
            secret: readable(&base32(secret.expose())).replace('-', " "),
            picture: picture(address),
            sealed,
            replaces: false,
            must: false,
            kept: String::new(),
            problem: None,
            password_problem: None,
        }
    }

    /// With what was typed before this was asked for.
    #[must_use]
    pub fn keeping(self, kept: String) -> Self {
        Self { kept, ..self }
    }

    /// There is one already, which will not work any more.
    #[must_use]
    pub fn replacing(self, replaces: bool) -> Self {
        Self { replaces, ..self }
    }

    /// Nothing else can be done before.
    #[must_use]
    pub fn must(self, must: bool) -> Self {
        Self { must, ..self }
    }

    /// With what is wrong.
    #[must_use]
    pub fn refused(mut self, why: Refused) -> Self {
        let password = wrong_password(why);
        self.problem = password.is_none().then_some(NOT_CONFIRMED);
        self.password_problem = password;
        let wrong = [("code", self.problem), ("current_password", password)];
        let wrong = wrong.into_iter().filter_map(|(id, what)| Some((id.into(), what?.into())));
        self.layout = self.layout.errors(wrong.collect());
        self
    }

    fn code(&self) -> Input {
        code_input(self.problem, "Six digits that the app shows for Daybreak")
    }

    fn password(&self) -> PasswordInput {
        password_input(self.password_problem)
    }

    fn button() -> Button {
        Button::submit("Continue")
    }
}

/// What stands at it when it was wrong.
pub(super) fn wrong_password(why: Refused) -> Option<&'static str> {
    match why {
        Refused::Password => Some(WRONG_PASSWORD),
        Refused::Delayed(_) => Some(TOO_MANY),
        Refused::Code | Refused::Stale | Refused::Away | Refused::Nothing => None,
    }
}

/// Recovery codes that were just made, shown this once.
#[derive(Debug, Template)]
#[template(path = "recovery-codes.html")]
pub struct NewCodes {
    layout: Layout,
    codes: Vec<String>,
    /// What was typed before they were made, to be sent on.
    onward: Option<Onward>,
}

impl NewCodes {
    /// Title and heading.
    pub const TITLE: &'static str = "Keep your recovery codes";

    /// The page.
    pub fn new(layout: Layout, codes: Vec<String>) -> Self {
        Self { layout, codes, onward: None }
    }

    /// With what was typed before, which can be sent now.
    #[must_use]
    pub fn keeping(self, kept: Kept) -> Self {
        let onward = Onward::new(self.layout.csrf.clone(), kept);
        Self { onward: Some(onward), ..self }
    }

    fn warning() -> WarningText {
        WarningText::new("These codes are shown only this once. Print them or write them down now.")
    }

    fn count() -> usize {
        RECOVERY_CODES
    }

    fn done() -> Button {
        Button::link("I have kept them", "/")
    }
}

/// What a password is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// New recovery codes.
    Codes,
    /// Taking the second factor away.
    Remove,
}

impl Task {
    /// Title and heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Codes => "Make new recovery codes",
            Self::Remove => "Remove your second factor",
        }
    }
}

/// The password before something is changed.
#[derive(Debug, Template)]
#[template(path = "second-factor-password.html")]
pub struct Remove {
    layout: Layout,
    task: Task,
    problem: Option<&'static str>,
}

impl Remove {
    /// The page.
    pub fn new(layout: Layout, task: Task) -> Self {
        Self { layout: layout.back("/account/second-factor"), task, problem: None }
    }

    /// With what is wrong.
    #[must_use]
    pub fn refused(mut self, why: Refused) -> Self {
        let problem = wrong_password(why).unwrap_or(WRONG_PASSWORD);
        self.layout = self.layout.errors(vec![("current_password".into(), problem.into())]);
        Self { problem: Some(problem), ..self }
    }

    fn action(&self) -> &'static str {
        match self.task {
            Task::Codes => "/account/second-factor/codes",
            Task::Remove => "/account/second-factor/remove",
        }
    }

    fn words(&self) -> &'static str {
        match self.task {
            Task::Codes => "The codes that you have now will not work any more.",
            Task::Remove => "From then on your password alone signs you in.",
        }
    }

    fn password(&self) -> PasswordInput {
        password_input(self.problem)
    }

    fn button(&self) -> Button {
        match self.task {
            Task::Codes => Button::submit("Make new codes"),
            Task::Remove => Button::submit("Remove second factor").warning(),
        }
    }
}

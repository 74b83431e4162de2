//! One's account, the form for another password, and what links from emails lead to.

use askama::Template;
use jiff::Timestamp;

use super::link::since;
use crate::domain::access::Permission;
use crate::domain::calendar::{day, day_in_words};
use crate::domain::passwords::{Kinds, Profile};
use crate::node::directory::Directory;
use crate::service::identity::Linked;
use crate::service::own_password::TokenPurpose;
use crate::service::results::Actor;
use crate::web::components::{
    Action, Button, Field, NotificationBanner, PasswordInput, SummaryList, SummaryRow, Text,
};
use crate::web::layout::Layout;

/// What a password must have, line by line.
fn rules(profile: &Profile) -> Vec<String> {
    let mut rules = vec![format!("at least {} characters", profile.length_min)];
    if profile.kinds == Kinds::AllFour {
        rules.push("a capital letter, a small letter and a digit".to_owned());
        rules.push("a character that is no letter or digit, for example ? ! & or £".to_owned());
    }
    rules.push("more than your name, your organisation or a word that many people use".to_owned());
    rules
}

/// The control for a new password with what is wrong with it.
fn new_password(label: &'static str, problems: &[String]) -> PasswordInput {
    let told = (!problems.is_empty()).then(|| Text::from(problems.join(". ")));
    let field = Field::new("new_password", label).error(told);
    PasswordInput { autocomplete: "new-password".into(), ..PasswordInput::from(field) }
}

/// Problems as the summary above a form names them.
fn summary(problems: &[String]) -> impl Iterator<Item = (Text, Text)> + '_ {
    problems.iter().map(|problem| ("new_password".into(), problem.clone().into()))
}

/// The form that a link leads to.
#[derive(Debug, Template)]
#[template(path = "set-password.html")]
pub struct SetByLink {
    layout: Layout,
    purpose: TokenPurpose,
    username: String,
    rules: Vec<String>,
    problems: Vec<String>,
}

impl SetByLink {
    /// The empty form of somebody who showed a link.
    pub fn new(csrf: String, purpose: TokenPurpose, username: &str, profile: &Profile) -> Self {
        let title = match purpose {
            TokenPurpose::SetUp => "Set up your account",
            TokenPurpose::Reset => "Choose a new password",
        };
        Self {
            layout: Layout { csrf: csrf.into(), ..Layout::titled(title) },
            purpose,
            username: username.to_owned(),
            rules: rules(profile),
            problems: Vec::new(),
        }
    }

    /// With everything that is wrong; a password never comes back.
    #[must_use]
    pub fn refused(mut self, problems: Vec<String>) -> Self {
        self.layout = self.layout.errors(summary(&problems).collect());
        Self { problems, ..self }
    }

    fn is_set_up(&self) -> bool {
        self.purpose == TokenPurpose::SetUp
    }

    fn password(&self) -> PasswordInput {
        new_password("Password", &self.problems)
    }

    fn button(&self) -> Button {
        Button::submit(if self.is_set_up() { "Set up account" } else { "Set new password" })
    }
}

/// A link that does not work: the same whatever the reason is.
#[derive(Debug, Template)]
#[template(path = "link-gone.html")]
pub struct Gone {
    layout: Layout,
}

impl Default for Gone {
    fn default() -> Self {
        Self { layout: Layout::titled("This link does not work") }
    }
}

/// One's account.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct Account {
    layout: Layout,
    own: SummaryList,
    memberships: SummaryList,
}

impl Account {
    /// Title and heading.
    pub const TITLE: &'static str = "Your account";

    /// The page; `ends` is when the password does.
    pub fn new(
        layout: Layout,
        actor: &Actor,
        directory: &Directory,
        ends: Option<Timestamp>,
    ) -> Self {
        let user = &actor.user;
        let mut own = vec![
            SummaryRow::new("Name", user.full_name.clone()),
            SummaryRow::new("Email address", user.username.clone()),
        ];
        own.extend(ends.map(|at| SummaryRow::new("Password ends on", day_in_words(day(at)))));
        let membership = |(id, permissions): &(i64, crate::domain::access::Permissions)| {
            let organisation = directory.organisation(*id)?;
            let words: Vec<&str> = permissions.iter().map(may).collect();
            Some(SummaryRow::new(organisation.name.clone(), words.join(", ")))
        };
        let memberships = user.memberships.iter().filter_map(membership).collect();
        Self {
            layout,
            own: SummaryList { rows: own, ..SummaryList::default() },
            memberships: SummaryList { rows: memberships, ..SummaryList::default() },
        }
    }

    /// With the account of the identity service that signs in as them, if one does.
    #[must_use]
    pub fn linked(mut self, linked: Option<Linked>) -> Self {
        self.own.rows.extend(linked.map(|linked| {
            let since = since(&linked).map(|day| format!("Linked since {day}"));
            let row = SummaryRow::new(linked.name, since.unwrap_or_else(|| "Linked".to_owned()));
            let mut action = Action::change("/account/service", "to your other account");
            action.content = "End the link".into();
            row.action(action)
        }));
        self
    }

    /// After something that the address names.
    #[must_use]
    pub fn after(mut self, what: &str) -> Self {
        let news = match what {
            "changed" => {
                Some("Your password is changed. Other sessions of your account have ended")
            }
            "unlinked" => Some("The link is ended. You sign in with your password from now on"),
            _ => None,
        };
        self.layout.banner = news.map(NotificationBanner::success).or(self.layout.banner);
        self
    }
}

/// What a permission is for, in a few words.
const fn may(permission: Permission) -> &'static str {
    match permission {
        Permission::AccountManager => "manage accounts",
        Permission::User => "open results and do the ordinary tasks",
        Permission::AccessArrangements => "work on access arrangements",
        Permission::Viewer => "read training records",
        Permission::Editor => "write training records",
        Permission::Approver => "approve training records",
        Permission::Manager => "manage accounts for training",
        Permission::Marker => "read training materials for markers",
        Permission::Caseworker => "work on cases",
        Permission::SeniorCaseworker => "check cases",
        Permission::StaManager => "review decisions",
        Permission::Content => "write content",
        Permission::Systems => "look after forms and systems",
        Permission::DataOperator => "load data",
        Permission::ReleaseOfficer => "publish results with another person",
        Permission::QueueOperator => "run the waiting room",
        Permission::Helpline => "help people on the telephone",
        Permission::SecurityAdmin => "give staff their permissions",
        Permission::Auditor => "read the audit",
    }
}

/// The form for another password.
#[derive(Debug, Template)]
#[template(path = "account-password.html")]
pub struct Change {
    layout: Layout,
    username: String,
    rules: Vec<String>,
    return_to: String,
    /// Another password is asked for before anything else.
    is_asked: bool,
    current_problem: Option<&'static str>,
    problems: Vec<String>,
}

impl Change {
    /// Title and heading.
    pub const TITLE: &'static str = "Change your password";
    /// What stands at a present password that was left empty.
    pub const NO_CURRENT: &'static str = "Enter your current password";
    /// The same for one that is wrong, and one that was not looked at.
    pub const WRONG: &'static str = "Enter your current password as you type it to sign in";

    /// The empty form; `return_to` is where to go afterwards.
    pub fn new(
        layout: Layout,
        username: &str,
        profile: &Profile,
        return_to: &str,
        is_asked: bool,
    ) -> Self {
        // Nothing of it opens yet.
        let navigation = if is_asked { Vec::new() } else { layout.navigation.clone() };
        let layout = Layout { navigation, ..layout };
        let layout = if is_asked { layout } else { layout.back("/account") };
        Self {
            layout,
            username: username.to_owned(),
            rules: rules(profile),
            return_to: return_to.to_owned(),
            is_asked,
            current_problem: None,
            problems: Vec::new(),
        }
    }

    /// With everything that is wrong; no password ever comes back.
    #[must_use]
    pub fn refused(mut self, current: Option<&'static str>, problems: Vec<String>) -> Self {
        let first = current.map(|told| ("current_password".into(), Text::from(told)));
        let all = first.into_iter().chain(summary(&problems)).collect();
        self.layout = self.layout.errors(all);
        Self { current_problem: current, problems, ..self }
    }

    fn current(&self) -> PasswordInput {
        let told = self.current_problem.map(Text::from);
        PasswordInput::from(Field::new("current_password", "Current password").error(told))
    }

    fn password(&self) -> PasswordInput {
        new_password("New password", &self.problems)
    }

    fn button() -> Button {
        Button::submit("Change password")
    }
}

//! The form for a user.

use askama::Template;

use super::{HERE, home, is_full};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::calendar::day_in_words;
use crate::domain::users::care::Cover;
use crate::domain::users::{Person, Problem, Typed, grantable, permission_hint, permission_name};
use crate::service::users::Counts;
use crate::web::components::{
    Button, Checkboxes, Choice, DateInput, Field, Group, Input, Legend, Text,
};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new user.
    Create,
    /// Somebody who stands in.
    Cover,
    /// Another version of one, by row id of the membership.
    Change(i64),
}

impl Purpose {
    /// Title and heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Create => "Create a user",
            Self::Cover => "Create cover",
            Self::Change(_) => "Change a user",
        }
    }

    pub(super) fn action(self) -> String {
        match self {
            Self::Create => "/users/create".to_owned(),
            Self::Cover => "/users/cover".to_owned(),
            Self::Change(member) => format!("{HERE}/{member}/change"),
        }
    }
}

/// The days on which somebody is to stand in, as they were typed: day, month and year of the first and the last.
#[derive(Clone, Debug, Default)]
pub struct Days {
    /// The first.
    pub from: [String; 3],
    /// The last.
    pub until: [String; 3],
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "users-form.html")]
pub struct Form {
    layout: Layout,
    kind: OrganisationKind,
    organisation: i64,
    purpose: Purpose,
    counts: Counts,
    typed: Typed,
    days: Days,
    /// When somebody may stand in, and for how many days.
    window: Option<(Cover, u16)>,
    /// What was kept before, so that nobody's change is lost.
    old: Option<Person>,
    problems: Vec<Problem>,
}

impl Form {
    /// An empty form of an organisation, by its row id.
    pub fn new(
        layout: Layout,
        (kind, organisation): (OrganisationKind, i64),
        purpose: Purpose,
        counts: Counts,
    ) -> Self {
        let back = match purpose {
            Purpose::Create | Purpose::Cover => home(kind).to_owned(),
            Purpose::Change(member) => format!("{HERE}/{member}"),
        };
        let layout = within(layout, home(kind)).back(back);
        let (typed, days, problems) = (Typed::default(), Days::default(), Vec::new());
        Self {
            layout,
            kind,
            organisation,
            purpose,
            counts,
            typed,
            days,
            window: None,
            old: None,
            problems,
        }
    }

    /// With what was typed.
    #[must_use]
    pub fn typed(self, typed: Typed) -> Self {
        Self { typed, ..self }
    }

    /// With days, and the days that may be taken.
    #[must_use]
    pub fn days(self, days: Days, window: Option<(Cover, u16)>) -> Self {
        Self { days, window, ..self }
    }

    /// With what is kept at present.
    #[must_use]
    pub fn kept(self, person: Person) -> Self {
        Self { old: Some(person), ..self }
    }

    /// With everything that is wrong.
    #[must_use]
    pub fn refused(mut self, problems: Vec<Problem>) -> Self {
        let id = |field: &'static str| match field {
            "from" => "from-day",
            "until" => "until-day",
            // These have no control of their own.
            "organisation" | "permissions" if self.purpose == Purpose::Cover => "first",
            "organisation" => "permissions",
            other => other,
        };
        let told = problems.iter().map(|(field, what)| (id(field).into(), (*what).into()));
        self.layout = self.layout.errors(told.collect());
        Self { problems, ..self }
    }

    fn title(&self) -> &'static str {
        self.purpose.title()
    }

    fn is_cover(&self) -> bool {
        self.purpose == Purpose::Cover
    }

    /// What is kept, as hidden fields.
    fn before(&self) -> Vec<(&'static str, String)> {
        let Some(old) = &self.old else { return Vec::new() };
        let permissions: Vec<&str> = old.permissions.iter().map(Permission::key).collect();
        vec![
            ("old_first", old.first.clone()),
            ("old_last", old.last.clone()),
            ("old_job", old.job.clone()),
            ("old_phone", old.phone.clone()),
            ("old_email", old.email.clone()),
            ("old_permissions", permissions.join(" ")),
        ]
    }

    fn error(&self, field: &str) -> Option<Text> {
        let found = self.problems.iter().find(|(known, _)| *known == field);
        found.map(|(_, what)| Text::from(*what))
    }

    fn window_words(&self) -> Option<String> {
        let (window, days) = self.window.as_ref()?;
        let [first, last] = [window.first, window.last].map(day_in_words);
        Some(format!("Choose up to {days} days from {first} to {last}."))
    }

    fn permissions(&self) -> Checkboxes {
        let full = |permission| match permission {
            Permission::AccountManager => is_full(self.counts.managers),
            Permission::AccessArrangements => is_full(self.counts.access),
            _ => false,
        };
        let item = |permission: &Permission| {
            let hint = permission_hint(self.kind, *permission);
            let has = self.old.as_ref().is_some_and(|old| old.permissions.has(*permission));
            let hint = if full(*permission) && !has {
                format!("{hint} Three users of your school have it, which is the limit.")
            } else {
                hint.to_owned()
            };
            let ticked = self.typed.permissions.iter().any(|word| word == permission.key());
            Choice {
                name: format!("permission-{permission}").into(),
                checked: Some(ticked),
                ..Choice::new("yes", permission_name(self.kind, *permission)).hint(hint)
            }
        };
        let legend = Legend { classes: "govuk-fieldset__legend--m".into(), .."Permissions".into() };
        let group = Group::new("permissions", legend)
            .hint("Select all that this person needs for their work.")
            .error(self.error("permissions"));
        Checkboxes::new(group, grantable(self.kind).iter().map(item).collect())
    }

    fn input(&self, name: &'static str, label: &'static str, value: &str) -> Input {
        let field = Field::new(name, label).error(self.error(name));
        Input { value: value.to_owned().into(), spellcheck: Some(false), ..Input::from(field) }
    }

    fn first(&self) -> Input {
        self.input("first", "First name", &self.typed.first)
    }

    fn last(&self) -> Input {
        self.input("last", "Last name", &self.typed.last)
    }

    fn job(&self) -> Input {
        self.input("job", "Job title", &self.typed.job)
    }

    fn phone(&self) -> Input {
        let input = self.input("phone", "Telephone number", &self.typed.phone);
        Input { kind: "tel".into(), ..input }
    }

    fn email(&self) -> Input {
        let mut input = self.input("email", "Email address", &self.typed.email);
        let hint = match self.purpose {
            Purpose::Change(_) => {
                "A new address is a new account: we write to both, and they set it up again."
            }
            Purpose::Create | Purpose::Cover => {
                "They sign in with it. It must be theirs alone, not one that an office shares."
            }
        };
        input.field = input.field.hint(hint);
        Input { kind: "email".into(), autocapitalize: "none".into(), ..input }
    }

    fn email_again(&self) -> Input {
        let input = self.input("email_again", "Email address again", &self.typed.email_again);
        Input { kind: "email".into(), autocapitalize: "none".into(), ..input }
    }

    fn from(&self) -> DateInput {
        self.date("from", "First day", &self.days.from)
    }

    fn until(&self) -> DateInput {
        self.date("until", "Last day", &self.days.until)
    }

    fn date(&self, name: &'static str, legend: &'static str, values: &[String; 3]) -> DateInput {
        let group = Group::new(name, legend).hint("For example, 8 7 2024").error(self.error(name));
        DateInput::new(group, values.clone().map(Text::from))
    }

    fn button(&self) -> Button {
        match self.purpose {
            Purpose::Create | Purpose::Cover => Button::submit("Continue"),
            Purpose::Change(_) => Button::submit("Save the changes"),
        }
    }
}

//! The answers to check before a user is created.

use askama::Template;

use super::{Purpose, home};
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::day_in_words;
use crate::domain::users::care::Cover;
use crate::domain::users::{Person, permission_name};
use crate::web::components::{Button, SummaryList, SummaryRow};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// The answers to check before a user is created.
#[derive(Debug, Template)]
#[template(path = "users-check.html")]
pub struct Check {
    layout: Layout,
    answers: SummaryList,
    hidden: Vec<(String, String)>,
    sends_to: String,
    form: String,
}

impl Check {
    /// Title and heading.
    pub const TITLE: &'static str = "Check the details of the user";

    /// The page; `hidden` is what was typed, and what makes of two submissions one.
    pub fn new(
        layout: Layout,
        kind: OrganisationKind,
        purpose: Purpose,
        (person, days): (&Person, Option<Cover>),
        hidden: Vec<(String, String)>,
    ) -> Self {
        let row = |key: &'static str, value: String| SummaryRow::new(key, value);
        let names: Vec<&str> =
            person.permissions.iter().map(|p| permission_name(kind, p)).collect();
        let mut rows = vec![
            row("Name", person.full_name()),
            row("Job title", person.job.clone()),
            row("Email address", person.email.clone()),
            row("Telephone number", person.phone.clone()),
            row("Permissions", names.join(", ")),
        ];
        if let Some(days) = days {
            rows.push(row("First day", day_in_words(days.first)));
            rows.push(row("Last day", day_in_words(days.last)));
        }
        let form = purpose.action();
        Self {
            layout: within(layout, home(kind)),
            answers: SummaryList { rows, ..SummaryList::default() },
            hidden,
            sends_to: format!("{form}/check"),
            form,
        }
    }

    fn save() -> Button {
        Button::submit("Confirm and create the user")
    }

    fn again() -> Button {
        Button::submit("Change the details").secondary().sending("again", "yes")
    }
}

//! One user: what is kept of them, what may be done, and whether it is really to be done.

use askama::Template;

use super::{HERE, Reader, home, permissions, state, used};
use crate::domain::calendar::{day, day_in_words, instant_in_words};
use crate::domain::users::Problem;
use crate::service::users::{Counts, Member};
use crate::web::components::{
    Action, Button, Content, Html, NotificationBanner, SummaryList, SummaryRow, WarningText,
};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// One user.
#[derive(Debug, Template)]
#[template(path = "users-one.html")]
pub struct User {
    layout: Layout,
    name: String,
    here: String,
    summary: SummaryList,
    bounced: Option<WarningText>,
    is_invited: bool,
    is_active: bool,
    is_shut_out: bool,
    is_cover: bool,
    is_last: bool,
}

impl User {
    /// Title of the page.
    pub const TITLE: &'static str = "User";

    /// The page.
    pub fn new(layout: Layout, reader: &Reader<'_>, member: &Member, counts: &Counts) -> Self {
        let here = format!("{HERE}/{}", member.id);
        let is_active = member.state == "active";
        let words = "Emails to this address come back. Change the address, or ask this person to have it put right.";
        Self {
            layout: within(layout, home(reader.kind)).back(home(reader.kind)),
            name: member.person.full_name(),
            summary: SummaryList { rows: rows(reader, member, &here), ..SummaryList::default() },
            bounced: member.bounced.then(|| WarningText::new(words)),
            is_invited: is_active && !member.shut_out && member.used_at.is_none(),
            is_active,
            is_shut_out: member.shut_out,
            is_cover: member.cover.is_some(),
            is_last: member.is_last_manager(reader.kind, counts),
            here,
        }
    }

    /// With news of what was done.
    #[must_use]
    pub fn news(mut self, words: &'static str) -> Self {
        self.layout.banner = Some(NotificationBanner::success(words));
        self
    }

    /// With what could not be done.
    #[must_use]
    pub fn refused(mut self, words: String) -> Self {
        self.layout = self.layout.errors(vec![("actions".into(), words.into())]);
        self
    }

    fn invite() -> Button {
        Button::submit("Send the invitation again").secondary()
    }

    fn reactivate() -> Button {
        Button::submit("Let this user in again").secondary()
    }

    fn suspend(&self) -> Button {
        Button::link("Suspend this user", format!("{}/suspend", self.here)).secondary()
    }

    fn remove(&self) -> Button {
        Button::link("Remove this user", format!("{}/remove", self.here)).warning()
    }
}

fn rows(reader: &Reader<'_>, member: &Member, here: &str) -> Vec<SummaryRow> {
    let person = &member.person;
    let change = |row: SummaryRow, what: &'static str| match member.cover {
        // Who stands in is made anew rather than changed.
        Some(_) => row,
        None => row.action(Action::change(format!("{here}/change"), what)),
    };
    let row = |key: &'static str, value: String| {
        let value = if value.is_empty() { "Not given".to_owned() } else { value };
        SummaryRow::new(key, value)
    };
    let tag: Content = Html::trusted(state(member, reader.now).to_string()).into();
    let mut rows = vec![
        change(row("Name", person.full_name()), "name"),
        change(row("Job title", person.job.clone()), "job title"),
        change(row("Email address", person.email.clone()), "email address"),
        change(row("Telephone number", person.phone.clone()), "telephone number"),
        change(row("Permissions", permissions(reader.kind, member).join(", ")), "permissions"),
        SummaryRow::new("State", tag),
    ];
    if let Some((begins, ends)) = member.cover {
        rows.push(row("Stands in from", instant_in_words(begins)));
        rows.push(row("Account ends", instant_in_words(ends)));
    }
    let invited = member.invited_at.filter(|_| member.used_at.is_none());
    rows.extend(invited.map(|at| row("Invited", day_in_words(day(at)))));
    rows.push(row("Last sign-in", used(member)));
    rows
}

/// What is about to be done to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Remove them.
    Remove,
    /// Suspend them.
    Suspend,
}

impl Todo {
    /// Title of the page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Remove => "Remove a user",
            Self::Suspend => "Suspend a user",
        }
    }
}

/// Whether it is really to be done.
#[derive(Debug, Template)]
#[template(path = "users-sure.html")]
pub struct Sure {
    layout: Layout,
    todo: Todo,
    name: String,
    email: String,
    is_self: bool,
    here: String,
    /// Of this form; the same sent twice is not an error.
    proof: String,
    problem: Option<Problem>,
}

impl Sure {
    /// The page; `proof` tells the second of two posts.
    pub fn new(
        layout: Layout,
        todo: Todo,
        reader: &Reader<'_>,
        member: &Member,
        proof: String,
    ) -> Self {
        let here = format!("{HERE}/{}", member.id);
        Self {
            layout: within(layout, home(reader.kind)).back(here.clone()),
            todo,
            name: member.person.full_name(),
            email: member.person.email.clone(),
            is_self: member.user == reader.user,
            here,
            proof,
            problem: None,
        }
    }

    /// With why it cannot be done.
    #[must_use]
    pub fn refused(mut self, words: &'static str) -> Self {
        self.layout = self.layout.errors(vec![("do".into(), words.into())]);
        Self { problem: Some(("do", words)), ..self }
    }

    fn is_removal(&self) -> bool {
        self.todo == Todo::Remove
    }

    fn action(&self) -> String {
        format!("{}/{}", self.here, if self.is_removal() { "remove" } else { "suspend" })
    }

    fn button(&self) -> Button {
        let words = if self.is_removal() { "Remove this user" } else { "Suspend this user" };
        Button { id: "do".into(), ..Button::submit(words).warning() }
    }
}

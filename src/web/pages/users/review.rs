//! The termly review: everybody on one page, with who stays.

use askama::Template;

use super::{Reader, home, permissions, used};
use crate::domain::calendar::day_in_words;
use crate::service::users::{Overview, Review};
use crate::web::components::{Button, Choice, Group, Radios, Text};
use crate::web::layout::Layout;
use crate::web::pages::within;

/// The page.
#[derive(Debug, Template)]
#[template(path = "users-review.html")]
pub struct ReviewUsers {
    layout: Layout,
    by: Option<String>,
    overdue: bool,
    done: bool,
    questions: Vec<Radios>,
}

impl ReviewUsers {
    /// Title and heading.
    pub const TITLE: &'static str = "Check this term’s users";

    /// The page with what was answered, by row id of the membership; `asked` says that all must be.
    pub fn new(
        layout: Layout,
        reader: &Reader<'_>,
        all: &Overview,
        answers: &[(i64, String)],
        asked: bool,
    ) -> Self {
        const MISSING: &str = "Select whether this user stays";
        let mut errors: Vec<(Text, Text)> = Vec::new();
        let question = |member: &crate::service::users::Member| {
            let answer = answers.iter().find(|(id, _)| *id == member.id);
            let answer = answer.map_or("", |(_, answer)| answer.as_str());
            let name = format!("user-{}", member.id);
            let missing = asked && !["keep", "remove"].contains(&answer);
            if missing {
                let told = format!("{}: {MISSING}", member.person.full_name());
                errors.push((name.clone().into(), told.into()));
            }
            let you = if member.user == reader.user { " (you)" } else { "" };
            let who = [member.person.email.as_str(), member.person.job.as_str()];
            let who = who.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
            let hint = format!(
                "{}. {}. Last sign-in: {}.",
                who.join(", "),
                permissions(reader.kind, member).join(", "),
                used(member)
            );
            let group = Group::new(name, format!("{}{you}", member.person.full_name()))
                .hint(hint)
                .classes("govuk-radios--inline")
                .error(missing.then(|| MISSING.into()));
            let items = vec![Choice::new("keep", "Keep"), Choice::new("remove", "Remove")];
            Radios::new(group, items).value(answer.to_owned())
        };
        let questions = all.people.members.iter().map(question).collect();
        let review = all.review.as_ref();
        Self {
            layout: within(layout, home(reader.kind)).back(home(reader.kind)).errors(errors),
            by: review.map(|review| day_in_words(review.by)),
            overdue: review.is_some_and(|review| review.overdue),
            done: review.is_some_and(|Review { done, .. }| done.is_some()),
            questions,
        }
    }

    /// With why it cannot be done.
    #[must_use]
    pub fn refused(mut self, words: &'static str) -> Self {
        self.layout = self.layout.errors(vec![("confirm".into(), words.into())]);
        self
    }

    fn button() -> Button {
        Button { id: "confirm".into(), ..Button::submit("Confirm this term’s users") }
    }
}

//! The page on which somebody chooses for which of their organisations they act.

use askama::Template;

use crate::web::components::{Button, Choice, Group, Radios};
use crate::web::layout::Layout;

/// The page.
#[derive(Debug, Template)]
#[template(path = "switch.html")]
pub struct Switch {
    layout: Layout,
    return_to: String,
    choices: Radios,
}

impl Switch {
    /// Title and heading.
    pub const TITLE: &'static str = "For which organisation do you act?";

    /// The page: row ids and names of the organisations, and the present one.
    pub fn new(
        layout: Layout,
        organisations: Vec<(i64, String)>,
        now: i64,
        return_to: &str,
    ) -> Self {
        let choice = |(id, name): (i64, String)| Choice::new(id.to_string(), name);
        let group = Group::new("organisation", Self::TITLE)
            .page_heading()
            .hint("Pages and results are those of one organisation at a time.");
        let items = organisations.into_iter().map(choice).collect();
        let choices = Radios::new(group, items).value(now.to_string());
        Self { layout: layout.back("/"), return_to: return_to.to_owned(), choices }
    }

    /// Nothing was chosen that can be.
    #[must_use]
    pub fn refused(mut self) -> Self {
        const WORDS: &str = "Select one of your organisations";
        self.layout = self.layout.errors(vec![("organisation".into(), WORDS.into())]);
        self.choices.group = self.choices.group.error(Some(WORDS.into()));
        self
    }

    fn button() -> Button {
        Button::submit("Act for this organisation")
    }
}

//! Looking at the portal as an organisation sees it: the form, and what is shown in place of what is not.

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use jiff::Timestamp;

use super::within;
use crate::domain::calendar::instant_in_words;
use crate::domain::reason::{BadReason, REASON_CHARS_MAX};
use crate::domain::wording::dfe_number;
use crate::node::directory::Organisation;
use crate::service::access_requests::NotFound;
use crate::service::view_as::VIEWING_LASTS;
use crate::web::components::{
    Button, CharacterCount, Choice, Field, Group, Input, NotificationBanner, Radios, Text,
};
use crate::web::layout::Layout;

/// The form.
#[derive(Debug, Template)]
#[template(path = "view-as.html")]
pub struct Form {
    layout: Layout,
    typed: String,
    not_found: Option<&'static str>,
    found: Vec<(i64, String, String)>,
    /// How many there are, shown or not.
    all: usize,
    chosen: String,
    reason: String,
    no_choice: Option<&'static str>,
    bad_reason: Option<&'static str>,
}

impl Form {
    /// Title and heading.
    pub const TITLE: &'static str = "View as an organisation";

    /// Before anything was typed.
    pub fn new(layout: Layout) -> Self {
        Self {
            layout: within(layout, "/staff/view-as"),
            typed: String::new(),
            not_found: None,
            found: Vec::new(),
            all: 0,
            chosen: String::new(),
            reason: String::new(),
            no_choice: None,
            bad_reason: None,
        }
    }

    /// What a search found.
    #[must_use]
    pub fn found(self, typed: &str, found: &[Arc<Organisation>], all: usize) -> Self {
        let line = |organisation: &Arc<Organisation>| {
            let number = organisation.laestab.map(dfe_number).unwrap_or_default();
            (organisation.id, organisation.name.clone(), number)
        };
        let chosen = match found {
            [one] => one.id.to_string(),
            _ => String::new(),
        };
        let found = found.iter().map(line).collect();
        Self { typed: typed.to_owned(), found, all, chosen, ..self }
    }

    /// It found nothing.
    #[must_use]
    pub fn nothing(mut self, typed: &str, why: NotFound) -> Self {
        let told = match why {
            NotFound::Length => "Enter a DfE number, or at least 3 letters of the name",
            NotFound::Nothing => "Enter another part of the name: nothing was found with this one",
        };
        self.layout = self.layout.errors(vec![("q".into(), told.into())]);
        Self { typed: typed.to_owned(), not_found: Some(told), ..self }
    }

    /// With what was chosen and typed, and all that is wrong with it.
    #[must_use]
    pub fn refused(
        mut self,
        (chosen, reason): (&str, &str),
        has_choice: bool,
        bad: Option<BadReason>,
    ) -> Self {
        let no_choice = (!has_choice).then_some("Select the organisation");
        let bad_reason = bad.map(|bad| match bad {
            BadReason::Empty => "Enter the reason, for example the reference of the call",
            // Its lines are made one: what is left to be wrong is its length.
            BadReason::Long | BadReason::Control => "Shorten the reason to 500 characters or less",
        });
        let wrong = [("organisation", no_choice), ("reason", bad_reason)];
        let wrong = wrong.into_iter().filter_map(|(id, what)| Some((id.into(), what?.into())));
        self.layout = self.layout.errors(wrong.collect());
        let (chosen, reason) = (chosen.to_owned(), reason.to_owned());
        Self { chosen, reason, no_choice, bad_reason, ..self }
    }

    /// A look has just ended.
    #[must_use]
    pub fn ended(mut self) -> Self {
        self.layout.banner = Some(NotificationBanner::success("You see your own pages again"));
        self
    }

    fn minutes() -> i64 {
        VIEWING_LASTS.as_mins()
    }

    fn search(&self) -> Input {
        let field = Field::new("q", "Name or DfE number of the organisation")
            .hint("Part of the name is enough. A DfE number looks like 888/2045")
            .error(self.not_found.map(Text::from));
        Input { value: self.typed.clone().into(), spellcheck: Some(false), ..Input::from(field) }
    }

    fn find() -> Button {
        Button::submit("Find").secondary()
    }

    fn choices(&self) -> Radios {
        let choice = |(id, name, number): &(i64, String, String)| {
            let choice = Choice::new(id.to_string(), name.clone());
            if number.is_empty() { choice } else { choice.hint(format!("DfE number {number}")) }
        };
        let group = Group::new("organisation", "As which organisation?");
        let group = group.error(self.no_choice.map(Text::from));
        let items = self.found.iter().map(choice).collect();
        Radios::new(group, items).value(self.chosen.clone())
    }

    fn reason(&self) -> CharacterCount {
        let field = Field::new("reason", "Why do you look?")
            .hint("The organisation reads this. Name no pupil in it.")
            .error(self.bad_reason.map(Text::from));
        let most = u32::try_from(REASON_CHARS_MAX).expect("a reason is short");
        let value = self.reason.clone().into();
        CharacterCount { value, rows: Some(3), ..CharacterCount::characters(field, most) }
    }

    fn start() -> Button {
        Button::submit("View as this organisation")
    }
}

/// Why something is not shown to whoever looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// It would have changed something.
    Sent,
    /// It names pupils.
    Pupils {
        /// Whether the organisation has results at all.
        has_results: bool,
        /// When they open to it.
        opens: Option<Timestamp>,
    },
    /// It is whoever looks own page.
    Own,
    /// The organisation's users are refused it too.
    NotOpen,
    /// There is no such page for them.
    Unknown,
}

impl NotShown {
    /// Title and heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sent => "You can look, and change nothing",
            Self::Pupils { .. } => "Results and scripts are not shown to you",
            Self::Own => "This page is not part of what you look at",
            Self::NotOpen => "This page is not open to the organisation",
            Self::Unknown => "Page not found",
        }
    }

    /// With which status it is told.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Sent | Self::Pupils { .. } | Self::Own | Self::NotOpen => StatusCode::FORBIDDEN,
            Self::Unknown => StatusCode::NOT_FOUND,
        }
    }
}

/// What is shown instead.
#[derive(Debug, Template)]
#[template(path = "view-as-instead.html")]
pub struct Instead {
    layout: Layout,
    organisation: String,
    paragraphs: Vec<String>,
}

impl Instead {
    /// The page at an instant.
    pub fn new(layout: Layout, organisation: &Organisation, why: NotShown, now: Timestamp) -> Self {
        let paragraphs = match why {
            NotShown::Sent => vec![
                "While you look as an organisation, forms cannot be sent. Nothing was changed.".into(),
                "Ask whoever called to send the form themselves, and go on looking.".into(),
            ],
            NotShown::Pupils { has_results, opens } => vec![
                "These pages and files name pupils. The helpline does not see them.".into(),
                results(has_results, opens, now),
                "Ask whoever called to read out what stands on their page. Who opened what is on the page “Who saw what”.".into(),
            ],
            NotShown::Own => vec![
                "It is about your own account, or for staff.".into(),
                "End the look with the button above, and open the page again.".into(),
            ],
            NotShown::NotOpen => vec![
                "Nobody in the organisation can open it, whatever their permissions are.".into(),
                "They read that their account does not have the permission for it.".into(),
            ],
            NotShown::Unknown => vec![
                "There is no page at this address for the organisation.".into(),
                "If somebody read the address to you, ask them to open the start page instead.".into(),
            ],
        };
        Self { layout, organisation: organisation.name.clone(), paragraphs }
    }
}

/// What is true of the organisation's results.
fn results(has_results: bool, opens: Option<Timestamp>, now: Timestamp) -> String {
    match opens.map(|opens| (opens <= now, instant_in_words(opens))) {
        _ if !has_results => "This organisation has no key stage 2 results.".to_owned(),
        None => "No day is set for the organisation's results yet.".to_owned(),
        Some((true, opens)) => {
            format!("The organisation's results have been open to its users since {opens}.")
        }
        Some((false, opens)) => {
            format!(
                "The organisation's results open at {opens}. Until then its users see a countdown."
            )
        }
    }
}

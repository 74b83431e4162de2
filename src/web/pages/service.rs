//! Nobody came back from the identity service whom we know, or it says no more of them, and what to do then.

use askama::Template;
use jiff::Timestamp;

use super::sessions::Onward;
use crate::domain::calendar::instant_in_words;
use crate::web::components::{Button, NotificationBanner};
use crate::web::kept::Kept;
use crate::web::layout::Layout;

/// Why nobody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The service does not answer.
    Down,
    /// What came back does not fit what was asked.
    Astray,
    /// The account there has none here.
    Unknown,
    /// It gives the account no access for the organisation.
    NoAccess,
    /// The organisation that it names is none of theirs.
    Elsewhere,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "service-not-known.html")]
pub struct NotKnown<'a> {
    layout: Layout,
    name: &'a str,
    why: Why,
}

impl<'a> NotKnown<'a> {
    /// The page; `name` is what people call the service.
    pub fn new(name: &'a str, why: Why) -> Self {
        let title = match why {
            Why::Down => "That way to sign in does not work at the moment",
            Why::Astray => "Signing in was broken off",
            Why::Unknown => "That account is not linked to Daybreak",
            Why::NoAccess => "Your account has no access for that organisation",
            Why::Elsewhere => "That organisation is not one of yours here",
        };
        Self { layout: Layout::titled(title).back("/sign-in"), name, why }
    }

    fn again() -> Button {
        Button::link("Go to sign in", "/sign-in")
    }
}

/// What every page says while the service does not say what somebody may do; `until` then they can read.
pub fn reads_only(name: &str, until: Timestamp) -> NotificationBanner {
    let until = instant_in_words(until);
    NotificationBanner::news(format!(
        "{name} does not tell us what you may do. Until {until} you can read, and change nothing."
    ))
}

/// A form was not taken, because the service does not say what its sender may do.
#[derive(Debug, Template)]
#[template(path = "service-not-sent.html")]
pub struct NotSent<'a> {
    layout: Layout,
    name: &'a str,
    until: String,
    onward: Option<Onward>,
}

impl<'a> NotSent<'a> {
    /// Title and heading.
    pub const TITLE: &'static str = "Nothing can be changed at the moment";

    /// The page, with what was typed if that can be kept; `name` is what people call the service.
    pub fn new(layout: Layout, name: &'a str, until: Timestamp, kept: Option<Kept>) -> Self {
        let onward = kept.map(|kept| Onward::new(layout.csrf.clone(), kept));
        Self { layout, name, until: instant_in_words(until), onward }
    }
}

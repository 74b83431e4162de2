//! Where somebody is signed in, the page that keeps them so, and what they typed when they were not any more.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::calendar::{instant_in_words, time_in_words};
use crate::service::sessions::Own;
use crate::web::components::{Button, NotificationBanner, Text};
use crate::web::kept::Kept;
use crate::web::layout::Layout;

/// The list of one's sessions.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub struct Sessions {
    layout: Layout,
    rows: Vec<Row>,
}

/// One of them.
#[derive(Debug)]
struct Row {
    id: String,
    number: usize,
    device: String,
    organisation: String,
    began: String,
    seen: String,
    is_this: bool,
}

impl Sessions {
    /// Title and heading.
    pub const TITLE: &'static str = "Where you are signed in";

    /// The page; `this` is the session that reads it.
    pub fn new(layout: Layout, all: &[Own], this: [u8; 16]) -> Self {
        let row = |(place, own): (usize, &Own)| Row {
            id: crate::domain::hex::hex(&own.id),
            number: place + 1,
            device: own.device.clone(),
            organisation: own.organisation.clone(),
            began: instant_in_words(own.began),
            seen: time_in_words(own.seen),
            is_this: own.id == this,
        };
        Self { layout: layout.back("/"), rows: all.iter().enumerate().map(row).collect() }
    }

    /// One was ended.
    #[must_use]
    pub fn ended(mut self) -> Self {
        self.layout.banner = Some(NotificationBanner::success("That session has ended"));
        self
    }

    fn everywhere() -> Button {
        Button {
            name: "all".into(),
            value: "yes".into(),
            ..Button::submit("Sign out everywhere").warning()
        }
    }
}

/// The page that keeps somebody signed in by being opened.
#[derive(Debug, Template)]
#[template(path = "stay.html")]
pub struct Stay {
    layout: Layout,
    until: String,
}

impl Stay {
    /// Title and heading.
    pub const TITLE: &'static str = "You are still signed in";

    /// The page.
    pub fn new(layout: Layout, until: jiff::Timestamp) -> Self {
        // It says the same in its own words.
        let layout = Layout { lasts: None, ..layout };
        Self { layout, until: time_in_words(until) }
    }

    fn button() -> Button {
        Button::submit("Stay signed in for longer")
    }
}

/// Signed in again: what was typed before goes where it was meant to go.
#[derive(Debug, Template)]
#[template(path = "resume.html")]
pub struct Resume {
    layout: Layout,
    onward: Onward,
}

impl Resume {
    /// Title and heading.
    pub const TITLE: &'static str = "You are signed in again";

    /// The page.
    pub fn new(layout: Layout, kept: Kept) -> Self {
        let onward = Onward::new(layout.csrf.clone(), kept);
        Self { layout, onward }
    }
}

/// A form that was typed before and can be sent now.
#[derive(Debug, Template)]
#[template(path = "onward.html")]
pub struct Onward {
    csrf: Text,
    kept: Kept,
}
impl HtmlSafe for Onward {}

impl Onward {
    /// The form; `csrf` is the hidden field of the session that sends it.
    pub fn new(csrf: Text, kept: Kept) -> Self {
        Self { csrf, kept }
    }

    fn button() -> Button {
        Button::submit("Continue with what you typed")
    }
}

//! Nobody came back from the identity service whom we know, and what to do then.

use askama::Template;

use crate::web::components::Button;
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
        };
        Self { layout: Layout::titled(title).back("/sign-in"), name, why }
    }

    fn again() -> Button {
        Button::link("Go to sign in", "/sign-in")
    }
}

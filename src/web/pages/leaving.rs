//! Whoever came through the identity service has signed out here, and there.

use askama::Template;

use crate::web::components::{Button, WarningText};
use crate::web::layout::Layout;

/// The page.
#[derive(Debug, Template)]
#[template(path = "signed-out.html")]
pub struct SignedOut {
    layout: Layout,
    name: String,
    /// Where signing out there begins; none for whoever has.
    address: Option<String>,
}

impl SignedOut {
    /// Signed out here alone; `name` is what people call the service, `address` leads out of it.
    pub fn here(name: String, address: String) -> Self {
        let layout = Layout::titled("You are signed out of Daybreak");
        Self { layout, name, address: Some(address) }
    }

    /// Signed out there as well.
    pub fn there(name: String) -> Self {
        Self { layout: Layout::titled("You are signed out"), name, address: None }
    }

    fn warning(&self) -> WarningText {
        WarningText::new(format!("You are still signed in to {}", self.name))
    }

    fn button(&self, address: &str) -> Button {
        Button::link(format!("Sign out of {}", self.name), address.to_owned())
    }
}

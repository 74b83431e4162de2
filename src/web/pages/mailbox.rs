//! The demo's mailbox: a list of emails, and one of them.

use askama::Template;

use crate::service::mailbox::{Piece, Stored};
use crate::web::layout::Layout;

/// The newest emails.
#[derive(Debug, Template)]
#[template(path = "mailbox.html")]
pub struct List {
    /// The frame.
    pub layout: Layout,
    /// The newest first.
    pub emails: Vec<Stored>,
}

/// One email.
#[derive(Debug, Template)]
#[template(path = "mailbox-email.html")]
pub struct One {
    /// The frame.
    pub layout: Layout,
    /// The email.
    pub email: Stored,
    /// Its text.
    pub lines: Vec<Vec<Piece>>,
}

impl One {
    /// An email below the list.
    pub fn new(layout: Layout, email: Stored, lines: Vec<Vec<Piece>>) -> Self {
        let title = email.subject.clone().into();
        Self { layout: Layout { title, ..layout }.back("/demo/mailbox"), email, lines }
    }
}

//! The demo's mailbox. A server has none: its addresses are unknown there.

use http::StatusCode;

use crate::web::answer::{Answer, fixed, page};
use crate::web::pages::frame;
use crate::web::pages::mailbox::{List, One};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /demo/mailbox and /demo/mailbox/{id}
pub fn show(site: &Site, visit: &Visit, id: Option<&str>) -> Answer {
    let Some(mailbox) = &site.mailbox else { return fixed(static_pages::not_found()) };
    let layout = frame(site, visit, "Mailbox of this demo");
    let html = match id {
        None => List { layout, emails: mailbox.list() }.to_string(),
        Some(id) => match mailbox.read(id) {
            Some((email, lines)) => One::new(layout, email, lines).to_string(),
            None => return fixed(static_pages::not_found()),
        },
    };
    page(StatusCode::OK, html)
}

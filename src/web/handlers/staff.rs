//! Pages for staff: who may open them, and what they share.

use axum::body::Body;
use http::Request;
use http::request::Parts;

use super::results::{actor, to_sign_in};
use crate::domain::reason::Reason;
use crate::domain::rights::Action;
use crate::service::desk::{Desk, NotDone};
use crate::service::results::Actor;
use crate::web::answer::{Answer, fixed};
use crate::web::form::{self, Fields};
use crate::web::pages::staff::Problems;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

pub mod accounts;
pub mod queue;
pub mod releases;

/// Whoever visits and the desk at which they act; whoever may not is not told that there is such a page.
fn at_desk<'a>(
    site: &Site,
    visit: &'a Visit,
    head: &Parts,
    action: Action,
) -> Result<(&'a Actor, Desk), Box<Answer>> {
    let Some(actor) = actor(visit) else { return Err(Box::new(to_sign_in(head))) };
    let desk = site.desks.of(actor, action);
    let desk = desk.ok_or_else(|| Box::new(fixed(static_pages::not_found())))?;
    Ok((actor, desk))
}

/// A form of whoever may act, and the desk at which they do.
async fn posted<'a>(
    site: &Site,
    visit: &'a Visit,
    action: Action,
    request: Request<Body>,
) -> Result<(&'a Actor, Desk, Fields), Box<Answer>> {
    let (head, body) = request.into_parts();
    let (actor, desk) = at_desk(site, visit, &head, action)?;
    let request = Request::from_parts(head, body);
    let read = form::read(site, visit.session.as_ref(), request).await;
    let (fields, _) = read.map_err(Box::new)?;
    Ok((actor, desk, fields))
}

/// What is answered when nothing can be shown or done.
fn instead(reason: &NotDone) -> Answer {
    match reason {
        NotDone::NoRight => fixed(static_pages::not_found()),
        NotDone::Store(_) => fixed(static_pages::busy()),
    }
}

/// The reason that was typed into a field; what is wrong with it is a problem of that field.
fn reason(fields: &Fields, name: &'static str, problems: &mut Problems) -> Option<Reason> {
    match Reason::typed(fields.get(name)) {
        Ok(reason) => Some(reason),
        Err(bad) => {
            problems.add(name, bad.to_string());
            None
        }
    }
}

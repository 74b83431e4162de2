//! Details of an organisation: look, change, check, save.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::request::Parts;
use http::{Request, StatusCode};

use super::results::{actor, to_sign_in};
use crate::domain::contact::Contact;
use crate::domain::rights::Action;
use crate::service::away::Away;
use crate::service::organisation::{Details, NotSeen, Saved};
use crate::service::results::Actor;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::{self, Fields};
use crate::web::pages::frame;
use crate::web::pages::organisation::{Change, Check, Organisation};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// Its own address.
const OWN: &str = "/organisation";

/// GET /organisation
pub async fn own(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    let details = match site.organisations.own(actor).await {
        Ok(details) => details,
        Err(reason) => return not_seen(reason),
    };
    let saved = head.uri.query() == Some("saved");
    let layout = frame(&site, &visit, Organisation::heading(details.kind));
    let shown = Organisation::new(layout, &details, actor.may(Action::Contact));
    let shown = shown.accesses(actor.may(Action::Accesses));
    let shown = if saved { shown.saved() } else { shown };
    page(StatusCode::OK, shown.to_string())
}

/// GET /organisation/{laestab}
pub async fn school(site: &Site, visit: &Visit, head: &Parts, laestab: u32) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(head) };
    match site.organisations.school(actor, laestab).await {
        Ok(details) => {
            let may_edit = details.id == actor.organisation.id && actor.may(Action::Contact);
            let layout = frame(site, visit, Organisation::heading(details.kind));
            page(StatusCode::OK, Organisation::new(layout, &details, may_edit).to_string())
        }
        Err(reason) => not_seen(reason),
    }
}

/// GET /organisation/change
pub async fn show_change(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    match editable(&site, actor).await {
        Ok(details) => {
            let form = Change::new(frame(&site, &visit, Change::TITLE), &details.contact);
            page(StatusCode::OK, form.to_string())
        }
        Err(refused) => *refused,
    }
}

/// POST /organisation/change: the answers to check, or the form again. Nothing is kept of it yet: the next
/// form carries what was typed, and proves like every form that it comes from the same session.
pub async fn change(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, old) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let form = || Change::new(frame(&site, &visit, Change::TITLE), &old);
    let (phone, email) = (fields.get("phone"), fields.get("email"));
    if !fields.get("again").is_empty() {
        return page(StatusCode::OK, form().typed(phone, email).to_string());
    }
    match Contact::typed(phone, email) {
        Ok(new) if new == old => see_other(OWN),
        Ok(new) => {
            let check = Check::new(frame(&site, &visit, Check::TITLE), old.clone(), new);
            page(StatusCode::OK, check.to_string())
        }
        Err(bad) => {
            let html = form().typed(phone, email).refused(bad).to_string();
            page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
    }
}

/// POST /organisation/check: keeps what was checked. It is read again: a hidden field is as free as any other.
pub async fn save(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, old) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let (phone, email) = (fields.get("phone"), fields.get("email"));
    let form =
        |old: &Contact| Change::new(frame(&site, &visit, Change::TITLE), old).typed(phone, email);
    let new = match Contact::typed(phone, email) {
        Ok(new) => new,
        Err(bad) => {
            let html = form(&old).refused(bad).to_string();
            return page(StatusCode::UNPROCESSABLE_ENTITY, html);
        }
    };
    let Some(actor) = actor(&visit) else { return see_other("/") };
    match site.organisations.save(actor, old, new).await {
        Ok(Saved::Kept) => see_other("/organisation?saved"),
        Ok(Saved::Overtaken) => match site.organisations.own(actor).await {
            Ok(details) => {
                let html = form(&details.contact).overtaken(&details.contact).to_string();
                page(StatusCode::UNPROCESSABLE_ENTITY, html)
            }
            Err(reason) => not_seen(reason),
        },
        Err(Away) => fixed(static_pages::busy()),
    }
}

/// A form of somebody who may change the details, and what they saw before.
async fn posted(
    site: &Site,
    visit: &Visit,
    request: Request<Body>,
) -> Result<(Fields, Contact), Box<Answer>> {
    let Some(actor) = actor(visit) else {
        return Err(Box::new(see_other("/sign-in?return_to=/organisation/change")));
    };
    let read = form::read(site, visit.session.as_ref(), request).await;
    let (fields, _) = read.map_err(Box::new)?;
    if !actor.may(Action::Contact) {
        return Err(Box::new(fixed(static_pages::forbidden())));
    }
    let old = |name| fields.get(name).to_owned();
    let old = Contact::kept(old("old_phone"), old("old_email"));
    Ok((fields, old))
}

/// The details of an organisation that the actor may change.
async fn editable(site: &Site, actor: &Actor) -> Result<Details, Box<Answer>> {
    if !actor.may(Action::Contact) {
        return Err(Box::new(fixed(static_pages::forbidden())));
    }
    site.organisations.own(actor).await.map_err(|reason| Box::new(not_seen(reason)))
}

fn not_seen(reason: NotSeen) -> Answer {
    fixed(match reason {
        NotSeen::Unknown => static_pages::not_found(),
        NotSeen::Away => static_pages::busy(),
    })
}

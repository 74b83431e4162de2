//! Looking at the portal as an organisation sees it: find it, say why, begin, and end.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::query_field;
use super::results::{actor, to_sign_in};
use crate::domain::reason::Reason;
use crate::domain::rights::Action;
use crate::service::away::Away;
use crate::web::answer::{Answer, fixed, page, see_other, set_cookie};
use crate::web::form;
use crate::web::pages::frame;
use crate::web::pages::view_as::Form;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages, viewing};

/// Its own address.
const OWN: &str = "/staff/view-as";

/// GET /staff/view-as, with a search or without
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    if !actor.may(Action::ViewAs) {
        return fixed(static_pages::not_found());
    }
    let query = head.uri.query().unwrap_or_default();
    let empty = Form::new(frame(&site, &visit, Form::TITLE));
    if query == "ended" {
        return page(StatusCode::OK, empty.ended().to_string());
    }
    if !query.starts_with("q=") {
        return page(StatusCode::OK, empty.to_string());
    }
    let (status, form) = found(&site, empty, &query_field(&head.uri, "q"));
    page(status, form.to_string())
}

/// POST /staff/view-as
pub async fn begin(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let fields = match form::read(&site, visit.session.as_ref(), request).await {
        Ok((fields, _)) => fields,
        Err(refused) => return refused,
    };
    let Some(actor) = actor(&visit).filter(|actor| actor.may(Action::ViewAs)) else {
        return fixed(static_pages::not_found());
    };
    let chosen = fields.get("organisation").parse().ok();
    let chosen = chosen.and_then(|id| site.access_requests.organisation(id));
    let (organisation, why) = match (chosen, Reason::of_lines(fields.get("reason"))) {
        (Some(organisation), Ok(reason)) => (organisation, reason),
        (chosen, reason) => {
            let form = Form::new(frame(&site, &visit, Form::TITLE));
            let (_, form) = found(&site, form, fields.get("q"));
            let typed = (fields.get("organisation"), fields.get("reason"));
            let form = form.refused(typed, chosen.is_some(), reason.err());
            return page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
        }
    };
    match site.view_as.begin(actor, &organisation, why).await {
        Ok(begun) => with(see_other("/"), viewing::begun(&site.node, &begun)),
        Err(Away) => fixed(static_pages::busy()),
    }
}

/// POST /staff/view-as/end
pub async fn end(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    if let Err(refused) = form::read(&site, visit.session.as_ref(), request).await {
        return refused;
    }
    // Whose time is up already is where they wanted to be.
    if let Some(looks) = visit.session.as_ref().and_then(|session| session.looks.as_ref()) {
        site.view_as.end(&looks.own, &looks.viewing).await;
    }
    with(see_other(&format!("{OWN}?ended")), Some(viewing::gone()))
}

/// A form with what a search found, or with why it found nothing.
fn found(site: &Site, form: Form, typed: &str) -> (StatusCode, Form) {
    match site.access_requests.search(typed) {
        Ok((found, all)) => (StatusCode::OK, form.found(typed, &found, all)),
        Err(why) => (StatusCode::UNPROCESSABLE_ENTITY, form.nothing(typed, why)),
    }
}

fn with(mut answer: Answer, cookie: Option<String>) -> Answer {
    match cookie {
        Some(cookie) => set_cookie(&mut answer, &cookie),
        None => return fixed(static_pages::busy()),
    }
    answer
}

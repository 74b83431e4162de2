//! One's sessions: the list, ending them, and staying signed in.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Request, StatusCode};
use serde_json::json;

use super::account::device;
use super::results::to_sign_in;
use crate::service::sessions::Own;
use crate::web::answer::{self, Answer, fixed, page, see_other, set_cookie};
use crate::web::pages::frame;
use crate::web::pages::sessions::{Sessions, Stay};
use crate::web::serve::Visit;
use crate::web::session::Session;
use crate::web::{Site, form, later, session, static_pages};

/// Its own address.
const OWN: &str = "/account/sessions";

/// GET /account/sessions
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    let Ok(mut all) = site.own_sessions.of(&session.actor, site.sessions.idle).await else {
        return fixed(static_pages::busy());
    };
    // One that has just begun is not in the database yet.
    if !all.iter().any(|own| own.id == session.token.id) {
        all.insert(0, this(&site, session, &head.headers));
    }
    let list = Sessions::new(frame(&site, &visit, Sessions::TITLE), &all, session.token.id);
    let list = if head.uri.query() == Some("ended") { list.ended() } else { list };
    page(StatusCode::OK, list.to_string())
}

/// The session that asks.
fn this(site: &Site, session: &Session, headers: &HeaderMap) -> Own {
    Own {
        id: session.token.id,
        began: session.token.began,
        seen: site.node.clock.now(),
        device: device(headers),
        organisation: session.actor.organisation.name.clone(),
    }
}

/// POST /account/sessions: ends one, or all.
pub async fn end(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, _) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(session) = &visit.session else { return see_other("/") };
    if !fields.get("all").is_empty() {
        site.own_sessions.end_all(&session.actor).await;
        let mut answer = see_other("/sign-in");
        set_cookie(&mut answer, &session::gone());
        return answer;
    }
    let Some(id) = crate::domain::hex::parse(fields.get("session")) else {
        return fixed(static_pages::bad_request());
    };
    match site.own_sessions.end(&session.actor, id).await {
        // One that has ended meanwhile is what was wanted; somebody else's looks the same.
        Ok(_) => see_other(&format!("{OWN}?ended")),
        Err(_) => fixed(static_pages::busy()),
    }
}

/// GET /session: being opened keeps somebody signed in.
pub async fn show_stay(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    let until = session::ends(&site.node, site.sessions, session);
    page(StatusCode::OK, Stay::new(frame(&site, &visit, Stay::TITLE), until).to_string())
}

/// POST /session: the same for the script, and for whoever presses the button. Needs no database.
pub async fn stay(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (_, headers) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(session) = &visit.session else { return see_other("/") };
    let cookie = session::extend(&site.node, session);
    let mut answer = if later::wants_page(&headers) {
        see_other("/session")
    } else {
        let full = session::extended(&site.node, site.sessions, session);
        answer::json(&json!({ "seconds": full }))
    };
    if let Some(cookie) = cookie {
        set_cookie(&mut answer, &cookie);
    }
    answer
}

/// GET /session/left: how long the session lasts if nothing is done. Asking does nothing.
pub fn left(site: &Site, visit: &Visit) -> Answer {
    let seconds = visit.session.as_ref().map(|session| {
        let ends = session::lasts(&site.node, site.sessions, session);
        ends.duration_since(site.node.clock.now()).as_secs()
    });
    answer::json(&json!({ "seconds": seconds.unwrap_or(0) }))
}

//! Signing in again: a form that came too late is kept, sealed, and sent on afterwards.

use std::net::IpAddr;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};

use super::{queue, second_factor};
use crate::service::sign_in::NewSession;
use crate::web::answer::{Answer, fix, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::kept::{Kept, looked_at};
use crate::web::pages::account::SignIn;
use crate::web::pages::sessions::Resume;
use crate::web::pages::signed_in;
use crate::web::router::Route;
use crate::web::serve::Visit;
use crate::web::session::Session;
use crate::web::{Site, session};

/// A form whose session had ended by itself: the page to sign in on, with what was typed in it. Whatever else
/// was sent goes its usual way.
pub async fn kept(
    site: &Site,
    route: &Route<'_>,
    request: Request<Body>,
    visit: &Visit,
) -> Result<Request<Body>, Box<Answer>> {
    if matches!(route, Route::Page(path) if path.starts_with("/sign-") || *path == "/session") {
        return Ok(request);
    }
    let Some(expired) = session::expired(&site.node, site.sessions, request.headers()) else {
        return Ok(request);
    };
    let (request, bytes) = looked_at(request).await;
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let head = (request.headers(), path);
    match Kept::of(&site.node, &site.origin, head, &bytes, (expired.id, expired.user.id)) {
        None => Ok(request),
        Some(kept) => Err(Box::new(ask(site, request.headers(), visit, &kept, &expired))),
    }
}

/// Somebody must set up a second factor before all else: the way there, and with a form the page itself, which carries
/// what was typed until it can be sent.
pub async fn set_up_first(
    site: &Site,
    request: Request<Body>,
    visit: &Visit,
    session: &Session,
) -> Answer {
    let (request, bytes) = looked_at(request).await;
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let (head, of) = ((request.headers(), path), (session.token.id, session.actor.user.id));
    match Kept::of(&site.node, &site.origin, head, &bytes, of) {
        Some(kept) => second_factor::set_up_with(site, visit, session, kept.seal(&site.node)),
        None => see_other(second_factor::SET_UP),
    }
}

fn ask(
    site: &Site,
    headers: &HeaderMap,
    visit: &Visit,
    kept: &Kept,
    expired: &session::Expired,
) -> Answer {
    let (tie, cookie) = Tie::of(headers, None);
    // Somebody else who signs in here goes where they always go.
    let form = SignIn::new(csrf::field(&site.node, &tie), "")
        .username(&expired.user.username)
        .keeping(&kept.seal(&site.node))
        .again();
    let answer = held(site, headers, visit.client.address, form);
    super::account::with_cookie(answer, cookie)
}

/// The form that carries what was typed; it says so when others come first.
pub(super) fn held(
    site: &Site,
    headers: &HeaderMap,
    address: Option<IpAddr>,
    form: SignIn,
) -> Answer {
    let (cookies, waits) = queue::beside(site, headers, address);
    let form = match waits {
        Some(waits) => form.behind(waits.0),
        None => form,
    };
    queue::with_all(unauthorised(&form), &cookies)
}

/// The same in place of the way back to the queue, with the cookies of the place there.
pub(super) fn waiting(to_queue: &Answer, form: SignIn) -> Answer {
    let mut answer = unauthorised(&form.behind(None));
    for cookie in to_queue.headers().get_all(header::SET_COOKIE) {
        answer.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    answer
}

fn unauthorised(form: &SignIn) -> Answer {
    let mut answer = page(StatusCode::UNAUTHORIZED, form.to_string());
    fix(&mut answer, header::WWW_AUTHENTICATE, "Form realm=\"Daybreak\"");
    answer
}

/// The page from which something that was typed before is sent on; none when there was nothing, or it is
/// somebody else's.
pub(super) fn resumed(site: &Site, new: &NewSession, kept: &str) -> Option<Answer> {
    let kept = Kept::open(&site.node, kept).filter(|kept| kept.user == new.actor.user.id)?;
    let csrf = csrf::field(&site.node, &Tie::Session(new.actor.session));
    let layout = signed_in(&new.actor, csrf, Resume::TITLE);
    Some(page(StatusCode::OK, Resume::new(layout, kept).to_string()))
}

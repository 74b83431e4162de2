//! Sessions that came through the identity service: what it says of them is asked for again in time, and while it does
//! not answer they read and change nothing.

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};

use super::answer::{Answer, page};
use super::kept::{Kept, looked_at};
use super::pages::frame;
use super::pages::service::NotSent;
use super::router::{Route, Viewed};
use super::serve::Visit;
use super::session::{self, Session};
use super::{Site, static_pages};
use crate::domain::roles::Worth;
use crate::service::identity::Standing;

/// The session of a request. One that came through the service waits for a bounded time while the service is asked
/// again, when its last word is old; what is worth nothing any more is none.
pub(super) async fn session(
    site: &Site,
    route: &Route<'_>,
    headers: &HeaderMap,
) -> Option<Session> {
    let read = || session::read((&site.node, &site.identity), site.sessions, headers);
    let mut session = read()?;
    if worth(&session) != Worth::Whole && asks(route) {
        let (user, organisation) = (&session.actor.user, session.token.organisation());
        // Boxed: every other request would carry its room.
        Box::pin(site.identity.look_again(user, organisation)).await;
        session = read()?;
    }
    (worth(&session) != Worth::Nothing).then_some(session)
}

/// Whether a request waits for a new look-up: not what a page brings along or asks by itself, nor the way out.
fn asks(route: &Route<'_>) -> bool {
    let by_itself = matches!(route, Route::Asset(_) | Route::QueueStatus | Route::SessionLeft);
    !by_itself && !leads_out(route)
}

/// Signing out, signing in otherwise, and staying signed in, which changes nothing.
fn leads_out(route: &Route<'_>) -> bool {
    let signs = |path: &str| path.starts_with("/sign-") || path == "/session";
    route.viewed() == Viewed::Leaves || matches!(route, Route::Page(path) if signs(path))
}

fn worth(session: &Session) -> Worth {
    session.standing.map_or(Worth::Whole, |standing| standing.worth)
}

/// Whether a form is not taken: the service does not answer, and what it said last is good for reading alone.
pub(super) fn is_refused(route: &Route<'_>, method: &Method, session: &Session) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    worth(session) != Worth::Whole && !reads && !leads_out(route)
}

/// What is answered to such a form: that it was not taken, with what was typed in it.
pub(super) async fn not_sent(
    site: &Site,
    request: Request<Body>,
    visit: &Visit,
    session: &Session,
) -> Answer {
    let until = session.standing.and_then(Standing::reads_until);
    let (Some(until), Some((name, _))) = (until, site.identity.shown()) else {
        return super::answer::fixed(static_pages::busy());
    };
    let (request, bytes) = looked_at(request).await;
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let (head, of) = ((request.headers(), path), (session.token.id, session.actor.user.id));
    let kept = Kept::of(&site.node, &site.origin, head, &bytes, of);
    let layout = frame(site, visit, NotSent::TITLE);
    page(StatusCode::FORBIDDEN, NotSent::new(layout, name, until, kept).to_string())
}

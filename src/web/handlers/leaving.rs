//! Signing out at the identity service, for whoever came through it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::{query_field, with_cookie};
use crate::web::Site;
use crate::web::answer::{Answer, page, see_other};
use crate::web::pages::leaving::SignedOut;
use crate::web::serve::Visit;
use crate::web::session::{Came, Session, cookie};

/// Where it is offered.
const OFFER: &str = "/sign-out/service";
/// Carries the word with which a browser comes back from signing out there.
const LEFT_COOKIE: &str = "__Host-left";
/// Seconds in which it does.
const LEFT_SECONDS: u32 = 3_600;

/// Where whoever has signed out goes on.
pub(super) fn onward(site: &Site, session: &Session) -> &'static str {
    let came_through = session.token.came != Came::WithPassword;
    if came_through && site.identity.leads_out() { OFFER } else { "/" }
}

/// GET /sign-out/service: a link that leads there, and no form, for our pages send forms to no other site.
pub async fn offer(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Answer {
    let way_out = site.identity.way_out().filter(|_| visit.session.is_none());
    let Some(way_out) = way_out else { return see_other("/") };
    let cookie = left_cookie(&way_out.state, LEFT_SECONDS);
    let html = SignedOut::here(way_out.name, way_out.address).to_string();
    with_cookie(page(StatusCode::OK, html), Some(cookie))
}

/// GET /sign-out/service/back
pub async fn back(State(site): State<Arc<Site>>, request: Request<Body>) -> Answer {
    let (head, _) = request.into_parts();
    let left = cookie(&head.headers, LEFT_COOKIE).filter(|left| !left.is_empty());
    // Nobody is told that they have signed out who was led here from elsewhere.
    let is_own = left.is_some_and(|left| left == query_field(&head.uri, "state"));
    let answer = match site.identity.shown() {
        Some((name, _)) if is_own => {
            page(StatusCode::OK, SignedOut::there(name.to_owned()).to_string())
        }
        _ => see_other("/"),
    };
    with_cookie(answer, left.map(|_| left_cookie("", 0)))
}

fn left_cookie(value: &str, seconds: u32) -> String {
    format!("{LEFT_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

//! Looking as an organisation sees the portal: the cookie that carries it, and what it never opens.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Request, StatusCode};

use super::Site;
use super::answer::{Answer, page};
use super::pages::frame;
use super::pages::view_as::{Instead, NotShown};
use super::router::{Route, Viewed};
use super::serve::Visit;
use super::session::{Session, cookie};
use crate::domain::access::results_audience;
use crate::domain::rights::Action;
use crate::node::Node;
use crate::node::keys::Purpose;
use crate::service::results::Actor;
use crate::service::view_as::{VIEWING_LASTS, Viewing};

/// Name of the cookie.
const COOKIE_NAME: &str = "__Host-viewing";
/// What it is sealed for.
const USAGE: &str = " viewing";

/// A session that looks as an organisation.
#[derive(Clone, Debug)]
pub struct Looks {
    /// At what, until when.
    pub viewing: Viewing,
    /// Who looks, acting for whom they really act.
    pub own: Actor,
}

/// The session as it looks, if its browser carries a look that goes on.
pub(super) fn within(node: &Node, headers: &HeaderMap, session: Session) -> Session {
    // Nobody else pays for a second look at the cookies.
    if !session.actor.may(Action::ViewAs) {
        return session;
    }
    let looks = || {
        let sealed = URL_SAFE_NO_PAD.decode(cookie(headers, COOKIE_NAME)?).ok()?;
        let text = node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let viewing: Viewing = serde_json::from_slice(&text).ok()?;
        let actor = viewing.actor(node, &session.actor)?;
        Some((actor, viewing))
    };
    match looks() {
        Some((actor, viewing)) => {
            let looks = Looks { viewing, own: session.actor };
            Session { actor, looks: Some(Box::new(looks)), ..session }
        }
        None => session,
    }
}

/// The cookie of a look that begins. None while the node has no key.
pub(super) fn begun(node: &Node, viewing: &Viewing) -> Option<String> {
    let text = serde_json::to_vec(viewing).expect("plain data");
    let sealed = node.keys().seal_as(Purpose::Session, USAGE, &text)?;
    Some(written(&URL_SAFE_NO_PAD.encode(sealed), VIEWING_LASTS.as_secs()))
}

/// The cookie that takes it from the browser.
pub(super) fn gone() -> String {
    written("", 0)
}

fn written(value: &str, seconds: i64) -> String {
    format!("{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// What is answered to whoever looks, in place of what was asked for: nothing is changed, no pupil is named, and
/// their own pages are not part of it.
pub(super) fn instead(
    site: &Site,
    route: &Route<'_>,
    request: &Request<Body>,
    visit: &Visit,
) -> Option<Answer> {
    let session = visit.session.as_ref()?;
    session.looks.as_ref()?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let why = match route.viewed() {
        Viewed::Leaves => return None,
        _ if !is_read => NotShown::Sent,
        Viewed::Shown => return None,
        Viewed::Pupils => {
            let times = site.node.plan().times();
            let actor = &session.actor;
            let audience = results_audience(actor.organisation.kind, actor.permissions);
            let opens = audience.and_then(|audience| Some(times?.of(audience)));
            NotShown::Pupils { has_results: audience.is_some(), opens }
        }
        Viewed::Own => NotShown::Own,
    };
    Some(told(site, visit, why))
}

/// Whether somebody who looks opens a page.
pub(super) fn reads(visit: &Visit, method: &Method) -> bool {
    let looks = visit.session.as_ref().is_some_and(|session| session.looks.is_some());
    looks && matches!(*method, Method::GET | Method::HEAD)
}

/// An answer that says less than whoever looks should know: why it is refused, with the banner of every page.
pub(super) fn framed(site: &Site, visit: &Visit, answer: Answer) -> Answer {
    match answer.status() {
        StatusCode::FORBIDDEN => told(site, visit, NotShown::NotOpen),
        StatusCode::NOT_FOUND => told(site, visit, NotShown::Unknown),
        _ => answer,
    }
}

fn told(site: &Site, visit: &Visit, why: NotShown) -> Answer {
    let Some(session) = &visit.session else { return page(StatusCode::FORBIDDEN, "") };
    let layout = frame(site, visit, why.title());
    let html = Instead::new(layout, &session.actor.organisation, why, site.node.clock.now());
    page(why.status(), html.to_string())
}

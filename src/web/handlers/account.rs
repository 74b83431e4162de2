//! Signing in and out.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode, Uri, header};

use crate::service::results::Actor;
use crate::service::sign_in::{NotSignedIn, sign_in as begin_session};
use crate::telemetry::Hidden;
use crate::web::answer::{Answer, fixed, insert, page, see_other, set_cookie};
use crate::web::csrf::{self, Tie};
use crate::web::form::{self, Fields};
use crate::web::pages::account::SignIn;
use crate::web::serve::Visit;
use crate::web::{Site, session, static_pages};

/// GET /sign-in
pub async fn show_sign_in(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let return_to = query_field(request.uri(), "return_to");
    if let Some(session) = &visit.session {
        return see_other(&onward(&site, &session.actor, &return_to));
    }
    let (tie, cookie) = Tie::of(request.headers(), None);
    let form = SignIn::new(csrf::field(&site.node, &tie), &return_to);
    with_cookie(page(StatusCode::OK, form.to_string()), cookie)
}

/// POST /sign-in
pub async fn sign_in(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, headers) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let (tie, _) = Tie::of(&headers, visit.session.as_ref());
    let password = Hidden::new(fields.get("password").to_owned());
    let username = fields.get("username");
    if username.trim().is_empty() || password.expose().is_empty() {
        let form = again(&site, &tie, &fields).incomplete();
        return page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
    }
    let (node, pool) = (&site.node, &site.passwords);
    let address = visit.client.address;
    let outcome =
        begin_session(node, pool, &site.attempts, &site.metrics, username, password, address).await;
    match outcome {
        Ok(new) => match session::begin(&site.node, &new) {
            Some(cookie) => {
                let onward = onward(&site, &new.actor, fields.get("return_to"));
                with_cookie(see_other(&onward), Some(cookie))
            }
            None => fixed(static_pages::busy()),
        },
        Err(NotSignedIn::Busy) => fixed(static_pages::busy()),
        Err(NotSignedIn::Refused | NotSignedIn::Delayed) => {
            let form = again(&site, &tie, &fields).refused();
            page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string())
        }
    }
}

/// POST /sign-out
pub async fn sign_out(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    if let Err(refused) = form::read(&site, visit.session.as_ref(), request).await {
        // Whoever has no session any more is where they wanted to be.
        return if visit.session.is_none() { see_other("/") } else { refused };
    }
    let Some(session) = visit.session else { return see_other("/") };
    crate::service::sign_in::sign_out(&site.node, &session.actor);
    let cookie = session::end(&site.node, site.sessions, &session);
    let mut answer = with_cookie(see_other("/"), Some(cookie));
    let clear = header::HeaderName::from_static("clear-site-data");
    insert(&mut answer, clear, "\"cache\", \"storage\"");
    answer
}

/// The form as it was sent, without the password.
fn again(site: &Site, tie: &Tie, fields: &Fields) -> SignIn {
    let form = SignIn::new(csrf::field(&site.node, tie), fields.get("return_to"));
    form.username(fields.get("username"))
}

fn with_cookie(mut answer: Answer, cookie: Option<String>) -> Answer {
    if let Some(cookie) = cookie {
        set_cookie(&mut answer, &cookie);
    }
    answer
}

/// A field of the query, decoded; empty when it is not there.
pub(super) fn query_field(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name);
    values.next().and_then(|(_, value)| form::decode(value)).unwrap_or_default()
}

/// Where somebody wanted to go, or what they will have come for.
fn onward(site: &Site, actor: &Actor, to: &str) -> String {
    let times = site.node.plan().current().and_then(|release| release.times);
    let landing = || actor.landing(times, site.node.clock.now());
    safe_return(to).unwrap_or_else(landing).to_owned()
}

/// A path of our own to go to: never another site.
fn safe_return(to: &str) -> Option<&str> {
    let ours = to.starts_with('/')
        && !to.starts_with("//")
        && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !to.starts_with("/sign-");
    ours.then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for evil in
            ["//evil", "/\\evil", "https://evil", "\\evil", "/a\r\nb", "", "/sign-out", "/ä"]
        {
            assert_eq!(safe_return(evil), None, "{evil}");
        }
        let ours = "/results/8882045/scripts.zip";
        assert_eq!(safe_return(ours), Some(ours));
    }
}

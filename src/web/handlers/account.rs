//! Signing in and out.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode, Uri, header};

use super::{again, leaving, queue, second_factor};
use crate::admission::whole_seconds_up;
use crate::domain::passwords::Expiry;
use crate::service::results::Actor;
use crate::service::second_step::Halfway;
use crate::service::sign_in::{Entered, NewSession, NotSignedIn, Typed};
use crate::service::waiting::school_hash;
use crate::telemetry::Hidden;
use crate::web::answer::{Answer, fixed, insert, number, page, see_other, set_cookie};
use crate::web::csrf::{self, Tie};
use crate::web::form::{self, Fields};
use crate::web::pages::account::{Longer, SignIn};
use crate::web::serve::Visit;
use crate::web::{Site, session, static_pages, viewing};

/// GET /sign-in
pub async fn show_sign_in(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let return_to = query_field(&head.uri, "return_to");
    if let Some(session) = &visit.session {
        return see_other(&onward(&site, &session.actor, &return_to));
    }
    // Whoever only looks at the head takes nobody's turn.
    let mut entry = Vec::new();
    if !visit.is_head {
        match queue::gate(&site, &visit, &head) {
            Ok(cookies) => entry = cookies,
            Err(waiting) => return *waiting,
        }
    }
    let (tie, cookie) = Tie::of(&head.headers, None);
    let form = SignIn::new(csrf::field(&site.node, &tie), &return_to);
    let is_set = !query_field(&head.uri, "password").is_empty();
    let form = if is_set { form.password_set() } else { form };
    let expired = session::expired(&site.node, site.sessions, &head.headers).is_some();
    let form = if expired { form.again() } else { form };
    let form = form.service(site.identity.shown());
    queue::with_all(with_cookie(page(StatusCode::OK, form.to_string()), cookie), &entry)
}

/// POST /sign-in, and POST /sign-in/again, which carries what was typed before
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
    let typed = Typed {
        username: fields.get("username").to_owned(),
        password: Hidden::new(fields.get("password").to_owned()),
        address: visit.client.address,
        known_school: site.waiting.known_school(&queue::shown(&headers)),
        device: device(&headers),
    };
    if typed.username.trim().is_empty() || typed.password.expose().is_empty() {
        let form = again(&site, &tie, &fields).incomplete();
        return page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
    }
    let refused = |status| page(status, again(&site, &tie, &fields).refused().to_string());
    let prepared = match site.sign_in().prepare(typed) {
        Ok(prepared) => prepared,
        Err(wait) => return delayed(refused(StatusCode::TOO_MANY_REQUESTS), wait),
    };
    let waiting = queue::sign_in_path(fields.get("return_to"));
    let entered = queue::enter(&site, &headers, visit.client.address, &waiting);
    let (mut attempt, cookies) = match entered {
        Ok(entered) => entered,
        // What was typed stays on its page, however long the queue is.
        Err(waiting) if !fields.get("kept").is_empty() => {
            return again::waiting(&waiting, again(&site, &tie, &fields));
        }
        Err(waiting) => return *waiting,
    };
    let answer = match site.sign_in().begin(prepared, &mut attempt).await {
        Ok(Entered::Session(new)) => return signed_in(&site, &new, &fields),
        Ok(Entered::Halfway(new, record)) => {
            return second_factor::ask(
                &site,
                &Halfway::new(&new, *record, &tie.word()),
                &fields,
                &tie,
            );
        }
        Err(NotSignedIn::Used) => {
            return queue::with_all(see_other(&waiting), &queue::spent_cookies());
        }
        Err(NotSignedIn::Busy) => longer(&waiting),
        Err(NotSignedIn::Refused) => refused(StatusCode::UNPROCESSABLE_ENTITY),
        Err(NotSignedIn::Delayed(wait)) => delayed(refused(StatusCode::TOO_MANY_REQUESTS), wait),
    };
    with_cookie(queue::with_all(answer, &cookies), queue::pass_cookie(&site, attempt.pass()))
}

/// The page of a refusal, with the time until the next try.
pub(super) fn delayed(mut refused: Answer, wait: Duration) -> Answer {
    number(&mut refused, header::RETRY_AFTER, whole_seconds_up(wait));
    refused
}

/// The session of somebody whose password was right, and the way to what they came for.
pub(super) fn signed_in_to(site: &Site, new: &NewSession, return_to: &str) -> Answer {
    let fields = Fields::of([("return_to", return_to)]);
    signed_in(site, new, &fields)
}

/// The same after a form, which may carry what was typed before.
pub(super) fn signed_in(site: &Site, new: &NewSession, fields: &Fields) -> Answer {
    let Some(cookie) = session::begin(&site.node, new) else { return fixed(static_pages::busy()) };
    let resumed = again::resumed(site, new, fields.get("kept"));
    let onward = || {
        let onward = onward(site, &new.actor, fields.get("return_to"));
        if new.must_change { super::own_password::first(&onward) } else { see_other(&onward) }
    };
    let answer = with_cookie(resumed.unwrap_or_else(onward), Some(cookie));
    queue::with_all(answer, &queue::used_cookies(site, school_hash(new.actor.organisation.id)))
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
    let mut answer = see_other(leaving::onward(&site, &session));
    let actor = match &session.looks {
        None => &session.actor,
        Some(looks) => {
            site.view_as.end(&looks.own, &looks.viewing).await;
            set_cookie(&mut answer, &viewing::gone());
            &looks.own
        }
    };
    crate::service::sign_in::sign_out(&site.node, actor);
    set_cookie(&mut answer, &session::end(&site.node, site.sessions, &session));
    let clear = header::HeaderName::from_static("clear-site-data");
    insert(&mut answer, clear, "\"cache\", \"storage\"");
    answer
}

/// No hashing thread had time: the browser comes back to the form by itself, and keeps its turn.
fn longer(form: &str) -> Answer {
    let html = Longer::new(form).to_string();
    let mut answer = page(StatusCode::SERVICE_UNAVAILABLE, html);
    number(&mut answer, header::RETRY_AFTER, Longer::SECONDS);
    let refresh = format!("{}; url={form}", Longer::SECONDS);
    insert(&mut answer, header::REFRESH, &refresh);
    answer
}

/// The form as it was sent, without the password.
fn again(site: &Site, tie: &Tie, fields: &Fields) -> SignIn {
    let form = SignIn::new(csrf::field(&site.node, tie), fields.get("return_to"));
    let form = form.username(fields.get("username")).keeping(fields.get("kept"));
    if fields.get("kept").is_empty() { form } else { form.again() }
}

/// Browser and system of a request, in words of ours.
pub(super) fn device(headers: &http::HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    crate::domain::devices::in_words(said.unwrap_or_default())
}

pub(super) fn with_cookie(mut answer: Answer, cookie: Option<String>) -> Answer {
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
pub(super) fn onward(site: &Site, actor: &Actor, to: &str) -> String {
    let times = site.node.plan().times();
    let landing = || actor.landing(times, site.node.clock.now());
    safe_return(to).unwrap_or_else(landing).to_owned()
}

/// The end of the present password, if it has one.
pub(super) fn expiry(site: &Site, actor: &Actor) -> Option<Expiry> {
    let set_at = site.node.directory().password(actor.user.id).set_at?;
    let times = site.node.plan().times();
    site.policy.expiry(set_at, site.node.clock.now(), times.as_ref())
}

/// A path of our own to go to: never another site.
pub(super) fn safe_return(to: &str) -> Option<&str> {
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

//! One's account, changing its password, and the links that set one.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Method, Request, StatusCode};

use super::account::{delayed, expiry, onward, query_field, with_cookie};
use super::results::to_sign_in;
use crate::service::own_password::{NotSet, TokenPurpose};
use crate::telemetry::Hidden;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::form::{self, Fields};
use crate::web::pages::frame;
use crate::web::pages::own_password::{Account, Change, Gone, SetByLink};
use crate::web::serve::Visit;
use crate::web::{Site, session, static_pages};

/// What stands where two passwords were typed and differ.
const DIFFER: &str = "Type the same new password twice";

/// The way to another password, which leads back to `to`.
pub(in crate::web) fn first(to: &str) -> Answer {
    see_other(&format!("/account/password?return_to={}", form::encode(to)))
}

/// GET and POST of a link from an email
pub async fn link(
    site: &Site,
    visit: &Visit,
    purpose: TokenPurpose,
    token: &str,
    request: Request<Body>,
) -> Answer {
    let holder = match site.own_passwords.holder(purpose, token).await {
        Ok(holder) => holder,
        Err(reason) => return not_set(&reason),
    };
    let (tie, cookie) = Tie::of(request.headers(), visit.session.as_ref());
    let is_read = request.method() != Method::POST;
    let form = |tie: &Tie| {
        let csrf = csrf::field(&site.node, tie);
        SetByLink::new(csrf, purpose, &holder.username, site.policy.profile())
    };
    if is_read {
        return with_cookie(page(StatusCode::OK, form(&tie).to_string()), cookie);
    }
    let (fields, _) = match form::read(site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let refused =
        |problems| page(StatusCode::UNPROCESSABLE_ENTITY, form(&tie).refused(problems).to_string());
    let new = match new_password(&fields) {
        Ok(new) => new,
        Err(problem) => return refused(vec![problem.to_owned()]),
    };
    match site.own_passwords.set(purpose, token, new).await {
        Ok(()) => see_other("/sign-in?password=set"),
        Err(NotSet::Refused(reasons)) => refused(words(&reasons)),
        Err(reason) => not_set(&reason),
    }
}

/// GET /account
pub async fn account(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    let ends = expiry(&site, &session.actor).map(|expiry| expiry.at);
    let layout = frame(&site, &visit, Account::TITLE);
    let shown = Account::new(layout, &session.actor, &site.node.directory(), ends);
    let shown = shown.linked(site.identity.linked(session.actor.user.id));
    page(StatusCode::OK, shown.after(head.uri.query().unwrap_or_default()).to_string())
}

/// GET /account/password
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    if visit.session.is_none() {
        return to_sign_in(&head);
    }
    let form = change_form(&site, &visit, &query_field(&head.uri, "return_to"));
    page(StatusCode::OK, form.to_string())
}

/// POST /account/password
pub async fn change(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let Some(session) = &visit.session else {
        return see_other("/sign-in?return_to=/account/password");
    };
    let fields = match form::read(&site, Some(session), request).await {
        Ok((fields, _)) => fields,
        Err(refused) => return refused,
    };
    let return_to = fields.get("return_to");
    let form = || change_form(&site, &visit, return_to);
    let refused = |form: Change| page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
    let current = fields.get("current_password");
    let wrong = if current.is_empty() { Change::NO_CURRENT } else { Change::WRONG };
    let new = match new_password(&fields) {
        Ok(new) => new,
        Err(problem) => {
            let no_current = current.is_empty().then_some(wrong);
            return refused(form().refused(no_current, vec![problem.to_owned()]));
        }
    };
    let current = Hidden::new(current.to_owned());
    match site.own_passwords.change(&session.actor, current, new).await {
        Ok(epoch) => {
            // Nobody who has just done it is led to this form again.
            let stays = return_to.is_empty() || return_to.starts_with("/account/password");
            let onward = || onward(&site, &session.actor, return_to);
            let to = if stays { "/account?changed".to_owned() } else { onward() };
            with_cookie(see_other(&to), session::go_on(&site.node, session, epoch))
        }
        Err(NotSet::Wrong(reasons)) => refused(form().refused(Some(wrong), words(&reasons))),
        Err(NotSet::Refused(reasons)) => refused(form().refused(None, words(&reasons))),
        Err(NotSet::Delayed(wait)) => {
            let html = form().refused(Some(Change::WRONG), Vec::new()).to_string();
            delayed(page(StatusCode::TOO_MANY_REQUESTS, html), wait)
        }
        Err(reason) => not_set(&reason),
    }
}

fn change_form(site: &Site, visit: &Visit, return_to: &str) -> Change {
    let session = visit.session.as_ref();
    let is_asked = session.is_some_and(|session| session.token.must_change);
    let username = session.map_or("", |session| session.actor.user.username.as_str());
    let profile = site.policy.profile();
    Change::new(frame(site, visit, Change::TITLE), username, profile, return_to, is_asked)
}

/// The new password of a form. One that was typed a second time must be the same.
fn new_password(fields: &Fields) -> Result<Hidden<String>, &'static str> {
    let (new, again) = (fields.get("new_password"), fields.get("confirm_password"));
    if new.is_empty() {
        return Err("Enter a new password");
    }
    let sent = fields.has("confirm_password");
    if sent && new != again { Err(DIFFER) } else { Ok(Hidden::new(new.to_owned())) }
}

fn words(reasons: &[crate::domain::passwords::Reason]) -> Vec<String> {
    reasons.iter().map(ToString::to_string).collect()
}

/// What is answered instead of a form.
fn not_set(reason: &NotSet) -> Answer {
    match reason {
        NotSet::Busy | NotSet::Away | NotSet::Delayed(_) => fixed(static_pages::busy()),
        NotSet::Gone | NotSet::Wrong(_) | NotSet::Refused(_) => {
            page(StatusCode::GONE, Gone::default().to_string())
        }
    }
}

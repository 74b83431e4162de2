//! The second step of signing in, and setting up what it asks for.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Request, StatusCode};

use super::account::{delayed, query_field, signed_in, with_cookie};
use super::queue;
use crate::service::second_step::{CODE_WITHIN, Halfway};
use crate::service::sign_in::NotSignedIn;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::form::{self, Fields};
use crate::web::pages::code::Code;
use crate::web::serve::Visit;
use crate::web::session::cookie;
use crate::web::{Site, static_pages};

mod app;
mod passkeys;

pub(super) use app::{SET_UP, password, refused, set_up_with};
pub use app::{confirm, new_codes, remove, show, show_codes, show_remove, show_set_up};
pub use passkeys::{change_passkeys, show_passkeys};

/// Carries somebody from the password to the code.
const STEP_COOKIE: &str = "__Host-step";

/// The password was right: the form for the code. With something that was typed before it is answered at once,
/// as no address could carry that.
pub(super) fn ask(site: &Site, halfway: &Halfway, fields: &Fields, tie: &Tie) -> Answer {
    let Some(sealed) = site.second_step().seal(halfway) else {
        return fixed(static_pages::busy());
    };
    let cookie = step_cookie(&sealed, CODE_WITHIN.as_secs());
    let answer = if fields.get("kept").is_empty() {
        see_other(&code_path(fields.get("return_to")))
    } else {
        page(StatusCode::OK, form_of(site, tie, fields, halfway).to_string())
    };
    queue::with_all(with_cookie(answer, Some(cookie)), &queue::spent_cookies())
}

/// The same for somebody who came another way.
pub(super) fn ask_for(site: &Site, halfway: &Halfway, return_to: &str) -> Answer {
    let Some(sealed) = site.second_step().seal(halfway) else {
        return fixed(static_pages::busy());
    };
    let cookie = step_cookie(&sealed, CODE_WITHIN.as_secs());
    let answer = with_cookie(see_other(&code_path(return_to)), Some(cookie));
    queue::with_all(answer, &queue::spent_cookies())
}

fn step_cookie(value: &str, seconds: i64) -> String {
    format!("{STEP_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

fn code_path(return_to: &str) -> String {
    match return_to {
        "" => "/sign-in/code".to_owned(),
        to => format!("/sign-in/code?return_to={}", form::encode(to)),
    }
}

fn form_of(site: &Site, tie: &Tie, fields: &Fields, halfway: &Halfway) -> Code {
    let form = Code::new(csrf::field(&site.node, tie), fields.get("return_to"));
    form.keeping(fields.get("kept")).asking(site.passkeys.question_to_sign_in(halfway))
}

/// Who stands between password and code in this browser.
fn halfway(site: &Site, headers: &HeaderMap, tie: &Tie) -> Option<Halfway> {
    let sealed = cookie(headers, STEP_COOKIE)?;
    site.second_step().open(sealed, &tie.word()).map(|(halfway, _)| halfway)
}

/// GET /sign-in/code
pub async fn show_code(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let return_to = query_field(&head.uri, "return_to");
    let (tie, _) = Tie::of(&head.headers, visit.session.as_ref());
    let Some(halfway) = halfway(&site, &head.headers, &tie) else {
        return see_other(&queue::sign_in_path(&return_to));
    };
    let form = Code::new(csrf::field(&site.node, &tie), &return_to);
    let form = form.asking(site.passkeys.question_to_sign_in(&halfway));
    page(StatusCode::OK, form.to_string())
}

/// POST /sign-in/code
pub async fn code(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, headers) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let (tie, _) = Tie::of(&headers, visit.session.as_ref());
    let Some(halfway) = halfway(&site, &headers, &tie) else {
        return too_late(&site, &headers, &visit, &fields, &tie);
    };
    let (typed, answer) = (fields.get("code"), fields.get("answer"));
    let form = form_of(&site, &tie, &fields, &halfway);
    if typed.trim().is_empty() && answer.is_empty() {
        return page(StatusCode::UNPROCESSABLE_ENTITY, form.incomplete().to_string());
    }
    let step = site.second_step();
    let begun = match answer {
        "" => step.with_code(halfway, typed).await,
        answer => site.passkeys.sign_in(&step, halfway, answer, fields.get("expected")).await,
    };
    let refused = |status| page(status, form.refused().to_string());
    match begun {
        Ok(new) => with_cookie(signed_in(&site, &new, &fields), Some(step_cookie("", 0))),
        Err(NotSignedIn::Delayed(wait)) => delayed(refused(StatusCode::TOO_MANY_REQUESTS), wait),
        Err(_) => refused(StatusCode::UNPROCESSABLE_ENTITY),
    }
}

/// Five minutes have passed since the password: it is asked for again, and what was typed goes along.
fn too_late(site: &Site, headers: &HeaderMap, visit: &Visit, fields: &Fields, tie: &Tie) -> Answer {
    if fields.get("kept").is_empty() {
        return see_other(&queue::sign_in_path(fields.get("return_to")));
    }
    let csrf = csrf::field(&site.node, tie);
    let form = crate::web::pages::account::SignIn::new(csrf, fields.get("return_to"));
    let form = form.keeping(fields.get("kept")).again();
    super::again::held(site, headers, visit.client.address, form)
}

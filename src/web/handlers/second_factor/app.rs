//! An authenticator app: setting it up, its recovery codes, and taking it away.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request, StatusCode};

use crate::node::keys::Purpose;
use crate::service::second_factors::Refused;
use crate::telemetry::Hidden;
use crate::web::answer::{Answer, fixed, page, see_other, set_cookie};
use crate::web::form::{self, Fields};
use crate::web::handlers::account::delayed;
use crate::web::handlers::results::to_sign_in;
use crate::web::kept::Kept;
use crate::web::pages::frame;
use crate::web::pages::second_factor::{NewCodes, Overview, Remove, SetUp, Task};
use crate::web::serve::Visit;
use crate::web::session::{Session, cookie};
use crate::web::{Site, static_pages};

/// Where an app is set up.
pub(in crate::web) const SET_UP: &str = "/account/second-factor/app";
/// Its own address.
const OWN: &str = "/account/second-factor";
/// Carries new recovery codes to the one page that shows them.
const CODES_COOKIE: &str = "__Host-codes";
/// What they are sealed for.
const CODES_USAGE: &str = " new codes";
/// Seconds in which that page is opened.
const CODES_SECONDS: u32 = 120;

/// GET /account/second-factor
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    if !site.factors.are_offered() {
        return fixed(static_pages::not_found());
    }
    let own = site.factors.of(session.actor.user.id);
    let obliged = site.factors.is_obliged(&session.actor);
    let layout = frame(&site, &visit, Overview::TITLE);
    let overview = Overview::new(layout, own.as_deref(), obliged);
    page(StatusCode::OK, overview.after(head.uri.query().unwrap_or_default()).to_string())
}

/// GET /account/second-factor/app
pub async fn show_set_up(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    if !site.factors.are_offered() {
        return fixed(static_pages::not_found());
    }
    set_up_with(&site, &visit, session, String::new())
}

/// The page that sets up an app, which carries what was typed before it was asked for.
pub(in crate::web) fn set_up_with(
    site: &Site,
    visit: &Visit,
    session: &Session,
    kept: String,
) -> Answer {
    let (secret, sealed) = site.factors.new_secret(&session.actor);
    let form = set_up(site, visit, session, &secret, sealed).keeping(kept);
    page(StatusCode::OK, form.to_string())
}

fn set_up(
    site: &Site,
    visit: &Visit,
    session: &Session,
    secret: &Hidden<Vec<u8>>,
    sealed: String,
) -> SetUp {
    let replaces = site.factors.of(session.actor.user.id).is_some();
    let address = site.factors.address_of(&session.actor, secret.expose());
    let must = site.factors.must_set_up(&session.actor);
    SetUp::new(frame(site, visit, SetUp::TITLE), secret, &address, sealed)
        .replacing(replaces)
        .must(must)
}

/// POST /account/second-factor/app: keeps the secret whose code was typed.
pub async fn confirm(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, session) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let actor = &session.actor;
    let Some(secret) = site.factors.secret_of(actor, fields.get("setup")) else {
        return set_up_with(&site, &visit, session, fields.get("kept").to_owned());
    };
    let kept = match password_if_needed(&site, session, &fields).await {
        Ok(()) => site.factors.set_up(actor, &secret, fields.get("code")).await,
        Err(refused) => Err(refused),
    };
    match kept {
        Ok(codes) => match Kept::open(&site.node, fields.get("kept")) {
            Some(kept) if kept.user == actor.user.id => {
                let shown = NewCodes::new(frame(&site, &visit, NewCodes::TITLE), codes);
                page(StatusCode::OK, shown.keeping(kept).to_string())
            }
            _ => with_codes(&site, session, &codes),
        },
        Err(why) => refused(why, |why| {
            let sealed = fields.get("setup").to_owned();
            let form = set_up(&site, &visit, session, &secret, sealed);
            form.keeping(fields.get("kept").to_owned()).refused(why).to_string()
        }),
    }
}

/// GET /account/second-factor/codes: the codes that were just made, this once; else the form for new ones.
pub async fn show_codes(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    if let Some(codes) = codes_of(&site, session, &head.headers) {
        let shown = NewCodes::new(frame(&site, &visit, NewCodes::TITLE), codes);
        let mut answer = page(StatusCode::OK, shown.to_string());
        set_cookie(&mut answer, &codes_cookie("", 0));
        return answer;
    }
    if site.factors.of(session.actor.user.id).is_none() {
        return see_other(OWN);
    }
    page(StatusCode::OK, task(&site, &visit, Task::Codes).to_string())
}

/// POST /account/second-factor/codes: new recovery codes in place of those before.
pub async fn new_codes(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, session) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let made = match password(&site, session, &fields).await {
        Ok(()) => site.factors.renew_codes(&session.actor).await,
        Err(refused) => Err(refused),
    };
    match made {
        Ok(codes) => with_codes(&site, session, &codes),
        Err(Refused::Nothing) => see_other(OWN),
        Err(why) => refused(why, |why| task(&site, &visit, Task::Codes).refused(why).to_string()),
    }
}

/// GET /account/second-factor/remove
pub async fn show_remove(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    if site.factors.of(session.actor.user.id).is_none() {
        return see_other(OWN);
    }
    page(StatusCode::OK, task(&site, &visit, Task::Remove).to_string())
}

/// POST /account/second-factor/remove
pub async fn remove(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, session) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    // Whoever must have one replaces it; two others take it away when it is lost.
    if site.factors.is_obliged(&session.actor) {
        return fixed(static_pages::forbidden());
    }
    let removed = match password(&site, session, &fields).await {
        Ok(()) => site.factors.remove_all(&session.actor).await,
        Err(refused) => Err(refused),
    };
    match removed {
        Ok(()) => see_other("/account/second-factor?removed"),
        Err(Refused::Nothing) => see_other(OWN),
        Err(why) => refused(why, |why| task(&site, &visit, Task::Remove).refused(why).to_string()),
    }
}

fn task(site: &Site, visit: &Visit, task: Task) -> Remove {
    Remove::new(frame(site, visit, task.title()), task)
}

/// A form of somebody who is signed in, where there are second factors.
pub(super) async fn posted<'a>(
    site: &Site,
    visit: &'a Visit,
    request: Request<Body>,
) -> Result<(Fields, &'a Session), Box<Answer>> {
    let read = form::read(site, visit.session.as_ref(), request).await;
    let (fields, _) = read.map_err(Box::new)?;
    match &visit.session {
        Some(session) if site.factors.are_offered() => Ok((fields, session)),
        Some(_) => Err(Box::new(fixed(static_pages::not_found()))),
        None => Err(Box::new(see_other("/sign-in?return_to=/account/second-factor"))),
    }
}

/// Asks for the password before what there is already is replaced.
async fn password_if_needed(
    site: &Site,
    session: &Session,
    fields: &Fields,
) -> Result<(), Refused> {
    match site.factors.of(session.actor.user.id) {
        None => Ok(()),
        Some(_) => password(site, session, fields).await,
    }
}

/// Asks for the password before something is changed.
pub(in crate::web::handlers) async fn password(
    site: &Site,
    session: &Session,
    fields: &Fields,
) -> Result<(), Refused> {
    let typed = Hidden::new(fields.get("current_password").to_owned());
    let pool = (&site.passwords, &site.waiting);
    site.factors.ask_password(&session.actor, typed, pool).await
}

/// The same form with what is wrong, or the page of who cannot be served.
pub(in crate::web::handlers) fn refused(
    why: Refused,
    form: impl FnOnce(Refused) -> String,
) -> Answer {
    match why {
        Refused::Away => fixed(static_pages::busy()),
        Refused::Delayed(wait) => delayed(page(StatusCode::TOO_MANY_REQUESTS, form(why)), wait),
        _ => page(StatusCode::UNPROCESSABLE_ENTITY, form(why)),
    }
}

/// On to the page that shows new codes.
fn with_codes(site: &Site, session: &Session, codes: &[String]) -> Answer {
    let text = [session.token.id.as_slice(), codes.join(" ").as_bytes()].concat();
    let sealed = site.node.keys().seal_as(Purpose::Session, CODES_USAGE, &text);
    let mut answer = see_other("/account/second-factor/codes");
    let sealed = sealed.map(|sealed| URL_SAFE_NO_PAD.encode(sealed)).unwrap_or_default();
    set_cookie(&mut answer, &codes_cookie(&sealed, CODES_SECONDS));
    answer
}

fn codes_cookie(value: &str, seconds: u32) -> String {
    format!("{CODES_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

fn codes_of(site: &Site, session: &Session, headers: &HeaderMap) -> Option<Vec<String>> {
    let sealed = URL_SAFE_NO_PAD.decode(cookie(headers, CODES_COOKIE)?).ok()?;
    let text = site.node.keys().open_as(Purpose::Session, CODES_USAGE, &sealed)?;
    let (id, codes) = text.split_first_chunk::<16>()?;
    let is_own = *id == session.token.id;
    let codes = std::str::from_utf8(codes).ok()?;
    is_own.then(|| codes.split(' ').map(str::to_owned).collect())
}

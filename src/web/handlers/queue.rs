//! The queue in front of signing in: who may see the form, and what those who wait are told.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::account::query_field;
use crate::admission::{Spent, Standing, Ticket, whole_seconds_up};
use crate::domain::release::Stage;
use crate::service::waiting::{Attempt, Shown, Stand};
use crate::web::answer::{self, Answer, page, see_other, set_cookie};
use crate::web::pages::queue::{Cookies, Place, Queue, Said, state};
use crate::web::serve::Visit;
use crate::web::session::cookies as cookies_of;
use crate::web::{Site, form, later};

/// The place in the queue.
const TICKET_COOKIE: &str = "__Host-wr";
/// The right to sign in.
const PASS_COOKIE: &str = "__Host-wp";
/// A sign-in of before.
const DEVICE_COOKIE: &str = "__Host-wd";
/// The lowest position that was shown.
const LOWEST_COOKIE: &str = "__Host-wl";
/// Seconds for which a browser keeps place and position.
const PLACE_SECONDS: u32 = 12 * 3600;
/// Seconds for which it keeps the pass, and the mark of its device.
const PASS_SECONDS: u32 = 15 * 60;
const DEVICE_SECONDS: u32 = 90 * 24 * 3600;
/// Somebody who could sign in at once is told to ask again after so many seconds.
const OPEN_REFRESH_SECONDS: f64 = 30.0;

/// What a browser shows of its place. Two cookies of a name are none that can be believed.
pub(super) fn shown(headers: &HeaderMap) -> Shown<'_> {
    let mut shown = Shown::default();
    let mut lowest = None;
    for (name, value) in cookies_of(headers) {
        let known = match name {
            TICKET_COOKIE => &mut shown.ticket,
            PASS_COOKIE => &mut shown.pass,
            DEVICE_COOKIE => &mut shown.device,
            LOWEST_COOKIE => {
                lowest.get_or_insert(value);
                continue;
            }
            _ => continue,
        };
        *known = Some(if known.is_some() { "" } else { value });
    }
    shown.lowest = lowest.and_then(|text| text.parse().ok());
    shown
}

/// Whoever may sign in gets `None`, and their cookies with the form; whoever must wait gets the page.
pub(super) fn gate(site: &Site, visit: &Visit, head: &Parts) -> Result<Vec<String>, Box<Answer>> {
    let stand = site.waiting.come(&shown(&head.headers), visit.client.address);
    let cookies = cookies(site, &stand);
    if stand.answer.standing == Standing::Admitted {
        return Ok(cookies);
    }
    let mut answer = if later::wants_page(&head.headers) {
        page(StatusCode::OK, waiting_page(site, head, &stand).to_string())
    } else {
        problem(&stand)
    };
    for cookie in &cookies {
        set_cookie(&mut answer, cookie);
    }
    Err(Box::new(answer))
}

/// The form was sent: a pass to try the password with, and the cookies of whoever comes in just now. Whoever
/// has none goes back to the queue.
pub(super) fn enter(
    site: &Site,
    headers: &HeaderMap,
    address: Option<IpAddr>,
    queue: &str,
) -> Result<(Attempt, Vec<String>), Box<Answer>> {
    let shown = shown(headers);
    let stand = site.waiting.come(&shown, address);
    match try_with(site, &stand) {
        Err(Spent::Tries) => (),
        Err(Spent::Success) => return Err(Box::new(with_all(see_other(queue), &spent_cookies()))),
        Ok(Some(attempt)) => return Ok((attempt, cookies(site, &stand))),
        Ok(None) => return Err(Box::new(with_all(see_other(queue), &cookies(site, &stand)))),
    }
    // The tries of this place are used up: whoever comes anew may have another at once, or waits.
    let stand = site.waiting.come(&Shown { device: shown.device, ..Shown::default() }, address);
    let cookies = cookies(site, &stand);
    match try_with(site, &stand) {
        Ok(Some(attempt)) => Ok((attempt, cookies)),
        _ => Err(Box::new(with_all(see_other(queue), &cookies))),
    }
}

/// A try with the pass of a standing; none when it has none.
fn try_with(site: &Site, stand: &Stand) -> Result<Option<Attempt>, Spent> {
    let admitted = stand.answer.standing == Standing::Admitted;
    let pass = stand.answer.pass.or(stand.ticket).filter(|_| admitted);
    pass.map(|pass| site.waiting.attempt(&pass)).transpose()
}

/// Somebody has to wait; their position, if that is known.
pub(super) struct Waits(pub(super) Option<u64>);

/// Who comes to sign in again with something that was typed: cookies of their place, and whether they have to
/// wait.
pub(super) fn beside(
    site: &Site,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> (Vec<String>, Option<Waits>) {
    let stand = site.waiting.come(&shown(headers), address);
    let waits = stand.answer.standing != Standing::Admitted;
    (cookies(site, &stand), waits.then_some(Waits(stand.answer.position)))
}

/// Where to sign in and go on from there.
pub(super) fn sign_in_path(return_to: &str) -> String {
    match return_to {
        "" => "/sign-in".to_owned(),
        to => format!("/sign-in?return_to={}", form::encode(to)),
    }
}

/// The cookies that go with a standing: place, position, pass.
fn cookies(site: &Site, stand: &Stand) -> Vec<String> {
    let seal = |ticket: &Ticket| site.waiting.seal(ticket);
    let ticket = stand.answer.ticket.as_ref().and_then(seal);
    let pass = stand.answer.pass.as_ref().and_then(seal);
    let position = stand.answer.position.map(|position| position.to_string());
    [
        ticket.map(|text| kept(TICKET_COOKIE, &text, PLACE_SECONDS)),
        pass.map(|text| kept(PASS_COOKIE, &text, PASS_SECONDS)),
        position.map(|text| kept(LOWEST_COOKIE, &text, PLACE_SECONDS)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kept(name: &str, value: &str, seconds: u32) -> String {
    let seconds = seconds.to_string();
    [name, "=", value, "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=", &seconds].concat()
}

/// The pass as it is after a try.
pub(super) fn pass_cookie(site: &Site, pass: &Ticket) -> Option<String> {
    Some(kept(PASS_COOKIE, &site.waiting.seal(pass)?, PASS_SECONDS))
}

/// After a sign-in: the place has been used, and the device is known.
pub(super) fn used_cookies(site: &Site, school: u64) -> Vec<String> {
    let device = site.waiting.device(school);
    let mut all = spent_cookies();
    all.extend(device.map(|text| kept(DEVICE_COOKIE, &text, DEVICE_SECONDS)));
    all
}

/// Takes place, pass and position from the browser.
pub(super) fn spent_cookies() -> Vec<String> {
    [TICKET_COOKIE, PASS_COOKIE, LOWEST_COOKIE].map(|name| kept(name, "", 0)).into()
}

/// The queue for programs.
fn problem(stand: &Stand) -> Answer {
    let more = json!({
        "state": state(stand.answer.standing),
        "position": stand.answer.position,
    });
    let title = "Many people are signing in: wait in the queue";
    let seconds = whole_seconds_up(stand.answer.refresh);
    later::problem(StatusCode::SERVICE_UNAVAILABLE, "waiting-room", title, seconds, more)
}

fn place(site: &Site, stand: &Stand) -> Place {
    let answer = &stand.answer;
    Place {
        standing: answer.standing,
        position: answer.position,
        eta: answer.eta,
        refresh: answer.refresh,
        reference: stand.ticket.map(|ticket| ticket.reference()),
        message: site.waiting.message(),
        released: site.metrics.release_state.get() == Stage::Open as i64,
        served: site.node.served.count(),
        rate: site.waiting.metrics().rate.get(),
        now: site.node.clock.now(),
    }
}

/// A browser without a script comes back with its place in the address as well: should it refuse cookies,
/// it keeps its place all the same.
fn waiting_page(site: &Site, head: &Parts, stand: &Stand) -> Queue {
    let return_to = query_field(&head.uri, "return_to");
    let ticket = stand.ticket.filter(|_| stand.answer.standing != Standing::Full);
    let sealed = ticket.and_then(|ticket| site.waiting.seal(&ticket)).unwrap_or_default();
    let here = sign_in_path(&return_to);
    let again = match sealed.as_str() {
        "" => here.clone(),
        ticket => format!("/queue?t={ticket}&return_to={}", form::encode(&return_to)),
    };
    Queue::new(place(site, stand), again, here)
        .unreadable(stand.unreadable.is_some())
        .stopped(query_field(&head.uri, "checking") == "off")
}

/// GET /queue: where browsers without a script come back to, with their place in the address.
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let sign_in = sign_in_path(&query_field(&head.uri, "return_to"));
    let by_cookie = shown(&head.headers);
    let in_address = query_field(&head.uri, "t");
    if visit.session.is_some() || by_cookie.ticket.is_some() || in_address.is_empty() {
        return see_other(&sign_in);
    }
    let stand = site.waiting.ask(&Shown { ticket: Some(&in_address), ..by_cookie });
    let Some(stand) = stand else { return see_other(&sign_in) };
    let cookies = cookies(&site, &stand);
    if stand.answer.standing == Standing::Admitted {
        return with_all(see_other(&sign_in), &cookies);
    }
    let html = waiting_page(&site, &head, &stand).cookies(Cookies::Refused).to_string();
    with_all(page(StatusCode::OK, html), &cookies)
}

/// An answer with more cookies.
pub(super) fn with_all(mut answer: Answer, cookies: &[String]) -> Answer {
    for cookie in cookies {
        set_cookie(&mut answer, cookie);
    }
    answer
}

/// GET /queue/status: where somebody stands. Asking makes no place and costs none.
pub fn status(site: &Site, visit: &Visit, head: &Parts) -> Answer {
    let stand = match &visit.session {
        Some(_) => None,
        None => site.waiting.ask(&shown(&head.headers)),
    };
    let Some(stand) = stand else { return without_place(site, visit) };
    let (answer, place) = (&stand.answer, place(site, &stand));
    let status = Status {
        state: state(answer.standing),
        position: answer.position,
        eta_low_seconds: answer.eta.map(|eta| eta.low_seconds.ceil()),
        eta_seconds: answer.eta.map(|eta| eta.high_seconds.ceil()),
        refresh_seconds: answer.refresh.as_secs_f64(),
        message: place.message.as_deref(),
        reference: place.reference.as_deref(),
        said: Said::of(&place),
    };
    with_all(answer::json(&status), &cookies(site, &stand))
}

/// Where somebody stands. A type of its own and no tree of values: it is the most frequent answer by far.
#[derive(Serialize)]
struct Status<'a> {
    state: &'static str,
    position: Option<u64>,
    eta_low_seconds: Option<f64>,
    eta_seconds: Option<f64>,
    refresh_seconds: f64,
    message: Option<&'a str>,
    reference: Option<&'a str>,
    said: Said,
}

/// Somebody without a place: signed in, or about to come.
fn without_place(site: &Site, visit: &Visit) -> Answer {
    let state = match visit.session {
        Some(_) => "open",
        None => site.waiting.for_a_newcomer(),
    };
    let open = state == "open";
    answer::json(&json!({
        "state": state,
        "position": null,
        "eta_low_seconds": open.then_some(0),
        "eta_seconds": open.then_some(0),
        "refresh_seconds": OPEN_REFRESH_SECONDS,
        "message": site.waiting.message(),
    }))
}

//! One request from route to answer: method, body limit, session, dispatch, headers, record.

use axum::body::{Body, HttpBody};
use http::header::HeaderName;
use http::{HeaderMap, Method, Request, header};
use tokio::time::Instant;
use tower_service::Service;

use super::answer::{Answer, fixed, give, insert, number, secure, set_cookie, takes_gzip};
use super::body::Held;
use super::handlers::{
    again, assets, files, mailbox, organisation, own_password, queue, reconciliation, results,
    scripts, sessions,
};
use super::router::{Route, UNKNOWN};
use super::session::{self, Session};
use super::{Client, Site, form, later, static_pages, through, viewing};
use crate::admission::Permit;
use crate::clock::machine_now;
use crate::telemetry::requests::{self, METHODS};

/// Names an answer in the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a handler is told of its request beside the request itself.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who is signed in.
    pub session: Option<Session>,
    /// Who is at the other end.
    pub client: Client,
    /// Whether they take gzip.
    pub gzip: bool,
    /// Whether they want the head only: nothing is given, so nothing is journalled.
    pub is_head: bool,
}

/// Answers, counts, and leaves one line in the log.
pub(super) async fn answer(
    site: &Site,
    pages: &axum::Router,
    request: Request<Body>,
    client: Client,
) -> Answer {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = Route::parse(&path);
    let place = route.as_ref().map_or(UNKNOWN, Route::place);
    let mut answer = match route {
        None if known(&method) => nowhere(site, &request, client),
        None => not_allowed("GET, HEAD"),
        Some(route) => routed(site, pages, &route, request, client).await,
    };
    if method == Method::HEAD {
        answer = without_body(answer);
    }
    secure(answer.headers_mut());
    record(site, place, &method, &mut answer, began);
    answer
}

/// An address that is none; whoever looks as an organisation keeps the banner that says so.
fn nowhere(site: &Site, request: &Request<Body>, client: Client) -> Answer {
    let answer = fixed(static_pages::not_found());
    let of = (&site.node, &site.identity);
    let session = session::read(of, site.sessions, request.headers());
    let visit = Visit { session, client, gzip: false, is_head: false };
    if viewing::reads(&visit, request.method()) {
        return viewing::framed(site, &visit, answer);
    }
    answer
}

/// The answer to HEAD: the length that GET would send, and nothing of it. HTTP/2 would send the body.
fn without_body(mut answer: Answer) -> Answer {
    let length = answer.body().size_hint().exact();
    if let Some(length) = length.filter(|_| !answer.headers().contains_key(header::CONTENT_LENGTH))
    {
        number(&mut answer, header::CONTENT_LENGTH, length);
    }
    answer.map(|_| Body::empty())
}

fn known(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::POST)
}

fn not_allowed(allow: &str) -> Answer {
    let mut answer = fixed(static_pages::not_allowed());
    insert(&mut answer, header::ALLOW, allow);
    answer
}

async fn routed(
    site: &Site,
    pages: &axum::Router,
    route: &Route<'_>,
    request: Request<Body>,
    client: Client,
) -> Answer {
    if !route.takes(request.method()) {
        return not_allowed(route.allow());
    }
    if declared_length(&request) > route.body_bytes_max() {
        return fixed(static_pages::too_large());
    }
    // A form that comes slowly holds no permit meanwhile. Boxed: every other request would carry its room.
    let request = match *request.method() {
        Method::POST => match Box::pin(arrived(request, route.body_bytes_max())).await {
            Ok(request) => request,
            Err(answer) => return *answer,
        },
        _ => request,
    };
    let session = through::session(site, route, request.headers()).await;
    let permit = match enter(site, route, request.headers(), session.as_ref()) {
        Ok(permit) => permit,
        Err(shed) => return *shed,
    };
    if let Some(session) = &session
        && session.token.must_change
        && !route.opens_before_password()
    {
        return password_first(&request);
    }
    let gzip = takes_gzip(request.headers());
    let is_head = request.method() == Method::HEAD;
    let visit = Visit { session, client, gzip, is_head };
    let renewed = renewal(site, route, &visit);
    let request = match instead(site, route, request, &visit).await {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let looking = viewing::reads(&visit, request.method()).then(|| visit.clone());
    let mut answer = dispatch(site, pages, route, request, visit).await;
    if let Some(visit) = looking {
        answer = viewing::framed(site, &visit, answer);
    }
    // A handler that ends or begins a session has the last word on the cookie.
    if let Some(cookie) = renewed
        && !answer.headers().contains_key(header::SET_COOKIE)
    {
        set_cookie(&mut answer, &cookie);
    }
    match permit.filter(|permit| permit.class().holds_body()) {
        Some(permit) => answer.map(|body| Body::new(Held::new(body, permit))),
        None => answer,
    }
}

/// The request with all of its body, which the sockets do not wait for without end.
async fn arrived(request: Request<Body>, bytes_max: u64) -> Result<Request<Body>, Box<Answer>> {
    let (head, body) = request.into_parts();
    let bytes = form::arrived(body, bytes_max).await.map_err(Box::new)?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

/// What is answered in place of the page that was asked for: to a form of a session that is over or may only read,
/// and to whoever has to set up a second factor first.
async fn instead(
    site: &Site,
    route: &Route<'_>,
    request: Request<Body>,
    visit: &Visit,
) -> Result<Request<Body>, Box<Answer>> {
    match &visit.session {
        Some(session) if must_set_up(site, route, session) => {
            Err(Box::new(Box::pin(again::set_up_first(site, request, visit, session)).await))
        }
        Some(session) if through::is_refused(route, request.method(), session) => {
            Err(Box::new(Box::pin(through::not_sent(site, request, visit, session)).await))
        }
        Some(_) => match viewing::instead(site, route, &request, visit) {
            Some(answer) => Err(Box::new(answer)),
            None => Ok(request),
        },
        None if *request.method() == Method::POST => {
            Box::pin(again::kept(site, route, request, visit)).await
        }
        None => Ok(request),
    }
}

/// Whether a session may do nothing yet but set up a second factor, and leave.
fn must_set_up(site: &Site, route: &Route<'_>, session: &Session) -> bool {
    site.factors.must_set_up(&session.actor) && !route.opens_before_second_factor()
}

/// A permit for what costs enough to need one, or what is answered instead.
fn enter(
    site: &Site,
    route: &Route<'_>,
    headers: &HeaderMap,
    session: Option<&Session>,
) -> Result<Option<Permit>, Box<Answer>> {
    let Some(class) = route.class() else { return Ok(None) };
    let organisation = session.map(|session| session.actor.organisation.id);
    match site.waiting.classes().enter(class, organisation) {
        Ok(permit) => Ok(Some(permit)),
        Err(why) => Err(Box::new(later::shed(site, class, why, headers))),
    }
}

/// The way to another password, and back to where somebody wanted to go.
fn password_first(request: &Request<Body>) -> Answer {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let to = request.uri().path_and_query().filter(|_| is_read).map_or("/", |to| to.as_str());
    own_password::first(to)
}

/// Pages and the queue keep a session alive; downloads and assets do not.
fn renewal(site: &Site, route: &Route<'_>, visit: &Visit) -> Option<String> {
    visit
        .session
        .as_ref()
        .filter(|_| route.keeps_session())
        .and_then(|s| session::renew(&site.node, s))
}

async fn dispatch(
    site: &Site,
    pages: &axum::Router,
    route: &Route<'_>,
    mut request: Request<Body>,
    visit: Visit,
) -> Answer {
    if route.is_ordinary() {
        request.extensions_mut().insert(visit);
        return match pages.clone().call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
    }
    if let Route::Link(purpose, token) = route {
        let token = (*token).to_owned();
        return Box::pin(own_password::link(site, &visit, *purpose, &token, request)).await;
    }
    // What the hot handlers answer depends on the head alone.
    let (head, _) = request.into_parts();
    match route {
        Route::Page(_)
        | Route::User(..)
        | Route::Release(_)
        | Route::Account(..)
        | Route::Form(_)
        | Route::FormPage(..)
        | Route::Link(..) => fixed(static_pages::not_found()),
        Route::Asset(name) => assets::asset(name, &head.headers),
        Route::QueueStatus => queue::status(site, &visit, &head),
        Route::SessionLeft => sessions::left(site, &visit),
        Route::Reconciliation(school) => reconciliation::show(site, &visit, &head, *school),
        Route::Organisation(school) => {
            Box::pin(organisation::school(site, &visit, &head, *school)).await
        }
        Route::Mailbox(id) => mailbox::show(site, &visit, *id),
        Route::Results => results::own(site, &visit, &head),
        Route::All(file) => Box::pin(files::all(site, &visit, &head, *file)).await,
        Route::Calculator => results::calculator(site, &visit, &head),
        Route::School(school, page) => results::school(site, &visit, &head, *school, *page),
        // Boxed: a look into the cache has a state of several kB, which every request would carry.
        Route::File(school, file) if file.is_in_memory() => {
            files::file(site, &visit, &head, *school, *file)
        }
        Route::File(school, file) => {
            Box::pin(files::through_cache(site, &visit, &head, *school, *file)).await
        }
        Route::Script(school, reference, paper) => {
            Box::pin(scripts::script(site, &visit, &head, *school, reference, paper)).await
        }
    }
}

fn declared_length(request: &Request<Body>) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok()).unwrap_or(0)
}

fn record(site: &Site, route: usize, method: &Method, answer: &mut Answer, began: Instant) {
    let method = METHODS.iter().position(|known| *known == method.as_str());
    let request = requests::Request {
        route,
        method: method.unwrap_or(METHODS.len() - 1),
        status: answer.status().as_u16(),
        took: began.elapsed(),
        at: machine_now(),
        id: site.requests.next_id().hex(),
    };
    site.requests.record(&request);
    give(answer, REQUEST_ID, request.id);
}

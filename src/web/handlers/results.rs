//! Results pages: the countdown before, the results after, the list of schools.

use std::io::Write;

use axum::body::Body;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::request::Parts;
use http::{StatusCode, header};

use super::account::{expiry, query_field};
use crate::delivery::gate::{Closed, Opened};
use crate::delivery::lane::Downloader;
use crate::delivery::{Pack, PackId, PupilsPage, SchoolsPage, SectionName};
use crate::domain::calendar::Audience;
use crate::domain::ids::Laestab;
use crate::service::grants::Given;
use crate::service::results::{Actor, NoRight, Right};
use crate::telemetry::service::DownloadKind;
use crate::web::answer::{Answer, fixed, insert, page, see_other};
use crate::web::body::Counted;
use crate::web::pages::frame;
use crate::web::pages::results::{
    Calculator, Countdown, Had, NotHere, Released, Results, Schools, Scripts, SubjectMarks,
};
use crate::web::router::SchoolPage;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// The way to sign in and back to this address.
pub(super) fn to_sign_in(request: &Parts) -> Answer {
    see_other(&format!("/sign-in?return_to={}", request.uri.path()))
}

/// GET /results
pub fn own(site: &Site, visit: &Visit, request: &Parts) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(request) };
    match (actor.audience(), actor.organisation.laestab, actor.group()) {
        (Some(Audience::School | Audience::Secondary), Some(laestab), _) => {
            school(site, visit, request, laestab, SchoolPage::Results)
        }
        (Some(audience), _, Some(group)) => schools(site, visit, request, audience, group),
        _ => forbidden(site, visit),
    }
}

pub(super) fn actor(visit: &Visit) -> Option<&Actor> {
    visit.session.as_ref().map(|session| &session.actor)
}

fn forbidden(site: &Site, visit: &Visit) -> Answer {
    let html = NotHere::no_permission(frame(site, visit, "You cannot open results")).to_string();
    page(StatusCode::FORBIDDEN, html)
}

/// GET /results/{laestab} and the pages below it
pub fn school(
    site: &Site,
    visit: &Visit,
    request: &Parts,
    laestab: u32,
    which: SchoolPage,
) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(request) };
    let right = match actor.right(laestab, || site.gate.outline()) {
        Ok(right) => right,
        Err(NoRight::Unknown) => return fixed(static_pages::not_found()),
        Err(NoRight::Forbidden) => return forbidden(site, visit),
    };
    if which == SchoolPage::Scripts && !right.scripts {
        return fixed(static_pages::not_found());
    }
    let school = Laestab::from_number(laestab).ok();
    let opened = match site.gate.open(right.audience, school) {
        Ok(opened) => opened,
        Err(closed) if which == SchoolPage::Results => return not_open(site, visit, closed),
        Err(_) => return see_other(&format!("/results/{laestab}")),
    };
    match opened.pack(right.pack).and_then(|pack| Some((read_page(&pack)?, pack))) {
        Some((pupils, pack)) => {
            opened_school(site, visit, &opened, Shown { right, pupils, pack: &pack, which })
        }
        None => {
            page(StatusCode::OK, NotHere::no_results(frame(site, visit, "Results")).to_string())
        }
    }
}

/// What is shown of a school.
struct Shown<'a> {
    right: Right,
    pupils: PupilsPage,
    pack: &'a Pack,
    which: SchoolPage,
}

fn opened_school(site: &Site, visit: &Visit, opened: &Opened, shown: Shown<'_>) -> Answer {
    let laestab = shown.pupils.laestab;
    let Some(actor) = actor(visit) else { return see_other("/sign-in") };
    let (downloads, organisation) = (&site.node.downloads, actor.organisation.id);
    let had = Had { downloads, organisation, school: Some(laestab) };
    let held = site.gate.held(opened);
    let mut pupils = shown.pupils;
    pupils.pupils.retain(|pupil| !held.contains(&pupil.laestab));
    let promised_on = site.promised_on;
    let pack = shown.pack;
    let released = Released { pupils: &pupils, pack, opened, promised_on, held: &held, had };
    let (html, file) = match shown.which {
        SchoolPage::Results => {
            let layout = frame(site, visit, "Key stage 2 results");
            (Results::new(layout, &released, shown.right).to_string(), "page")
        }
        SchoolPage::Subject(subject) => {
            let layout = frame(site, visit, "Marks by paper");
            (SubjectMarks::new(layout, &released, subject).to_string(), "page-marks")
        }
        SchoolPage::Scripts => {
            let layout = frame(site, visit, "Scripts");
            let of = Downloader { school: laestab, session: actor.session };
            let length = pack.index.scripts.as_ref().map_or(0, |scripts| scripts.length);
            let outlook = site.lane.outlook(of, length);
            (Scripts::new(layout, &released, outlook).to_string(), "page-scripts")
        }
    };
    granted_page(site, visit, opened, Some(laestab), file, html)
}

/// A page of results, journalled like any file.
fn granted_page(
    site: &Site,
    visit: &Visit,
    opened: &Opened,
    school: Option<u32>,
    file: &'static str,
    html: String,
) -> Answer {
    let Some(actor) = actor(visit) else { return see_other("/sign-in") };
    let html = encoded(visit, html);
    if visit.is_head {
        return encoded_page(visit, StatusCode::OK, html);
    }
    let given = Given {
        kind: DownloadKind::Page,
        school,
        file: file.into(),
        release: opened.release().to_owned(),
        bytes: (0, html.len() as u64),
    };
    let grant = site.grants.grant(actor, visit.client.address, given);
    encoded_page(visit, StatusCode::OK, html).map(|body| Body::new(Counted::new(body, grant)))
}

/// A page with a body that `encoded` made.
fn encoded_page(visit: &Visit, status: StatusCode, html: Vec<u8>) -> Answer {
    let mut answer = page(status, html);
    insert(&mut answer, header::VARY, "Accept-Encoding");
    if visit.gzip {
        insert(&mut answer, header::CONTENT_ENCODING, "gzip");
    }
    answer
}

fn encoded(visit: &Visit, html: String) -> Vec<u8> {
    if visit.gzip { gzip(html.as_bytes()) } else { html.into_bytes() }
}

/// Compressed at the fastest level: the table of a large school shrinks to a tenth in well under a
/// millisecond. Its one secret, the hidden field of the forms, is masked anew in every page.
fn gzip(html: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(html.len() / 4), Compression::fast());
    encoder.write_all(html).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn read_page(pack: &Pack) -> Option<PupilsPage> {
    let text = pack.identity(pack.section(SectionName::Page)?).ok()?;
    serde_json::from_slice(&text).ok()
}

fn not_open(site: &Site, visit: &Visit, closed: Closed) -> Answer {
    let html = match closed {
        Closed::Before(opens) => {
            site.metrics.embargo_refusals.inc();
            let layout = frame(site, visit, "Your results are not open yet");
            let countdown = Countdown::new(layout, opens, &site.node.clock);
            let ends = actor(visit).and_then(|actor| expiry(site, actor));
            let ends_soon = ends.is_some_and(|expiry| expiry.reminder.is_some());
            let countdown = if ends_soon { countdown.password_ends() } else { countdown };
            countdown.to_string()
        }
        Closed::NoRelease => NotHere::no_release(frame(site, visit, "Results")).to_string(),
        Closed::Held => NotHere::held(frame(site, visit, "Results")).to_string(),
        Closed::Clock | Closed::NotLoaded => return fixed(static_pages::store_away()),
    };
    page(StatusCode::OK, html)
}

fn schools(
    site: &Site,
    visit: &Visit,
    request: &Parts,
    audience: Audience,
    group: PackId,
) -> Answer {
    let opened = match site.gate.open(audience, None) {
        Ok(opened) => opened,
        Err(closed) => return not_open(site, visit, closed),
    };
    let list = opened.pack(group).and_then(|pack| {
        let text = pack.identity(pack.section(SectionName::Page)?).ok()?;
        let list: SchoolsPage = serde_json::from_slice(&text).ok()?;
        Some((list, pack))
    });
    let Some((list, pack)) = list else {
        let layout = frame(site, visit, "Results");
        return page(StatusCode::OK, NotHere::no_results(layout).to_string());
    };
    let held = site.gate.held(&opened);
    let search = query_field(&request.uri, "q");
    let layout = frame(site, visit, "Results of your schools");
    let html = Schools::new(layout, list, &pack, &held, &search, &opened).to_string();
    granted_page(site, visit, &opened, None, "page-schools", html)
}

/// GET /results/calculator
pub fn calculator(site: &Site, visit: &Visit, request: &Parts) -> Answer {
    let Some(actor) = actor(visit) else { return to_sign_in(request) };
    let Some(audience) = actor.audience() else { return forbidden(site, visit) };
    match site.gate.open(audience, None) {
        Ok(opened) => {
            let layout = frame(site, visit, "Raw mark to scaled score");
            let asked = (query_field(&request.uri, "subject"), query_field(&request.uri, "raw"));
            let calculator = Calculator::new(layout, &opened, &asked.0, &asked.1);
            encoded_page(visit, calculator.status(), encoded(visit, calculator.to_string()))
        }
        Err(_) => see_other("/results"),
    }
}

//! Releases for release officers: all of them, and one with what is done to it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::{at_desk, instead, posted};
use crate::domain::calendar::Audience;
use crate::domain::rights::Action;
use crate::service::desk::{Desk, NotDone};
use crate::service::release_control::{self, Refused, ReleaseRow, corrections};
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::form::Fields;
use crate::web::pages::frame;
use crate::web::pages::staff::Problems;
use crate::web::pages::staff::release::{Known, Release, Typed};
use crate::web::pages::staff::releases::{HERE, Releases};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

mod act;

/// GET /staff/releases
pub async fn all(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (_, desk) = match at_desk(&site, &visit, &head, Action::Releases) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    let read = async {
        let releases = release_control::all(&desk).await?;
        Ok::<_, NotDone>((releases, release_control::holds(&desk).await?))
    };
    match read.await {
        Ok((releases, holds)) => {
            let layout = frame(&site, &visit, Releases::TITLE);
            page(StatusCode::OK, Releases::new(layout, &releases, &holds).to_string())
        }
        Err(reason) => instead(&reason),
    }
}

/// GET /staff/releases/{id}
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (actor, desk) = match at_desk(&site, &visit, &head, Action::Releases) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    let news = match head.uri.query() {
        Some("proposed") => Some("Proposed. Another release officer approves it"),
        Some("approved") => Some("Approved"),
        Some("held") => Some("Held back on every server"),
        Some("resumed") => Some("Served again by every server"),
        _ => None,
    };
    match known(&site, &desk, &id).await {
        Ok(known) => {
            let layout = frame(&site, &visit, Release::TITLE);
            let shown = Release::new(layout, known, &actor.user.username).news(news);
            page(StatusCode::OK, shown.to_string())
        }
        Err(reason) => not_shown(&reason),
    }
}

/// POST /staff/releases/{id}
pub async fn act(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields) = match posted(&site, &visit, Action::Releases, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let mut problems = Problems::default();
    match act::done(&site, &desk, &id, &fields, &mut problems).await {
        Ok(Some(done)) => return see_other(&format!("{HERE}/{id}?{done}")),
        Ok(None) => (),
        Err(Refused::NotDone(reason)) => return instead(&reason),
        Err(reason) => problems.add("publish", words(&reason)),
    }
    match known(&site, &desk, &id).await {
        Ok(known) => {
            let layout = frame(&site, &visit, Release::TITLE);
            let shown = Release::new(layout, known, &actor.user.username);
            let html = shown.refused(typed(&fields), problems).to_string();
            page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
        Err(reason) => not_shown(&reason),
    }
}

async fn known(site: &Site, desk: &Desk, id: &str) -> Result<Known, Refused> {
    let release = release_control::find(desk, id).await?;
    let directory = site.node.directory();
    let name = |number: u32| directory.school(number).map(|school| school.name.clone());
    let holds = release_control::holds(desk).await?.into_iter();
    let holds = holds.filter(|hold| hold.release == id);
    Ok(Known {
        corrections: corrections::all(desk, id).await?,
        holds: holds.map(|hold| (hold.clone(), hold.school.and_then(name))).collect(),
        nodes: nodes(release_control::readiness(desk).await?),
        planned: planned(site, &release),
        release,
    })
}

/// When the calendar of this server's year lets it open.
fn planned(site: &Site, release: &ReleaseRow) -> Option<Timestamp> {
    site.desks.opens(release.year).map(|opens| opens.of(Audience::School))
}

fn nodes(readiness: Vec<(String, Value)>) -> Vec<(String, String)> {
    let words = |said: &Value| match (said["ready"].as_bool(), said["revision"].as_u64()) {
        (Some(true), Some(revision)) => format!("Ready, with revision {revision}"),
        (Some(true), None) => "Ready".to_owned(),
        _ => "Not ready".to_owned(),
    };
    readiness.into_iter().map(|(name, said)| (name, words(&said))).collect()
}

fn not_shown(reason: &Refused) -> Answer {
    match reason {
        Refused::NotDone(reason) => instead(reason),
        _ => fixed(static_pages::not_found()),
    }
}

/// Why something was not published, for whoever tried.
fn words(reason: &Refused) -> &'static str {
    match reason {
        Refused::Unknown(_) | Refused::NoCorrection { .. } => "There is no such revision any more",
        Refused::Loaded(_) => "You loaded the data: others decide over its release",
        Refused::SamePerson => "You proposed it: another release officer approves it",
        Refused::Stage { .. } => "Somebody has changed it meanwhile. Look at where it stands now",
        Refused::Overtaken { .. } => {
            "Another revision is served by now. The correction is built again on that one"
        }
        Refused::Report => "The report of this correction cannot be read",
        Refused::Forgotten(_) | Refused::NotDone(_) => "It was not done",
    }
}

fn typed(fields: &Fields) -> Typed {
    let text = |name| fields.get(name).to_owned();
    Typed {
        date: ["date-day", "date-month", "date-year"].map(text),
        time: text("time"),
        left_out: fields.get("left_out") == "yes",
        part: text("part"),
        school: text("school"),
        hold_reason: text("hold_reason"),
        hold: text("hold"),
        lift_reason: text("lift_reason"),
    }
}

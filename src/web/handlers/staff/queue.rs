//! The waiting room for its operators.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode, Uri};

use super::{at_desk, instead, posted, reason};
use crate::admission::{BadRate, Rate, Reference};
use crate::domain::rights::Action;
use crate::service::desk::{Desk, NotDone};
use crate::service::morning::{self, NoReport};
use crate::service::queue_control::{self, Approval, BadSteer, Outlook, Steer, Steered};
use crate::service::results::Actor;
use crate::service::waiting::Found;
use crate::web::Site;
use crate::web::answer::{Answer, page, see_other};
use crate::web::form::Fields;
use crate::web::handlers::account::query_field;
use crate::web::pages::frame;
use crate::web::pages::staff::Problems;
use crate::web::pages::staff::queue::{Asked, HERE, Look, Queue, Typed};
use crate::web::pages::staff::queue_report::QueueReport;
use crate::web::serve::Visit;

/// GET /staff/queue: how it is, and where a caller stands or what another rate would mean when that is asked.
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (actor, desk) = match at_desk(&site, &visit, &head, Action::Queue) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    let shown = match shown(&site, &visit, actor, &desk).await {
        Ok(shown) => shown.news(news(&head.uri)),
        Err(reason) => return instead(&reason),
    };
    let mut problems = Problems::default();
    let found = found(&site, &head.uri, &mut problems);
    let outlook = outlook(&site, &head.uri, &mut problems);
    let status = status(&problems);
    page(status, shown.asked(found, outlook).refused(problems).to_string())
}

/// POST /staff/queue: something is done, or proposed.
pub async fn steer(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields) = match posted(&site, &visit, Action::Queue, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let mut problems = Problems::default();
    let wanted = wanted(&fields, &mut problems);
    let reason = reason(&fields, "reason", &mut problems);
    let done = match (wanted, reason) {
        (Some(wanted), Some(reason)) => queue_control::steer(&desk, &wanted, Some(reason)).await,
        _ => return again(&site, &visit, actor, &desk, typed(&fields), problems).await,
    };
    match done {
        Ok(Steered::Proposed(id)) => see_other(&format!("{HERE}?proposed={id}")),
        Ok(Steered::Done(id)) => see_other(&format!("{HERE}?done={id}")),
        Err(reason) => instead(&reason),
    }
}

/// POST /staff/queue/approve
pub async fn approve(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (actor, desk, fields) = match posted(&site, &visit, Action::Queue, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    // Numbers of acts begin at 1: what is no number names none.
    let id = fields.get("act").parse().unwrap_or_default();
    let words = match queue_control::approve(&desk, id).await {
        Ok(Approval::Approved | Approval::Done) => {
            return see_other(&format!("{HERE}?approved={id}"));
        }
        Ok(Approval::TooLate) => {
            "This act was proposed more than half an hour ago. Propose it again"
        }
        Ok(Approval::Refused) => {
            "This act cannot be approved: it is your own, was approved already, or is not there"
        }
        Err(reason) => return instead(&reason),
    };
    again(&site, &visit, actor, &desk, Typed::default(), Problems::of("acts", words)).await
}

/// GET /staff/queue/report
pub async fn report(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let (_, desk) = match at_desk(&site, &visit, &head, Action::Queue) {
        Ok(here) => here,
        Err(refused) => return *refused,
    };
    let told = match morning::read(&desk, None).await {
        Ok(told) => Some(told),
        Err(NoReport::NoneApproved | NoReport::NotApproved(_)) => None,
        Err(NoReport::NotDone(reason)) => return instead(&reason),
    };
    let layout = frame(&site, &visit, QueueReport::TITLE);
    page(StatusCode::OK, QueueReport::new(layout, told).to_string())
}

async fn shown(site: &Site, visit: &Visit, actor: &Actor, desk: &Desk) -> Result<Queue, NotDone> {
    let look = Look {
        figures: site.waiting.figures(),
        room: queue_control::room(desk).await?,
        acts: queue_control::acts(desk).await?,
        node: site.node.name.to_string(),
        nodes: desk.nodes_alive().await?,
        now: desk.now(),
    };
    Ok(Queue::new(frame(site, visit, Queue::TITLE), look, &actor.user.username))
}

/// The page again, with everything that is wrong and what was typed.
async fn again(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    desk: &Desk,
    typed: Typed,
    problems: Problems,
) -> Answer {
    match shown(site, visit, actor, desk).await {
        Ok(shown) => {
            let html = shown.typed(typed).refused(problems).to_string();
            page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
        Err(reason) => instead(&reason),
    }
}

fn status(problems: &Problems) -> StatusCode {
    if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// What an earlier form did, by the number of its act.
fn news(uri: &Uri) -> Option<String> {
    let number = |name| query_field(uri, name).parse::<i64>().ok();
    let proposed = number("proposed").map(|id| {
        format!("Proposed as act {id}. Another queue operator does it within half an hour")
    });
    let done = || {
        let id = number("done")?;
        Some(format!("Done on every server as act {id}. Another queue operator approves it"))
    };
    let approved = || Some(format!("Act {} approved", number("approved")?));
    proposed.or_else(done).or_else(approved)
}

/// Where a caller stands.
fn found(site: &Site, uri: &Uri, problems: &mut Problems) -> Asked<Found> {
    let typed = query_field(uri, "reference");
    let answer = match typed.parse::<Reference>() {
        Ok(place) => Some(site.waiting.find(place)),
        Err(_) if asks(uri, "reference") => {
            problems.add("reference", "Enter the six characters, for example QF7-3KD");
            None
        }
        Err(_) => None,
    };
    Asked { typed, answer }
}

/// What another rate would mean.
fn outlook(site: &Site, uri: &Uri, problems: &mut Problems) -> Asked<Outlook> {
    let typed = query_field(uri, "what_if");
    let answer = match rate(&typed) {
        Ok(rate) => {
            let figures = site.waiting.figures();
            Some(queue_control::outlook(rate, figures.waiting, figures.capacity))
        }
        Err(bad) if asks(uri, "what_if") => {
            problems.add("what_if", rate_words(bad));
            None
        }
        Err(_) => None,
    };
    Asked { typed, answer }
}

fn asks(uri: &Uri, name: &str) -> bool {
    let query = uri.query().unwrap_or_default();
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

fn rate(typed: &str) -> Result<Rate, BadRate> {
    Rate::new(typed.trim().parse().map_err(|_| BadRate::NotANumber)?)
}

/// What is to be done; only the field of the chosen act is read.
fn wanted(fields: &Fields, problems: &mut Problems) -> Option<Steer> {
    let text = |name| fields.get(name);
    let wanted = match text("act") {
        "open" => Ok(Steer::Open),
        "pause" => Ok(Steer::Pause),
        "resume" => Ok(Steer::Resume),
        "close" => Ok(Steer::Close),
        "rate" => rate(text("rate")).map(Steer::Rate).map_err(BadSteer::Rate),
        "admit" => {
            let people = text("people").trim().replace(',', "").parse();
            people.map_err(|_| BadSteer::People).and_then(Steer::admit)
        }
        "message" => Steer::message(text("message")),
        _ => {
            problems.add("act", "Select what to do");
            return None;
        }
    };
    match wanted {
        Ok(wanted) => return Some(wanted),
        Err(BadSteer::Rate(bad)) => problems.add("rate", rate_words(bad)),
        Err(BadSteer::People) => {
            problems.add("people", "Enter how many people to let in, from 1 to 10,000");
        }
        Err(BadSteer::Message) => {
            problems.add("message", "Enter one line, of up to 500 plain letters");
        }
    }
    None
}

const fn rate_words(bad: BadRate) -> &'static str {
    match bad {
        BadRate::NotANumber => "Enter the rate as a number, for example 12.5",
        BadRate::TooLow(_) => "Enter a rate of 0.001 or more. To let nobody in, pause",
        BadRate::TooHigh(_) => "Enter a rate of 10,000 or less",
    }
}

fn typed(fields: &Fields) -> Typed {
    let text = |name| fields.get(name).to_owned();
    Typed {
        act: text("act"),
        rate: text("rate"),
        people: text("people"),
        message: text("message"),
        reason: text("reason"),
    }
}

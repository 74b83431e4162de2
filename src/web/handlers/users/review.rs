//! The termly review of users.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::{instead, reader};
use crate::service::results::Actor;
use crate::service::users::{Decision, NotDone, Overview};
use crate::web::Site;
use crate::web::answer::{Answer, page, see_other};
use crate::web::form::{self, Fields};
use crate::web::handlers::results::{actor, to_sign_in};
use crate::web::pages::frame;
use crate::web::pages::users::{ReviewUsers, home, limit_words};
use crate::web::serve::Visit;

/// GET /users/review
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    match site.users.all(actor).await {
        Ok(all) => page(StatusCode::OK, asked(&site, &visit, actor, &all, &[], false).to_string()),
        Err(reason) => instead(reason),
    }
}

/// POST /users/review
pub async fn confirm(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let Some(actor) = actor(&visit) else { return see_other("/sign-in?return_to=/users/review") };
    let fields = match form::read(&site, visit.session.as_ref(), request).await {
        Ok((fields, _)) => fields,
        Err(refused) => return refused,
    };
    let all = match site.users.all(actor).await {
        Ok(all) => all,
        Err(reason) => return instead(reason),
    };
    let answers = answers(&fields);
    let again = || asked(&site, &visit, actor, &all, &answers, true);
    let refused = |form: ReviewUsers| page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
    let Some(decisions) = decisions(&all, &answers) else { return refused(again()) };
    let removes_self = all.people.members.iter().any(|member| {
        member.user == actor.user.id && decisions.contains(&(member.id, Decision::Remove))
    });
    match site.users.confirm(actor, decisions).await {
        Ok(()) if removes_self => see_other("/"),
        Ok(()) => see_other(&format!("{}?reviewed", home(actor.organisation.kind))),
        Err(NotDone::Limit(limit)) => refused(again().refused(limit_words(limit))),
        Err(NotDone::Overtaken) => refused(again().refused(OVERTAKEN)),
        Err(reason) => instead(reason),
    }
}

const OVERTAKEN: &str =
    "The users have changed meanwhile. Open this page again and look at all of them";

fn asked(
    site: &Site,
    visit: &Visit,
    actor: &Actor,
    all: &Overview,
    answers: &[(i64, String)],
    asked: bool,
) -> ReviewUsers {
    let layout = frame(site, visit, ReviewUsers::TITLE);
    ReviewUsers::new(layout, &reader(site, actor), all, answers, asked)
}

/// What was answered, by row id of the membership.
fn answers(fields: &Fields) -> Vec<(i64, String)> {
    let answers = fields.below("user-");
    answers.filter_map(|(id, answer)| Some((id.parse().ok()?, answer.to_owned()))).collect()
}

/// What becomes of everybody; none while somebody's answer is missing.
fn decisions(all: &Overview, answers: &[(i64, String)]) -> Option<Vec<(i64, Decision)>> {
    let decision = |id: i64| {
        let answer = answers.iter().find(|(known, _)| *known == id)?;
        match answer.1.as_str() {
            "keep" => Some((id, Decision::Keep)),
            "remove" => Some((id, Decision::Remove)),
            _ => None,
        }
    };
    all.people.members.iter().map(|member| decision(member.id)).collect()
}

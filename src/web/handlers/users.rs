//! Users of one's organisation: the list, and what the pages about them share.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::results::{actor, to_sign_in};
use crate::domain::access::OrganisationKind;
use crate::domain::rights::Action;
use crate::domain::users::Problem;
use crate::domain::users::care::BadCover;
use crate::service::results::Actor;
use crate::service::users::NotDone;
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::pages::frame;
use crate::web::pages::users::{Reader, Users, home, limit_words};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

pub mod create;
pub mod one;
pub mod review;

/// Where they are listed.
const HERE: &str = "/users";

/// GET /users
pub async fn all(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    if actor.organisation.kind == OrganisationKind::Staff && actor.may(Action::Users) {
        let query = head.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return see_other(&format!("{}{query}", home(OrganisationKind::Staff)));
    }
    match site.users.all(actor).await {
        Ok(all) => {
            let shown = Users::new(frame(&site, &visit, Users::TITLE), &reader(&site, actor), &all);
            page(StatusCode::OK, shown.news(news(head.uri.query())).to_string())
        }
        Err(reason) => instead(reason),
    }
}

/// What an earlier form did.
pub(super) fn news(query: Option<&str>) -> Option<&'static str> {
    match query {
        Some("created") => Some("User created. We have written to them, and to you"),
        Some("removed") => Some("User removed"),
        Some("reviewed") => Some("This term’s users are confirmed"),
        _ => None,
    }
}

/// The problem of a form that a refusal is, with its field.
fn problem(reason: NotDone) -> Option<Problem> {
    Some(match reason {
        NotDone::Limit(limit) => ("permissions", limit_words(limit)),
        NotDone::AlreadyUser => {
            ("email", "Somebody in your organisation has this email address already")
        }
        NotDone::Overtaken => (
            "permissions",
            "Somebody else has changed this user meanwhile. Look at what is kept now, and send it again",
        ),
        NotDone::Days(BadCover::Backwards) => {
            ("until", "Enter a last day that is not before the first")
        }
        NotDone::Days(BadCover::Over) => ("until", "Enter a last day that is not over"),
        NotDone::Days(BadCover::TooLong) => {
            ("until", "Enter fewer days: nobody may stand in for so long")
        }
        NotDone::Days(BadCover::Outside) => {
            ("from", "Enter days around the results, as this page names them")
        }
        NotDone::NoRight
        | NotDone::Unknown
        | NotDone::TooSoon(_)
        | NotDone::NotNow
        | NotDone::Away => return None,
    })
}

/// What is answered when nothing can be shown.
pub(super) fn instead(reason: NotDone) -> Answer {
    fixed(match reason {
        NotDone::NoRight => static_pages::forbidden(),
        NotDone::Away => static_pages::busy(),
        NotDone::Unknown
        | NotDone::Limit(_)
        | NotDone::AlreadyUser
        | NotDone::Overtaken
        | NotDone::TooSoon(_)
        | NotDone::NotNow
        | NotDone::Days(_) => static_pages::not_found(),
    })
}

pub(super) fn reader<'a>(site: &Site, actor: &'a Actor) -> Reader<'a> {
    Reader {
        user: actor.user.id,
        kind: actor.organisation.kind,
        organisation: &actor.organisation.name,
        now: site.node.clock.now(),
    }
}

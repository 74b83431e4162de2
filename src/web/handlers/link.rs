//! One's link to the identity service: ending it.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::results::to_sign_in;
use super::second_factor::{password, refused};
use crate::service::identity::Linked;
use crate::service::second_factors::Refused;
use crate::service::sign_in;
use crate::web::answer::{Answer, page, see_other, set_cookie};
use crate::web::pages::frame;
use crate::web::pages::link::EndLink;
use crate::web::serve::Visit;
use crate::web::session::{Came, Session};
use crate::web::{Site, form, session};

/// GET /account/service
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    match site.identity.linked(session.actor.user.id) {
        Some(linked) => page(StatusCode::OK, question(&site, &visit, linked).to_string()),
        None => see_other("/account"),
    }
}

fn question(site: &Site, visit: &Visit, linked: Linked) -> EndLink {
    EndLink::new(frame(site, visit, EndLink::TITLE), linked)
}

/// POST /account/service: ends the link, after the password was asked for.
pub async fn end(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, _) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(session) = &visit.session else {
        return see_other("/sign-in?return_to=/account/service");
    };
    let Some(linked) = site.identity.linked(session.actor.user.id) else {
        return see_other("/account");
    };
    let ended = match password(&site, session, &fields).await {
        Ok(()) => site.identity.unlink(&session.actor).await,
        Err(why) => Err(why),
    };
    match ended {
        Ok(()) => after(&site, session),
        Err(Refused::Nothing) => see_other("/account"),
        Err(why) => refused(why, |why| question(&site, &visit, linked).refused(why).to_string()),
    }
}

/// Where somebody goes on without the link: whoever came through it is not in any more.
fn after(site: &Site, session: &Session) -> Answer {
    if session.token.came == Came::WithPassword {
        return see_other("/account?unlinked");
    }
    sign_in::sign_out(&site.node, &session.actor);
    let mut answer = see_other("/sign-in");
    set_cookie(&mut answer, &session::end(&site.node, site.sessions, session));
    answer
}

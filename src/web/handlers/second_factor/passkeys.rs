//! Passkeys: the list, adding one, taking one away.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::app::{password, posted, refused};
use crate::web::Site;
use crate::web::answer::{Answer, page, see_other};
use crate::web::handlers::results::to_sign_in;
use crate::web::pages::frame;
use crate::web::pages::passkeys::Passkeys;
use crate::web::serve::Visit;
use crate::web::session::Session;

/// GET /account/second-factor/passkeys
pub async fn show_passkeys(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(session) = &visit.session else { return to_sign_in(&head) };
    if site.factors.of(session.actor.user.id).is_none() {
        return see_other("/account/second-factor");
    }
    page(StatusCode::OK, list(&site, &visit, session).to_string())
}

fn list(site: &Site, visit: &Visit, session: &Session) -> Passkeys {
    let own = site.factors.of(session.actor.user.id);
    let question = site.passkeys.question_to_add(&session.actor);
    Passkeys::new(frame(site, visit, Passkeys::TITLE), own.as_deref(), question)
}

/// POST /account/second-factor/passkeys: adds the one that the browser made, or removes one.
pub async fn change_passkeys(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, session) = match posted(&site, &visit, request).await {
        Ok(posted) => posted,
        Err(refused) => return *refused,
    };
    let actor = &session.actor;
    let done = match (password(&site, session, &fields).await, fields.get("remove").parse()) {
        (Err(why), _) => Err(why),
        (Ok(()), Ok(id)) => site.passkeys.remove(actor, id).await,
        (Ok(()), Err(_)) => {
            let (name, answer) = (fields.get("name"), fields.get("answer"));
            site.passkeys.add(actor, name, answer, fields.get("expected")).await
        }
    };
    match done {
        Ok(()) => see_other("/account/second-factor/passkeys"),
        Err(why) => refused(why, |why| {
            list(&site, &visit, session).named(fields.get("name")).refused(why).to_string()
        }),
    }
}

//! Going on for another of one's organisations.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::{onward, query_field, safe_return};
use super::results::{actor, to_sign_in};
use crate::service::results::Actor;
use crate::service::switch::{organisations_of, switched};
use crate::web::answer::{Answer, fixed, page, see_other, set_cookie};
use crate::web::pages::frame;
use crate::web::pages::switch::Switch;
use crate::web::serve::Visit;
use crate::web::session::Session;
use crate::web::{Site, form, session, static_pages};

/// GET /account/switch
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    let return_to = query_field(&head.uri, "return_to");
    page(StatusCode::OK, choices(&site, &visit, actor, &return_to).to_string())
}

/// POST /account/switch
pub async fn switch(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let Some(session) = &visit.session else { return see_other("/sign-in") };
    let fields = match form::read(&site, Some(session), request).await {
        Ok((fields, _)) => fields,
        Err(refused) => return refused,
    };
    let wanted = fields.get("organisation").parse().ok();
    let wanted = wanted.filter(|id| may_act_for(session, *id));
    let Some(new) = wanted.and_then(|id| switched(&site.node, &session.actor, id)) else {
        let html = choices(&site, &visit, &session.actor, fields.get("return_to")).refused();
        return page(StatusCode::UNPROCESSABLE_ENTITY, html.to_string());
    };
    let Some(cookie) = session::switch(&site.node, session, new.organisation.id) else {
        return fixed(static_pages::busy());
    };
    let mut answer = see_other(&onward(&site, &new, fields.get("return_to")));
    set_cookie(&mut answer, &cookie);
    answer
}

/// Whoever came through the identity service acts for the organisation that it named.
fn may_act_for(session: &Session, organisation: i64) -> bool {
    session.standing.is_none() || organisation == session.actor.organisation.id
}

fn choices(site: &Site, visit: &Visit, actor: &Actor, return_to: &str) -> Switch {
    let mut organisations = organisations_of(&site.node, &actor.user);
    let may = |id: i64| visit.session.as_ref().is_none_or(|session| may_act_for(session, id));
    organisations.retain(|(id, _)| may(*id));
    let return_to = safe_return(return_to).unwrap_or_default();
    let layout = frame(site, visit, Switch::TITLE);
    Switch::new(layout, organisations, actor.organisation.id, return_to)
}

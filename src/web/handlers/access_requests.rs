//! Asking for an account: find the organisation, say who one is, and hear what happens next.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::{query_field, with_cookie};
use crate::node::directory::Organisation;
use crate::service::access_requests::{BadPerson, NotTaken, Person};
use crate::web::answer::{Answer, fixed, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::form;
use crate::web::pages::access_requests::{Ask, Asked, Find};
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /request-account, with a search, for an organisation, or after it was sent
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let query = head.uri.query();
    if query == Some("sent") {
        return page(StatusCode::OK, Asked::default().to_string());
    }
    let chosen = query_field(&head.uri, "organisation");
    if !chosen.is_empty() {
        let Some(organisation) = known(&site, &chosen) else {
            return fixed(static_pages::not_found());
        };
        let (tie, cookie) = Tie::of(&head.headers, visit.session.as_ref());
        let form = Ask::new(csrf::field(&site.node, &tie), &organisation);
        return with_cookie(page(StatusCode::OK, form.to_string()), cookie);
    }
    if query.is_none_or(|query| !query.starts_with("q=")) {
        return page(StatusCode::OK, Find::default().to_string());
    }
    let typed = query_field(&head.uri, "q");
    match site.access_requests.search(&typed) {
        Ok((found, all)) => {
            page(StatusCode::OK, Find::default().found(&typed, &found, all).to_string())
        }
        Err(why) => {
            page(StatusCode::UNPROCESSABLE_ENTITY, Find::default().refused(&typed, why).to_string())
        }
    }
}

/// POST /request-account
pub async fn ask(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, headers) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(organisation) = known(&site, fields.get("organisation")) else {
        return fixed(static_pages::not_found());
    };
    let field = |name| fields.get(name).to_owned();
    let person = Person { name: field("name"), email: field("email"), job: field("job") };
    let asked = site.access_requests.ask(organisation.id, &person, visit.client.address).await;
    let (tie, _) = Tie::of(&headers, visit.session.as_ref());
    let form = || Ask::new(csrf::field(&site.node, &tie), &organisation).typed(&person);
    match asked {
        Ok(()) => see_other("/request-account?sent"),
        Err(NotTaken::Bad(bad)) => {
            page(StatusCode::UNPROCESSABLE_ENTITY, form().refused(bad).to_string())
        }
        Err(NotTaken::TooMany) => {
            let form =
                form().refused(BadPerson { name: Some(Ask::TOO_MANY), ..BadPerson::default() });
            page(StatusCode::TOO_MANY_REQUESTS, form.to_string())
        }
        Err(NotTaken::Away) => page(StatusCode::SERVICE_UNAVAILABLE, form().away().to_string()),
        Err(NotTaken::Unknown) => fixed(static_pages::not_found()),
    }
}

fn known(site: &Site, id: &str) -> Option<Arc<Organisation>> {
    site.access_requests.organisation(id.parse().ok()?)
}

//! Forgotten passwords: one question, and one answer for everybody.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::with_cookie;
use crate::web::Site;
use crate::web::answer::{Answer, page, see_other};
use crate::web::csrf::{self, Tie};
use crate::web::form;
use crate::web::pages::forgotten_password::{Ask, Asked};
use crate::web::serve::Visit;

/// GET /forgotten-password
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    if head.uri.query() == Some("sent") {
        return page(StatusCode::OK, Asked::default().to_string());
    }
    let (tie, cookie) = Tie::of(&head.headers, visit.session.as_ref());
    let form = Ask::new(csrf::field(&site.node, &tie));
    with_cookie(page(StatusCode::OK, form.to_string()), cookie)
}

/// POST /forgotten-password: whether somebody has this name is looked at later, and never told here.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (fields, headers) = match form::read(&site, visit.session.as_ref(), request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let name = fields.get("username");
    if !crate::domain::contact::looks_like_email(name.trim()) {
        let (tie, _) = Tie::of(&headers, visit.session.as_ref());
        let form = Ask::new(csrf::field(&site.node, &tie)).refused(name);
        return page(StatusCode::UNPROCESSABLE_ENTITY, form.to_string());
    }
    site.forgotten.ask(name, visit.client.address);
    see_other("/forgotten-password?sent")
}

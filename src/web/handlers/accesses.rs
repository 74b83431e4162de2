//! The record of who signed in and who opened what, for those whom it concerns.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::account::query_field;
use super::results::{actor, to_sign_in};
use crate::domain::rights::Action;
use crate::service::accesses::Cursor;
use crate::service::away::Away;
use crate::web::answer::{Answer, fixed, page};
use crate::web::pages::accesses::Accesses;
use crate::web::pages::frame;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /organisation/accesses
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    if !actor.may(Action::Accesses) {
        return fixed(static_pages::forbidden());
    }
    let cursor = Cursor::parse(&query_field(&head.uri, "before"));
    match site.accesses.of(actor, cursor).await {
        Ok(found) => {
            let layout = frame(&site, &visit, Accesses::TITLE);
            let shown = Accesses::new(layout, &actor.organisation, &found, cursor.is_none());
            page(StatusCode::OK, shown.to_string())
        }
        Err(Away) => fixed(static_pages::busy()),
    }
}

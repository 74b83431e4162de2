//! My activity.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use super::results::{actor, to_sign_in};
use crate::domain::rights::Action;
use crate::service::away::Away;
use crate::web::answer::{Answer, fixed, page};
use crate::web::pages::activity::MyActivity;
use crate::web::pages::frame;
use crate::web::serve::Visit;
use crate::web::{Site, static_pages};

/// GET /activity
pub async fn show(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    request: Request<Body>,
) -> Answer {
    let (head, _) = request.into_parts();
    let Some(actor) = actor(&visit) else { return to_sign_in(&head) };
    if !actor.may(Action::Activity) {
        return fixed(static_pages::forbidden());
    }
    match site.forms.activity(actor).await {
        Ok(activity) => {
            let layout = frame(&site, &visit, MyActivity::TITLE);
            page(StatusCode::OK, MyActivity::new(layout, &activity).to_string())
        }
        Err(Away) => fixed(static_pages::busy()),
    }
}

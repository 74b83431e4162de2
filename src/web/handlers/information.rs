//! Pages that need nothing but who is there: start, help and the like.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use http::{Request, StatusCode};

use crate::web::Site;
use crate::web::answer::{Answer, page};
use crate::web::pages::frame;
use crate::web::pages::information::{
    Accessibility, Cookies, Help, Live, Start, Status, Welcome, help_desk,
};
use crate::web::serve::Visit;

/// GET /
pub async fn start(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    _request: Request<Body>,
) -> Answer {
    let opening = site.node.plan().times();
    let html = match &visit.session {
        None => Start::new(frame(&site, &visit, "Primary assessment")).to_string(),
        Some(session) => {
            let frame = frame(&site, &visit, "Welcome");
            let (actor, now) = (&session.actor, site.node.clock.now());
            let welcome = Welcome::new(frame, actor, opening, now);
            welcome.announced(&site.announced, actor, now).to_string()
        }
    };
    page(StatusCode::OK, html)
}

/// GET /help
pub async fn help(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Answer {
    let layout = frame(&site, &visit, "Help");
    let desk = site.announced.help.as_ref().map(help_desk);
    page(StatusCode::OK, Help { layout, desk }.to_string())
}

/// GET /cookies
pub async fn cookies(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Answer {
    page(StatusCode::OK, Cookies { layout: frame(&site, &visit, "Cookies") }.to_string())
}

/// GET /accessibility
pub async fn accessibility(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
) -> Answer {
    let layout = frame(&site, &visit, "Accessibility of this service");
    page(StatusCode::OK, Accessibility { layout }.to_string())
}

/// GET /status
pub async fn status(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Answer {
    let layout = frame(&site, &visit, "How the service is running");
    let (node, now) = (&site.node, site.node.clock.now());
    let live = Live { served: node.served.count(), crowd: node.peers.crowd(&node.name, now) };
    let html = Status::new(layout, node.plan().current(), live, now).to_string();
    page(StatusCode::OK, html)
}

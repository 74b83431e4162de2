//! The ops listener: metrics, probes and the live page, never on the portal's addresses.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use prometheus::{Registry, TextEncoder};

use super::live::{POLICY, Shown};
use super::machine::Machine;
use crate::edge::{Handler, IncomingBody, Peer, Refusal};
use crate::jobs::readiness::Readiness;
use crate::node::Node;
use crate::telemetry::live::Live;

/// What it shows.
#[derive(Clone, Debug)]
pub(super) struct Ops {
    pub(super) registry: Registry,
    pub(super) node: Node,
    pub(super) readiness: Arc<Readiness>,
    pub(super) machine: Machine,
    pub(super) live: Live,
}

impl Handler for Ops {
    type Body = Body;

    async fn call(&self, request: Request<IncomingBody>, _peer: Peer) -> Response<Body> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".to_owned());
        }
        match request.uri().path() {
            "/metrics" => self.metrics(),
            "/health/live" => text(StatusCode::OK, "text/plain", "alive\n".to_owned()),
            "/health/ready" => {
                let (ready, report) = self.readiness.report(&self.node);
                let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                text(status, "application/json", report.to_string())
            }
            "/live" => live_page(self.shown().page()),
            "/live/data" => {
                let query = request.uri().query().unwrap_or_default();
                let after = query.strip_prefix("after=").and_then(|text| text.parse().ok());
                text(StatusCode::OK, "application/json", self.shown().data(after.unwrap_or(0)))
            }
            _ => text(StatusCode::NOT_FOUND, "text/plain", "no such page\n".to_owned()),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Body> {
        refused(refusal)
    }
}

impl Ops {
    fn shown(&self) -> Shown<'_> {
        let (live, node, readiness) = (&self.live, &self.node, &*self.readiness);
        Shown { live, node, readiness, certificate_days: self.machine.certificate_days() }
    }

    fn metrics(&self) -> Response<Body> {
        self.machine.look();
        metrics(&self.registry)
    }
}

/// A listener with metrics and nothing else, for programs that are not a node.
#[derive(Clone, Debug)]
pub struct Metrics(pub Registry);

impl Handler for Metrics {
    type Body = Body;

    async fn call(&self, request: Request<IncomingBody>, _peer: Peer) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => metrics(&self.0),
            _ => text(StatusCode::NOT_FOUND, "text/plain", "only GET /metrics\n".to_owned()),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Body> {
        refused(refusal)
    }
}

fn metrics(registry: &Registry) -> Response<Body> {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(body) => text(StatusCode::OK, "text/plain; version=0.0.4", body),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", String::new())
        }
    }
}

fn refused(refusal: Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::BadHost => StatusCode::BAD_REQUEST,
        Refusal::TooManyHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
    };
    text(status, "text/plain", String::new())
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let value = HeaderValue::from_static(content_type);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn live_page(html: String) -> Response<Body> {
    let mut response = text(StatusCode::OK, "text/html; charset=utf-8", html);
    let policy = HeaderValue::from_str(&POLICY).expect("digests are ASCII");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

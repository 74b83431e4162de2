//! The ops listener: metrics and probes, never on the portal's addresses.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use prometheus::{Registry, TextEncoder};

use crate::edge::{Handler, IncomingBody, Refusal};
use crate::jobs::readiness::Readiness;
use crate::node::Node;

/// What it shows.
#[derive(Clone, Debug)]
pub(super) struct Ops {
    pub(super) registry: Registry,
    pub(super) node: Node,
    pub(super) readiness: Arc<Readiness>,
}

impl Handler for Ops {
    type Body = Body;

    async fn call(&self, request: Request<IncomingBody>) -> Response<Body> {
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
            _ => text(StatusCode::NOT_FOUND, "text/plain", "no such page\n".to_owned()),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Body> {
        let status = match refusal {
            Refusal::BadHost => StatusCode::BAD_REQUEST,
            Refusal::TooManyHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        };
        text(status, "text/plain", String::new())
    }
}

impl Ops {
    fn metrics(&self) -> Response<Body> {
        let families = self.registry.gather();
        match TextEncoder::new().encode_to_string(&families) {
            Ok(body) => text(StatusCode::OK, "text/plain; version=0.0.4", body),
            Err(error) => {
                tracing::error!(%error, "metrics cannot be written");
                text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", String::new())
            }
        }
    }
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let value = header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

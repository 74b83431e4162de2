//! From a request on a connection to the application's answer, whatever the application does.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use super::activity::Activity;
use super::body::{IncomingBody, OutgoingBody};
use super::{Handler, Peer, Refusal, Settings, host};

/// What all requests of one connection share.
#[derive(Debug)]
pub(super) struct Requests<H> {
    pub(super) handler: Arc<H>,
    pub(super) settings: Arc<Settings>,
    pub(super) peer: Peer,
    pub(super) activity: Arc<Activity>,
}

impl<H: Handler> Requests<H> {
    /// Answers one request; never fails.
    pub(super) fn respond(
        self: &Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<OutgoingBody<H::Body>>, Infallible>> + Send + use<H>
    {
        let this = Arc::clone(self);
        let flight = self.activity.begin();
        async move {
            let response = match this.refusal(&request) {
                Some(refusal) => this.handler.refuse(refusal),
                None => this.call(request).await,
            };
            Ok(response.map(|body| OutgoingBody::new(body, flight)))
        }
    }

    /// Why the application does not get to see the request.
    fn refusal(&self, request: &Request<Incoming>) -> Option<Refusal> {
        if request.headers().len() > self.settings.headers_max {
            return Some(Refusal::TooManyHeaders);
        }
        (!host::is_valid(request.uri(), request.headers())).then_some(Refusal::BadHost)
    }

    /// Calls the application; a panic is an answer.
    async fn call(&self, request: Request<Incoming>) -> Response<H::Body> {
        let mut request =
            request.map(|body| IncomingBody::new(body, Arc::clone(&self.activity), &self.settings));
        request.extensions_mut().remove::<OnUpgrade>();
        // Called inside the future, so that a panic before the first await is caught too.
        let called = async { self.handler.call(request, self.peer).await };
        AssertUnwindSafe(called).catch_unwind().await.unwrap_or_else(|_| {
            self.activity.metrics.panicked();
            self.handler.refuse(Refusal::Panicked)
        })
    }
}

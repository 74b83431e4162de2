//! Bodies with a watch on them: requests that come too slowly, answers that panic.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Settings;
use super::activity::{Activity, Flight};
use super::patience::BodyPatience;
use crate::telemetry::connections::Cut;

/// Why a request body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The client sent nothing, or too little, for too long.
    #[error("the body came too slowly")]
    TooSlow,
    /// The connection or the framing broke.
    #[error("the body broke off")]
    Broken(#[source] hyper::Error),
}

/// The body of a request; fails when it comes too slowly.
#[derive(Debug)]
pub struct IncomingBody {
    inner: Option<Incoming>,
    patience: BodyPatience,
    timer: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
}

impl IncomingBody {
    /// Watches a body; the clock runs while the application waits for it.
    pub(super) fn new(inner: Incoming, activity: Arc<Activity>, settings: &Settings) -> Self {
        let first = Duration::from_secs(settings.body_first_byte_seconds);
        let patience = BodyPatience::new(first, settings.body_bytes_per_second_min);
        Self { inner: Some(inner), patience, timer: None, activity }
    }

    /// Ready when patience is over.
    fn poll_impatience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.patience.waits(Instant::now());
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        timer.as_mut().poll(cx)
    }

    /// Lets go of a body that will give nothing more.
    fn give_up(&mut self) {
        self.inner = None;
        self.timer = None;
        self.activity.left_unread();
    }
}

impl Body for IncomingBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        match Pin::new(inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.patience.came(bytes, Instant::now);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.give_up();
                Poll::Ready(Some(Err(BodyError::Broken(error))))
            }
            Poll::Ready(None) => {
                self.inner = None;
                self.timer = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.poll_impatience(cx));
                self.activity.metrics.cut(Cut::SlowBody);
                self.give_up();
                Poll::Ready(Some(Err(BodyError::TooSlow)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for IncomingBody {
    fn drop(&mut self) {
        if !self.is_end_stream() {
            self.activity.left_unread();
        }
    }
}

/// The body of an answer; says whom it waits for, and turns a panic into an error.
#[derive(Debug)]
pub(super) struct OutgoingBody<B> {
    inner: B,
    flight: Flight,
}

impl<B> OutgoingBody<B> {
    /// Watches the body of the answer that ends this flight.
    pub(super) fn new(inner: B, mut flight: Flight) -> Self {
        flight.app_waits();
        Self { inner, flight }
    }
}

impl<B> Body for OutgoingBody<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let inner = Pin::new(&mut self.inner);
        let Ok(polled) = catch_unwind(AssertUnwindSafe(|| inner.poll_frame(cx))) else {
            self.flight.panicked();
            return Poll::Ready(Some(Err("the body of an answer panicked".into())));
        };
        if polled.is_pending() {
            self.flight.app_works();
        } else {
            self.flight.app_waits();
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

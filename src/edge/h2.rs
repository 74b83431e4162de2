//! HTTP/2 on one connection.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::corked::{Cork, cork};
use super::patience::{StreamsPatience, Verdict};
use super::service::Requests;
use super::stream::Stream;
use super::worker::Worker;
use super::{Handler, Settings};
use crate::telemetry::connections::Cut;

/// Serves a connection until it ends, under one watch for all of its streams.
pub(super) async fn serve<H: Handler>(
    worker: &Worker<H>,
    stream: Box<Stream>,
    requests: Arc<Requests<H>>,
) {
    let activity = Arc::clone(&requests.activity);
    let service = service_fn(move |request| requests.respond(request));
    let (corked, cork) = cork(stream);
    let mut connection = pin!(worker.h2.serve_connection(TokioIo::new(corked), service));
    let mut patience = streams_patience(&worker.shared.settings);
    let mut tick = interval(patience.tick());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut leaving = pin!(worker.leaving());
    let mut is_leaving = false;
    loop {
        let verdict = tokio::select! {
            biased;
            () = poll_fn(|cx| poll_turn(connection.as_mut(), &cork, cx)) => return,
            () = leaving.as_mut(), if !is_leaving => Verdict::Idle,
            _ = tick.tick() => patience.look(activity.reading(), Instant::now()),
        };
        match verdict {
            Verdict::Used => {}
            Verdict::Idle if is_leaving => {}
            Verdict::Idle => {
                is_leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            Verdict::Stalled => return activity.metrics.cut(Cut::StalledStreams),
        }
    }
}

/// One turn of a connection, then what it wrote goes out together.
fn poll_turn<E: Display>(
    connection: Pin<&mut impl Future<Output = Result<(), E>>>,
    cork: &Cork,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let turn = connection.poll(cx);
    // Also after its last turn: what told the client why goes out.
    let pushed = cork.poll_push(cx);
    match (&turn, &pushed) {
        (Poll::Ready(Err(error)), _) => tracing::debug!(%error, "a connection broke off"),
        (_, Poll::Ready(Err(error))) => tracing::debug!(%error, "a connection broke off"),
        _ => {}
    }
    if turn.is_ready() || matches!(pushed, Poll::Ready(Err(_))) {
        return Poll::Ready(());
    }
    Poll::Pending
}

fn streams_patience(settings: &Settings) -> StreamsPatience {
    StreamsPatience::new(
        Duration::from_secs(settings.idle_h2_seconds),
        Duration::from_secs(settings.write_stall_seconds),
        settings.write_bytes_per_second_min,
        Instant::now(),
    )
}

/// HTTP/2 as hyper shall speak it.
pub(super) fn builder(settings: &Settings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let header_bytes_max = u32::try_from(settings.header_bytes_max).unwrap_or(u32::MAX);
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(settings.h2_ping_seconds))
        .keep_alive_timeout(Duration::from_secs(settings.h2_ping_timeout_seconds))
        .max_concurrent_streams(settings.h2_streams_max)
        .initial_stream_window_size(settings.h2_window_bytes)
        .initial_connection_window_size(settings.h2_window_bytes)
        .max_send_buf_size(settings.h2_send_buffer_bytes)
        .max_header_list_size(header_bytes_max);
    builder
}

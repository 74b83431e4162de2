//! One connection, from the handshake to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::activity::Activity;
use super::patience::{StreamsPatience, Verdict};
use super::service::Requests;
use super::socket::Socket;
use super::worker::Worker;
use super::{Handler, Peer, Protocol, Settings};
use crate::telemetry::connections::{Cut, Speaks};

/// Serves an accepted connection until it ends.
pub(super) async fn serve<H: Handler>(
    worker: Arc<Worker<H>>,
    stream: TcpStream,
    address: std::net::SocketAddr,
) {
    let shared = &worker.shared;
    let activity = Activity::new(shared.metrics.clone());
    let socket = Socket::new(stream, Arc::clone(&activity), &shared.settings);
    let requests = |protocol, tls| {
        Arc::new(Requests {
            handler: Arc::clone(&worker.handler),
            settings: Arc::clone(&shared.settings),
            peer: Peer { address, protocol, tls },
            activity: Arc::clone(&activity),
        })
    };
    let Some(tls) = &shared.tls else {
        let _open = shared.metrics.opened(Speaks::Plain);
        return serve_h1(&worker, socket, requests(Protocol::Http1, false)).await;
    };
    match tls.accept(socket).await {
        Ok((stream, Protocol::Http1)) => {
            let _open = shared.metrics.opened(Speaks::H1);
            serve_h1(&worker, stream, requests(Protocol::Http1, true)).await;
        }
        Ok((stream, Protocol::Http2)) => {
            let _open = shared.metrics.opened(Speaks::H2);
            activity.is_h2();
            // Boxed, so that the many idle HTTP/1 connections do not carry its size.
            Box::pin(serve_h2(&worker, stream, requests(Protocol::Http2, true))).await;
        }
        Err(reason) => shared.metrics.handshake_failed(reason),
    }
}

/// HTTP/1: heads are timed by the socket, idle time by hyper.
async fn serve_h1<H: Handler>(
    worker: &Worker<H>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send,
    requests: Arc<Requests<H>>,
) {
    let service = service_fn(move |request| requests.respond(request));
    let mut builder = worker.h1.clone();
    builder.header_read_timeout(worker.shared.settings.idle_h1(worker.shared.places.are_short()));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = worker.leaving() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// HTTP/2: one watch for the whole connection.
async fn serve_h2<H: Handler>(
    worker: &Worker<H>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send,
    requests: Arc<Requests<H>>,
) {
    let activity = Arc::clone(&requests.activity);
    let service = service_fn(move |request| requests.respond(request));
    let mut connection = pin!(worker.h2.serve_connection(TokioIo::new(io), service));
    let mut patience = streams_patience(&worker.shared.settings);
    let mut tick = interval(patience.tick());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut leaving = pin!(worker.leaving());
    let mut is_leaving = false;
    loop {
        let verdict = tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
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

fn streams_patience(settings: &Settings) -> StreamsPatience {
    StreamsPatience::new(
        Duration::from_secs(settings.idle_h2_seconds),
        Duration::from_secs(settings.write_stall_seconds),
        settings.write_bytes_per_second_min,
        Instant::now(),
    )
}

/// HTTP/1 as hyper shall speak it. Never `pipeline_flush` nor `writev(false)`: both copy every body.
pub(super) fn h1(settings: &Settings) -> http1::Builder {
    let mut builder = http1::Builder::new();
    // The limit of headers is held by the service: hyper's own moves each head to the heap.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.idle_h1(false))
        .max_header_size(settings.header_bytes_max);
    builder
}

/// HTTP/2 as hyper shall speak it.
pub(super) fn h2(settings: &Settings) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
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

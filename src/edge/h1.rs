//! HTTP/1 on one connection. Heads are timed by the socket, idle time by hyper and here.
//!
//! A connection that rests between requests is parked: hyper's state and buffers (16 kB and the
//! room of a request) are given back, and made again when the next byte comes.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1::{Builder, Connection, Parts};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::sleep;

use super::activity::Activity;
use super::prefixed::Prefixed;
use super::service::Requests;
use super::worker::Worker;
use super::{Handler, Settings};

/// How often to look whether a connection rests. A browser's next request usually comes sooner.
const PARK_AFTER: Duration = Duration::from_secs(1);
/// Bytes of a head that wake a parked connection; more wait in the kernel or in rustls.
const WAKING_BYTES: usize = 1024;

/// HTTP/1 as hyper shall speak it. Never `pipeline_flush` nor `writev(false)`: both copy every body.
pub(super) fn builder(settings: &Settings) -> Builder {
    let mut builder = Builder::new();
    // The limit of headers is held by the service: hyper's own moves each head to the heap.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(settings.idle_h1(false))
        .max_header_size(settings.header_bytes_max);
    builder
}

/// Serves a connection until it ends.
pub(super) async fn serve<H: Handler>(
    worker: &Worker<H>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    requests: Arc<Requests<H>>,
) {
    let idle = worker.shared.settings.idle_h1(worker.shared.places.are_short());
    let mut builder = worker.h1.clone();
    builder.header_read_timeout(idle);
    let activity = Arc::clone(&requests.activity);
    let mut service = service_fn(move |request| requests.respond(request));
    let mut io = Prefixed { prefix: Bytes::new(), inner: io };
    loop {
        let connection = builder.serve_connection(TokioIo::new(io), service);
        // Boxed, so that a parked connection does not keep its room.
        let Some(parts) = Box::pin(until_rest(worker, connection, &activity)).await else { return };
        service = parts.service;
        io = parts.io.into_inner();
        let prefix = if parts.read_buf.is_empty() {
            park(worker, &mut io, idle.saturating_sub(PARK_AFTER)).await
        } else {
            parts.read_buf
        };
        if prefix.is_empty() {
            // Nothing is lost when the client does not hear the end.
            let _ = io.shutdown().await;
            return;
        }
        io.prefix = prefix;
    }
}

/// Runs a connection until it ends (none) or rests (its parts).
async fn until_rest<H, I, S, B>(
    worker: &Worker<H>,
    mut connection: Connection<I, S>,
    activity: &Activity,
) -> Option<Parts<I, S>>
where
    H: Handler,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = B> + Unpin,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut leaving = pin!(worker.leaving());
    let ended = loop {
        tokio::select! {
            biased;
            ended = &mut connection => break ended,
            () = leaving.as_mut() => {
                Pin::new(&mut connection).graceful_shutdown();
                break connection.await;
            }
            () = sleep(PARK_AFTER) => {
                if activity.rests() {
                    return Some(connection.into_parts());
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
    None
}

/// Waits for the next bytes; none when the client closed, was idle for too long, or must leave.
async fn park<H: Handler>(
    worker: &Worker<H>,
    io: &mut (impl AsyncRead + Unpin),
    idle: Duration,
) -> Bytes {
    tokio::select! {
        biased;
        bytes = poll_fn(|cx| poll_bytes(io, cx)) => bytes,
        () = worker.leaving() => Bytes::new(),
        () = sleep(idle) => Bytes::new(),
    }
}

fn poll_bytes(io: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<Bytes> {
    let mut room = [0; WAKING_BYTES];
    let mut buffer = ReadBuf::new(&mut room);
    match ready!(Pin::new(io).poll_read(cx, &mut buffer)) {
        Ok(()) => Poll::Ready(Bytes::copy_from_slice(buffer.filled())),
        Err(error) => {
            tracing::debug!(%error, "a parked connection broke off");
            Poll::Ready(Bytes::new())
        }
    }
}

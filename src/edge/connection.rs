//! One connection, from the handshake to its end.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::activity::Activity;
use super::service::Requests;
use super::socket::Socket;
use super::worker::Worker;
use super::{Handler, Peer, Protocol, h1, h2};
use crate::telemetry::connections::Speaks;

/// Serves an accepted connection until it ends.
pub(super) async fn serve<H: Handler>(
    worker: Arc<Worker<H>>,
    stream: TcpStream,
    address: SocketAddr,
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
        return h1::serve(&worker, socket, requests(Protocol::Http1, false)).await;
    };
    // What is boxed here gives its room back: an idle connection costs its stream and little else.
    match Box::pin(tls.accept(socket)).await {
        Ok((stream, Protocol::Http1)) => {
            let _open = shared.metrics.opened(Speaks::H1);
            h1::serve(&worker, stream, requests(Protocol::Http1, true)).await;
        }
        Ok((stream, Protocol::Http2)) => {
            let _open = shared.metrics.opened(Speaks::H2);
            activity.is_h2();
            Box::pin(h2::serve(&worker, stream, requests(Protocol::Http2, true))).await;
        }
        Err(reason) => shared.metrics.handshake_failed(reason),
    }
}

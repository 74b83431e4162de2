//! One connection, from the handshake to its end.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::activity::Activity;
use super::service::Requests;
use super::socket::Socket;
use super::worker::Worker;
use super::{Handler, Peer, Protocol, Settings, h1, h2, proxied};
use crate::telemetry::connections::{HandshakeFailure, Speaks};

/// Serves an accepted connection until it ends.
pub(super) async fn serve<H: Handler>(
    worker: Arc<Worker<H>>,
    mut stream: TcpStream,
    mut address: SocketAddr,
) {
    let shared = &worker.shared;
    if shared.settings.balancers.contains(&address.ip()) {
        // Boxed, so that only who comes through a balancer pays for it, and only until it is read.
        match Box::pin(spoken_for(&mut stream, &shared.settings)).await {
            Ok(client) => address = client.unwrap_or(address),
            Err(reason) => return shared.metrics.handshake_failed(reason),
        }
    }
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

/// Whom a balancer speaks for, as it says first; a connection on which it says nothing is refused.
async fn spoken_for(
    stream: &mut TcpStream,
    settings: &Settings,
) -> Result<Option<SocketAddr>, HandshakeFailure> {
    let limit = Duration::from_secs(settings.handshake_timeout_seconds);
    match timeout(limit, proxied::read(stream)).await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) if error.kind() == ErrorKind::InvalidData => Err(HandshakeFailure::Invalid),
        Ok(Err(_)) => Err(HandshakeFailure::Closed),
        Err(_) => Err(HandshakeFailure::Slow),
    }
}

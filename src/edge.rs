//! Sockets, TLS, HTTP limits and drain; knows no route.
//!
//! [`bind`] takes the addresses, [`Bound::serve`] answers on them with a [`Handler`] until a
//! [`Drain`] begins. In reading order: `worker` accepts, `connection` shakes hands and leaves
//! the rest to `h1` or `h2`, `socket` and `body` hold the timers, `service` calls the application;
//! `sealing`, `stream` and `corked` are how much is encrypted and sent at once (decision 0011).

mod activity;
mod body;
mod certificate;
mod cipher;
mod connection;
mod corked;
mod drain;
mod expiry;
mod h1;
mod h2;
mod host;
mod listen;
mod patience;
mod places;
mod prefixed;
mod proxied;
mod sealing;
mod serve;
mod service;
mod settings;
mod socket;
mod stream;
mod tls;
mod worker;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;

pub use body::{BodyError, IncomingBody};
pub use certificate::CertificateError;
pub use drain::{Drain, Report};
pub use expiry::not_after_unix;
pub use serve::{Bound, CertificateWatch, bind, bind_plain};
pub use settings::{CipherChoice, Settings};

/// Where to listen, and whether with TLS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Addresses; port 0 is chosen by the system.
    pub addresses: Vec<SocketAddr>,
    /// The certificate's files; without them plain HTTP/1, for a place behind a balancer.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
}

/// The files of a certificate. They are watched and may be replaced at any time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The chain, PEM, own certificate first.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The other end of the socket: a client, or the balancer.
    pub address: SocketAddr,
    /// What is spoken.
    pub protocol: Protocol,
    /// Whether the connection is encrypted up to here.
    pub tls: bool,
}

/// A request that is answered without the application, or in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not exactly one valid host: 400.
    BadHost,
    /// More headers than allowed: 431.
    TooManyHeaders,
    /// The application panicked: 500.
    Panicked,
}

/// The application as the sockets see it.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The body of its answers.
    type Body: http_body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static;

    /// Answers a request of somebody.
    fn call(
        &self,
        request: Request<IncomingBody>,
        peer: Peer,
    ) -> impl Future<Output = Response<Self::Body>> + Send;

    /// The prebuilt answer to a refused request; it must not panic.
    fn refuse(&self, refusal: Refusal) -> Response<Self::Body>;
}

/// Why listening is impossible.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// The settings contradict themselves.
    #[error("settings: {}", .0.join("; "))]
    Settings(Vec<String>),
    /// Somebody else listens there.
    #[error("{address} is already in use by another program")]
    AddressInUse {
        /// The address.
        address: SocketAddr,
    },
    /// Ports below 1024 need a capability.
    #[error("{address} may not be used by this user")]
    AddressForbidden {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("{address} cannot be listened on")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error("the certificate cannot be used")]
    Certificate(#[source] CertificateError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// A worker could not start.
    #[error("a worker could not start")]
    Worker(#[source] std::io::Error),
    /// A worker panicked outside a request.
    #[error("a worker died")]
    WorkerDied,
}

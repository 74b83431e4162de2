//! TLS: 1.3 and 1.2, HTTP/2 and HTTP/1.1 by ALPN, tickets, no early data.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::version::{TLS12, TLS13};
use rustls::{Error, crypto};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::certificate::Certificate;
use super::socket::Socket;
use super::stream::Stream;
use super::{EdgeError, Protocol, Settings, TlsFiles, cipher};
use crate::telemetry::connections::HandshakeFailure;

const ALPN_H2: &[u8] = b"h2";
const ALPN_H1: &[u8] = b"http/1.1";

/// Everything that a handshake needs.
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    handshake_timeout: Duration,
    pub(super) certificate: Arc<Certificate>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the certificate and chooses the ciphers.
    pub(super) fn new(files: &TlsFiles, settings: &Settings) -> Result<Self, EdgeError> {
        let provider = Arc::new(cipher::provider(settings.cipher));
        let certificate = Certificate::load(files, &provider).map_err(EdgeError::Certificate)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(EdgeError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as _);
        // Clients of today name AES-256 first out of habit.
        config.ignore_client_order = true;
        config.alpn_protocols = vec![ALPN_H2.to_vec(), ALPN_H1.to_vec()];
        // Keys of tickets rotate every six hours and live twelve; early data stays off (replay).
        config.ticketer = crypto::aws_lc_rs::Ticketer::new().map_err(EdgeError::Tls)?;
        // A browser resumes one session with one ticket; each costs a seal and bytes on the wire.
        config.send_tls13_tickets = 1;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            handshake_timeout: Duration::from_secs(settings.handshake_timeout_seconds),
            certificate,
        })
    }

    /// Shakes hands within the limit; the protocol is the one that both sides named. The stream is
    /// boxed because a future keeps room for every place that a value moves through.
    pub(super) async fn accept(
        &self,
        socket: Socket,
    ) -> Result<(Box<Stream>, Protocol), HandshakeFailure> {
        let handshake = timeout(self.handshake_timeout, self.acceptor.accept(socket));
        let stream = match handshake.await {
            Ok(Ok(stream)) => Box::new(Stream::new(stream)),
            Ok(Err(error)) => return Err(reason(&error)),
            Err(_) => return Err(HandshakeFailure::Slow),
        };
        let protocol = match stream.alpn_protocol() {
            Some(ALPN_H2) => Protocol::Http2,
            _ => Protocol::Http1,
        };
        Ok((stream, protocol))
    }
}

/// The closed reason behind a failed handshake.
fn reason(error: &io::Error) -> HandshakeFailure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (inner, error.kind()) {
        (Some(Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)), _) => {
            HandshakeFailure::NotTls
        }
        (Some(Error::PeerIncompatible(_) | Error::NoApplicationProtocol), _) => {
            HandshakeFailure::NothingInCommon
        }
        (Some(Error::AlertReceived(_)), _) => HandshakeFailure::Refused,
        (Some(_), _) => HandshakeFailure::Invalid,
        (None, io::ErrorKind::TimedOut) => HandshakeFailure::Slow,
        (None, _) => HandshakeFailure::Closed,
    }
}

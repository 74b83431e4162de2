//! A message over SMTP, step by step, so that it is known whether the server can have taken it.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::folder::message_id;
use super::{CALL_DEADLINE, From, Message, Outcome, reason};
use crate::telemetry::{Hidden, chain};

mod lines;

use lines::Lines;

/// From connecting until the server is ready for the message.
const READY_DEADLINE: Duration = Duration::from_secs(15);
/// From the first byte of the message to the server's word on it.
const TAKEN_DEADLINE: Duration = Duration::from_secs(25);
/// For saying goodbye, which changes nothing.
const QUIT_DEADLINE: Duration = Duration::from_secs(2);

const _: () = assert!(
    READY_DEADLINE.as_secs() + TAKEN_DEADLINE.as_secs() + QUIT_DEADLINE.as_secs()
        <= CALL_DEADLINE.as_secs()
);

/// Whose certificates are believed, and for which host.
#[derive(Clone)]
pub struct Tls(TlsParameters);

impl Tls {
    /// The machine's authorities, and perhaps one more, in PEM.
    pub fn new(host: &str, authority: Option<&[u8]>) -> Result<Self, String> {
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(pem) = authority {
            // What holds no certificate would be taken for a file with none to add.
            if CertificateDer::from_pem_slice(pem).is_err() {
                return Err("it holds no certificate".to_owned());
            }
            let authority = Certificate::from_pem(pem).map_err(|error| chain(&error))?;
            builder = builder.add_root_certificate(authority);
        }
        Ok(Self(builder.build_rustls().map_err(|error| chain(&error))?))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tls({})", self.0.domain())
    }
}

/// How the connection is encrypted.
#[derive(Clone, Debug)]
pub enum Encryption {
    /// From its first byte.
    Tls(Tls),
    /// After asking for it; a server that has none gets no message.
    StartTls(Tls),
    /// Not at all: for a server on this machine.
    None,
}

/// A server for mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// As whom to come; none where the server asks nobody.
    pub credentials: Option<(Hidden<String>, Hidden<String>)>,
    /// From whom messages come.
    pub from: From,
}

/// Why a message did not come as far as to be sent: the server has surely not taken it.
enum Stopped {
    /// Nobody's fault but the server's: try again.
    Later(String),
    /// The server refused the recipient for good.
    Recipient(String),
}

fn later(error: impl std::error::Error + 'static) -> Stopped {
    Stopped::Later(chain(&error))
}

impl Smtp {
    /// Hands over one message on a connection of its own.
    pub(super) async fn send(&self, message: &Message) -> Outcome {
        let (envelope, bytes) = match self.written(message) {
            Ok(written) => written,
            Err(why) => return Outcome::Refused(reason(&why)),
        };
        let ready = timeout(READY_DEADLINE, self.ready(&envelope)).await;
        let mut connection = match ready {
            Ok(Ok(connection)) => connection,
            Ok(Err(Stopped::Later(why))) => return Outcome::Later(reason(&why)),
            Ok(Err(Stopped::Recipient(why))) => return Outcome::Bounced(reason(&why)),
            Err(_) => return Outcome::Later("the server was not ready in time".to_owned()),
        };
        let outcome = match timeout(TAKEN_DEADLINE, connection.message(&bytes)).await {
            Ok(Ok(_)) => Outcome::Taken(None),
            Ok(Err(error)) => judged(&error),
            Err(_) => Outcome::Unknown("the server did not answer in time".to_owned()),
        };
        // What it says now changes nothing.
        let _closed = timeout(QUIT_DEADLINE, connection.quit()).await;
        outcome
    }

    /// Comes as far as the server's word that the message may follow.
    async fn ready(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Stopped> {
        let mut connection = self.connect().await?;
        let from = envelope.from().cloned();
        connection.command(Mail::new(from, Vec::new())).await.map_err(later)?;
        for recipient in envelope.to() {
            let answer = connection.command(Rcpt::new(recipient.clone(), Vec::new())).await;
            answer.map_err(|error| {
                if error.is_permanent() { Stopped::Recipient(chain(&error)) } else { later(error) }
            })?;
        }
        connection.command(Data).await.map_err(later)?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Stopped> {
        let hello = ClientId::Domain(host_of(&self.from.address).to_owned());
        let server = (self.host.as_str(), self.port);
        let plainly = |tls| {
            AsyncSmtpConnection::connect_tokio1(server, Some(READY_DEADLINE), &hello, tls, None)
        };
        let mut connection = match &self.encryption {
            Encryption::None => plainly(None).await.map_err(later)?,
            Encryption::Tls(tls) => plainly(Some(tls.0.clone())).await.map_err(later)?,
            Encryption::StartTls(tls) => {
                let lines = Lines::of(TcpStream::connect(server).await.map_err(later)?);
                let connecting =
                    AsyncSmtpConnection::connect_with_transport(Box::new(lines), &hello);
                let mut connection = connecting.await.map_err(later)?;
                connection.starttls(tls.0.clone(), &hello).await.map_err(later)?;
                connection
            }
        };
        if let Some((username, password)) = &self.credentials {
            let credentials =
                Credentials::new(username.expose().clone(), password.expose().clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &credentials).await.map_err(later)?;
        }
        Ok(connection)
    }

    /// The message for the wire, and from whom to whom.
    fn written(&self, message: &Message) -> Result<(Envelope, Vec<u8>), String> {
        let text = |error: &dyn std::error::Error| chain(error);
        let from = self.from.address.parse().map_err(|e| text(&e))?;
        let to = message.to.expose().parse().map_err(|e| text(&e))?;
        let builder: MessageBuilder = lettre::Message::builder();
        let email = builder
            .from(Mailbox::new(Some(self.from.name.clone()), from))
            .to(Mailbox::new(None, to))
            .subject(message.subject.expose().clone())
            .date(message.written_at.into())
            .message_id(Some(message_id(&message.reference, &self.from.address)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.expose().clone())
            .map_err(|e| text(&e))?;
        Ok((email.envelope().clone(), email.formatted()))
    }
}

/// Tells programs for mail that nobody waits for an answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// What the server said to the whole message; without its word it may have taken it.
fn judged(error: &Error) -> Outcome {
    let why = reason(&chain(error));
    match error.status() {
        Some(_) if error.is_permanent() => Outcome::Refused(why),
        Some(_) => Outcome::Later(why),
        None => Outcome::Unknown(why),
    }
}

fn host_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, host)| host)
}

#[cfg(test)]
mod tests;

//! One person's browser: a client of its own, with its own cookies, connections and TLS sessions.

use std::time::Duration;

use goose::goose::{GooseRequest, GooseUser};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response};
use rustls::ClientConfig;
use rustls::client::Resumption;
use tokio::time::Instant;

use crate::archive::Archive;
use crate::body::{Sink, inflated};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::page::Form;
use crate::run::{Gone, Place, Run};

/// Longest time until a connection stands.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(20);
/// Longest silence of a server: browsers wait for minutes, people do not.
const SILENCE_MAX: Duration = Duration::from_mins(1);
/// Longest time that a `Retry-After` is obeyed for.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(5);
/// TLS sessions that a browser remembers of one server.
const SESSIONS_MAX: usize = 8;

/// Whom a browser trusts: one certificate authority, and nobody else.
#[derive(Clone, Debug)]
pub(crate) struct Trust(ClientConfig);

impl Trust {
    /// Reads certificates of authorities.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, String> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
        if roots.is_empty() {
            return Err("holds no certificate".to_owned());
        }
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(config))
    }
}

/// A browser that was just opened.
pub(crate) fn fresh(place: &Place) -> ClientBuilder {
    let mut tls = place.trust.0.clone();
    tls.resumption = Resumption::in_memory_sessions(SESSIONS_MAX);
    Client::builder()
        .tls_backend_preconfigured(tls)
        .resolve(&place.host, place.address)
        .no_proxy()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_gzip()
        .connect_timeout(CONNECT_TIME_MAX)
        .read_timeout(SILENCE_MAX)
        .user_agent(concat!("daybreak-loadtest/", env!("CARGO_PKG_VERSION")))
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    /// What it is for.
    pub(crate) kind: Kind,
    /// Path and query.
    pub(crate) path: &'a str,
    /// What is posted; without it the request is a GET.
    pub(crate) form: Option<&'a Form>,
    /// Headers besides those that every browser sends.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    /// Statuses that the address may answer with.
    pub(crate) expected: &'a [u16],
    /// Numbers of the entries to look into, if the answer is an archive.
    pub(crate) sampled: Option<&'a [usize]>,
}

impl<'a> Ask<'a> {
    /// A GET that must be answered with 200.
    pub(crate) fn get(kind: Kind, path: &'a str) -> Self {
        Self { kind, path, form: None, headers: &[], expected: &[200], sampled: None }
    }
}

/// An answer that came whole.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: u16,
    headers: HeaderMap,
    /// The body, without gzip; empty for an archive.
    pub(crate) body: Vec<u8>,
    /// Bytes that came.
    pub(crate) came: u64,
    /// An archive that was looked at on the way.
    pub(crate) archive: Option<Archive>,
}

impl Reply {
    /// A header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body came gzipped.
    pub(crate) fn was_gzipped(&self) -> bool {
        self.header("content-encoding") == Some("gzip")
    }

    /// The body of a page.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer that did not come, or was none that the address may give. It is counted already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// What was wrong.
    pub(crate) fault: Fault,
    retry_after: Option<Duration>,
}

/// A person at their browser.
pub(crate) struct Browser<'a> {
    /// What everybody shares.
    pub(crate) run: &'a Run,
    /// Goose's own user, who holds the client.
    pub(crate) user: &'a mut GooseUser,
}

impl Browser<'_> {
    /// Asks once. Whatever is wrong with the answer is counted.
    pub(crate) async fn ask(&mut self, ask: Ask<'_>) -> Result<Reply, Refused> {
        let asked = Instant::now();
        let result = self.fetch(&ask).await;
        let (took, at) = (asked.elapsed(), self.run.now());
        self.run.tally(|tally| match &result {
            Ok(reply) => tally.answered(ask.kind, at, took, reply.came),
            Err(refused) => tally.fault(ask.kind, at, refused.fault),
        });
        result
    }

    /// Asks, and reloads as patience has it while the server cannot answer.
    pub(crate) async fn insist(&mut self, ask: Ask<'_>) -> Result<Reply, Gone> {
        let patience = &self.run.profile.patience;
        for _ in 0..=patience.reloads_max {
            match self.ask(ask).await {
                Ok(reply) => return Ok(reply),
                Err(refused) if refused.fault.is_passing() => self.wait_after(refused).await?,
                Err(_) => break,
            }
        }
        self.run.fault(ask.kind, Fault::GaveUp);
        Err(Gone::GaveUp)
    }

    /// Waits after a failure: as long as the server asks for, or until the next angry reload.
    pub(crate) async fn wait_after(&self, refused: Refused) -> Result<(), Gone> {
        let patience = &self.run.profile.patience;
        let own = Duration::from_secs_f64(patience.reload_s);
        let told = refused.retry_after.filter(|_| patience.obeys);
        self.run.pause(told.unwrap_or(own)).await
    }

    async fn fetch(&mut self, ask: &Ask<'_>) -> Result<Reply, Refused> {
        let broken = |fault| Refused { fault, retry_after: None };
        let request =
            GooseRequest::builder().set_request_builder(self.request(ask)).name(ask.kind.label());
        let answer = self.user.request(request.build()).await.map_err(|_| broken(Fault::Broken))?;
        let response = answer.response.map_err(|error| broken(fault_of(&error)))?;
        let status = response.status().as_u16();
        if !ask.expected.contains(&status) {
            let retry_after = retry_after(response.headers());
            return Err(Refused { fault: Fault::Status(status), retry_after });
        }
        read(response, ask).await.map_err(broken)
    }

    fn request(&self, ask: &Ask<'_>) -> RequestBuilder {
        let method = if ask.form.is_some() { Method::POST } else { Method::GET };
        let url = format!("{}{}", self.run.place.base_url, ask.path);
        let mut request = self.user.client.request(method, url);
        let navigates = !matches!(ask.kind, Kind::Poll | Kind::Asset);
        let mode = if navigates {
            ("navigate", "document", "text/html")
        } else {
            ("cors", "empty", "*/*")
        };
        request = request
            .header("sec-fetch-mode", mode.0)
            .header("sec-fetch-dest", mode.1)
            .header("sec-fetch-site", "same-origin")
            .header("accept", mode.2);
        if !ask.headers.iter().any(|(name, _)| *name == "accept-encoding") {
            request = request.header("accept-encoding", "gzip");
        }
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        match ask.form {
            // Pages ask browsers to send no referrer, and so no origin either.
            Some(form) => request.header("origin", "null").form(&form.fields),
            None => request,
        }
    }
}

async fn read(mut response: Response, ask: &Ask<'_>) -> Result<Reply, Fault> {
    let is_archive = ask.sampled.is_some() && response.status() == 200;
    let mut sink = match ask.sampled.filter(|_| is_archive) {
        Some(sampled) => Sink::Archive(Box::new(Archive::new(sampled.to_vec()))),
        None => Sink::Kept(Vec::new()),
    };
    let mut came = 0;
    while let Some(bytes) = response.chunk().await.map_err(|error| fault_of(&error))? {
        came += bytes.len() as u64;
        sink.take(&bytes)?;
    }
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let reply = Reply { status, headers, body: Vec::new(), came, archive: None };
    match sink {
        Sink::Archive(archive) => Ok(Reply { archive: Some(*archive), ..reply }),
        Sink::Kept(body) if reply.was_gzipped() && !body.is_empty() => {
            Ok(Reply { body: inflated(&body)?, ..reply })
        }
        Sink::Kept(body) => Ok(Reply { body, ..reply }),
    }
}

fn fault_of(error: &reqwest::Error) -> Fault {
    if error.is_connect() {
        Fault::Connect
    } else if error.is_timeout() {
        Fault::Timeout
    } else {
        Fault::Broken
    }
}

/// `Retry-After` in seconds; the form with a date is not in the contract.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

//! A browser with a jar of its own, for one node.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{COOKIE, DATE, HOST, LOCATION, SET_COOKIE};
use reqwest::tls::TlsInfo;
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, Url};

use super::Settings;
use crate::edge::not_after_unix;

/// Wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// A connection is kept between the steps of one visit, and not until the next.
const KEPT: Duration = Duration::from_secs(1);
/// The cookie of a browser that has signed in before.
const DEVICE_COOKIE: &str = "__Host-wd";
/// Longest answer that is read, in bytes: pages and a file of results are far below.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a portal cannot be observed.
#[derive(Debug, thiserror::Error)]
pub enum BadTarget {
    /// The origin is no address with a host.
    #[error("{0} is no address such as https://portal.example")]
    Origin(String),
    /// The authority's certificate is none, or the client cannot be made.
    #[error("no client can be made")]
    Client(#[from] reqwest::Error),
}

/// What a node answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Where to go on, if it says so.
    pub(super) location: String,
    /// Its own time.
    pub(super) date: Option<Timestamp>,
    /// The last moment of its certificate, in seconds since 1970.
    pub(super) not_after: Option<i64>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no answer")]
    Silent(#[from] reqwest::Error),
    #[error("an answer of more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

/// What a client is made of.
#[derive(Debug)]
struct Way {
    name: String,
    address: SocketAddr,
    authorities: Vec<Certificate>,
}

impl Way {
    /// A client that has never been anywhere. HTTP/1.1 lets a node be asked under a name that is not its own.
    fn client(&self) -> Result<Client, reqwest::Error> {
        let client = Client::builder()
            .http1_only()
            .connect_timeout(CONNECT_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(KEPT)
            .tls_info(true)
            .resolve(&self.name, self.address);
        client.tls_certs_merge(self.authorities.clone()).build()
    }
}

/// Keeps cookies, follows nothing.
#[derive(Debug)]
pub(super) struct Browser {
    client: Client,
    /// How another one is made.
    way: Way,
    /// Where schools go: what the node is asked as.
    origin: String,
    host: String,
    /// The node itself.
    base: String,
    jar: BTreeMap<String, String>,
}

impl Browser {
    /// A browser that finds the portal at one node's address.
    pub(super) fn new(settings: &Settings, address: SocketAddr) -> Result<Self, BadTarget> {
        let bad = || BadTarget::Origin(settings.origin.clone());
        let origin = settings.origin.trim_end_matches('/').to_owned();
        let url = Url::parse(&origin).map_err(|_| bad())?;
        let (scheme, name) = (url.scheme(), url.host_str().ok_or_else(bad)?);
        let base = format!("{scheme}://{name}:{}", address.port());
        let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let authorities = settings.ca_file.as_deref().map(Certificate::from_pem_bundle);
        let authorities = authorities.transpose()?.unwrap_or_default();
        let way = Way { name: name.to_owned(), address, authorities };
        Ok(Self { client: way.client()?, way, origin, host, base, jar: BTreeMap::new() })
    }

    /// Begins a visit as a stranger: a connection that was kept would tell nothing of new ones, and a TLS session
    /// that is taken up again shows the certificate of the first time for ever.
    pub(super) fn begin(&mut self) {
        match self.way.client() {
            Ok(client) => self.client = client,
            Err(error) => tracing::warn!(%error, "a visit is made with the client of the last one"),
        }
    }

    /// GET.
    pub(super) async fn get(&mut self, path: &str) -> Result<Answer, NoAnswer> {
        let request = self.client.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// POST of a form.
    pub(super) async fn post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, NoAnswer> {
        // A query is written as the body of a form is.
        let form = Url::parse_with_params(&self.origin, fields).expect("an origin is an address");
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.origin)
            .body(form.query().unwrap_or_default().to_owned());
        self.send(request).await
    }

    /// Forgets everything but that it has been here before.
    pub(super) fn forget(&mut self) {
        self.jar.retain(|name, _| name == DEVICE_COOKIE);
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        let cookies: Vec<_> =
            self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(HOST, &self.host).header(COOKIE, cookies.join("; "));
        let mut answer = request.send().await?;
        self.keep(&answer);
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let date = text(DATE).and_then(|text| rfc2822::parse(text).ok()).map(|at| at.timestamp());
        let location = text(LOCATION).unwrap_or_default().to_owned();
        let tls = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        let (status, not_after) = (answer.status(), tls.and_then(not_after_unix));
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            body.extend_from_slice(&part);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(NoAnswer::TooLong);
            }
        }
        Ok(Answer { status, location, date, not_after, body })
    }

    fn keep(&mut self, answer: &reqwest::Response) {
        for set in answer.headers().get_all(SET_COOKIE).iter().filter_map(|set| set.to_str().ok()) {
            let (cookie, attributes) = set.split_once(';').unwrap_or((set, ""));
            let Some((name, value)) = cookie.split_once('=') else { continue };
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The value of a hidden field of a page.
pub(super) fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found() {
        let page = r#"<input type="hidden" name="_csrf" value="a-b"><input name="x" value="y">"#;
        assert_eq!(hidden(page, "_csrf"), Some("a-b"));
        assert_eq!(hidden(page, "csrf"), None);
    }
}

//! Asks other programs over HTTP: ops listeners, Prometheus, Alertmanager. Every wait and every answer is bounded.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

/// Wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// Wait for a whole answer.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes: the targets of a large Prometheus.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no answer")]
    Silent(#[source] reqwest::Error),
    #[error("it answers {}", .0.as_u16())]
    Status(StatusCode),
    #[error("an answer of more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    #[error("its answer is not what was asked for")]
    NotMeant,
}

/// A client that goes where it is sent and no further.
#[derive(Clone, Debug)]
pub(super) struct Asker(Client);

impl Asker {
    /// Makes it.
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(CONNECT_WAIT)
            .timeout(ANSWER_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(client))
    }

    /// A text, whatever the status.
    pub(super) async fn text(&self, address: &str) -> Result<(StatusCode, String), NoAnswer> {
        let (status, body) = read(self.0.get(address)).await?;
        Ok((status, String::from_utf8(body).map_err(|_| NoAnswer::NotMeant)?))
    }

    /// JSON.
    pub(super) async fn json(&self, address: &str) -> Result<Value, NoAnswer> {
        meant(read(self.0.get(address)).await?)
    }

    /// JSON with a filter or query, which is encoded.
    pub(super) async fn json_of(
        &self,
        address: &str,
        query: (&str, &str),
    ) -> Result<Value, NoAnswer> {
        let address = reqwest::Url::parse_with_params(address, [query]);
        meant(read(self.0.get(address.map_err(|_| NoAnswer::NotMeant)?)).await?)
    }

    /// Posts JSON; an empty answer is null.
    pub(super) async fn post(&self, address: &str, body: &Value) -> Result<Value, NoAnswer> {
        let (status, answer) = read(self.0.post(address).json(body)).await?;
        if status.is_success() && answer.is_empty() {
            return Ok(Value::Null);
        }
        meant((status, answer))
    }
}

fn meant((status, body): (StatusCode, Vec<u8>)) -> Result<Value, NoAnswer> {
    if !status.is_success() {
        return Err(NoAnswer::Status(status));
    }
    serde_json::from_slice(&body).map_err(|_| NoAnswer::NotMeant)
}

async fn read(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), NoAnswer> {
    // Where it was sent is known, and not for everybody who reads the report.
    let silent = |error: reqwest::Error| NoAnswer::Silent(error.without_url());
    let mut answer = request.send().await.map_err(silent)?;
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(silent)? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok((answer.status(), body))
}

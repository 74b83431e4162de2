//! GOV.UK Notify: one template there that holds our subject and body, asked by reference before a second try.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{CALL_DEADLINE, Fate, Lookup, Message, Outcome, reason};
use crate::telemetry::{Hidden, chain};

/// From connecting to the last byte of an answer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(20);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Length of the ids at the end of a key.
const UUID_CHARS: usize = 36;

const _: () = assert!(ANSWER_DEADLINE.as_secs() <= CALL_DEADLINE.as_secs());

/// A key is not in the form that Notify gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no key of GOV.UK Notify: name, service and secret, joined by hyphens")]
pub struct BadKey;

/// As which service to come.
#[derive(Clone, Debug)]
pub struct Key {
    service: String,
    secret: Hidden<String>,
}

impl Key {
    /// Takes a key apart: its last two parts are ids of 36 characters each.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let ids = text.len().checked_sub(2 * UUID_CHARS + 1).and_then(|at| text.get(at..));
        let (service, secret) = ids
            .and_then(|ids| Some((ids.get(..UUID_CHARS)?, ids.get(UUID_CHARS + 1..)?)))
            .filter(|(service, secret)| is_uuid(service) && is_uuid(secret))
            .ok_or(BadKey)?;
        Ok(Self { service: service.to_owned(), secret: Hidden::new(secret.to_owned()) })
    }

    /// A token (JWT, HS256) that is good for half a minute around the machine's time.
    fn token(&self, now: Timestamp) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "HS256" }));
        let claims = part(json!({ "iss": self.service, "iat": now.as_second() }));
        let signed = format!("{head}.{claims}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.expose().as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

fn is_uuid(text: &str) -> bool {
    let hyphens = [8, 13, 18, 23];
    text.char_indices()
        .all(|(at, c)| if hyphens.contains(&at) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// GOV.UK Notify.
#[derive(Clone, Debug)]
pub struct Notify {
    client: Client,
    base: String,
    key: Key,
    template: String,
}

/// An answer that was read.
struct Answer {
    status: StatusCode,
    body: Option<Value>,
}

impl Notify {
    /// Notify at an address, with a template that holds `((subject))` and `((body))`.
    pub fn new(base: &str, key: Key, template: String) -> Result<Self, String> {
        let client = Client::builder()
            .timeout(ANSWER_DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| chain(&error))?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), key, template })
    }

    /// Hands over one message.
    pub(super) async fn send(&self, message: &Message, now: Timestamp) -> Outcome {
        let body = json!({
            "email_address": message.to.expose(),
            "template_id": self.template,
            "personalisation": { "subject": message.subject.expose(), "body": message.body.expose() },
            "reference": message.reference,
        });
        let request = self.client.post(format!("{}/v2/notifications/email", self.base)).json(&body);
        match self.ask(request, now).await {
            Ok(answer) => judged(&answer),
            // Without a connection nothing was sent.
            Err(error) if error.is_connect() => Outcome::Later(reason(&chain(&error))),
            Err(error) => Outcome::Unknown(reason(&chain(&error))),
        }
    }

    /// Whether it has a message with this reference.
    pub(super) async fn look_up(&self, reference: &str, now: Timestamp) -> Lookup {
        let query = format!("template_type=email&reference={reference}");
        let request = self.client.get(format!("{}/v2/notifications?{query}", self.base));
        let answer = match self.ask(request, now).await {
            Ok(answer) => answer,
            Err(error) => return Lookup::NoAnswer(reason(&chain(&error))),
        };
        let list = answer.body.as_ref().and_then(|body| body["notifications"].as_array());
        match (answer.status, list) {
            (StatusCode::OK, Some(list)) => {
                let ours = list.iter().find(|one| one["reference"] == reference);
                match ours.map(|one| one["id"].as_str()) {
                    None => Lookup::HasNot,
                    Some(Some(id)) => Lookup::Has(id.to_owned()),
                    Some(None) => Lookup::NoAnswer("an entry has no id".to_owned()),
                }
            }
            _ => Lookup::NoAnswer(said(&answer)),
        }
    }

    /// What became of a message.
    pub(super) async fn follow(&self, receipt: &str, now: Timestamp) -> Fate {
        let request = self.client.get(format!("{}/v2/notifications/{receipt}", self.base));
        let Ok(answer) = self.ask(request, now).await else { return Fate::Underway };
        let status = answer.body.as_ref().and_then(|body| body["status"].as_str());
        match (answer.status, status) {
            (StatusCode::OK, Some("delivered")) => Fate::Delivered,
            (StatusCode::OK, Some(failed @ "permanent-failure")) => {
                Fate::Bounced(failed.to_owned())
            }
            (StatusCode::OK, Some(failed @ ("temporary-failure" | "technical-failure"))) => {
                Fate::Failed(failed.to_owned())
            }
            _ => Fate::Underway,
        }
    }

    async fn ask(&self, request: RequestBuilder, now: Timestamp) -> Result<Answer, reqwest::Error> {
        let mut answer = request.bearer_auth(self.key.token(now)).send().await?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            // What is longer is none of Notify's; cut, it does not read as JSON.
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body: serde_json::from_slice(&bytes).ok() })
    }
}

/// What an answer to a new message means.
fn judged(answer: &Answer) -> Outcome {
    let id = answer.body.as_ref().and_then(|body| body["id"].as_str());
    match (answer.status, id) {
        (StatusCode::CREATED, Some(id)) if is_uuid(id) && id.len() == UUID_CHARS => {
            Outcome::Taken(Some(id.to_owned()))
        }
        (StatusCode::CREATED, _) => Outcome::Unknown("it was taken without an id".to_owned()),
        (StatusCode::BAD_REQUEST, _) if said(answer).contains("email_address") => {
            Outcome::Bounced(said(answer))
        }
        (StatusCode::BAD_REQUEST, _) => Outcome::Refused(said(answer)),
        // It may have failed after it had kept the message.
        (status, _) if status.is_server_error() => Outcome::Unknown(said(answer)),
        _ => Outcome::Later(said(answer)),
    }
}

/// Status and message of an answer.
fn said(answer: &Answer) -> String {
    let errors = answer.body.as_ref().map(|body| body["errors"].to_string());
    reason(&format!("{} {}", answer.status.as_u16(), errors.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
    const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

    #[test]
    fn a_key_is_taken_apart_from_its_end() {
        let key = Key::parse(&format!("my-own-key-{SERVICE}-{SECRET}")).unwrap();
        assert_eq!((key.service.as_str(), key.secret.expose().as_str()), (SERVICE, SECRET));
        for bad in ["", "key", SECRET, &format!("{SERVICE}x{SECRET}z"), &"é".repeat(40)] {
            assert_eq!(Key::parse(bad).unwrap_err(), BadKey, "{bad}");
        }
    }

    #[test]
    fn a_token_is_signed_with_the_secret() {
        let key = Key::parse(&format!("k-{SERVICE}-{SECRET}")).unwrap();
        let token = key.token(Timestamp::from_second(1_700_000_000).unwrap());
        let parts: Vec<&str> = token.split('.').collect();
        let read = |part: &str| {
            serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(read(parts[0]), json!({ "typ": "JWT", "alg": "HS256" }));
        assert_eq!(read(parts[1]), json!({ "iss": SERVICE, "iat": 1_700_000_000 }));
        let secret = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        hmac::verify(&secret, format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    }
}

//! The service's API for roles: what it says that somebody may do, for one organisation.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::ACCEPT;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{ServiceError, encode, http, read};
use crate::clock::machine_now;
use crate::domain::roles::{Ages, Covers};
use crate::telemetry::Hidden;

/// Whom our word to the API is for, as its documentation has it.
const AUDIENCE: &str = "signin.education.gov.uk";
/// Our word is good for so long, in seconds: longer than any answer takes, and clocks may be off.
const WORD_LASTS: i64 = 5 * 60;
/// Roles of one person that are looked at.
const ROLES_MAX: usize = 100;
/// Longest code of a role.
const CODE_CHARS_MAX: usize = 100;
/// The status of a role that somebody has; any other is of one that was taken away.
const ACTIVE: i64 = 1;

/// How roles are looked up, as configured.
#[derive(Clone, Debug)]
pub struct RoleSettings {
    /// Address of the API, without a slash at its end.
    pub address: String,
    /// Our service there.
    pub service: String,
    /// What our word to it is signed with.
    pub secret: Hidden<String>,
    /// For how long an answer counts.
    pub ages: Ages,
    /// What each role covers.
    pub covers: Covers,
}

/// The API.
#[derive(Debug)]
pub(super) struct RolesApi {
    http: reqwest::Client,
    address: String,
    service: String,
    client: String,
    key: hmac::Key,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    user_id: Option<String>,
    service_id: Option<String>,
    organisation_id: Option<String>,
    roles: Vec<Role>,
}

#[derive(Debug, Deserialize)]
struct Role {
    code: Option<String>,
    status: Option<Status>,
}

#[derive(Debug, Deserialize)]
struct Status {
    id: i64,
}

impl RolesApi {
    /// The API as configured; `client` is our name at the service. Nothing is asked yet.
    pub(super) fn new(settings: &RoleSettings, client: &str) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: http()?,
            address: settings.address.clone(),
            service: settings.service.clone(),
            client: client.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, settings.secret.expose().as_bytes()),
        })
    }

    /// The codes of somebody's roles in an organisation; none when they have no access there.
    pub(super) async fn ask(
        &self,
        place: &str,
        subject: &str,
    ) -> Result<Option<Vec<String>>, ServiceError> {
        let (service, organisation, user) = (encode(&self.service), encode(place), encode(subject));
        let address = format!(
            "{}/services/{service}/organisations/{organisation}/users/{user}",
            self.address
        );
        let request = self.http.get(address).header(ACCEPT, "application/json");
        match read(request.bearer_auth(self.word(machine_now().as_second()))).await {
            Ok(said) => codes(&said, [subject, &self.service, place]).map(Some),
            Err(ServiceError::Status(404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Our word that it is we who ask: a token (RFC 7519), signed with the secret that both know.
    fn word(&self, now: i64) -> String {
        let claims = json!({ "iss": self.client, "aud": AUDIENCE, "exp": now + WORD_LASTS });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message =
            format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
        let signature = hmac::sign(&self.key, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The codes of an answer that is about the user, the service and the organisation that were asked for.
fn codes(said: &[u8], asked: [&str; 3]) -> Result<Vec<String>, ServiceError> {
    let said: Said =
        serde_json::from_slice(said).map_err(|_| ServiceError::Unusable("of roles"))?;
    let named = [&said.user_id, &said.service_id, &said.organisation_id];
    let same = |(named, asked): (&Option<String>, &str)| {
        named.as_ref().is_none_or(|named| named.eq_ignore_ascii_case(asked))
    };
    if !named.into_iter().zip(asked).all(same) {
        return Err(ServiceError::Unusable("its roles are somebody else's"));
    }
    if said.roles.len() > ROLES_MAX {
        return Err(ServiceError::Unusable("it has too many roles"));
    }
    let has = |role: &Role| role.status.as_ref().is_none_or(|status| status.id == ACTIVE);
    let mut codes: Vec<String> =
        said.roles.into_iter().filter(has).filter_map(|role| role.code).collect();
    codes.retain(|code| !code.is_empty() && code.chars().count() <= CODE_CHARS_MAX);
    codes.sort();
    codes.dedup();
    Ok(codes)
}

#[cfg(test)]
mod tests;

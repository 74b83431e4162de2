//! The API for roles of the identity service for tests: it says what it is told to, to whoever knows its secret.

use std::sync::Mutex;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Our service at it, and the secret for it.
pub const API: (&str, &str) = ("service-7", "the API's own secret");

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// These roles.
    Codes(&'static [&'static str]),
    /// That there is no access.
    NoAccess,
    /// Roles of somebody else.
    Another,
    /// Something, after half a minute.
    Slow,
    /// More than anybody reads.
    Huge,
    /// That it has failed.
    Error,
    /// That it knows another secret.
    Refuses,
    /// That the answer is elsewhere.
    Redirect,
    /// What is no answer.
    Garbage,
}

/// The API.
pub struct RolesApi {
    state: Mutex<(Says, usize)>,
}

impl RolesApi {
    pub fn new() -> Self {
        Self { state: Mutex::new((Says::NoAccess, 0)) }
    }

    /// What it says from now on.
    pub fn says(&self, says: Says) {
        self.state.lock().unwrap().0 = says;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().1
    }

    /// Its answer to a request: status, more headers, body; none for one that never comes.
    pub fn answer(
        &self,
        path: &str,
        head: &str,
        (client, subject): (&str, &str),
    ) -> Option<(&'static str, String, String)> {
        let says = {
            let mut state = self.state.lock().unwrap();
            state.1 += 1;
            state.0.clone()
        };
        let said = |status, body: &str| Some((status, String::new(), body.to_owned()));
        let secret = if says == Says::Refuses { "another" } else { API.1 };
        if !is_known(head, client, secret) {
            return said("401 Who", r#"{"message":"invalid signature"}"#);
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let ["services", service, "organisations", place, "users", user] = parts.as_slice() else {
            return said("400 No", "");
        };
        let roles = |user: &str, codes: &[&str]| {
            let role = |code: &&str| json!({ "id": "1", "name": code, "code": code, "numericId": "1", "status": { "id": 1 } });
            let roles: Vec<Value> = codes.iter().map(role).collect();
            json!({ "userId": user, "serviceId": service, "organisationId": place, "roles": roles, "identifiers": [] })
                .to_string()
        };
        match says {
            _ if *service != API.0 || *user != subject => said("404 No", ""),
            Says::NoAccess => said("404 No", ""),
            Says::Codes(codes) => said("200 OK", &roles(user, codes)),
            Says::Another => said("200 OK", &roles("somebody-else", &["reader", "manager"])),
            Says::Slow => None,
            Says::Huge => {
                said("200 OK", &roles(user, &["x"; 1]).replace('x', &"x".repeat(8 << 20)))
            }
            Says::Error | Says::Refuses => said("500 Oh", ""),
            Says::Redirect => {
                Some(("307 Go", "location: /elsewhere\r\n".to_owned(), String::new()))
            }
            Says::Garbage => said("200 OK", "<html>"),
        }
    }
}

/// Whether the bearer's token is signed with the secret, of our client, for the API.
fn is_known(head: &str, client: &str, secret: &str) -> bool {
    let bearer = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("authorization");
        is_it.then(|| value.trim().strip_prefix("Bearer "))?
    });
    let Some((message, signature)) = bearer.and_then(|token| token.rsplit_once('.')) else {
        return false;
    };
    let json = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (first, second) = message.split_once('.').unwrap();
    let (head, claims) = (json(first), json(second));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    hmac::verify(&key, message.as_bytes(), &signature).is_ok()
        && head["alg"] == "HS256"
        && claims["iss"] == client
        && claims["aud"] == "signin.education.gov.uk"
}

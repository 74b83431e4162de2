//! The way to the service and back: what a browser carries meanwhile, and who it is that comes back.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::{ServiceError, encode};
use super::standing::Asked;
use super::token::{Expected, Identity, believe};
use super::{IdentityService, Inner, Known, NoAccount};
use crate::clock::machine_now;
use crate::node::keys::{Purpose, random};
use crate::service::waiting::hash;

/// What the way is sealed for.
const USAGE: &str = " identity service";
/// From the way there to the way back may pass so much time.
pub const BACK_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Longest code that is looked at, in bytes.
const CODE_BYTES_MAX: usize = 2_048;

/// What a browser carries there and back, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Way {
    state: String,
    nonce: String,
    verifier: String,
    return_to: String,
    at: Timestamp,
}

impl IdentityService {
    /// The address of the service to send a browser to, and the text of the cookie with which it comes back.
    pub async fn way_there(&self, return_to: &str) -> Result<(String, String), NoAccount> {
        let inner = self.0.as_ref().ok_or(NoAccount::Unknown)?;
        let about = inner.heard(inner.client.about().await)?;
        let word = || URL_SAFE_NO_PAD.encode(random::<32>());
        let (state, nonce, verifier) = (word(), word(), word());
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let query = [
            ("response_type", "code"),
            ("client_id", inner.client.id()),
            ("redirect_uri", &inner.settings.back),
            (
                "scope",
                if inner.look_up.is_some() { "openid email organisation" } else { "openid email" },
            ),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query = query.map(|(name, value)| format!("{name}={}", encode(value))).join("&");
        let to = &about.authorization_endpoint;
        let address = format!("{to}{}{query}", if to.contains('?') { '&' } else { '?' });
        let at = inner.node.clock.now();
        let way = Way { state, nonce, verifier, return_to: return_to.to_owned(), at };
        let text = serde_json::to_vec(&way).expect("plain data");
        let sealed = inner.node.keys().seal_as(Purpose::Session, USAGE, &text);
        let sealed = sealed.ok_or(NoAccount::Away)?;
        Ok((address, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Who comes back with a code, in a browser that carries the cookie of its way there.
    pub async fn way_back(
        &self,
        cookie: &str,
        (state, code, issuer): (&str, &str, &str),
    ) -> Result<Known, NoAccount> {
        let inner = self.0.as_ref().ok_or(NoAccount::Unknown)?;
        let way = inner.way(cookie).ok_or(NoAccount::Astray)?;
        let same = |one: &str, other: &str| {
            aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes())
                .is_ok()
        };
        // One who names the service must name this one: else another's code could be brought here (RFC 9207).
        let ours = issuer.is_empty() || issuer == inner.client.issuer();
        if !ours || !same(&way.state, state) || code.is_empty() || code.len() > CODE_BYTES_MAX {
            return Err(NoAccount::Astray);
        }
        if !inner.ways.is_first(hash(way.state.as_bytes()), inner.node.clock.now(), BACK_WITHIN) {
            return Err(NoAccount::Astray);
        }
        let identity = inner.identity(&way, code).await?;
        let (user, is_new) = inner.candidate(&identity)?;
        let asked = inner.asked(&user, &identity).await?;
        if is_new {
            // Nothing is linked before the service has said that this account may come in.
            if asked.as_ref().is_some_and(|asked| !asked.lets_in()) {
                return Err(asked.map_or(NoAccount::Unknown, Asked::refusal));
            }
            inner.link(&user, &identity).await?;
        }
        let through = match asked {
            None => None,
            Some(asked) => Some(inner.admitted(&user, asked).await?),
        };
        let strong = &inner.settings.strong;
        // Who comes for the first time shows what the account here has as well: the invitation alone is an email.
        let strong = !is_new && !strong.is_empty() && identity.assurance.as_ref() == Some(strong);
        Ok(Known { user, strong, through, return_to: way.return_to })
    }
}

impl Inner {
    fn way(&self, cookie: &str) -> Option<Way> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let text = self.node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let way: Way = serde_json::from_slice(&text).ok()?;
        (self.node.clock.now() <= way.at + BACK_WITHIN).then_some(way)
    }

    async fn identity(&self, way: &Way, code: &str) -> Result<Identity, NoAccount> {
        let Ok(_place) = self.exchanging.try_acquire() else { return Err(NoAccount::Away) };
        let token = self.client.token(code, &way.verifier, &self.settings.back).await;
        let token = match token {
            // A code that was used, or is none: the service is there, and says no. Whatever else it refuses is
            // ours: a wrong secret, or too many questions.
            Err(ServiceError::Status(400)) => return Err(NoAccount::Astray),
            token => self.heard(token)?,
        };
        let keys = self.heard(self.client.keys(&token).await)?;
        let expected = Expected {
            issuer: self.client.issuer(),
            client: self.client.id(),
            nonce: &way.nonce,
            now: machine_now().as_second(),
        };
        believe(&token, &keys, expected).map_err(|error| {
            tracing::warn!(%error, "a token of the identity service is not believed");
            NoAccount::Disbelieved(error)
        })
    }
}

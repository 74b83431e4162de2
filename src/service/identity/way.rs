//! The way to the service and back: what a browser carries meanwhile, and who it is that comes back.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::client::{ServiceError, encode};
use super::standing::Asked;
use super::token::{Expected, Identity, SKEW, believe};
use super::{IdentityService, Inner, Known, NoAccount, Strong};
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
        let scope =
            if inner.look_up.is_some() { "openid email organisation" } else { "openid email" };
        let mut query = vec![
            ("response_type", "code".to_owned()),
            ("client_id", inner.client.id().to_owned()),
            ("redirect_uri", inner.settings.back.clone()),
            ("scope", scope.to_owned()),
            ("state", state.clone()),
            ("nonce", nonce.clone()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ];
        // Whose word is to stand for a second factor signs in there anew when that was long ago.
        let strong = inner.settings.strong.as_ref();
        query.extend(strong.map(|strong| ("max_age", strong.age_max.as_secs().to_string())));
        let query = query.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let query = query.collect::<Vec<_>>().join("&");
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
        let now = machine_now().as_second();
        let strong = inner.settings.strong.as_ref().is_some_and(|strong| strong.is(&identity, now));
        // Who comes for the first time shows what the account here has as well: the invitation alone is an email.
        let strong = strong && !is_new;
        Ok(Known { user, strong, through, return_to: way.return_to })
    }
}

impl Strong {
    /// Whether the service vouches for a second factor that was shown of late. It may not do as it was asked: one
    /// that does not say when vouches for nothing.
    fn is(&self, identity: &Identity, now: i64) -> bool {
        let oldest = now.saturating_sub(self.age_max.as_secs()).saturating_sub(SKEW);
        let of_late = |at: i64| at >= oldest && at <= now.saturating_add(SKEW);
        identity.assurance.as_ref() == Some(&self.assurance)
            && identity.shown_at.is_some_and(of_late)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_second_factor_is_believed_while_it_is_young() {
        let age_max = SignedDuration::from_mins(15);
        let strong = Strong { assurance: "strong".to_owned(), age_max };
        let identity = |assurance: Option<&str>, shown_at: Option<i64>| Identity {
            subject: "17".to_owned(),
            email: None,
            assurance: assurance.map(str::to_owned),
            shown_at,
            organisation: None,
        };
        let now = 1_720_506_600;
        for (assurance, shown_at, is_strong) in [
            (Some("strong"), Some(now), true),
            (Some("strong"), Some(now - 900 - SKEW), true),
            (Some("strong"), Some(now - 901 - SKEW), false),
            (Some("strong"), Some(now + SKEW), true),
            (Some("strong"), Some(now + SKEW + 1), false),
            (Some("strong"), Some(i64::MIN), false),
            (Some("strong"), Some(i64::MAX), false),
            (Some("strong"), None, false),
            (Some("weak"), Some(now), false),
            (None, Some(now), false),
        ] {
            let is = strong.is(&identity(assurance, shown_at), now);
            assert_eq!(is, is_strong, "{assurance:?} {shown_at:?}");
        }
    }
}

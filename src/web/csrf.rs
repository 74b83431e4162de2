//! Forms come from our own pages: Sec-Fetch-Site first, Origin where it is missing, and a signed field.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;

use super::session::{Session, cookie};
use crate::node::Node;
use crate::node::keys::{Purpose, random};

/// Cookie that ties the forms of somebody who is not signed in to their browser.
const VISIT_COOKIE: &str = "__Host-visit";
/// Bytes of a signature with its key id.
const SIGNED_BYTES: usize = 17;

/// To whom a form is tied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// A session.
    Session([u8; 16]),
    /// A browser without one.
    Visit(String),
}

impl Tie {
    /// The tie of a request; a browser without one gets a cookie with the answer.
    pub fn of(headers: &HeaderMap, session: Option<&Session>) -> (Self, Option<String>) {
        if let Some(session) = session {
            return (Self::Session(session.token.id), None);
        }
        if let Some(visit) = cookie(headers, VISIT_COOKIE).filter(|v| v.len() == 22) {
            return (Self::Visit(visit.to_owned()), None);
        }
        let visit = URL_SAFE_NO_PAD.encode(random::<16>());
        let cookie = format!("{VISIT_COOKIE}={visit}; Path=/; Secure; HttpOnly; SameSite=Lax");
        (Self::Visit(visit), Some(cookie))
    }

    /// A word that names the browser, or the session, and no other.
    pub fn word(&self) -> String {
        match self {
            Self::Session(id) => crate::domain::hex::hex(id),
            Self::Visit(visit) => visit.clone(),
        }
    }

    fn text(&self) -> Vec<u8> {
        match self {
            Self::Session(id) => [b"session ".as_slice(), id].concat(),
            Self::Visit(visit) => format!("visit {visit}").into_bytes(),
        }
    }
}

/// The hidden field of a form. Masked, so that no two pages hold the same bytes: a compressed page then
/// tells nobody anything about it.
pub fn field(node: &Node, tie: &Tie) -> String {
    let Some(signed) = node.keys().sign(Purpose::Form, &tie.text()) else { return String::new() };
    let mask = random::<SIGNED_BYTES>();
    let masked: Vec<u8> = signed.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    URL_SAFE_NO_PAD.encode([mask.as_slice(), &masked].concat())
}

/// Whether a hidden field was made for this tie.
pub fn is_ours(node: &Node, tie: &Tie, field: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(field) else { return false };
    if bytes.len() != 2 * SIGNED_BYTES {
        return false;
    }
    let (mask, masked) = bytes.split_at(SIGNED_BYTES);
    let signed: Vec<u8> = masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    node.keys().verify(Purpose::Form, &tie.text(), &signed)
}

/// Whether a post comes from a page of ours, as far as the browser says.
pub fn same_site(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(from)) => {
            from == origin || host_of(from).is_some_and(|host| text("host") == Some(host))
        }
        (None, None) => true,
    }
}

/// The host of an `https` origin.
fn host_of(origin: &str) -> Option<&str> {
    origin.strip_prefix("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: &[(&'static str, &'static str)], expected: bool) {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| {
                (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())
            })
            .collect();
        assert_eq!(same_site(&headers, "https://daybreak.example"), expected, "{pairs:?}");
    }

    #[test]
    fn posts_from_other_sites_are_told_apart() {
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://daybreak.example")], false);
        check(&[("origin", "https://daybreak.example")], true);
        check(&[("origin", "https://evil.example"), ("host", "daybreak.example")], false);
        check(&[("origin", "https://127.0.0.1:8443"), ("host", "127.0.0.1:8443")], true);
        check(&[("origin", "null")], false);
        check(&[], true);
    }
}

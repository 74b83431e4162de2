//! What somebody typed when their session had ended, or before they may go on: it goes along, sealed, until it can be
//! sent.

use axum::body::{Body, Bytes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::csrf::{self, Tie};
use super::form::{self, Fields};
use crate::node::Node;
use crate::node::keys::Purpose;

/// What it is sealed for.
const USAGE: &str = " kept form";
/// For so long it can be sent on.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(12);

/// A form that was sent too late.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Row id of the one who typed.
    pub user: i64,
    /// Where it goes.
    pub path: String,
    /// Names and values as they were sent. No passwords and codes.
    pub fields: Vec<(String, String)>,
    /// When it was sent.
    pub at: Timestamp,
}

/// Fields that are never kept.
fn is_secret(name: &str) -> bool {
    name.contains("password") || name == "code" || name.starts_with('_')
}

impl Kept {
    /// Reads the form of a session, whose user it is of; none when it was no form of that session's pages.
    pub fn of(
        node: &Node,
        origin: &str,
        head: (&HeaderMap, &str),
        body: &Bytes,
        (session, user): ([u8; 16], i64),
    ) -> Option<Self> {
        let (headers, path) = head;
        let fields = Fields::parse(body)?;
        let proven = csrf::is_ours(node, &Tie::Session(session), fields.get("_csrf"));
        if !proven || !csrf::same_site(headers, origin) {
            return None;
        }
        let fields = fields.into_pairs().into_iter().filter(|(name, _)| !is_secret(name)).collect();
        Some(Self { user, path: path.to_owned(), fields, at: node.clock.now() })
    }

    /// The text of a hidden field. Empty while the node has no key.
    pub fn seal(&self, node: &Node) -> String {
        let text = serde_json::to_vec(self).expect("plain data");
        let sealed = node.keys().seal_as(Purpose::Session, USAGE, &text);
        sealed.map(|sealed| URL_SAFE_NO_PAD.encode(sealed)).unwrap_or_default()
    }

    /// What a hidden field holds, if it was sealed here not too long ago.
    pub fn open(node: &Node, field: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(field).ok()?;
        let text = node.keys().open_as(Purpose::Session, USAGE, &sealed)?;
        let kept: Self = serde_json::from_slice(&text).ok()?;
        (node.clock.now() <= kept.at + KEPT_FOR).then_some(kept)
    }
}

/// A request taken apart and put together again, with its body to look at.
pub async fn looked_at(request: Request<Body>) -> (Request<Body>, Bytes) {
    let (head, body) = request.into_parts();
    // It has arrived as a whole before anything was asked.
    let bytes = form::collected(body).await.unwrap_or_default();
    (Request::from_parts(head, Body::from(bytes.clone())), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::node::keys::{KeyRings, RingKey};

    #[test]
    fn a_form_is_kept_for_its_user_without_what_is_secret_for_half_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let now: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let node = Node::open(folder.path(), Clock::manual(now)).unwrap();
        let keys = Purpose::ALL.map(|purpose| RingKey::new(purpose, 1, [7; 32])).to_vec();
        node.set_keys(KeyRings { keys }).unwrap();
        let token = csrf::field(&node, &Tie::Session([3; 16]));
        let body = |token: &str| {
            format!("_csrf={token}&new_password=s3cret&code=123456&postcode=AB1&text=%C2%A3+%3C")
        };
        let headers = HeaderMap::new();
        let kept = |body: String| {
            Kept::of(
                &node,
                "https://x.example",
                (&headers, "/form?a=b"),
                &body.into(),
                ([3; 16], 17),
            )
        };
        let sealed = kept(body(&token)).unwrap().seal(&node);
        let opened = Kept::open(&node, &sealed).unwrap();
        assert_eq!((opened.user, opened.path.as_str()), (17, "/form?a=b"));
        let pairs = [("postcode", "AB1"), ("text", "£ <")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(opened.fields, pairs);
        // Not of that session's pages.
        let other = csrf::field(&node, &Tie::Session([4; 16]));
        assert!(kept(body(&other)).is_none() && kept(body("")).is_none());
        assert!(Kept::open(&node, &sealed[1..]).is_none() && Kept::open(&node, "").is_none());
        node.clock.set(now + KEPT_FOR + SignedDuration::from_secs(1));
        assert!(Kept::open(&node, &sealed).is_none(), "too old");
    }
}

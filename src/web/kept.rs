//! What somebody typed when their session had ended: it goes along, sealed, until they have signed in again.

use axum::body::{Body, Bytes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::csrf::{self, Tie};
use super::form::{self, Fields};
use super::session::Expired;
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
    at: Timestamp,
}

/// Fields that are never kept.
fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("code") || name.starts_with('_')
}

impl Kept {
    /// Reads the form of a session that ended by itself; none when it was no form of that session's pages.
    pub fn of(
        node: &Node,
        origin: &str,
        head: (&HeaderMap, &str),
        body: &Bytes,
        of: &Expired,
    ) -> Option<Self> {
        let (headers, path) = head;
        let fields = Fields::parse(body)?;
        let proven = csrf::is_ours(node, &Tie::Session(of.id), fields.get("_csrf"));
        if !proven || !csrf::same_site(headers, origin) {
            return None;
        }
        let fields = fields.into_pairs().into_iter().filter(|(name, _)| !is_secret(name)).collect();
        Some(Self { user: of.user.id, path: path.to_owned(), fields, at: node.clock.now() })
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

//! Signing out at the service as well (OpenID Connect RP-Initiated Logout): on a computer that several share the next
//! one would come back through it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client::encode;
use super::{IdentityService, Inner};
use crate::node::keys::random;

/// The way out of the service.
#[derive(Debug)]
pub struct WayOut {
    /// What people call the service.
    pub name: String,
    /// Where a browser is sent.
    pub address: String,
    /// The word with which it comes back.
    pub state: String,
}

impl IdentityService {
    /// Whether the service has a way to sign out, as far as the node knows.
    pub fn leads_out(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.endpoint().is_some())
    }

    /// The way out of the service and back; none where it has none, or the node does not know of it. It names us
    /// and not who leaves: that would take their token, which is kept nowhere.
    pub fn way_out(&self) -> Option<WayOut> {
        let inner = self.0.as_ref()?;
        let endpoint = inner.endpoint()?;
        let state = URL_SAFE_NO_PAD.encode(random::<16>());
        let query = [
            ("client_id", inner.client.id()),
            ("post_logout_redirect_uri", &inner.settings.left),
            ("state", &state),
        ];
        let query = query.map(|(name, value)| format!("{name}={}", encode(value))).join("&");
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        let address = format!("{endpoint}{mark}{query}");
        Some(WayOut { name: inner.settings.name.clone(), address, state })
    }
}

impl Inner {
    fn endpoint(&self) -> Option<String> {
        self.client.known_about()?.end_session_endpoint.clone()
    }
}

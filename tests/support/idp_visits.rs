//! What a browser does at the identity service for tests.

use super::{CLIENT, RandomBytes, Service, pairs, text};

impl Service {
    /// What somebody's browser does there: they sign in, and it is sent back. Gives the address.
    pub fn authorize(&self, address: &str) -> String {
        let (_, query) = address.split_once('?').unwrap();
        let asked = pairs(query);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["client_id"], CLIENT.0);
        let code = text(&aws_lc_rs::rand::SystemRandom::new().random_bytes());
        let kept = (asked["code_challenge"].clone(), asked["nonce"].clone());
        self.state.lock().unwrap().codes.insert(code.clone(), kept);
        let path = asked["redirect_uri"].splitn(4, '/').nth(3).unwrap().to_owned();
        format!("/{path}?code={code}&state={}&iss={}", asked["state"], self.issuer)
    }

    /// What a browser does there that signs out: it is sent back. Gives the address.
    pub fn sign_out(&self, address: &str) -> String {
        let (endpoint, query) = address.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{}/end", self.issuer));
        let asked = pairs(query);
        assert_eq!(asked["client_id"], CLIENT.0);
        let path = asked["post_logout_redirect_uri"].splitn(4, '/').nth(3).unwrap().to_owned();
        format!("/{path}?state={}", asked["state"])
    }
}

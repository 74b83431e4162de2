//! Two nodes are shown a passkey and its copy at the same moment: one lets in.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::nodes::Node;
use crate::support::{Account, Browser, Demo, all_between, hidden, until};

const CREDENTIAL: &[u8] = b"key1";
/// Somebody is there, and has unlocked it.
const FLAGS: u8 = 0b101;

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Gives somebody a passkey that has signed once.
async fn add(demo: &Demo, account: &Account, pair: &EcdsaKeyPair) {
    let public = text(pair.public_key());
    let key = json!({ "id": text(CREDENTIAL), "alg": -7, "public": public, "counter": 1 });
    demo.query(&format!(
        "INSERT INTO passkeys (user_id, credential, name, key, made_at)
         SELECT id, 'key1', 'Telephone', '{key}', '2024-07-01' FROM users WHERE username = '{}'",
        account.username
    ))
    .await;
}

/// Somebody whose password was right, at one of the nodes: their browser and the page that asks for more.
struct Asked {
    browser: Browser,
    origin: String,
    page: String,
}

impl Asked {
    async fn at(demo: &Demo, base: &str, account: &Account) -> Self {
        let (mut browser, mut page) = (Browser::new(demo).at(base), String::new());
        // The node may have to hear of the passkey first.
        until("a passkey is asked for", async || {
            browser = Browser::new(demo).at(base);
            browser.sign_in(&account.username, &account.password).await;
            let answer = browser.get("/sign-in/code").await;
            page = answer.text().await.unwrap();
            page.contains("data-passkey=\"get\"")
        })
        .await;
        Self { browser, origin: base.to_owned(), page }
    }

    /// Answers as the passkey does that has signed so often.
    async fn answer(&self, pair: &EcdsaKeyPair, counter: u32) -> Response {
        let options = all_between(&self.page, "data-options=\"", "\"")[0];
        let options: Value =
            serde_json::from_str(&options.replace("&#34;", "\"").replace("&quot;", "\"")).unwrap();
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        let client_data =
            json!({ "type": "webauthn.get", "challenge": challenge, "origin": self.origin });
        let client_data = client_data.to_string();
        let host = digest(&SHA256, b"localhost");
        let data = [host.as_ref(), &[FLAGS], &counter.to_be_bytes()].concat();
        let message = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = pair.sign(&SystemRandom::new(), &message).unwrap();
        let response = json!({ "clientDataJSON": text(client_data), "authenticatorData": text(data),
            "signature": text(signature) });
        let answer = json!({ "id": text(CREDENTIAL), "response": response }).to_string();
        let (token, expected) = (hidden(&self.page, "_csrf"), hidden(&self.page, "expected"));
        let fields = [("_csrf", &*token), ("expected", &*expected), ("answer", &*answer)];
        self.browser.post("/sign-in/code", &fields).await
    }
}

#[tokio::test]
async fn of_a_passkey_and_its_copy_at_once_one_is_let_in() {
    let demo = Demo::of_sample(4, &["--released"]);
    let second = Node::start(&demo);
    let account = demo.account("school_user");
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    add(&demo, &account, &pair).await;
    let base = demo.text("base_url").to_owned();
    let mut told = 0;
    for counter in [7, 8, 9] {
        let here = Asked::at(&demo, &base, &account).await;
        let there = Asked::at(&demo, &second.base, &account).await;
        let (one, other) = tokio::join!(here.answer(&pair, counter), there.answer(&pair, counter));
        let mut both = [one.status(), other.status()];
        both.sort_unstable();
        assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY], "{counter}");
        told += 1;
        let copied = "SELECT count(*) FROM audit WHERE action = 'factor.passkey_copied'";
        assert_eq!(demo.query(copied).await, [[told.to_string()]]);
    }
    // The one that goes on counting goes on signing in.
    let here = Asked::at(&demo, &base, &account).await;
    assert_eq!(here.answer(&pair, 10).await.status(), StatusCode::SEE_OTHER);
}

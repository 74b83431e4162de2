//! An identity service for tests: honest, or hostile in one way at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

#[path = "roles_api.rs"]
mod roles_api;
#[path = "spoken.rs"]
mod spoken;
#[path = "idp_visits.rs"]
mod visits;

use roles_api::RolesApi;
pub use roles_api::{API, Says};
pub use spoken::pairs;
use spoken::request;

/// Our name and secret at the service.
pub const CLIENT: (&str, &str) = ("daybreak", "a secret: with & signs");

/// What is wrong with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ill {
    Nothing,
    Issuer,
    Audience,
    Nonce,
    Expired,
    Unsigned,
    SharedSecret,
    SwappedKey,
    Huge,
    Slow,
    Redirect,
    Garbage,
    Error,
}

/// The service.
pub struct Service {
    /// Its address.
    pub issuer: String,
    /// Its API for roles.
    pub api: RolesApi,
    state: Mutex<State>,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
}

struct State {
    ill: Ill,
    subject: String,
    email: (String, bool),
    /// What it says beside: claims by name.
    more: Map<String, Value>,
    /// And of itself.
    about: Map<String, Value>,
    /// Challenge and nonce by code.
    codes: HashMap<String, (String, String)>,
    asked: usize,
    tokens: usize,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(clippy::disallowed_methods, reason = "a service elsewhere knows its own clock alone")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Service {
    /// Starts it on a port of its own.
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pair = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let service = Arc::new(Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            api: RolesApi::new(),
            state: Mutex::new(State {
                ill: Ill::Nothing,
                subject: "subject-1".to_owned(),
                email: (String::new(), true),
                more: Map::new(),
                about: Map::new(),
                codes: HashMap::new(),
                asked: 0,
                tokens: 0,
            }),
            key: pair(),
            other: pair(),
        });
        let own = Arc::clone(&service);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let listener = listener.into_std().unwrap();
            runtime.unwrap().block_on(own.serve(listener));
        });
        service
    }

    /// Makes it ill, or well.
    pub fn is(&self, ill: Ill) {
        self.state.lock().unwrap().ill = ill;
    }

    /// Who signs in there.
    pub fn person(&self, subject: &str, email: &str, verified: bool) {
        let mut state = self.state.lock().unwrap();
        subject.clone_into(&mut state.subject);
        state.email = (email.to_owned(), verified);
    }

    /// For which organisation they sign in.
    pub fn organisation(&self, organisation: Value) {
        self.says("organisation", organisation);
    }

    /// What else it says of whoever signs in; null takes it back.
    pub fn says(&self, claim: &str, value: Value) {
        self.state.lock().unwrap().more.insert(claim.to_owned(), value);
    }

    /// What else it says of itself.
    pub fn says_of_itself(&self, name: &str, value: Value) {
        self.state.lock().unwrap().about.insert(name.to_owned(), value);
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    /// How often it was asked for a token. A node also asks by itself what it says of itself and its keys.
    pub fn tokens_asked(&self) -> usize {
        self.state.lock().unwrap().tokens
    }

    async fn serve(self: Arc<Self>, listener: std::net::TcpListener) {
        let listener = TcpListener::from_std(listener).unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let own = Arc::clone(&self);
            tasks.spawn(async move { own.answer(stream).await });
        }
    }

    async fn answer(&self, mut stream: TcpStream) {
        let Some((head, body)) = request(&mut stream).await else { return };
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let ill = {
            let mut state = self.state.lock().unwrap();
            state.asked += 1;
            state.tokens += usize::from(path == "/token");
            state.ill
        };
        let (status, more, body) = match (path.as_str(), ill) {
            ("/token", Ill::Slow) => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return;
            }
            ("/token", Ill::Huge) => ("200 OK", String::new(), "x".repeat(8 << 20)),
            ("/token", Ill::Garbage) => ("200 OK", String::new(), "<html>".to_owned()),
            ("/token", Ill::Error) => ("500 Oh", String::new(), String::new()),
            ("/token", Ill::Redirect) => {
                ("307 Go", format!("location: {}/elsewhere\r\n", self.issuer), String::new())
            }
            ("/token", _) => self.token(&head, &pairs(&body), ill),
            (path, _) if path.starts_with("/services/") => {
                let subject = self.state.lock().unwrap().subject.clone();
                match self.api.answer(path, &head, (CLIENT.0, &subject)) {
                    Some(said) => said,
                    None => return tokio::time::sleep(Duration::from_secs(30)).await,
                }
            }
            ("/.well-known/openid-configuration", _) => {
                ("200 OK", String::new(), self.about().to_string())
            }
            ("/keys", _) => ("200 OK", String::new(), self.keys().to_string()),
            _ => ("404 No", String::new(), String::new()),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{more}connection: close\r\n\r\n"
        );
        // Whoever asked may have heard enough.
        let _gone = stream.write_all(head.as_bytes()).await;
        let _gone = stream.write_all(body.as_bytes()).await;
    }

    fn about(&self) -> Value {
        let issuer = &self.issuer;
        let mut about = self.state.lock().unwrap().about.clone();
        about.insert("issuer".to_owned(), json!(issuer));
        for (name, path) in [
            ("authorization_endpoint", "authorize"),
            ("token_endpoint", "token"),
            ("jwks_uri", "keys"),
        ] {
            about.insert(name.to_owned(), json!(format!("{issuer}/{path}")));
        }
        about.into()
    }

    fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({ "keys": [{ "kty": "EC", "kid": "1", "use": "sig", "alg": "ES256", "crv": "P-256",
            "x": text(&point[1..33]), "y": text(&point[33..]) }] })
    }

    fn token(
        &self,
        head: &str,
        form: &HashMap<String, String>,
        ill: Ill,
    ) -> (&'static str, String, String) {
        let no = |_| ("400 No", String::new(), r#"{"error":"invalid_grant"}"#.to_owned());
        let (id, secret) = CLIENT;
        let encoded = secret.replace(' ', "%20").replace(':', "%3A").replace('&', "%26");
        let expected = format!("Basic {}", STANDARD.encode(format!("{id}:{encoded}")));
        assert!(head.contains(&expected), "the client says who it is");
        let Some((challenge, nonce)) = self.state.lock().unwrap().codes.remove(&form["code"])
        else {
            return no("a code is good for one token");
        };
        let verifier = digest(&SHA256, form["code_verifier"].as_bytes());
        if text(verifier.as_ref()) != challenge {
            return no("not the one who asked");
        }
        let token = json!({ "id_token": self.signed(&self.claims(&nonce, ill), ill) });
        ("200 OK", String::new(), token.to_string())
    }

    fn claims(&self, nonce: &str, ill: Ill) -> Value {
        let state = self.state.lock().unwrap();
        let bad = |what: Ill, bad: &str, good: &str| {
            if ill == what { bad.to_owned() } else { good.to_owned() }
        };
        let age = if ill == Ill::Expired { 3_600 } else { 0 };
        let mut claims = json!({
            "iss": bad(Ill::Issuer, "http://127.0.0.1:1", &self.issuer),
            "aud": bad(Ill::Audience, "another", CLIENT.0),
            "nonce": bad(Ill::Nonce, "another", nonce),
            "sub": state.subject, "email": state.email.0, "email_verified": state.email.1,
            "iat": now() - age, "exp": now() + 300 - age,
        });
        let more = state.more.iter().filter(|(_, value)| !value.is_null());
        for (name, value) in more {
            claims[name] = value.clone();
        }
        claims
    }

    fn signed(&self, claims: &Value, ill: Ill) -> String {
        let alg = match ill {
            Ill::Unsigned => "none",
            Ill::SharedSecret => "HS256",
            _ => "ES256",
        };
        let head = json!({ "alg": alg, "kid": "1" }).to_string();
        let message = format!("{}.{}", text(head.as_bytes()), text(claims.to_string().as_bytes()));
        let signature = match ill {
            Ill::Unsigned => Vec::new(),
            Ill::SharedSecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            _ => {
                let pair = if ill == Ill::SwappedKey { &self.other } else { &self.key };
                pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
            }
        };
        format!("{message}.{}", text(&signature))
    }
}

/// Bytes by chance.
trait RandomBytes {
    fn random_bytes(&self) -> [u8; 16];
}

impl RandomBytes for SystemRandom {
    fn random_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::SecureRandom::fill(self, &mut bytes).unwrap();
        bytes
    }
}

//! Tests of what is kept of a service that answers, and then does not.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// A token whose head names a key.
fn token(key: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let head = format!(r#"{{"alg":"ES256","kid":"{key}"}}"#);
    format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(head))
}

/// A service on this machine, that can fall ill.
struct Service {
    issuer: String,
    is_ill: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (is_ill, asked) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ill, count, own) = (Arc::clone(&is_ill), Arc::clone(&asked), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                count.fetch_add(1, Ordering::SeqCst);
                let body = match first.split(' ').nth(1) {
                    _ if ill.load(Ordering::SeqCst) => String::new(),
                    Some("/keys") => {
                        let part = "A".repeat(43);
                        format!(
                            r#"{{"keys":[{{"kty":"EC","kid":"1","crv":"P-256","x":"{part}","y":"{part}"}}]}}"#
                        )
                    }
                    _ => format!(
                        r#"{{"issuer":"{own}","authorization_endpoint":"{own}/a","token_endpoint":"{own}/t","jwks_uri":"{own}/keys"}}"#
                    ),
                };
                let status = if body.is_empty() { "503 Ill" } else { "200 OK" };
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n");
                let _gone = write!(stream, "{head}connection: close\r\n\r\n{body}");
            }
        });
        Self { issuer, is_ill, asked }
    }

    fn client(&self, registry: &prometheus::Registry, lives: Lifetimes) -> Client {
        let metrics = IdentityMetrics::new(registry);
        let secret = Hidden::new("secret".to_owned());
        let names = (self.issuer.clone(), "daybreak".to_owned());
        Client::living(names, secret, metrics, lives).unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

const ALWAYS_OLD: Lifetimes =
    Lifetimes { fresh: Duration::ZERO, last_known: Duration::from_hours(1), rest: Duration::ZERO };

fn counted(registry: &prometheus::Registry, document: &str, outcome: &str) -> String {
    let families = registry.gather();
    let own = families.iter().find(|f| f.name() == "daybreak_identity_documents_total").unwrap();
    let is_it = |metric: &&prometheus::proto::Metric| {
        let labels = metric.get_label();
        let has = |value: &str| labels.iter().any(|label| label.value() == value);
        has(document) && has(outcome)
    };
    own.get_metric().iter().find(is_it).unwrap().get_counter().get_value().to_string()
}

#[tokio::test]
async fn what_it_said_last_is_used_while_it_does_not_answer() {
    let (service, registry) = (Service::start(), prometheus::Registry::new());
    let client = service.client(&registry, ALWAYS_OLD);
    client.refresh().await;
    assert_eq!(service.asked(), 2, "of itself, and its keys");
    service.is_ill.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        client.refresh().await;
        assert_eq!(client.about().await.unwrap().issuer, service.issuer);
        assert!(client.keys(&token("1")).await.unwrap().has_key_of(&token("1")));
    }
    assert_eq!(service.asked(), 8, "nobody who signs in waits for a question");
    for document in ["metadata", "keys"] {
        let of = |outcome| counted(&registry, document, outcome);
        assert_eq!([of("answered"), of("kept"), of("failed")], ["1", "3", "0"], "{document}");
    }
    // A key that is not known is asked for there and then.
    assert!(client.keys(&token("2")).await.is_err());
    assert_eq!(service.asked(), 9);
    service.is_ill.store(false, Ordering::SeqCst);
    client.refresh().await;
    assert_eq!(counted(&registry, "keys", "answered"), "2");
}

#[tokio::test]
async fn what_it_said_is_not_used_for_ever_and_it_is_asked_no_more_often_than_needed() {
    let (service, registry) = (Service::start(), prometheus::Registry::new());
    let gone = Lifetimes { last_known: Duration::ZERO, ..ALWAYS_OLD };
    let client = service.client(&registry, gone);
    client.refresh().await;
    service.is_ill.store(true, Ordering::SeqCst);
    assert!(client.about().await.is_err() && client.keys(&token("1")).await.is_err());
    assert_eq!(counted(&registry, "metadata", "kept"), "0");
    assert_ne!(counted(&registry, "metadata", "failed"), "0");

    let hour = Duration::from_hours(1);
    let rests = service.client(
        &prometheus::Registry::new(),
        Lifetimes { fresh: Duration::ZERO, last_known: hour, rest: hour },
    );
    let before = service.asked();
    for _ in 0..3 {
        rests.refresh().await;
    }
    // For the keys it has to know where they are, which is asked as well.
    assert_eq!(service.asked(), before + 2, "failures are not repeated at once");
}

//! A service that signs whatever it is told to.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_720_506_600;
const ISSUER: &str = "https://id.example";

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "daybreak", "sub": "17", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        "email": "Head@School.example ", "email_verified": true, "acr": "strong",
        "auth_time": NOW - 30 })
}

fn changed(more: &[(&str, Value)]) -> Value {
    let mut claims = claims();
    for (key, value) in more {
        claims[*key] = value.clone();
    }
    claims
}

struct Service {
    rsa: RsaPair,
    ec: EcdsaKeyPair,
}

impl Service {
    fn new() -> Self {
        let rsa = RsaPair::generate(KeySize::Rsa2048).unwrap();
        Self { rsa, ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    fn keys(&self) -> KeySet {
        let (rsa, ec) = (self.rsa.public_key(), self.ec.public_key().as_ref());
        let file = json!({ "keys": [
            { "kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256",
              "n": text(rsa.modulus().big_endian_without_leading_zero()),
              "e": text(rsa.exponent().big_endian_without_leading_zero()) },
            { "kty": "EC", "kid": "e", "crv": "P-256", "x": text(&ec[1..33]), "y": text(&ec[33..]) },
            { "kty": "oct", "kid": "h", "k": "c2VjcmV0" },
            { "kty": "RSA", "kid": "c", "use": "enc", "n": "AQ", "e": "AQ" },
        ] });
        KeySet::parse(file.to_string().as_bytes()).unwrap()
    }

    fn message(head: &Value, claims: &Value) -> String {
        format!("{}.{}", text(head.to_string().as_bytes()), text(claims.to_string().as_bytes()))
    }

    fn rs256(&self, head: &Value, claims: &Value) -> String {
        let message = Self::message(head, claims);
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        let random = SystemRandom::new();
        self.rsa.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", text(&signature))
    }

    fn es256(&self, head: &Value, claims: &Value) -> String {
        let message = Self::message(head, claims);
        let signature = self.ec.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", text(signature.as_ref()))
    }
}

fn rs() -> Value {
    json!({ "alg": "RS256", "kid": "r", "typ": "JWT" })
}

const EXPECTED: Expected<'_> =
    Expected { issuer: ISSUER, client: "daybreak", nonce: "n", now: NOW };

#[test]
fn an_honest_service_is_believed_with_either_kind_of_key() {
    let service = Service::new();
    let keys = service.keys();
    let expected = Identity {
        subject: "17".to_owned(),
        email: Some("head@school.example".to_owned()),
        assurance: Some("strong".to_owned()),
        shown_at: Some(NOW - 30),
        organisation: None,
    };
    for token in [
        service.rs256(&rs(), &claims()),
        service.rs256(&json!({ "alg": "RS256" }), &claims()),
        service.es256(&json!({ "alg": "ES256", "kid": "e" }), &claims()),
        service.rs256(&rs(), &changed(&[("aud", json!(["daybreak"])), ("azp", json!("daybreak"))])),
        service.rs256(&rs(), &changed(&[("exp", json!(NOW - 59)), ("iat", json!(NOW - 359))])),
    ] {
        assert_eq!(believe(&token, &keys, EXPECTED), Ok(expected.clone()));
        assert!(keys.has_key_of(&token));
    }
    let unverified = service.rs256(&rs(), &changed(&[("email_verified", json!(false))]));
    assert_eq!(believe(&unverified, &keys, EXPECTED).unwrap().email, None);
    for none in [json!(null), json!("now"), json!(1.5), json!(u64::MAX), json!([NOW])] {
        let token = service.rs256(&rs(), &changed(&[("auth_time", none.clone())]));
        assert_eq!(believe(&token, &keys, EXPECTED).unwrap().shown_at, None, "{none}");
    }
}

#[test]
fn claims_that_are_not_ours_of_now_are_not_believed() {
    use Disbelieved::{Audience, Issuer, Nonce, Time, Unreadable};
    let service = Service::new();
    let keys = service.keys();
    for (key, value, why) in [
        ("iss", json!("https://id.example/"), Issuer),
        ("iss", json!("https://evil.example"), Issuer),
        ("aud", json!("another"), Audience),
        ("aud", json!(["another"]), Audience),
        ("aud", json!(["daybreak", "another"]), Audience),
        ("aud", json!([]), Audience),
        ("azp", json!("another"), Audience),
        ("nonce", json!("m"), Nonce),
        ("nonce", json!(null), Nonce),
        ("exp", json!(NOW - 61), Time),
        ("exp", json!(i64::MIN), Time),
        ("iat", json!(NOW + 61), Time),
        ("iat", json!(NOW - 3_600), Time),
        ("iat", json!(i64::MAX), Time),
        ("nbf", json!(NOW + 61), Time),
        ("sub", json!(""), Unreadable),
        ("sub", json!("x".repeat(256)), Unreadable),
        ("sub", json!(17), Unreadable),
        ("exp", json!("soon"), Unreadable),
    ] {
        let token = service.rs256(&rs(), &changed(&[(key, value.clone())]));
        assert_eq!(believe(&token, &keys, EXPECTED), Err(why), "{key} {value}");
    }
}

#[test]
fn nothing_but_a_key_of_the_service_signs() {
    use Disbelieved::{Algorithm, Signature, Unreadable};
    let (service, other) = (Service::new(), Service::new());
    let keys = service.keys();
    let check = |token: &str, why| assert_eq!(believe(token, &keys, EXPECTED), Err(why), "{token}");
    for alg in ["none", "None", "HS256", "RS384", "PS256", "EdDSA", ""] {
        let head = json!({ "alg": alg, "kid": "r" });
        check(&service.rs256(&head, &claims()), Algorithm);
        check(&format!("{}.", Service::message(&head, &claims())), Algorithm);
    }
    // The public key as the secret of a shared one.
    let message = Service::message(&json!({ "alg": "HS256", "kid": "r" }), &claims());
    let public = service.rsa.public_key().as_der().unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_ref()), message.as_bytes());
    check(&format!("{message}.{}", text(tag.as_ref())), Algorithm);
    check(
        &service.rs256(&json!({ "alg": "RS256", "crit": ["b64"], "b64": false }), &claims()),
        Algorithm,
    );
    // Keys that are swapped, named wrongly, or somebody else's.
    check(&other.rs256(&rs(), &claims()), Signature);
    check(&service.rs256(&json!({ "alg": "RS256", "kid": "e" }), &claims()), Signature);
    check(&service.rs256(&json!({ "alg": "RS256", "kid": "../../r" }), &claims()), Signature);
    check(&service.es256(&json!({ "alg": "RS256", "kid": "r" }), &claims()), Signature);
    let token = service.rs256(&rs(), &claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = message.split_once('.').unwrap();
    let swapped = text(changed(&[("sub", json!("1"))]).to_string().as_bytes());
    check(&format!("{head}.{swapped}.{signature}"), Signature);
    check(&format!("{message}."), Signature);
    for token in ["", ".", "..", "a.b.c", message, &"x.".repeat(20_000)] {
        check(token, Unreadable);
    }
    assert!(KeySet::parse(b"{\"keys\":[]}").is_none() && KeySet::parse(b"[]").is_none());
}

//! An authenticator of our own, honest and otherwise.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

use super::*;

const CHALLENGE: &[u8] = &[7; CHALLENGE_BYTES];
const ORIGIN: &str = "https://results.example:8443";

struct Authenticator {
    pair: EcdsaKeyPair,
    host: &'static str,
    origin: &'static str,
    flags: u8,
    kind: Option<&'static str>,
    challenge: &'static [u8],
    counter: u32,
}

impl Authenticator {
    fn new() -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            host: "results.example",
            origin: ORIGIN,
            flags: PRESENT | VERIFIED,
            kind: None,
            challenge: CHALLENGE,
            counter: 0,
        }
    }

    fn client_data(&self, kind: &str) -> Vec<u8> {
        let kind = self.kind.unwrap_or(kind);
        let challenge = text(self.challenge);
        json!({ "type": kind, "challenge": challenge, "origin": self.origin }).to_string().into()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let host = digest(&SHA256, self.host.as_bytes());
        [host.as_ref(), &[self.flags | more], &self.counter.to_be_bytes()].concat()
    }

    fn adds(&self) -> Answer {
        let point = self.pair.public_key().as_ref();
        let key = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ]
        .concat();
        let data = [&self.data(HAS_CREDENTIAL), &[0; 16][..], &[0, 4], b"key1", &key].concat();
        let length = u8::try_from(data.len()).unwrap();
        let object =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &[length][..], &data].concat();
        answer(&json!({
            "clientDataJSON": text(&self.client_data("webauthn.create")),
            "attestationObject": text(&object),
        }))
    }

    fn signs(&self) -> Answer {
        let (client_data, data) = (self.client_data("webauthn.get"), self.data(0));
        let message = [&data, digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &message).unwrap();
        answer(&json!({
            "clientDataJSON": text(&client_data),
            "authenticatorData": text(&data),
            "signature": text(signature.as_ref()),
        }))
    }
}

fn answer(response: &Json) -> Answer {
    let whole = json!({ "id": text(b"key1"), "rawId": text(b"key1"), "type": "public-key",
        "response": response, "clientExtensionResults": {} });
    serde_json::from_value(whole).unwrap()
}

#[test]
fn an_honest_authenticator_adds_a_key_and_signs_in_with_it() {
    let (party, own) = (Party::of(ORIGIN).unwrap(), Authenticator::new());
    let key = party.added(CHALLENGE, &own.adds()).unwrap();
    let kept: Key = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
    assert_eq!(party.signed(CHALLENGE, &own.signs(), &[kept]), Some((0, 0)));
    let question = party.question_to_sign_in(CHALLENGE, &[key]).to_string();
    assert!(question.contains("\"rpId\":\"results.example\"") && question.contains("required"));
    assert_eq!(Party::of("https://127.0.0.1:8443"), None);
    assert_eq!(Party::of("https://[::1]:8443"), None);
}

#[test]
fn the_count_of_signatures_is_told_and_must_rise_unless_there_is_none() {
    let (party, mut own) = (Party::of(ORIGIN).unwrap(), Authenticator::new());
    own.counter = 7;
    let key = party.added(CHALLENGE, &own.adds()).unwrap();
    assert_eq!(key.counter, 7);
    own.counter = 0x0102_0304;
    let signed = party.signed(CHALLENGE, &own.signs(), std::slice::from_ref(&key));
    assert_eq!(signed, Some((0, 0x0102_0304)));
    assert!(rises(7, 8) && rises(0, 1) && rises(0, 0));
    assert!(!rises(7, 7) && !rises(7, 6) && !rises(7, 0));
    // One that was kept before counts were.
    let mut old = serde_json::to_value(&key).unwrap();
    old.as_object_mut().unwrap().remove("counter");
    assert_eq!(serde_json::from_value::<Key>(old).unwrap().counter, 0);
}

/// What is wrong with an answer, and how it comes about.
type Change = (&'static str, fn(&mut Authenticator));

#[test]
fn whatever_is_not_as_asked_for_opens_nothing() {
    let (party, own) = (Party::of(ORIGIN).unwrap(), Authenticator::new());
    let key = party.added(CHALLENGE, &own.adds()).unwrap();
    let changes: [Change; 6] = [
        ("another host", |a| a.host = "evil.example"),
        ("another site", |a| a.origin = "https://evil.example"),
        ("nobody there", |a| a.flags = VERIFIED),
        ("nobody recognised", |a| a.flags = PRESENT),
        ("another purpose", |a| a.kind = Some("payment.get")),
        ("another challenge", |a| a.challenge = &[8; CHALLENGE_BYTES]),
    ];
    for (what, change) in changes {
        let mut other = Authenticator { pair: own.pair_again(), ..Authenticator::new() };
        change(&mut other);
        assert_eq!(
            party.signed(CHALLENGE, &other.signs(), std::slice::from_ref(&key)),
            None,
            "{what}"
        );
        assert_eq!(party.added(CHALLENGE, &other.adds()), None, "{what}");
    }
    let stranger = Authenticator::new();
    assert_eq!(party.signed(CHALLENGE, &stranger.signs(), std::slice::from_ref(&key)), None);
    assert_eq!(party.signed(CHALLENGE, &own.adds(), std::slice::from_ref(&key)), None);
    assert_eq!(party.signed(CHALLENGE, &own.signs(), &[]), None);
    // Another way to hash is not one that was asked for.
    let strange = Key { alg: -8, ..key };
    assert_eq!(party.signed(CHALLENGE, &own.signs(), &[strange]), None);
}

impl Authenticator {
    fn pair_again(&self) -> EcdsaKeyPair {
        let document = self.pair.to_pkcs8v1().unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap()
    }
}

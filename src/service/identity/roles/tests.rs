//! Tests of the API for roles: what hostile answers and claims make of it.

use jiff::SignedDuration;

use super::*;

const ASKED: [&str; 3] = ["user-1", "service-1", "place-1"];

fn said(text: &str) -> Result<Vec<String>, String> {
    codes(text.as_bytes(), ASKED).map_err(|error| error.to_string())
}

fn api(secret: &str) -> RolesApi {
    let hour = SignedDuration::from_hours(1);
    let settings = RoleSettings {
        address: "https://api.example".to_owned(),
        service: "service-1".to_owned(),
        secret: Hidden::new(secret.to_owned()),
        ages: Ages { whole: hour, last_known: hour },
        covers: Covers::default(),
    };
    RolesApi::new(&settings, "daybreak").unwrap()
}

#[test]
fn codes_are_read_once_and_only_of_roles_that_somebody_has() {
    let text = r#"{"userId":"USER-1","serviceId":"service-1","organisationId":"place-1","roles":[
        {"id":"1","name":"Head","code":"head","numericId":"1","status":{"id":1}},
        {"code":"head"},{"code":"gone","status":{"id":0}},{"name":"no code"},{"code":""},
        {"code":"reader","status":{"id":1},"more":[{}]}],"identifiers":[]}"#;
    assert_eq!(said(text), Ok(vec!["head".to_owned(), "reader".to_owned()]));
    assert_eq!(said(r#"{"roles":[]}"#), Ok(Vec::new()));
    let long = format!(r#"{{"roles":[{{"code":"{}"}}]}}"#, "x".repeat(CODE_CHARS_MAX + 1));
    assert_eq!(said(&long), Ok(Vec::new()));
}

#[test]
fn an_answer_of_another_form_or_about_another_is_refused() {
    let many = format!(r#"{{"roles":[{}{{}}]}}"#, "{},".repeat(ROLES_MAX));
    let deep = "[".repeat(100_000);
    for wrong in [
        "",
        "null",
        "[]",
        "{}",
        "<html>",
        r#"{"roles":null}"#,
        r#"{"roles":{"code":"head"}}"#,
        r#"{"roles":["head"]}"#,
        r#"{"roles":[{"code":1}]}"#,
        r#"{"roles":[{"code":"head","status":1}]}"#,
        r#"{"roles":[],"roles":[]}"#,
        r#"{"userId":"user-2","roles":[]}"#,
        r#"{"serviceId":"service-2","roles":[]}"#,
        r#"{"organisationId":"place-2","roles":[]}"#,
        many.as_str(),
        deep.as_str(),
    ] {
        assert!(said(wrong).is_err(), "{}", &wrong[..wrong.len().min(60)]);
    }
}

#[test]
fn our_word_is_signed_with_the_secret_and_does_not_last() {
    let word = api("secret").word(1_000);
    let parts: Vec<&str> = word.split('.').collect();
    let text = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let json = |part: &str| serde_json::from_slice::<Value>(&text(part)).unwrap();
    assert_eq!(json(parts[0]), json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = json!({ "iss": "daybreak", "aud": AUDIENCE, "exp": 1_300 });
    assert_eq!(json(parts[1]), claims);
    let message = format!("{}.{}", parts[0], parts[1]);
    let verified = |secret: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, message.as_bytes(), &text(parts[2])).is_ok()
    };
    assert!(verified("secret") && !verified("another"));
}

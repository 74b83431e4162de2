//! Signing in with the identity service of the sector: honest, hostile, and away.

use reqwest::{Response, StatusCode};

use crate::idp::{CLIENT, Ill, Service};
use crate::support::totp::next_code;
use crate::support::{Account, Browser, Demo, cookie_set, header, until};

mod away;
mod leaving;
mod passwords;
mod places;
mod roles;
mod strong;
mod unlinking;

/// Writes a secret that nobody else reads.
fn keep_secret(file: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A demo that knows the service.
fn demo(service: &Service, secret: &std::path::Path) -> Demo {
    Demo::configured(6, &section(service, secret), &["--released"])
}

/// Its section of the configuration.
fn section(service: &Service, secret: &std::path::Path) -> String {
    keep_secret(secret, CLIENT.1);
    format!(
        "[oidc]\nissuer = \"{}\"\nname = \"Sector Sign-in\"\nclient_id = \"{}\"\nclient_secret_file = \"{}\"\n",
        service.issuer,
        CLIENT.0,
        secret.display()
    )
}

/// To the service and back, as a browser goes.
async fn round_trip(browser: &Browser, service: &Service) -> Response {
    // From the page for signing in, as people come: a queue is waited for there.
    browser.sign_in_form().await;
    let answer = browser.get("/sign-in/service?return_to=/organisation").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let back = service.authorize(header(&answer, "location"));
    browser.get(&back).await
}

async fn is_in(browser: &Browser) -> bool {
    !header(&browser.get("/results").await, "location").starts_with("/sign-in")
}

/// Invites an account, and waits for nothing: the database is asked.
fn invite(demo: &Demo, account: &Account) {
    let actor = demo.account("helpline").username;
    let (code, _, error) =
        demo.command(&["user", "invite-identity", &account.username, "--actor", &actor]);
    assert_eq!(code, 0, "{error}");
}

#[tokio::test]
async fn an_account_is_linked_once_when_it_is_invited_and_its_address_is_verified() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let account = demo.account("school_user");
    let page = Browser::new(&demo).sign_in_form().await;
    assert!(page.contains("Sign in with Sector Sign-in"));

    // Nobody is linked by an address alone, invited or not, that the service has not verified.
    service.person("one", &account.username, true);
    let browser = Browser::new(&demo);
    assert_eq!(round_trip(&browser, &service).await.status(), StatusCode::FORBIDDEN, "not invited");
    invite(&demo, &account);
    service.person("one", &account.username, false);
    assert_eq!(round_trip(&browser, &service).await.status(), StatusCode::FORBIDDEN, "unverified");
    service.person("one", &account.username.to_uppercase(), true);
    let answer = round_trip(&browser, &service).await;
    assert_eq!(header(&answer, "location"), "/organisation");
    assert!(is_in(&browser).await);
    // The invitation is spent: another account there with the same address is not linked.
    service.person("two", &account.username, true);
    let stranger = Browser::new(&demo);
    assert_eq!(round_trip(&stranger, &service).await.status(), StatusCode::FORBIDDEN);
    assert!(!is_in(&stranger).await);
    // The account there is known by its name, whatever address it has; and without the database.
    until("the directory knows the link", async || {
        service.person("one", "another@school.example", true);
        round_trip(&Browser::new(&demo), &service).await.status() == StatusCode::SEE_OTHER
    })
    .await;
    demo.stop_postgres();
    let later = Browser::new(&demo);
    assert_eq!(round_trip(&later, &service).await.status(), StatusCode::SEE_OTHER);
    assert!(is_in(&later).await);
    demo.start_postgres();
    let told =
        demo.query("SELECT recipient FROM outbox WHERE template = 'second-factor-changed'").await;
    assert_eq!(told.concat(), std::slice::from_ref(&account.username));

    // Whoever has a second factor here is asked for it.
    let staff = demo.account("content");
    invite(&demo, &staff);
    service.person("three", &staff.username, true);
    let browser = Browser::new(&demo);
    let answer = round_trip(&browser, &service).await;
    assert_eq!(header(&answer, "location"), "/sign-in/code?return_to=/organisation");
    assert!(!is_in(&browser).await);
    let code = next_code(&demo.secrets()[&staff.username]).await;
    assert_eq!(browser.enter_code(&code).await.status(), StatusCode::SEE_OTHER);
    assert!(is_in(&browser).await);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn who_is_invited_again_comes_with_the_new_account_alone_and_an_old_invitation_is_void() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let account = demo.account("school_user");
    let comes = async |subject: &str| {
        service.person(subject, &account.username, true);
        round_trip(&Browser::new(&demo), &service).await.status() == StatusCode::SEE_OTHER
    };
    invite(&demo, &account);
    demo.query("UPDATE identity_invites SET invited_at = invited_at - interval '31 days'").await;
    assert!(!comes("one").await, "after a month");
    invite(&demo, &account);
    assert!(comes("one").await);
    invite(&demo, &account);
    assert!(comes("two").await);
    until("the old account is nobody's", async || !comes("one").await).await;
    assert!(comes("two").await);
}

#[tokio::test]
async fn a_way_leads_back_once() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let browser = Browser::new(&demo);
    browser.sign_in_form().await;
    let answer = browser.get("/sign-in/service").await;
    let way = format!("__Host-way={}", cookie_set(&answer, "__Host-way").unwrap());
    let back = service.authorize(header(&answer, "location"));
    let (path, rest) = back.split_once("code=").unwrap();
    let (_, rest) = rest.split_once('&').unwrap();
    let before = service.tokens_asked();
    for number in 0..10 {
        let request = Browser::forgetful(&demo)
            .request(reqwest::Method::GET, &format!("{path}code=guess{number}&{rest}"))
            .header("cookie", &way);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(service.tokens_asked(), before + 1, "one code for each way");
}

#[tokio::test]
async fn a_hostile_service_signs_nobody_in_and_passwords_go_on_working() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let account = demo.account("school_user");
    invite(&demo, &account);
    service.person("one", &account.username, true);
    let first = Browser::new(&demo);
    assert_eq!(round_trip(&first, &service).await.status(), StatusCode::SEE_OTHER);

    for ill in [
        Ill::Issuer,
        Ill::Audience,
        Ill::Nonce,
        Ill::Expired,
        Ill::Unsigned,
        Ill::SharedSecret,
        Ill::SwappedKey,
    ] {
        service.is(ill);
        let browser = Browser::new(&demo);
        let answer = round_trip(&browser, &service).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{ill:?}");
        assert!(!is_in(&browser).await, "{ill:?}");
    }
    for ill in [Ill::Huge, Ill::Slow, Ill::Redirect, Ill::Garbage, Ill::Error] {
        service.is(ill);
        let browser = Browser::new(&demo);
        let answer = round_trip(&browser, &service).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{ill:?}");
        assert!(answer.text().await.unwrap().contains("Sign in with your email address"));
        assert!(!is_in(&browser).await, "{ill:?}");
    }
    let page = Browser::new(&demo).page("/sign-in").await;
    assert!(page.contains("did not answer a moment ago"));
    Browser::signed_in(&demo, &account).await;

    // The way back is this browser's own, once.
    service.is(Ill::Nothing);
    let (one, other) = (Browser::new(&demo), Browser::new(&demo));
    let go = one.get("/sign-in/service").await;
    let back = service.authorize(header(&go, "location"));
    assert_eq!(other.get(&back).await.status(), StatusCode::BAD_REQUEST, "no way of theirs");
    let go = other.get("/sign-in/service").await;
    let state_of_other = header(&go, "location").split("state=").nth(1).unwrap().to_owned();
    let state_of_other = state_of_other.split('&').next().unwrap();
    let code = back.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let mixed = format!("/sign-in/service/back?code={code}&state={state_of_other}");
    assert_eq!(other.get(&mixed).await.status(), StatusCode::BAD_REQUEST, "another's code");
    let evil = back.replace(&service.issuer, "http://127.0.0.1:1");
    assert_eq!(one.get(&evil).await.status(), StatusCode::BAD_REQUEST, "another service's");
    let go = one.get("/sign-in/service").await;
    let back = service.authorize(header(&go, "location"));
    assert_eq!(one.get(&back).await.status(), StatusCode::SEE_OTHER);
    assert!(is_in(&one).await);
    let again = one.get(&back).await;
    assert_ne!(again.status(), StatusCode::OK);
    assert_eq!(Browser::new(&demo).get(&back).await.status(), StatusCode::BAD_REQUEST, "used");
    // Nobody is sent elsewhere afterwards.
    let go = first.get("/sign-out").await;
    assert_eq!(go.status(), StatusCode::METHOD_NOT_ALLOWED);
    let browser = Browser::new(&demo);
    let go = browser.get("/sign-in/service?return_to=//evil.example").await;
    let back = service.authorize(header(&go, "location"));
    let answer = browser.get(&back).await;
    assert!(header(&answer, "location").starts_with('/'));
    assert!(!header(&answer, "location").starts_with("//"));
    // What the service says of itself and its keys are asked for once.
    let before = service.asked();
    round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(service.asked(), before + 1, "the token alone");
}

//! The service's word for a second factor: believed while it is young, and when it says how old it is.

use serde_json::{Value, json};

use super::{invite, is_in, round_trip, section};
use crate::idp::{Service, now};
use crate::support::totp::next_code;
use crate::support::{Browser, Demo, header, until};

#[tokio::test]
async fn a_second_factor_of_long_ago_or_of_no_time_at_all_is_asked_for_here() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let own = section(&service, &folder.path().join("secret"));
    let toml = format!("{own}strong_acr = \"strong\"\nstrong_age_minutes = 20\n");
    let demo = Demo::configured(4, &toml, &["--released"]);
    let staff = demo.account("content");
    invite(&demo, &staff);
    service.person("one", &staff.username, true);
    let comes = async |acr: Value, shown_at: Value| {
        service.says("acr", acr);
        service.says("auth_time", shown_at);
        let browser = Browser::new(&demo);
        let answer = round_trip(&browser, &service).await;
        let is_asked = header(&answer, "location").starts_with("/sign-in/code");
        assert_eq!(is_in(&browser).await, !is_asked);
        (browser, is_asked)
    };
    // Who comes for the first time shows what they have here in any case.
    let (first, is_asked) = comes(json!("strong"), json!(now())).await;
    assert!(is_asked);
    let code = next_code(&demo.secrets()[&staff.username]).await;
    first.enter_code(&code).await;
    assert!(is_in(&first).await);
    until("the directory knows the link", async || {
        !comes(json!("strong"), json!(now() - 60)).await.1
    })
    .await;
    let two_hours = json!(now() - 7_200);
    for (acr, shown_at) in [
        (json!("strong"), two_hours.clone()),
        (json!("strong"), json!(null)),
        (json!("strong"), json!("now")),
        (json!("strong"), json!(now() + 600)),
        (json!("weak"), json!(now())),
        (json!(null), json!(now())),
    ] {
        assert!(comes(acr.clone(), shown_at.clone()).await.1, "{acr} {shown_at}");
    }
    assert!(!comes(json!("strong"), json!(now() - 600)).await.1);

    // The service is asked to sign people in anew whose sign-in there is older.
    let browser = Browser::new(&demo);
    browser.sign_in_form().await;
    let there = browser.get("/sign-in/service").await;
    assert!(header(&there, "location").contains("&max_age=1200"));
}

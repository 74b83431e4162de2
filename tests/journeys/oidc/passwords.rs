//! A password that has ended is no business of whoever comes through the service.

use reqwest::StatusCode;

use super::{invite, round_trip, section};
use crate::idp::Service;
use crate::support::totp::next_code;
use crate::support::{Browser, Demo, header, until};

#[tokio::test]
async fn whoever_comes_through_the_service_is_not_asked_for_another_password_after_their_code() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("passwords.toml");
    let shipped = include_str!("../../../config/passwords.toml");
    let ending = shipped.replace("profile = \"ncsc\"", "profile = \"pag\"");
    std::fs::write(&policy, ending).unwrap();
    let own = section(&service, &folder.path().join("secret"));
    let toml = format!("{own}[passwords]\npolicy = '{}'", policy.display());
    let demo = Demo::configured(3, &toml, &["--as-of", "2024-03-05T09:00"]);
    let (staff, school) = (demo.account("content"), demo.account("school_user"));
    invite(&demo, &staff);
    let sql = format!(
        "UPDATE users SET password_set_at = now.seen_at - interval '61 days'
         FROM (SELECT max(seen_at) AS seen_at FROM nodes) now
         WHERE username IN ('{}', '{}') AND now.seen_at IS NOT NULL RETURNING id",
        staff.username, school.username
    );
    until("the node has told its time", async || demo.query(&sql).await.len() == 2).await;
    // One without a second factor shows that the node has heard of both.
    until("the node knows that they have ended", async || {
        let answer = Browser::new(&demo).sign_in(&school.username, &school.password).await;
        header(&answer, "location").starts_with("/account/password")
    })
    .await;

    service.person("one", &staff.username, true);
    let through = Browser::new(&demo);
    let answer = round_trip(&through, &service).await;
    assert_eq!(header(&answer, "location"), "/sign-in/code?return_to=/organisation");
    let answer = through.enter_code(&next_code(&demo.secrets()[&staff.username]).await).await;
    assert!(!header(&answer, "location").starts_with("/account/password"));
    assert_eq!(through.get("/organisation").await.status(), StatusCode::OK);

    // Whoever signs in with that password is asked for another one, code or not.
    let with_password = Browser::new(&demo);
    let answer = with_password.sign_in(&staff.username, &staff.password).await;
    assert!(header(&answer, "location").starts_with("/account/password"));
}

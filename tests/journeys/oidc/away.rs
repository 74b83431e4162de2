//! The database is away while the service takes something away from somebody.

use reqwest::StatusCode;

use super::roles::{demo, opens, through};
use super::{is_in, round_trip};
use crate::idp::Says;
use crate::support::{Browser, until};

#[tokio::test]
async fn less_holds_at_once_without_the_database_and_is_written_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, service, account) = demo(folder.path()).await;
    service.api.says(Says::Codes(&["head"]));
    let (one, two) = (through(&demo, &service).await, through(&demo, &service).await);
    let password = Browser::signed_in(&demo, &account).await;
    assert_eq!(opens(&one).await, [200, 200]);
    let results = async |browser: &Browser| browser.get("/results").await.status().as_u16();
    let waiting = async || demo.metric("daybreak_role_answers_waiting").await.to_string();

    demo.stop_postgres();
    // Whoever signs in now has what the service says now, and so have those who are in.
    service.api.says(Says::Codes(&["manager"]));
    let three = through(&demo, &service).await;
    assert_eq!([results(&one).await, results(&three).await], [403, 403]);
    assert_eq!(waiting().await, "1");
    // What it gives back counts as well; what it gives for the first time waits for the database.
    service.api.says(Says::Codes(&["head", "reader"]));
    let four = through(&demo, &service).await;
    assert_eq!([results(&one).await, results(&four).await], [200, 200]);
    assert_eq!(waiting().await, "0");
    service.api.says(Says::NoAccess);
    let refused = round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    for browser in [&one, &two, &three, &four] {
        assert!(!is_in(browser).await);
    }
    assert!(is_in(&password).await, "a password is another way");

    demo.start_postgres();
    let kept = "SELECT count(*) FROM identity_roles WHERE codes IS NULL";
    until("the database knows", async || demo.query(kept).await.concat() == ["1"]).await;
    until("nothing waits", async || waiting().await == "0").await;
    assert!(!is_in(&one).await);
    let acts = "SELECT count(*) FROM audit WHERE action = 'identity.no_access'";
    assert_eq!(demo.query(acts).await.concat(), ["1"]);
    service.api.says(Says::Codes(&["head"]));
    assert_eq!(opens(&through(&demo, &service).await).await, [200, 200]);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

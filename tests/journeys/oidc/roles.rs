//! Roles at the identity service: they limit what a session through it may do, and end it; away, they are good for
//! reading for a while.

use std::path::Path;
use std::sync::Arc;

use reqwest::{Response, StatusCode};
use serde_json::json;

use super::{invite, is_in, keep_secret, round_trip, section};
use crate::idp::{API, Says, Service};
use crate::support::{Account, Browser, Demo, header, hidden, until};

const CHANGE: &str = "/organisation/change";
/// What a page says while nothing can be changed.
const READ_ONLY: &str = "you can read, and change nothing";

/// The section of a demo that looks roles up at the service.
pub(super) fn roles_section(folder: &Path, service: &Service) -> String {
    let secret = folder.join("api-secret");
    keep_secret(&secret, API.1);
    let roles = "reader = \"user\"\nmanager = \"account_manager\"\nhead = \"user account_manager\"";
    format!(
        "{}roles_address = \"{}\"\nroles_service = \"{}\"\nroles_secret_file = \"{}\"\n[oidc.roles]\n{roles}\n",
        section(service, &folder.join("secret")),
        service.issuer,
        API.0,
        secret.display()
    )
}

/// A demo that does, and an account of it that is invited: a user who manages accounts too.
pub(super) async fn demo(folder: &Path) -> (Demo, Arc<Service>, Account) {
    let service = Service::start().await;
    let demo = Demo::configured(6, &roles_section(folder, &service), &["--released"]);
    let account = demo.account("school_user");
    demo.query(&format!(
        "UPDATE members SET permissions = ARRAY['user', 'account_manager']
         WHERE user_id = (SELECT id FROM users WHERE username = '{}')",
        account.username
    ))
    .await;
    let browser = Browser::signed_in(&demo, &account).await;
    until("the account manages users", async || {
        browser.get("/users").await.status() == StatusCode::OK
    })
    .await;
    invite(&demo, &account);
    service.person("one", &account.username, true);
    service.organisation(json!({ "id": "PLACE-1", "urn": urn(&demo, &account).await }));
    (demo, service, account)
}

/// The URN of an account's school.
async fn urn(demo: &Demo, account: &Account) -> String {
    let sql = format!("SELECT urn FROM organisations WHERE laestab = {}", account.laestab);
    demo.query(&sql).await.concat().remove(0)
}

/// A browser that has come through the service.
pub(super) async fn through(demo: &Demo, service: &Service) -> Browser {
    let browser = Browser::new(demo);
    let answer = round_trip(&browser, service).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
    browser
}

/// Status of the pages of results and of users.
pub(super) async fn opens(browser: &Browser) -> [u16; 2] {
    let results = browser.get("/results").await.status().as_u16();
    [results, browser.get("/users").await.status().as_u16()]
}

/// As if all look-ups had been made so much earlier; the directory hears of it.
async fn age(demo: &Demo, by: &str) {
    let sql = "UPDATE identity_roles SET asked_at = NULL, looked_up_at = looked_up_at - interval";
    demo.query(&format!("{sql} '{by}'")).await;
}

/// Sends contact details, with a token of a page that could be read.
async fn change(browser: &Browser, phone: &str) -> Response {
    let form = browser.page(CHANGE).await;
    let names = ["_csrf", "old_phone", "old_email"];
    let values = names.map(|name| hidden(&form, name));
    let mut fields: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
    fields.extend([("phone", phone), ("email", "office@school.example")]);
    browser.post(CHANGE, &fields).await
}

#[tokio::test]
async fn roles_limit_what_opens_and_without_access_nobody_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, service, account) = demo(folder.path()).await;
    let other = demo.accounts("school_user").into_iter().find(|a| a.laestab != account.laestab);
    let foreign = json!({ "id": "PLACE-2", "urn": urn(&demo, &other.unwrap()).await });
    let own = json!({ "id": "PLACE-1", "urn": urn(&demo, &account).await });

    // Whom the service gives no access, or sends for another organisation or none, is in nowhere, and told so.
    let refused = [
        (&own, "may not use Daybreak for the organisation"),
        (&foreign, "for which you have no account here"),
        (&json!({ "id": "PLACE-1", "urn": null }), "or names none"),
        (&json!(null), "or names none"),
    ];
    for (organisation, words) in refused {
        service.organisation(organisation.clone());
        let browser = Browser::new(&demo);
        let answer = round_trip(&browser, &service).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{organisation}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(words) && page.contains("your email address and password"), "{page}");
        assert!(!is_in(&browser).await, "{organisation}");
    }
    // Nor is anybody linked who was not let in: the invitation waits for whom it is meant for.
    let linked =
        "SELECT (SELECT count(*) FROM identity_links), (SELECT count(*) FROM identity_invites)";
    assert_eq!(demo.query(linked).await[0], ["0", "1"]);

    // What opens is what the account may do and the roles cover, and neither more.
    service.organisation(own);
    for (codes, expected) in [
        (["reader"].as_slice(), [200, 403]),
        (&["manager"], [403, 200]),
        (&["manager", "reader"], [200, 200]),
        (&["head"], [200, 200]),
        (&["unheard of"], [403, 403]),
        (&[], [403, 403]),
    ] {
        service.api.says(Says::Codes(codes));
        let browser = through(&demo, &service).await;
        assert_eq!(opens(&browser).await, expected, "{codes:?}");
    }
    // Whoever manages alone cannot lose that in the portal, once the journal has told that they have come.
    let sql = "ALTER TABLE organisation_people DROP CONSTRAINT people_managing;
        UPDATE members SET permissions = ARRAY['user'] WHERE user_id";
    demo.query(&format!("{sql} = (SELECT user_id FROM identity_links)")).await;
    service.api.says(Says::Codes(&["head"]));
    until("the account may do less", async || {
        opens(&through(&demo, &service).await).await == [200, 403]
    })
    .await;

    // A look-up that is old is made again; one without access ends all these sessions, and no other.
    let (one, two) = (through(&demo, &service).await, through(&demo, &service).await);
    let password = Browser::signed_in(&demo, &account).await;
    service.api.says(Says::Codes(&["manager"]));
    assert_eq!(opens(&one).await, [200, 403], "it is young");
    age(&demo, "31 minutes").await;
    until("roles are looked up again", async || opens(&one).await[0] == 403).await;
    service.api.says(Says::NoAccess);
    assert!(is_in(&two).await, "it is young");
    age(&demo, "31 minutes").await;
    until("the session ends", async || !is_in(&one).await).await;
    let asked = service.api.asked();
    assert!(!is_in(&two).await, "what is known of one counts for all");
    assert_eq!(service.api.asked(), asked, "nobody asks about those who are out");
    assert!(is_in(&password).await, "a password is another way");
    assert_eq!(opens(&password).await, [200, 403]);
    let acts = "SELECT count(*) FROM audit WHERE action = 'identity.no_access'";
    assert_eq!(demo.query(acts).await.concat(), ["1"]);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn while_the_service_says_nothing_the_known_read_and_passwords_go_on_working() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, service, account) = demo(folder.path()).await;
    let new = Browser::new(&demo);
    service.api.says(Says::Refuses);
    let answer = round_trip(&new, &service).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "nothing is known of them");
    assert!(answer.text().await.unwrap().contains("Sign in with your email address and password"));
    assert!(!is_in(&new).await);

    service.api.says(Says::Codes(&["head"]));
    let browser = through(&demo, &service).await;
    assert!(!browser.page("/organisation").await.contains(READ_ONLY));
    assert_eq!(change(&browser, "01632 960 771").await.status(), StatusCode::OK);
    age(&demo, "31 minutes").await;
    for says in [Says::Error, Says::Huge, Says::Another, Says::Garbage, Says::Redirect, Says::Slow]
    {
        service.api.says(says.clone());
        until("nothing can be changed", async || {
            browser.page("/organisation").await.contains(READ_ONLY)
        })
        .await;
        assert_eq!(opens(&browser).await, [200, 200], "{says:?}");
        // A form is refused, and what was typed is there to be sent on.
        let answer = change(&browser, "01632 960 772").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{says:?}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("nothing was changed") && page.contains("nothing of it is lost"));
        assert_eq!(hidden(&page, "phone"), "01632 960 772");
        // Who is known comes in as well, to read.
        let later = through(&demo, &service).await;
        assert!(later.page("/organisation").await.contains(READ_ONLY), "{says:?}");
        demo.query("UPDATE identity_roles SET asked_at = NULL").await;
    }
    let password = Browser::signed_in(&demo, &account).await;
    assert_eq!(change(&password, "01632 960 773").await.status(), StatusCode::OK);
    let token = hidden(&browser.page(CHANGE).await, "_csrf");
    let stay = browser.post("/session", &[("_csrf", &token)]).await.status();
    assert_ne!(stay, StatusCode::FORBIDDEN, "to stay signed in changes nothing");

    // It answers again, and all is as before.
    service.api.says(Says::Codes(&["head"]));
    until("all can be done again", async || {
        !browser.page("/organisation").await.contains(READ_ONLY)
    })
    .await;
    assert_eq!(change(&browser, "01632 960 774").await.status(), StatusCode::OK);

    // The last known roles last a day; without the database they are known just as well.
    service.api.says(Says::Error);
    age(&demo, "23 hours").await;
    until("nothing can be changed", async || {
        browser.page("/organisation").await.contains(READ_ONLY)
    })
    .await;
    demo.stop_postgres();
    assert_eq!(browser.get("/results").await.status(), StatusCode::OK);
    assert!(is_in(&through(&demo, &service).await).await);
    demo.start_postgres();
    until("the database is back", async || demo.query("SELECT 1").await.len() == 1).await;
    age(&demo, "2 hours").await;
    until("a day is over", async || !is_in(&browser).await).await;
    let late = round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(is_in(&password).await);
    assert_eq!(header(&password.get("/users").await, "location"), "");
}

#[tokio::test]
async fn whoever_came_through_the_service_acts_for_the_organisation_that_it_named() {
    let folder = tempfile::tempdir().unwrap();
    let (demo, service, account) = demo(folder.path()).await;
    let other = demo.accounts("school_user").into_iter().find(|a| a.laestab != account.laestab);
    let other = other.unwrap();
    demo.query(&format!(
        "INSERT INTO memberships SELECT u.id, o.id, 'user' FROM users u, organisations o
         WHERE u.username = '{}' AND o.laestab = {}",
        account.username, other.laestab
    ))
    .await;
    service.organisation(json!({ "id": "PLACE-2", "urn": urn(&demo, &other).await }));
    service.api.says(Says::Codes(&["head"]));
    let password = Browser::signed_in(&demo, &account).await;
    until("the account has two organisations", async || {
        password.page("/").await.contains("/account/switch")
    })
    .await;
    let browser = through(&demo, &service).await;
    let name = other.organisation.replace('\'', "&#39;");
    let page = browser.page("/organisation").await;
    assert!(page.contains(&name) && !page.contains("/account/switch"));
    assert_eq!(opens(&browser).await, [200, 403], "what they may do there");
    let token = hidden(&browser.page("/account/switch").await, "_csrf");
    let sql = format!("SELECT id FROM organisations WHERE laestab = {}", account.laestab);
    let id = demo.query(&sql).await.concat().remove(0);
    let answer = browser.post("/account/switch", &[("_csrf", &token), ("organisation", &id)]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.page("/organisation").await.contains(&name));
}

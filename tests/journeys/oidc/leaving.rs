//! Signing out here, and at the service as well.

use reqwest::StatusCode;
use serde_json::json;

use super::{demo, invite, is_in, round_trip};
use crate::idp::Service;
use crate::support::totp::next_code;
use crate::support::{Account, Browser, Demo, all_between, cookie_set, header, hidden};

const OFFER: &str = "/sign-out/service";

/// Signs out, and gives where that leads.
async fn leave(browser: &Browser) -> String {
    let token = hidden(&browser.page("/help").await, "_csrf");
    let answer = browser.post("/sign-out", &[("_csrf", &token)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    header(&answer, "location").to_owned()
}

/// An account that is linked, and a browser that has come with it.
async fn linked(demo: &Demo, service: &Service) -> (Account, Browser) {
    let account = demo.account("school_user");
    invite(demo, &account);
    service.person("one", &account.username, true);
    let browser = Browser::new(demo);
    let answer = round_trip(&browser, service).await;
    assert!(is_in(&browser).await);
    // It carries no token of the service.
    assert!(cookie_set(&answer, "__Host-sid").unwrap().len() < 128);
    (account, browser)
}

#[tokio::test]
async fn whoever_came_through_the_service_is_offered_to_sign_out_there_as_well() {
    let service = Service::start().await;
    service.says_of_itself("end_session_endpoint", json!(format!("{}/end", service.issuer)));
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let (account, browser) = linked(&demo, &service).await;
    assert_eq!(header(&browser.get(OFFER).await, "location"), "/", "nobody who is signed in");
    assert_eq!(leave(&browser).await, OFFER);
    assert!(!is_in(&browser).await, "signed out here, whatever comes of it there");

    // A link, which needs no script, and which no policy of ours forbids.
    let answer = browser.get(OFFER).await;
    assert!(header(&answer, "content-security-policy").contains("form-action 'self'"));
    let page = answer.text().await.unwrap();
    assert!(page.contains("You are still signed in to Sector Sign-in"), "{page}");
    let before = format!("href=\"{}/end?", service.issuer);
    let query = all_between(&page, &before, "\"")[0].replace("&#38;", "&").replace("&amp;", "&");
    let back = service.sign_out(&format!("{}/end?{query}", service.issuer));
    let stranger = Browser::new(&demo).get(&back).await;
    assert_eq!(header(&stranger, "location"), "/", "another browser has not signed out");
    let wrong = browser.get("/sign-out/service/back?state=another").await;
    assert_eq!(header(&wrong, "location"), "/");
    browser.get(OFFER).await;
    assert_eq!(header(&browser.get(&back).await, "location"), "/", "the word of another time");
    let page = browser.page(OFFER).await;
    let query = all_between(&page, &before, "\"")[0].replace("&#38;", "&").replace("&amp;", "&");
    let back = service.sign_out(&format!("{}/end?{query}", service.issuer));
    let page = browser.page(&back).await;
    assert!(page.contains("You are signed out of Daybreak and of Sector Sign-in"), "{page}");
    assert_eq!(header(&browser.get(&back).await, "location"), "/", "once");

    // So is whoever showed a code here; whoever came with a password has nothing to leave there.
    let staff = demo.account("content");
    invite(&demo, &staff);
    service.person("two", &staff.username, true);
    let with_code = Browser::new(&demo);
    round_trip(&with_code, &service).await;
    with_code.enter_code(&next_code(&demo.secrets()[&staff.username]).await).await;
    assert_eq!(leave(&with_code).await, OFFER);
    assert_eq!(leave(&Browser::signed_in(&demo, &account).await).await, "/");
}

#[tokio::test]
async fn without_a_private_way_out_of_the_service_signing_out_is_as_ever() {
    let service = Service::start().await;
    service.says_of_itself("end_session_endpoint", json!("http://elsewhere.example/end"));
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let (_, browser) = linked(&demo, &service).await;
    assert_eq!(leave(&browser).await, "/");
    assert!(!is_in(&browser).await);
    assert_eq!(header(&browser.get(OFFER).await, "location"), "/");
}

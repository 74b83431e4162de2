//! Pages for staff: the waiting room, releases and accounts, each with what it refuses.

use reqwest::{Response, StatusCode};

use crate::support::{Browser, Demo, header, hidden};

mod accounts;
mod queue;
mod releases;

/// Sends a form of a page to an address.
async fn send(browser: &Browser, page: &str, to: &str, fields: &[(&str, &str)]) -> Response {
    let token = hidden(&browser.page(page).await, "_csrf");
    let mut all = vec![("_csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(to, &all).await
}

/// Where an answer leads that did what was asked.
fn done(answer: &Response) -> &str {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    header(answer, "location")
}

/// The page that comes back when something is wrong.
async fn wrong(answer: Response) -> String {
    let status = answer.status();
    let page = answer.text().await.unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("govuk-error-summary"), "{page}");
    page
}

/// What the audit holds of an action: who, about what, with which detail.
async fn audit(demo: &Demo, action: &str) -> Vec<Vec<String>> {
    let sql =
        format!("SELECT actor, subject, detail FROM audit WHERE action = '{action}' ORDER BY seq");
    demo.query(&sql).await
}

#[tokio::test]
async fn a_welcome_leads_to_the_pages_that_the_account_opens_and_to_no_others() {
    let demo = Demo::released();
    let all = ["/staff/queue", "/staff/releases", "/staff/reconciliation", "/staff/users"];
    for (role, opens) in [
        ("queue_operator", &["/staff/queue"][..]),
        ("release_officer", &["/staff/releases", "/staff/reconciliation"]),
        ("data_operator", &["/staff/reconciliation"]),
        ("helpline", &["/staff/users"]),
        ("security_admin", &["/staff/users"]),
        ("caseworker", &[]),
        ("school_user", &[]),
    ] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        let page = browser.page("/").await;
        let links = |path: &&str| page.contains(&format!("href=\"{path}\""));
        let shown: Vec<&str> = all.into_iter().filter(links).collect();
        assert_eq!(shown, opens, "{role}");
        assert!(!page.contains("Pages for staff"), "{role}");
        for path in opens {
            assert_eq!(browser.get(path).await.status(), StatusCode::OK, "{role} {path}");
        }
    }
}

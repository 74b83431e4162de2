//! The link to the service: seen in one's account, ended there, and ended by staff.

use reqwest::{Response, StatusCode};

use super::{demo, invite, is_in, round_trip};
use crate::idp::Service;
use crate::support::totp::next_code;
use crate::support::{Account, Browser, Demo, header, hidden, until};

const LINK: &str = "/account/service";

/// Invites an account, and comes with it.
async fn link(demo: &Demo, service: &Service, (subject, account): (&str, &Account)) -> Browser {
    invite(demo, account);
    service.person(subject, &account.username, true);
    let browser = Browser::new(demo);
    let answer = round_trip(&browser, service).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    browser
}

async fn end(browser: &Browser, password: &str) -> Response {
    let token = hidden(&browser.page(LINK).await, "_csrf");
    browser.post(LINK, &[("_csrf", &token), ("current_password", password)]).await
}

async fn one(demo: &Demo, sql: &str) -> String {
    demo.query(sql).await.concat().concat()
}

#[tokio::test]
async fn people_see_their_link_and_end_it_with_their_password() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let account = demo.account("school_user");
    let password = Browser::signed_in(&demo, &account).await;
    assert!(!password.page("/account").await.contains("Sector Sign-in"), "nothing is linked");
    assert_eq!(header(&password.get(LINK).await, "location"), "/account");
    let through = link(&demo, &service, ("one", &account)).await;
    assert!(is_in(&through).await);
    let page = through.page("/account").await;
    assert!(page.contains("Sector Sign-in") && page.contains("Linked since "), "{page}");
    assert!(password.page(LINK).await.contains("Your account at Sector Sign-in signs you in here"));

    for wrong in ["", "A-wrong-0ne!"] {
        let answer = end(&password, wrong).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let forged = password.post(LINK, &[("current_password", account.password.as_str())]).await;
    assert!(forged.status().is_client_error());
    assert!(is_in(&through).await, "nothing has happened");
    assert_eq!(header(&end(&password, &account.password).await, "location"), "/account?unlinked");
    assert!(!is_in(&through).await, "whoever came through it is out");
    assert!(is_in(&password).await);
    let page = password.page("/account?unlinked").await;
    assert!(page.contains("The link is ended") && !page.contains("Linked since"), "{page}");
    let again = round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    let told = "SELECT count(*) FROM outbox WHERE template = 'second-factor-changed'
        AND content->>'what' = 'The link to your account of the identity service was ended'";
    assert_eq!(one(&demo, told).await, "1");
    let act = "SELECT actor || ' ' || subject FROM audit WHERE action = 'identity.unlinked'";
    let (name, acts) = (&account.username, one(&demo, act).await);
    assert_eq!(acts, format!("{name} {name}"));

    // Whoever came through the link is signed out with it. A session of the link before does not come back.
    let through = link(&demo, &service, ("two", &account)).await;
    assert_eq!(header(&end(&through, &account.password).await, "location"), "/sign-in");
    assert!(!is_in(&through).await);
    let before = link(&demo, &service, ("three", &account)).await;
    assert!(is_in(&before).await);
    let after = link(&demo, &service, ("four", &account)).await;
    until("the session of the replaced link is over", async || !is_in(&before).await).await;
    assert!(is_in(&after).await);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn staff_end_a_link_with_a_reason_and_leave_the_second_factor() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let demo = demo(&service, &folder.path().join("secret"));
    let (staff, admin) = (demo.account("content"), demo.account("helpline").username);
    let secret = demo.secrets()[&staff.username].clone();
    let through = link(&demo, &service, ("one", &staff)).await;
    through.enter_code(&next_code(&secret).await).await;
    assert!(is_in(&through).await);
    let unlink = |more: &[&str]| {
        demo.command(&[&["user", "unlink", staff.username.as_str()][..], more].concat())
    };
    assert_eq!(unlink(&["--actor", &admin]).0, 2, "without a reason");
    assert_eq!(unlink(&["--actor", &admin, "--reason", " "]).0, 2, "nor with none");
    let school = demo.account("school_user").username;
    assert_eq!(unlink(&["--actor", &school, "--reason", "Left"]).0, 1, "no member of staff");
    let (code, said, error) = unlink(&["--actor", &admin, "--reason", "Their computer was taken"]);
    assert!(code == 0 && said.contains("does not sign in through"), "{said} {error}");
    until("the session through it is over", async || !is_in(&through).await).await;
    assert_eq!(unlink(&["--actor", &admin, "--reason", "Again"]).0, 1, "there is none");
    let again = round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    let act = "SELECT actor || ': ' || detail FROM audit WHERE action = 'identity.unlinked'";
    assert_eq!(one(&demo, act).await, format!("{admin}: Their computer was taken"));
    let told = format!(
        "SELECT count(*) FROM outbox WHERE recipient = '{}'
         AND content->>'what' = 'The link to your account of the identity service was ended'",
        staff.username
    );
    assert_eq!(one(&demo, &told).await, "1");

    // Their app is theirs as before.
    let left = "SELECT count(*) FROM authenticators a JOIN users u ON u.id = a.user_id";
    let left = format!("{left} WHERE u.username = '{}'", staff.username);
    assert_eq!(one(&demo, &left).await, "1");
    assert!(is_in(&Browser::signed_in(&demo, &staff).await).await, "with password and code");
    // An open invitation goes as a link does.
    invite(&demo, &staff);
    assert_eq!(unlink(&["--actor", &admin, "--reason", "Invited in error"]).0, 0);
    let again = round_trip(&Browser::new(&demo), &service).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

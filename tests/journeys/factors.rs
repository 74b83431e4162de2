//! Second factors: asked for at sign-in, set up and taken away, each code good for one session.

use reqwest::{Response, StatusCode};

use crate::support::totp::{code, next_code, step_now};
use crate::support::{Account, Browser, Demo, all_between, header, hidden, until};

mod changes;

/// Posts password and email address, and gives the answer as it is.
async fn password(browser: &Browser, account: &Account) -> Response {
    let token = hidden(&browser.sign_in_form().await, "_csrf");
    let fields = [
        ("_csrf", token.as_str()),
        ("username", &account.username),
        ("password", &account.password),
    ];
    browser.post("/sign-in", &fields).await
}

/// Whether a browser is signed in.
async fn is_in(browser: &Browser) -> bool {
    !header(&browser.get("/account/second-factor").await, "location").starts_with("/sign-in")
}

/// A browser that has come as far as the question for a code.
async fn halfway(demo: &Demo, account: &Account) -> Browser {
    let browser = Browser::new(demo);
    let answer = password(&browser, account).await;
    assert_eq!(header(&answer, "location"), "/sign-in/code");
    browser
}

/// Sets up an app and gives its secret with the recovery codes.
async fn set_up(browser: &Browser, password: Option<&str>) -> (String, Vec<String>) {
    let page = browser.page("/account/second-factor/app").await;
    assert!(page.contains("<svg"), "a camera finds the code");
    let secret = all_between(&page, "<code>", "</code>")[0].replace(' ', "");
    let typed = next_code(&secret).await;
    let fields = [
        ("_csrf", hidden(&page, "_csrf")),
        ("setup", hidden(&page, "setup")),
        ("code", format!("{} {}", &typed[..3], &typed[3..])),
        ("current_password", password.unwrap_or_default().to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/account/second-factor/app", &fields).await;
    assert_eq!(header(&answer, "location"), "/account/second-factor/codes");
    let page = browser.page("/account/second-factor/codes").await;
    let codes: Vec<String> =
        all_between(&page, "<code>", "</code>").into_iter().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    let again = browser.page("/account/second-factor/codes").await;
    assert!(codes.iter().all(|code| !again.contains(code.as_str())), "shown once");
    (secret, codes)
}

#[tokio::test]
async fn staff_are_asked_for_a_code_and_each_is_good_for_one_session() {
    let demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("caseworker");
    let secret = demo.secrets()[&account.username].clone();
    let browser = halfway(&demo, &account).await;
    assert!(!is_in(&browser).await, "half is nothing");
    for wrong in ["", "000000", "12345", "abcd-efgh-jkmn"] {
        assert_eq!(browser.enter_code(wrong).await.status(), 422, "{wrong}");
    }
    assert!(!is_in(&browser).await);

    // One code, shown in many places at once: one of them gets in.
    let typed = next_code(&secret).await;
    let mut browsers = Vec::new();
    for _ in 0..4 {
        browsers.push(halfway(&demo, &account).await);
    }
    let entering = browsers.iter().map(|browser| browser.enter_code(&typed));
    let answers = futures_util::future::join_all(entering).await;
    let entered = answers.iter().filter(|answer| answer.status() == StatusCode::SEE_OTHER);
    assert_eq!(entered.count(), 1);
    let refused = answers.iter().filter(|answer| answer.status() == 422);
    assert_eq!(refused.count(), 3);
    // One that is older than one that was used is none any more.
    let old = code(&secret, step_now() - 1);
    assert_eq!(browser.enter_code(&old).await.status(), 422);
    assert_eq!(browser.enter_code(&code(&secret, step_now() - 9)).await.status(), 422);
    let answer = browser.enter_code(&next_code(&secret).await).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(is_in(&browser).await);

    // The step is the browser's own, and of five minutes.
    let stranger = Browser::new(&demo);
    assert_eq!(header(&stranger.get("/sign-in/code").await, "location"), "/sign-in");
    // Neither password nor code tells more than that it was wrong, however often it is tried.
    let guesser = halfway(&demo, &account).await;
    until("guessing codes is slowed", async || {
        let answer = guesser.enter_code("000000").await;
        answer.status() == StatusCode::TOO_MANY_REQUESTS
            && !header(&answer, "retry-after").is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_set_up_used_without_the_database_replaced_and_removed() {
    let demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &account).await;
    assert!(browser.page("/account/second-factor").await.contains("You have none yet"));
    let (secret, codes) = set_up(&browser, None).await;
    assert!(browser.page("/account/second-factor").await.contains("You have 10 left"));
    let stored = demo.query("SELECT encode(secret, 'escape') FROM authenticators").await;
    assert!(stored.iter().all(|row| !row[0].contains(&secret)), "sealed");

    // Asked for from now on, on every sign-in, also when the database is away.
    demo.stop_postgres();
    let second = halfway(&demo, &account).await;
    assert_eq!(second.enter_code(&next_code(&secret).await).await.status(), 303);
    let third = halfway(&demo, &account).await;
    assert_eq!(third.enter_code(&codes[0].to_uppercase()).await.status(), 303);
    let fourth = halfway(&demo, &account).await;
    assert_eq!(fourth.enter_code(&codes[0]).await.status(), 422, "each once");
    assert_eq!(fourth.enter_code(&codes[1].replace('-', "")).await.status(), 303);
    demo.start_postgres();
    until("the journals have told which were used", async || {
        let used = "SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL";
        demo.query(used).await[0][0] == "2"
    })
    .await;
    until("the page knows", async || {
        browser.page("/account/second-factor").await.contains("You have 8 left")
    })
    .await;

    // Another app and less than one need the password.
    let form = browser.page("/account/second-factor/app").await;
    let typed = {
        let secret = all_between(&form, "<code>", "</code>")[0].replace(' ', "");
        next_code(&secret).await
    };
    let fields = [
        ("_csrf", hidden(&form, "_csrf")),
        ("setup", hidden(&form, "setup")),
        ("code", typed),
        ("current_password", "A-wrong-0ne!".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/account/second-factor/app", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let (other, _) = set_up(&browser, Some(&account.password)).await;
    let fifth = halfway(&demo, &account).await;
    assert_eq!(fifth.enter_code(&next_code(&secret).await).await.status(), 422, "the old app");
    assert_eq!(fifth.enter_code(&codes[2]).await.status(), 422, "an old recovery code");
    assert_eq!(fifth.enter_code(&next_code(&other).await).await.status(), 303);

    let page = browser.page("/account/second-factor/remove").await;
    let token = hidden(&page, "_csrf");
    let fields = [("_csrf", token.as_str()), ("current_password", "A-wrong-0ne!")];
    assert_eq!(browser.post("/account/second-factor/remove", &fields).await.status(), 422);
    let fields = [("_csrf", token.as_str()), ("current_password", account.password.as_str())];
    assert_eq!(browser.post("/account/second-factor/remove", &fields).await.status(), 303);
    assert!(is_in(&Browser::signed_in(&demo, &account).await).await, "with the password alone");
    let told = demo
        .query("SELECT content->>'what' FROM outbox WHERE template = 'second-factor-changed' ORDER BY id")
        .await;
    assert_eq!(
        told.concat(),
        [
            "An authenticator app was set up",
            "An authenticator app was set up",
            "The second factor was removed"
        ]
    );
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn staff_without_one_set_it_up_first_except_around_results_morning() {
    let mut demo = Demo::of_sample(6, &["--as-of", "2024-07-09T08:00:00"]);
    // A twin has the password, and nothing else.
    let twin = demo.twin(&demo.account("auditor"), "without").await;
    until("the new account may sign in", async || {
        password(&Browser::new(&demo), &twin).await.status() == 303
    })
    .await;
    let browser = Browser::signed_in(&demo, &twin).await;
    let page = browser.page("/staff/reconciliation").await;
    assert!(page.contains("From 10 July 2024 you need a second factor"), "a notice, and no more");
    demo.move_clock(24 * 60);
    let browser = Browser::signed_in(&demo, &twin).await;
    for path in ["/", "/staff/reconciliation", "/organisation", "/results"] {
        let answer = browser.get(path).await;
        assert_eq!(header(&answer, "location"), "/account/second-factor/app", "{path}");
    }
    assert!(browser.page("/account/second-factor/app").await.contains("Your role needs"));
    set_up(&browser, None).await;
    assert_eq!(browser.get("/staff/reconciliation").await.status(), StatusCode::OK);
    // Whoever must have one does not take it away.
    let page = browser.page("/account/second-factor").await;
    assert!(!page.contains("second-factor/remove"));
    let token = hidden(&page, "_csrf");
    let fields = [("_csrf", token.as_str()), ("current_password", twin.password.as_str())];
    assert_eq!(browser.post("/account/second-factor/remove", &fields).await.status(), 403);

    // Lost: two others take it away, and every session with it.
    let reset = |more: &[&str]| {
        demo.command(&[&["user", "reset-factor", &twin.username][..], more].concat())
    };
    let admin = demo.account("security_admin").username;
    let auditor = demo.account("auditor").username;
    assert_eq!(reset(&["--approve", "--actor", &admin]).0, 1, "nothing was proposed");
    let school = demo.account("school_user").username;
    assert_eq!(reset(&["--actor", &school]).0, 1, "no member of staff");
    assert_eq!(reset(&["--actor", &twin.username]).0, 1, "not for oneself");
    let (done, _, error) = reset(&["--actor", &admin]);
    assert_eq!(done, 0, "{error}");
    assert_eq!(reset(&["--approve", "--actor", &admin]).0, 1, "not the same person");
    assert!(is_in(&browser).await);
    let (done, _, error) = reset(&["--approve", "--actor", &auditor]);
    assert_eq!(done, 0, "{error}");
    until("the sessions are over", async || !is_in(&browser).await).await;
    let answer = password(&Browser::new(&demo), &twin).await;
    assert!(!header(&answer, "location").starts_with("/sign-in/code"), "no code any more");
}

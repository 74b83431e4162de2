//! Getting in: invitations, forgotten passwords, changes, passwords that end, and people without an account.

use reqwest::{Response, StatusCode};

use crate::support::{Account, Browser, Demo, header, hidden, until};

const NEW: &str = "Lantern-moss over 7 kettles";
const OTHER: &str = "Quince rope by 9 harbours!";

/// Bodies of the emails to somebody, the oldest first.
fn emails(demo: &Demo, to: &str) -> Vec<String> {
    let folder = std::fs::read_dir(demo.text("mail_dir")).into_iter().flatten().flatten();
    let mut files: Vec<_> = folder.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    files.sort();
    let texts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let texts = texts.map(|text| text.replace("\r\n", "\n"));
    texts.filter(|text| text.contains(&format!("\nTo: {to}\n"))).collect()
}

/// The newest link of a kind in the emails to somebody, as a path, once there are so many.
async fn link(demo: &Demo, to: &str, kind: &str, count: usize) -> String {
    let mut found = Vec::new();
    until(&format!("{count} emails with {kind} to {to}"), async || {
        let line = |text: &String| {
            let at = text.find(&format!("/{kind}/"))?;
            Some(text[at..].split_whitespace().next()?.to_owned())
        };
        found = emails(demo, to).iter().filter_map(line).collect();
        found.len() >= count
    })
    .await;
    // Names of files do not say which is the newest: the database knows it.
    let sql = format!(
        "SELECT encode(digest, 'hex') FROM user_tokens t JOIN users u ON u.id = t.user_id
         WHERE u.username = '{to}' ORDER BY issued_at DESC LIMIT 1"
    );
    let newest = demo.query(&sql).await[0][0].clone();
    let is_newest = |path: &String| {
        use base64::Engine;
        let token = path.rsplit('/').next().unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
        crate::support::sha256(&bytes) == newest
    };
    found.into_iter().find(is_newest).expect("the newest link was sent")
}

/// Invites somebody to the school of the first account manager.
fn invite(demo: &Demo, username: &str, name: &str) {
    let school = demo.account("school_account_manager").laestab;
    let (code, _, said) = demo.command(&[
        "user",
        "invite",
        "--username",
        username,
        "--name",
        name,
        "--school",
        &school,
        "--permission",
        "user",
        "--actor",
        "helpline",
    ]);
    assert_eq!(code, 0, "{said}");
}

/// Sends the form of a link as it was read.
async fn set(browser: &Browser, path: &str, password: &str) -> Response {
    let form = browser.page(path).await;
    let token = hidden(&form, "_csrf");
    browser.post(path, &[("_csrf", &token), ("new_password", password)]).await
}

/// Sends the form for another password as it was read.
async fn change(browser: &Browser, current: &str, new: &str, more: &[(&str, &str)]) -> Response {
    let form = browser.page("/account/password").await;
    let token = hidden(&form, "_csrf");
    let mut fields =
        vec![("_csrf", token.as_str()), ("current_password", current), ("new_password", new)];
    fields.extend_from_slice(more);
    browser.post("/account/password", &fields).await
}

async fn forgotten(browser: &Browser, name: &str) -> Response {
    let form = browser.page("/forgotten-password").await;
    let token = hidden(&form, "_csrf");
    browser.post("/forgotten-password", &[("_csrf", &token), ("username", name)]).await
}

/// Signs in once the node knows the new password.
async fn enters(demo: &Demo, username: &str, password: &str) -> Browser {
    let browser = Browser::new(demo);
    until(&format!("{username} gets in"), async || {
        browser.sign_in(username, password).await.status() == StatusCode::SEE_OTHER
    })
    .await;
    browser
}

async fn is_gone(browser: &Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status(), StatusCode::GONE, "{path}");
    assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn somebody_who_is_invited_sets_up_an_account_once() {
    let demo = Demo::of_sample(3, &["--released"]);
    let username = "ann.bee@new.example";
    let name = "Ann\r\nBcc: all@new.example <b>Bee</b> ((help))";
    invite(&demo, username, name);
    let path = link(&demo, username, "set-up-account", 1).await;
    let email = emails(&demo, username).remove(0);
    let (head, body) = email.split_once("\n\n").unwrap();
    assert!(!head.contains("\nBcc:") && body.contains("Bcc:"), "{email}");
    // A link leads to the origin that is configured, not to where somebody says that we are.
    assert!(body.contains(&format!("{}{path}", demo.text("base_url"))), "{body}");

    assert!(
        body.contains("same address as this one") && body.contains("folder for unwanted email")
    );

    // Whoever looks for malware follows links, in any number.
    let scanner = Browser::forgetful(&demo);
    for _ in 0..5 {
        let answer = scanner.get(&path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        scanner.request(reqwest::Method::HEAD, &path).send().await.unwrap();
    }
    let browser = Browser::new(&demo);
    let refused = set(&browser, &path, "short").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("Use at least 15 characters") && !page.contains("\"short\""), "{page}");
    let form = browser.page(&path).await;
    assert!(form.contains("you agree not to share it"));
    let token = hidden(&form, "_csrf");
    let differ = [("_csrf", token.as_str()), ("new_password", NEW), ("confirm_password", "other")];
    let answer = browser.post(&path, &differ).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // Fields that no form has do nothing.
    let more = [
        ("_csrf", token.as_str()),
        ("new_password", NEW),
        ("permission", "security_admin"),
        ("role", "security_admin"),
        ("organisation", "1"),
        ("username", "somebody.else@new.example"),
    ];
    let answer = browser.post(&path, &more).await;
    assert_eq!(
        (answer.status(), header(&answer, "location")),
        (StatusCode::SEE_OTHER, "/sign-in?password=set")
    );
    let sign_in = browser.page("/sign-in?password=set").await;
    assert!(sign_in.contains("Your password is set"));
    let own = enters(&demo, username, NEW).await;
    let account = own.page("/account").await;
    assert!(account.contains(username) && account.contains("open results"), "{account}");
    assert!(!account.contains("<b>Bee</b>") && !account.contains("staff their permissions"));
    until("the account is said to be ready", async || {
        emails(&demo, username).iter().any(|email| email.contains("Subject: Your account is ready"))
    })
    .await;
    is_gone(&browser, &path).await;
    let rows = demo
        .query("SELECT count(*) FROM outbox WHERE template = 'invitation' AND content ? 'token'")
        .await;
    assert_eq!(rows[0][0], "0", "a link that was sent is not kept");
    let acts = demo.query("SELECT action FROM audit WHERE action LIKE 'user.%' ORDER BY seq").await;
    assert_eq!(acts, [["user.invited"], ["user.set_up"]]);
    let token = path.rsplit('/').next().unwrap();
    assert!(!demo.log().contains(token), "a token is in the log");
    let journal = demo
        .query(&format!(
            "SELECT count(*) FROM journal_entries WHERE position('{token}' IN encode(record, 'escape')) > 0"
        ))
        .await;
    assert_eq!(journal[0][0], "0");
}

#[tokio::test]
async fn a_link_that_does_not_work_says_so_in_one_way() {
    let demo = Demo::of_sample(3, &["--released"]);
    let browser = Browser::new(&demo);
    let username = "cora.dell@new.example";
    invite(&demo, username, "Cora Dell");
    let first = link(&demo, username, "set-up-account", 1).await;
    invite(&demo, username, "Cora Dell");
    let second = link(&demo, username, "set-up-account", 2).await;
    assert_ne!(first, second);
    let form = browser.page(&second).await;
    let csrf = hidden(&form, "_csrf");
    let replaced = is_gone(&browser, &first).await;
    let tampered =
        format!("{}{}", &second[..second.len() - 1], if second.ends_with('A') { 'E' } else { 'A' });
    let token = second.rsplit('/').next().unwrap();
    let mut pages = vec![
        is_gone(&browser, &tampered).await,
        is_gone(&browser, "/set-up-account/x").await,
        is_gone(&browser, &format!("/set-up-account/{}", "a".repeat(5_000))).await,
        is_gone(&browser, "/set-up-account/%00%0d%0aSet-Cookie:x").await,
        // One for another purpose is none.
        is_gone(&browser, &format!("/reset-password/{token}")).await,
    ];
    let fields = [("_csrf", csrf.as_str()), ("new_password", NEW)];
    let answer = browser.post(&first, &fields).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    pages.push(answer.text().await.unwrap());
    // Its time passes.
    demo.query("UPDATE user_tokens SET expires_at = issued_at WHERE spent_at IS NULL").await;
    pages.push(is_gone(&browser, &second).await);
    let answer = browser.post(&second, &fields).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(pages.iter().all(|page| *page == replaced), "one page for all");
    assert!(replaced.contains("ask for a new link"));
    // That way works for somebody who never had a password.
    assert_eq!(forgotten(&browser, username).await.status(), StatusCode::SEE_OTHER);
    let third = link(&demo, username, "set-up-account", 3).await;
    // Without the proof of our own form nothing is set.
    let answer = browser.post(&third, &[("new_password", NEW)]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(set(&browser, &third, NEW).await.status(), StatusCode::SEE_OTHER);
    enters(&demo, username, NEW).await;
}

#[tokio::test]
async fn many_at_once_spend_a_link_once() {
    let demo = Demo::of_sample(3, &["--released"]);
    let username = "dora.elm@new.example";
    invite(&demo, username, "Dora Elm");
    let path = link(&demo, username, "set-up-account", 1).await;
    let browser = Browser::new(&demo);
    let csrf = hidden(&browser.page(&path).await, "_csrf");
    let one = async |number: usize| {
        let password = format!("{NEW} {number}");
        let fields = [("_csrf", csrf.as_str()), ("new_password", password.as_str())];
        browser.post(&path, &fields).await.status()
    };
    let answers = futures_util::future::join_all((0..12).map(one)).await;
    let won: Vec<usize> = (0..12).filter(|n| answers[*n] == StatusCode::SEE_OTHER).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    // A machine with too much to do tells some to come again, and then they are too late.
    for (number, status) in (0..).zip(&answers) {
        let late = *status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(late || number == won[0] || *status == StatusCode::GONE, "{answers:?}");
    }
    assert_eq!(one(99).await, StatusCode::GONE);
    enters(&demo, username, &format!("{NEW} {}", won[0])).await;
    let ready = demo.query("SELECT count(*) FROM outbox WHERE template = 'account-ready'").await;
    assert_eq!(ready[0][0], "1");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("school_user");
    let session = Browser::signed_in(&demo, &account).await;
    let browser = Browser::new(&demo);
    // Wrong passwords until the account has to wait.
    until("the account waits", async || {
        Browser::new(&demo).sign_in(&account.username, "A-wrong-0ne!").await.status()
            == StatusCode::TOO_MANY_REQUESTS
    })
    .await;
    let answer = forgotten(&browser, &format!(" {} ", account.username.to_uppercase())).await;
    assert_eq!(
        (answer.status(), header(&answer, "location")),
        (StatusCode::SEE_OTHER, "/forgotten-password?sent")
    );
    let path = link(&demo, &account.username, "reset-password", 1).await;
    assert_eq!(session.get("/results").await.status(), StatusCode::OK, "nothing ended yet");
    let long = "Zoë’s 128 signs: ".chars().chain("łąn tern-".chars().cycle()).take(128);
    let long: String = long.collect();
    let too_long = format!("{long}x");
    let answer = set(&browser, &path, &too_long).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("Use at most 128 characters"));
    assert_eq!(set(&browser, &path, &long).await.status(), StatusCode::SEE_OTHER);
    until("the session ends", async || {
        session.get("/results").await.status() == StatusCode::SEE_OTHER
    })
    .await;
    // The delays are over, and the old password is no more.
    let own = enters(&demo, &account.username, &long).await;
    assert_eq!(own.get("/results").await.status(), StatusCode::OK);
    let old = Browser::new(&demo).sign_in(&account.username, &account.password).await;
    assert_eq!(old.status(), StatusCode::UNPROCESSABLE_ENTITY);
    is_gone(&browser, &path).await;
    until("the owner is told", async || {
        emails(&demo, &account.username).iter().any(|e| e.contains("Your password was changed"))
    })
    .await;
    assert!(demo.count("daybreak_password_links_total{outcome=\"sent\"}").await >= 1);
}

#[tokio::test]
async fn known_unknown_and_suspended_people_are_told_the_same() {
    let demo = Demo::of_sample(6, &["--released"]);
    let known = demo.account("school_user").username;
    let suspended = demo.other_accounts("school_user")[0].username.clone();
    let browser = Browser::new(&demo);
    let mut told = Vec::new();
    for name in [known.as_str(), "nobody.at.all@nowhere.example", &suspended] {
        let answer = forgotten(&browser, name).await;
        let length = header(&answer, "content-length").to_owned();
        told.push((answer.status(), header(&answer, "location").to_owned(), length));
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:?}");
    let page = browser.page("/forgotten-password?sent").await;
    assert!(page.contains("If there is an account with this email address") && !page.contains('@'));
    for bad in ["", "no address", "a@b.example\r\nBcc: c@d.example", "<b>@x.example"] {
        let answer = forgotten(&browser, bad).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(!answer.text().await.unwrap().contains("<b>@"));
    }
    link(&demo, &known, "reset-password", 1).await;
    until("all were looked at", async || {
        demo.count("daybreak_password_links_total{outcome=\"nothing\"}").await >= 2
    })
    .await;
    assert!(emails(&demo, &suspended).is_empty());
    // Nobody's mailbox is filled: a link that was just sent is not followed by another one.
    for _ in 0..20 {
        forgotten(&browser, &known).await;
    }
    until("all were looked at", async || {
        let count = async |outcome: &str| {
            demo.count(&format!("daybreak_password_links_total{{outcome=\"{outcome}\"}}")).await
        };
        count("nothing").await + count("limited").await + count("sent").await >= 23
    })
    .await;
    assert_eq!(emails(&demo, &known).len(), 1);
}

#[tokio::test]
async fn without_the_database_the_answer_is_the_same_and_the_link_follows() {
    let demo = Demo::of_sample(3, &["--released"]);
    let account = demo.account("school_user");
    let browser = Browser::new(&demo);
    demo.stop_postgres();
    let answer = forgotten(&browser, &account.username).await;
    assert_eq!(header(&answer, "location"), "/forgotten-password?sent");
    let session = browser.clone().enter(&account).await;
    let answer = change(&session, &account.password, NEW, &[]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    demo.start_postgres();
    link(&demo, &account.username, "reset-password", 1).await;
    assert_eq!(session.get("/results").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_password_is_changed_and_only_this_session_goes_on() {
    let demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &account).await;
    let elsewhere = Browser::signed_in(&demo, &account).await;
    let refused = async |current: &str, new: &str, more: &[(&str, &str)]| {
        let answer = change(&browser, current, new, more).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{current} {new}");
        answer.text().await.unwrap()
    };
    assert!(refused("", "", &[]).await.contains("Enter your current password"));
    // What is wrong with both is told at once.
    let page = refused("", "password", &[]).await;
    assert!(page.contains("Enter your current password") && page.contains("fewer people use"));
    let page = refused("A-wrong-0ne!", "password", &[]).await;
    assert!(page.contains("as you type it to sign in") && page.contains("fewer people use"));
    assert!(refused("A-wrong-0ne!", NEW, &[]).await.contains("as you type it to sign in"));
    let differ = [("confirm_password", "another")];
    assert!(refused(&account.password, NEW, &differ).await.contains("the same new password twice"));
    let alike = format!("{}1", account.password);
    let page = refused(&account.password, &alike, &[]).await;
    assert!(page.contains("less like your old one"), "{page}");
    assert!(refused(&account.password, "password", &[]).await.contains("fewer people use"));

    let evil = [("return_to", "//evil.example"), ("role", "security_admin")];
    let answer = change(&browser, &account.password, NEW, &evil).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(
        header(&answer, "location").starts_with('/')
            && !header(&answer, "location").starts_with("//")
    );
    // At once, also before this node has read what it wrote.
    assert_eq!(browser.get("/account").await.status(), StatusCode::OK);
    assert!(browser.page("/account?changed").await.contains("Your password is changed"));
    until("the other session ends", async || {
        elsewhere.get("/account").await.status() == StatusCode::SEE_OTHER
    })
    .await;
    assert_eq!(browser.get("/account").await.status(), StatusCode::OK);
    enters(&demo, &account.username, NEW).await;
    until("the owner is told", async || {
        emails(&demo, &account.username).iter().any(|e| e.contains("Your password was changed"))
    })
    .await;
    let answer = Browser::new(&demo).get("/account/password").await;
    assert_eq!(header(&answer, "location"), "/sign-in?return_to=/account/password");

    // A browser that was left open gives no more tries than the form for signing in.
    until("the account waits", async || {
        change(&browser, "A-wrong-0ne!", OTHER, &[]).await.status() == StatusCode::TOO_MANY_REQUESTS
    })
    .await;
    let answer = change(&browser, NEW, OTHER, &[]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "not even the right one");
}

#[tokio::test]
async fn whoever_was_given_a_password_sets_another_one_first() {
    let demo = Demo::of_sample(3, &["--released"]);
    let username = "petra.ashdown@agency.example";
    assert_eq!(demo.create_auditor(username, OTHER).0, 0);
    let browser = enters(&demo, username, OTHER).await;
    // Open also to those who have to set up a second factor next.
    let wanted = "/account/sessions";
    for path in ["/", wanted, "/results", "/account", "/organisation"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(header(&answer, "location"), format!("/account/password?return_to={path}"));
    }
    let form = browser.page(&format!("/account/password?return_to={wanted}")).await;
    assert!(form.contains("Choose a new password before you go on"));
    assert_eq!(hidden(&form, "return_to"), wanted);
    let back = [("return_to", wanted)];
    let answer = change(&browser, OTHER, NEW, &back).await;
    assert_eq!((answer.status(), header(&answer, "location")), (StatusCode::SEE_OTHER, wanted));
    assert_eq!(browser.get(wanted).await.status(), StatusCode::OK, "at once");
    let again = enters(&demo, username, NEW).await;
    assert_eq!(again.get(wanted).await.status(), StatusCode::OK);
}

/// A demo under the profile with passwords that end, at a moment of the year.
fn ending(as_of: &str) -> (Demo, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let shipped = include_str!("../../config/passwords.toml");
    let file = folder.path().join("passwords.toml");
    std::fs::write(&file, shipped.replace("profile = \"ncsc\"", "profile = \"pag\"")).unwrap();
    let toml = format!("[passwords]\npolicy = '{}'", file.display());
    (Demo::configured(3, &toml, &["--as-of", as_of]), folder)
}

/// Says when a password was set, by the clock of the node, which tells it with its first sign of life.
async fn set_days_ago(demo: &Demo, account: &Account, days: i64) {
    let sql = format!(
        "UPDATE users SET password_set_at = now.seen_at - interval '{days} days'
         FROM (SELECT max(seen_at) AS seen_at FROM nodes) now
         WHERE username = '{}' AND now.seen_at IS NOT NULL RETURNING id",
        account.username
    );
    until("the node has told its time", async || !demo.query(&sql).await.is_empty()).await;
}

#[tokio::test]
async fn a_password_that_has_ended_is_replaced_at_sign_in_and_never_in_between() {
    let (demo, _policy) = ending("2024-03-05T09:00");
    let account = demo.account("school_user");
    let session = Browser::signed_in(&demo, &account).await;
    set_days_ago(&demo, &account, 61).await;
    let mut browser = Browser::new(&demo);
    let mut location = String::new();
    until("the node knows that it has ended", async || {
        browser = Browser::new(&demo);
        let answer = browser.sign_in(&account.username, &account.password).await;
        location = header(&answer, "location").to_owned();
        location.starts_with("/account/password")
    })
    .await;
    assert_eq!(session.get("/").await.status(), StatusCode::OK, "nobody is stopped at work");
    // Only who knows the password learns that it has ended.
    let wrong = Browser::new(&demo).sign_in(&account.username, "A-wrong-0ne!").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.get("/organisation").await.status(), StatusCode::SEE_OTHER);
    let answer = change(&browser, &account.password, "Lantern7£moss", &[]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/organisation").await.status(), StatusCode::OK);
    let again = enters(&demo, &account.username, "Lantern7£moss").await;
    assert_eq!(again.get("/organisation").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn owners_are_reminded_once_over_restarts() {
    let (mut demo, _policy) = ending("2024-03-05T09:00");
    let account = demo.account("school_user");
    let reminders = async |demo: &Demo| {
        let sql = format!(
            "SELECT count(*) FROM outbox WHERE template = 'password-ending' AND recipient = '{}'",
            account.username
        );
        demo.query(&sql).await[0][0].clone()
    };
    let again = async |demo: &Demo| {
        demo.query("DELETE FROM leases WHERE name = 'password_age'").await;
    };
    set_days_ago(&demo, &account, 47).await;
    until("the first reminder", async || {
        again(&demo).await;
        reminders(&demo).await == "1"
    })
    .await;
    until("it is sent", async || !emails(&demo, &account.username).is_empty()).await;
    let email = emails(&demo, &account.username).remove(0);
    assert!(email.contains("/account/password") && email.contains("18 March 2024"), "{email}");
    demo.kill();
    demo.restart();
    again(&demo).await;
    until("it was looked at again", async || {
        let sql = "SELECT count(*) FROM leases WHERE name = 'password_age'";
        demo.query(sql).await[0][0] == "1"
    })
    .await;
    assert_eq!(reminders(&demo).await, "1");
    set_days_ago(&demo, &account, 54).await;
    until("the second reminder", async || {
        again(&demo).await;
        reminders(&demo).await == "2"
    })
    .await;
    let others = demo.query("SELECT count(*) FROM outbox WHERE template = 'password-ending'").await;
    assert_eq!(others[0][0], "2", "nobody else's ends");
}

#[tokio::test]
async fn around_the_release_no_password_ends() {
    // Results open on 9 July; seven days before that the rest begins.
    let (demo, _policy) = ending("2024-07-08T12:00");
    let account = demo.account("school_user");
    set_days_ago(&demo, &account, 70).await;
    let mut browser = Browser::new(&demo);
    until("the countdown tells of the end", async || {
        browser = Browser::new(&demo);
        let answer = browser.sign_in(&account.username, &account.password).await;
        assert!(!header(&answer, "location").starts_with("/account/password"));
        browser.page(&format!("/results/{}", account.laestab)).await.contains("Your password ends")
    })
    .await;
    let page = browser.page(&format!("/results/{}", account.laestab)).await;
    assert!(page.contains("href=\"/account/password?return_to=/results\""), "{page}");
    assert_eq!(browser.get("/account").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn somebody_without_an_account_asks_those_who_manage_accounts() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let browser = Browser::new(&demo);
    assert!(browser.page("/sign-in").await.contains("/request-account"));
    let find = async |text: &str| {
        let path = format!("/request-account?q={}", text.replace(' ', "+").replace('/', "%2F"));
        let page = browser.page(&path).await;
        crate::support::all_between(&page, "href=\"/request-account?organisation=", "\"")
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let number = format!("{}/{}", &manager.laestab[..3], &manager.laestab[3..]);
    let [organisation] = find(&number).await.try_into().unwrap();
    assert!(find(&manager.organisation[..6]).await.contains(&organisation));
    for bad in ["xy", "zzzzzz", "%3Cb%3E"] {
        let answer = browser.get(&format!("/request-account?q={bad}")).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(!answer.text().await.unwrap().contains("<b>"));
    }
    assert_eq!(
        browser.get("/request-account?organisation=999999").await.status(),
        StatusCode::NOT_FOUND
    );
    let ask = async |organisation: &str, name: &str, email: &str, job: &str| {
        let form = browser.page(&format!("/request-account?organisation={organisation}")).await;
        let token = hidden(&form, "_csrf");
        let fields = [
            ("_csrf", token.as_str()),
            ("organisation", organisation),
            ("name", name),
            ("email", email),
            ("job", job),
        ];
        browser.post("/request-account", &fields).await
    };
    let answer = ask(&organisation, "", "no address", "Head").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    assert!(page.contains("Enter your name") && page.contains("value=\"no address\""));
    let name = "Eve\r\nBcc: all@evil.example https://evil.example/";
    let answer = ask(&organisation, name, "eve@work.example", "<b>Head</b>").await;
    assert_eq!(header(&answer, "location"), "/request-account?sent");
    until("the account manager hears of it", async || !emails(&demo, &manager.username).is_empty())
        .await;
    let email = emails(&demo, &manager.username).remove(0);
    assert!(email.contains("Eve Bcc") && email.contains("/users"), "{email}");
    assert!(!email.contains("https://evil.example") && !email.contains("\nBcc:"), "{email}");

    // Where nobody is left the answer is the same, and the helpline has it.
    let empty = demo
        .query(
            "DELETE FROM memberships WHERE permission = 'account_manager' AND organisation_id =
                 (SELECT id FROM organisations o WHERE kind = 'school' AND EXISTS (SELECT FROM memberships m
                     WHERE m.organisation_id = o.id AND m.permission = 'account_manager') ORDER BY id DESC LIMIT 1)
             RETURNING organisation_id",
        )
        .await[0][0]
        .clone();
    let answer = ask(&empty, "Fay Gill", "fay@work.example", "Head").await;
    assert_eq!(header(&answer, "location"), "/request-account?sent");
    let mut listed = String::new();
    until("the helpline sees it", async || {
        let (code, said, error) = demo.command(&["user", "requests", "--json"]);
        assert_eq!(code, 0, "{error}");
        listed = said;
        listed.contains("fay@work.example")
    })
    .await;
    assert!(!listed.contains("eve@work.example"), "others were told of hers: {listed}");
    let id = serde_json::from_str::<serde_json::Value>(&listed).unwrap()["id"].to_string();
    let close = ["user", "requests", "--close", &id, "--actor", "helpline", "--outcome", "Invited"];
    assert_eq!(demo.command(&close).0, 0);
    assert_eq!(demo.command(&close).0, 1, "only once");
    assert_eq!(demo.command(&["user", "requests"]).1, "");
}

//! Signing in and out, wrong passwords, forged forms, and accounts that lose their access.

use reqwest::{Method, Response, StatusCode};

use crate::support::{Account, Browser, Demo, header, hidden, until};

/// A page without its masked token, which is new each time.
fn without_token(page: &str) -> String {
    page.replace(&hidden(page, "_csrf"), "token")
}

/// The session's cookie as the answer sets it, with its attributes.
fn session_cookie(answer: &Response) -> Option<String> {
    let all = answer.headers().get_all("set-cookie").iter();
    all.map(|v| v.to_str().unwrap().to_owned()).find(|v| v.starts_with("__Host-sid="))
}

/// Whether a browser is signed in.
async fn is_in(browser: &Browser) -> bool {
    let answer = browser.get("/results").await;
    !header(&answer, "location").starts_with("/sign-in")
}

/// An account like the first of a role, for one test alone.
async fn own(demo: &Demo, role: &str, name: &str) -> Account {
    let account = demo.twin(&demo.account(role), name).await;
    until("the new account may sign in", async || {
        Browser::new(demo).sign_in(&account.username, &account.password).await.status() == 303
    })
    .await;
    account
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let demo = Demo::released();
    let known = own(&demo, "provider_viewer", "known").await.username;
    let suspended = demo.other_accounts("school_user").pop().unwrap();
    let unknown = "nobody.at.all@nowhere.example";
    let mut pages = Vec::new();
    for (username, password) in [
        (known.as_str(), "A-wrong-0ne!"),
        (unknown, "A-wrong-0ne!"),
        // Of an account that may not sign in, not even the right password tells anything.
        (&suspended.username, &suspended.password),
        (&known, &"x".repeat(2000)),
    ] {
        let browser = Browser::new(&demo);
        let answer = browser.sign_in(username, password).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{username}");
        assert_eq!(session_cookie(&answer), None);
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("value=\"{username}\"")), "what was typed is kept");
        assert!(!page.contains(password), "the password is not");
        assert!(page.contains("govuk-error-summary") && page.contains("<title>Error: "));
        pages.push(without_token(&page).replace(username, "username"));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let browser = Browser::new(&demo);
    for (username, password) in [("", "x"), (known.as_str(), "")] {
        let answer = browser.sign_in(username, password).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "an empty field");
    }
}

#[tokio::test]
async fn guessing_makes_an_account_slower_and_never_locks_it() {
    let demo = Demo::released();
    let account = demo.twin(&demo.account("provider_manager"), "guessed").await;
    let browser = Browser::new(&demo);
    let (mut looked_at, mut wait) = (0, String::new());
    // Until the node knows the account, its own password is a wrong one too, and a try.
    until("the new account may sign in", async || {
        let owner = Browser::new(&demo);
        let answer = owner.sign_in(&account.username, &account.password).await;
        looked_at += usize::from(answer.status() == StatusCode::UNPROCESSABLE_ENTITY);
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;
    until("the account is slowed", async || {
        let answer = browser.sign_in(&account.username, "A-wrong-0ne!").await;
        looked_at += usize::from(answer.status() == StatusCode::UNPROCESSABLE_ENTITY);
        header(&answer, "retry-after").clone_into(&mut wait);
        answer.status() == StatusCode::TOO_MANY_REQUESTS
    })
    .await;
    // Never a lock: a quarter of an hour at the most.
    assert!((1..=900).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert_eq!(looked_at, 6);
    let answer = browser.sign_in(&account.username, &account.password).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "too soon");
    Browser::signed_in(&demo, &demo.account("provider_manager")).await;
    let (code, _, error) = demo.command(&["user", "unlock", &account.username]);
    assert_eq!(code, 0, "{error}");
    until("the delay is over", async || {
        browser.sign_in(&account.username, &account.password).await.status() == 303
    })
    .await;
    // A success is the end of it.
    Browser::signed_in(&demo, &account).await;
}

#[tokio::test]
async fn a_session_is_a_host_cookie_and_ends_with_signing_out() {
    let demo = Demo::released();
    let account = own(&demo, "school_user", "leaving").await;
    let browser = Browser::new(&demo);
    let answer = browser.sign_in(&account.username, &account.password).await;
    let cookie = session_cookie(&answer).unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let mut attributes: Vec<&str> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);

    let copied = Browser::forgetful(&demo);
    let with_copy = async || {
        let request = copied.request(Method::GET, "/results").header("cookie", pair);
        request.send().await.unwrap()
    };
    assert_eq!(with_copy().await.status(), StatusCode::OK);
    // Another session of the same person is not touched.
    let second = Browser::signed_in(&demo, &account).await;
    let token = hidden(&browser.page("/").await, "_csrf");
    let answer = browser.post("/sign-out", &[("_csrf", &token)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(header(&answer, "clear-site-data").contains("\"cache\""));
    assert!(session_cookie(&answer).unwrap().contains("Max-Age=0"));
    assert!(!is_in(&browser).await);
    assert_eq!(with_copy().await.status(), StatusCode::SEE_OTHER, "the old cookie still works");
    assert!(is_in(&second).await);
    // A changed cookie is nobody's.
    for bad in
        [format!("{pair}A"), pair.replace("__Host-sid=", "__Host-sid=A"), "__Host-sid=".to_owned()]
    {
        let answer = copied.request(Method::GET, "/results").header("cookie", bad).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn whoever_is_suspended_is_out_at_once() {
    let demo = Demo::released();
    let account = own(&demo, "provider_editor", "suspended").await;
    let browser = Browser::signed_in(&demo, &account).await;
    assert!(is_in(&browser).await);
    let change =
        |change: &str| format!("UPDATE users SET {change} WHERE username = '{}'", account.username);
    demo.query(&change("state = 'suspended', epoch = epoch + 1")).await;
    until("the suspended account is out", async || !is_in(&browser).await).await;
    let answer = Browser::new(&demo).sign_in(&account.username, &account.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let (code, _, error) = demo.command(&["user", "unlock", &account.username]);
    assert_eq!(code, 0, "{error}");
    until("the account may sign in again", async || {
        let again = Browser::new(&demo);
        again.sign_in(&account.username, &account.password).await.status() == 303
    })
    .await;
    assert!(!is_in(&browser).await, "the old session came back");
}

#[tokio::test]
async fn forged_forms_change_nothing() {
    let demo = Demo::released();
    let account = own(&demo, "provider_approver", "forged").await;
    let (visitor, other) = (Browser::new(&demo), Browser::new(&demo));
    let token = hidden(&visitor.sign_in_form().await, "_csrf");
    let foreign = hidden(&other.sign_in_form().await, "_csrf");
    let (name, password) = (account.username.as_str(), account.password.as_str());
    let fields = |token: &str| {
        vec![
            ("_csrf", token.to_owned()),
            ("username", name.to_owned()),
            ("password", password.to_owned()),
        ]
    };
    let post = async |from: &Browser, token: &str, headers: &[(&str, &str)]| {
        let request = from.request(Method::POST, "/sign-in").form(&fields(token));
        let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        request.send().await.unwrap().status().as_u16()
    };
    for bad in ["", "x", &foreign, &token[1..]] {
        assert_eq!(post(&visitor, bad, &[]).await, 403, "{bad}");
    }
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
        [("origin", "null")],
    ] {
        assert_eq!(post(&visitor, &token, &headers).await, 403, "{headers:?}");
    }
    assert_eq!(visitor.post("/sign-in", &[("username", name)]).await.status(), 403);
    let doubled = [("_csrf", token.as_str()), ("username", name), ("username", name)];
    assert_eq!(visitor.post("/sign-in", &doubled).await.status(), 400);
    let long = "x".repeat(64 * 1024);
    let too_long = [("_csrf", token.as_str()), ("username", &long)];
    assert_eq!(visitor.post("/sign-in", &too_long).await.status(), 413);
    assert!(!is_in(&visitor).await);
    assert_eq!(post(&visitor, &token, &[("sec-fetch-site", "same-origin")]).await, 303);

    // Nobody is signed out by a form of somebody else.
    let second = Browser::signed_in(&demo, &account).await;
    let theirs = hidden(&second.page("/").await, "_csrf");
    for bad in ["", &token, &theirs] {
        assert_eq!(visitor.post("/sign-out", &[("_csrf", bad)]).await.status(), 403);
    }
    assert_eq!(visitor.get("/sign-out").await.status(), 405);
    assert!(is_in(&visitor).await && is_in(&second).await);
}

/// Every byte percent-encoded, as it may stand in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

#[tokio::test]
async fn the_way_back_never_leaves_the_site() {
    let demo = Demo::released();
    let account = own(&demo, "school_access_arrangements", "returning").await;
    let own_page = format!("/results/{}", account.laestab);
    for (asked, reached) in [
        (own_page.as_str(), own_page.as_str()),
        ("/results/8882045/scripts.zip", "/results/8882045/scripts.zip"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/results\r\nset-cookie: a=b", "/"),
        ("/sign-out", "/"),
        (" //evil.example", "/"),
        ("/\t/evil.example", "/"),
    ] {
        let browser = Browser::new(&demo);
        let address = format!("/sign-in?return_to={}", encoded(asked));
        // On a busy machine there may be a queue in front of the form.
        browser.sign_in_form().await;
        let form = browser.page(&address).await;
        let token = hidden(&form, "_csrf");
        let fields = [
            ("_csrf", token.as_str()),
            ("return_to", asked),
            ("username", &account.username),
            ("password", &account.password),
        ];
        let answer = browser.post("/sign-in", &fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{asked:?}");
        assert_eq!(header(&answer, "location"), reached, "{asked:?}");
        // Whoever is signed in already is sent there at once, by the same rule.
        assert_eq!(header(&browser.get(&address).await, "location"), reached, "{asked:?}");
    }
}

//! Sessions end by themselves, by their owner's will, and never with what somebody typed.

use reqwest::StatusCode;

use crate::support::{Browser, Demo, header, hidden, until};

/// Whether a browser is signed in.
async fn is_in(browser: &Browser) -> bool {
    !header(&browser.get("/results").await, "location").starts_with("/sign-in")
}

/// Seconds that a session lasts if nothing is done.
async fn left(browser: &Browser) -> u64 {
    let text = browser.page("/session/left").await;
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["seconds"].as_u64().unwrap()
}

#[tokio::test]
async fn twenty_minutes_without_activity_end_a_session_and_lose_nothing_typed() {
    let mut demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("school_all");
    let browser = Browser::signed_in(&demo, &account).await;
    assert!((1190..=1200).contains(&left(&browser).await));
    let page = browser.page("/results").await;
    assert!(page.contains("You are signed in until "), "the page says until when");
    let form = browser.page("/organisation/change").await;

    demo.move_clock(19);
    assert!((1..=60).contains(&left(&browser).await), "asking does not keep it alive");
    let stay = browser.page("/session").await;
    assert!(stay.contains("You are still signed in"));
    assert!((1190..=1200).contains(&left(&browser).await), "a page does");

    demo.move_clock(21);
    assert_eq!(left(&browser).await, 0);
    assert!(!is_in(&browser).await, "twenty minutes are over");
    assert!(browser.sign_in_form().await.contains("You were signed out because"));
    let typed = [
        ("_csrf", hidden(&form, "_csrf")),
        ("old_phone", hidden(&form, "old_phone")),
        ("old_email", hidden(&form, "old_email")),
        ("phone", "01632 960 777".to_owned()),
        ("email", "o'brien & \"co\"@school.example".to_owned()),
        ("current_password", "A-secret-0ne!".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/organisation/change", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let page = answer.text().await.unwrap();
    assert!(page.contains("What you typed is kept"));
    assert!(!page.contains("01632") && !page.contains("A-secret"), "sealed, not only hidden");
    let (token, kept) = (hidden(&page, "_csrf"), hidden(&page, "kept"));
    let again = [("_csrf", token.as_str()), ("kept", &kept), ("username", &account.username)];

    // A wrong password loses nothing either.
    let wrong = [&again[..], &[("password", "A-wrong-0ne!")]].concat();
    let answer = browser.post("/sign-in/again", &wrong).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hidden(&answer.text().await.unwrap(), "kept"), kept);

    // What one person typed is not sent on in another's name.
    let other = demo.account("ks3_user");
    let stranger = Browser::new(&demo);
    let strange = hidden(&stranger.sign_in_form().await, "_csrf");
    let fields = [
        ("_csrf", strange.as_str()),
        ("kept", &kept),
        ("username", &other.username),
        ("password", &other.password),
    ];
    assert_eq!(stranger.post("/sign-in/again", &fields).await.status(), StatusCode::SEE_OTHER);

    let right = [&again[..], &[("password", account.password.as_str())]].concat();
    let answer = browser.post("/sign-in/again", &right).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(page.contains("You are signed in again") && !page.contains("A-secret"));
    assert!(page.contains("action=\"/organisation/change\""));
    assert_eq!(hidden(&page, "phone"), "01632 960 777");
    assert!(page.contains("o&#39;brien &#38; &#34;co&#34;@school.example"), "as it was typed");
    let fields = [
        ("_csrf", hidden(&page, "_csrf")),
        ("old_phone", hidden(&page, "old_phone")),
        ("old_email", hidden(&page, "old_email")),
        ("phone", hidden(&page, "phone")),
        ("email", "office@school.example".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = browser.post("/organisation/change", &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("Check the contact details"));
}

#[tokio::test]
async fn a_session_ends_after_its_hours_but_not_on_results_day() {
    let toml = "[sessions]\nidle_minutes = 470\nabsolute_hours = 8\n";
    let mut demo = Demo::configured(6, toml, &["--as-of", "2024-07-09T07:45:00"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    demo.move_clock(7 * 60);
    assert!(is_in(&browser).await);
    demo.move_clock(3 * 60);
    assert!(is_in(&browser).await, "ten hours, but who came in this morning stays in");
    demo.move_clock(3 * 60);
    assert!(!is_in(&browser).await, "thirteen hours, however it was used");
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    demo.move_clock(7 * 60);
    assert!(is_in(&browser).await);
    demo.move_clock(2 * 60);
    assert!(!is_in(&browser).await, "another day, nine hours");
}

#[tokio::test]
async fn staying_signed_in_needs_proof_and_no_database() {
    let demo = Demo::of_sample(6, &["--released"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    demo.stop_postgres();
    let post = || browser.request(reqwest::Method::POST, "/session");
    assert_eq!(post().send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let token = hidden(&browser.page("/session").await, "_csrf");
    let stay = post().form(&[("_csrf", &token)]).header("accept", "application/json");
    let answer = stay.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("1200"));
    demo.start_postgres();
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_end_what_they_do_not_know() {
    let demo = Demo::of_sample(6, &["--released"]);
    let account = demo.account("school_user");
    let (here, there) =
        (Browser::signed_in(&demo, &account).await, Browser::signed_in(&demo, &account).await);
    let stranger = Browser::signed_in(&demo, &demo.account("ks3_user")).await;
    let mut page = String::new();
    until("both are listed", async || {
        page = here.page("/account/sessions").await;
        page.matches("govuk-summary-card__content").count() == 2
    })
    .await;
    assert_eq!(page.matches(": this session</h2>").count(), 1);
    let token = hidden(&page, "_csrf");
    let other = hidden(&page, "session");

    // Nobody ends the session of somebody else, whatever they send.
    let theirs = hidden(&stranger.page("/account/sessions").await, "_csrf");
    let fields = [("_csrf", theirs.as_str()), ("session", &other)];
    assert_eq!(stranger.post("/account/sessions", &fields).await.status(), 303);
    assert!(is_in(&there).await);

    let fields = [("_csrf", token.as_str()), ("session", &other)];
    let answer = here.post("/account/sessions", &fields).await;
    assert_eq!(header(&answer, "location"), "/account/sessions?ended");
    assert!(!is_in(&there).await, "at once");
    assert!(is_in(&here).await);
    let page = here.page("/account/sessions?ended").await;
    assert!(page.contains("That session has ended"));
    assert_eq!(page.matches("govuk-summary-card__content").count(), 1);

    // Everywhere means here too, and works without the database.
    let third = Browser::signed_in(&demo, &account).await;
    demo.stop_postgres();
    let fields = [("_csrf", token.as_str()), ("all", "yes")];
    let answer = here.post("/account/sessions", &fields).await;
    assert_eq!(header(&answer, "location"), "/sign-in");
    assert!(!is_in(&here).await && !is_in(&third).await);
    assert!(is_in(&stranger).await);
    demo.start_postgres();
    until("the database knows", async || {
        let rows = demo.query("SELECT count(*) FROM revocations").await;
        rows[0][0] == "2"
    })
    .await;
    // Whoever signs in anew is in.
    assert!(is_in(&Browser::signed_in(&demo, &account).await).await);
}

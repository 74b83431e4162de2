//! Staff look at the portal as an organisation sees it: for a while, changing nothing, and the organisation hears of it.

use reqwest::{Response, StatusCode};

use crate::support::{Account, Browser, Demo, cookie_set, hidden, until};

const VIEW_AS: &str = "/staff/view-as";
const REASON: &str = "Call 4711: \"no countdown\" & no results";

/// Row id of a school.
async fn school_id(demo: &Demo, laestab: &str) -> String {
    let sql = format!("SELECT id FROM organisations WHERE laestab = {laestab}");
    demo.query(&sql).await.remove(0).remove(0)
}

/// Begins a look at a school.
async fn begin(demo: &Demo, browser: &Browser, laestab: &str) -> Response {
    let page = browser.page(&format!("{VIEW_AS}?q={laestab}")).await;
    let (token, id) = (hidden(&page, "_csrf"), school_id(demo, laestab).await);
    let fields =
        [("_csrf", token.as_str()), ("q", laestab), ("organisation", &id), ("reason", REASON)];
    browser.post(VIEW_AS, &fields).await
}

/// Sends a form of one button from a page.
async fn press(browser: &Browser, from: &str, to: &str) -> Response {
    let token = hidden(&browser.page(from).await, "_csrf");
    browser.post(to, &[("_csrf", token.as_str())]).await
}

async fn acts(demo: &Demo) -> Vec<Vec<String>> {
    let sql = "SELECT action, actor, subject, detail FROM audit WHERE action LIKE 'viewing.%' ORDER BY seq";
    demo.query(sql).await
}

fn looks(page: &str) -> bool {
    page.contains("You look as <strong>")
}

#[tokio::test]
async fn the_helpline_looks_for_a_reason_changes_nothing_and_sees_no_pupil() {
    let demo = Demo::of_sample(6, &["--released"]);
    let (helpline, manager) = (demo.account("helpline"), demo.account("school_account_manager"));
    let school = &manager.laestab;
    let browser = Browser::signed_in(&demo, &helpline).await;
    assert!(browser.page("/").await.contains("href=\"/staff/view-as\""), "in the navigation");
    let answer = begin(&demo, &browser, school).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = browser.page("/").await;
    assert!(looks(&page) && page.contains("Call 4711: &#34;no countdown&#34; &#38; no results"));
    assert!(page.contains("href=\"/users\"") && !page.contains("href=\"/staff/"), "the school's");

    for path in
        ["/organisation", "/organisation/change", "/organisation/accesses", "/users", "/help"]
    {
        let page = browser.page(path).await;
        assert!(looks(&page), "{path}");
    }
    // No pupil: no page, no list, no file, whatever the method.
    let own = |below: &str| format!("/results/{school}{below}");
    let files = [
        "",
        "/maths",
        "/scripts",
        "/results.csv",
        "/results.pdf",
        "/scripts.zip",
        "/scripts/a-gps1.pdf",
    ];
    let addresses =
        files.map(own).into_iter().chain(["/results".to_owned(), "/results/all.csv".to_owned()]);
    for path in addresses {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        let page = answer.text().await.unwrap();
        assert!(
            looks(&page) && page.contains("Results and scripts are not shown to you"),
            "{path}"
        );
        assert!(page.contains("results have been open to its users since"), "{path}");
        let head = browser.request(reqwest::Method::HEAD, &path).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let granted = "SELECT count(*) FROM journal_entries WHERE kind = 'granted'";
    // Their own pages and those of staff are no part of it, and neither is what the school's users do not see.
    for path in [
        "/account",
        "/account/password",
        "/account/second-factor",
        "/account/sessions",
        "/account/switch",
        VIEW_AS,
        "/staff/reconciliation",
        "/session",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        let page = answer.text().await.unwrap();
        assert!(looks(&page) && page.contains("not part of what you look at"), "{path}");
    }
    for path in ["/organisation/1234567", "/nowhere"] {
        let missing = browser.get(path).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(looks(&missing.text().await.unwrap()), "also where there is nothing: {path}");
    }

    // Nothing is sent.
    let token = hidden(&browser.page("/organisation/change").await, "_csrf");
    let fields = [("_csrf", token.as_str()), ("phone", "01632 960 999"), ("email", "x@y.example")];
    for path in [
        "/organisation/change",
        "/organisation/check",
        "/users/create",
        "/users/create/check",
        "/users/review",
        "/account/password",
        VIEW_AS,
        "/sign-in",
        "/session",
    ] {
        let answer = browser.post(path, &fields).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        let page = answer.text().await.unwrap();
        assert!(looks(&page) && page.contains("You can look, and change nothing"), "{path}");
    }
    let put = browser.request(reqwest::Method::PUT, "/organisation/change").send().await.unwrap();
    assert_eq!(put.status(), StatusCode::METHOD_NOT_ALLOWED);

    told(&demo, &helpline, &manager).await;
    assert_eq!(demo.query(granted).await[0][0], "0", "nobody was given anything");
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

/// The organisation was written to, and reads of it; the audit names the person.
async fn told(demo: &Demo, helpline: &Account, manager: &Account) {
    let emails = demo
        .query("SELECT recipient, content->>'reason' FROM outbox WHERE template = 'viewing-began' ORDER BY recipient")
        .await;
    assert!(emails.iter().any(|row| row[0] == manager.username), "{emails:?}");
    let managers = format!(
        "SELECT count(DISTINCT m.user_id) FROM memberships m JOIN organisations o ON o.id = m.organisation_id
         WHERE o.laestab = {} AND m.permission = 'account_manager'",
        manager.laestab
    );
    assert_eq!(emails.len().to_string(), demo.query(&managers).await[0][0]);
    assert!(emails.iter().all(|row| row[1] == REASON));
    let acts = acts(demo).await;
    let subject = format!("organisation {}", school_id(demo, &manager.laestab).await);
    assert_eq!(acts, [["viewing.began", &helpline.username, &subject, REASON]]);
    let reader = Browser::signed_in(demo, manager).await;
    let record = reader.page("/organisation/accesses").await;
    assert!(
        record.contains("Began to look at this service as your users see it. Reason: Call 4711")
    );
    let name = format!("SELECT full_name FROM users WHERE username = '{}'", helpline.username);
    assert!(record.contains(&demo.query(&name).await[0][0]), "{record}");
    // Another school reads nothing of it.
    let other = demo.listed_accounts("school_account_manager");
    if let Some(other) = other.into_iter().find(|a| a.laestab != manager.laestab) {
        let reader = Browser::signed_in(demo, &other).await;
        assert!(!reader.page("/organisation/accesses").await.contains("Call 4711"));
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nobody_else_looks() {
    let demo = Demo::of_sample(6, &["--released"]);
    let (helpline, user) = (demo.account("helpline"), demo.account("school_user"));
    let browser = Browser::signed_in(&demo, &helpline).await;
    for (query, words) in [("q=", "at least 3 letters"), ("q=zzzzz", "nothing was found")] {
        let answer = browser.get(&format!("{VIEW_AS}?{query}")).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains(words), "{query}");
    }
    let page = browser.page(&format!("{VIEW_AS}?q={}", user.laestab)).await;
    let (token, id) = (hidden(&page, "_csrf"), school_id(&demo, &user.laestab).await);
    let long = format!("<b>{}", "é".repeat(498));
    let staff = demo.query("SELECT id FROM organisations WHERE kind = 'staff' LIMIT 1").await;
    for (organisation, reason, problems) in [
        ("", " ", &["Select the organisation", "Enter the reason"][..]),
        (id.as_str(), &long, &["Shorten the reason"]),
        (&staff[0][0], REASON, &["Select the organisation"]),
        ("-7", REASON, &["Select the organisation"]),
    ] {
        let fields = [
            ("_csrf", token.as_str()),
            ("q", &user.laestab),
            ("organisation", organisation),
            ("reason", reason),
        ];
        let answer = browser.post(VIEW_AS, &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{organisation}");
        let page = answer.text().await.unwrap();
        assert!(problems.iter().all(|problem| page.contains(problem)), "{page}");
        assert!(page.contains(&format!("value=\"{}\"", user.laestab)), "the search stays");
        assert!(reason != long || page.contains("&#60;b&#62;éé"), "the reason stays");
    }
    // Without its hidden field, and as anybody else.
    let fields = [("q", user.laestab.as_str()), ("organisation", &id), ("reason", REASON)];
    assert_eq!(browser.post(VIEW_AS, &fields).await.status(), StatusCode::FORBIDDEN);
    for role in ["caseworker", "school_account_manager", "la_user"] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        assert_eq!(browser.get(VIEW_AS).await.status(), StatusCode::NOT_FOUND, "{role}");
        let token = hidden(&browser.page("/").await, "_csrf");
        let fields = [&[("_csrf", token.as_str())][..], &fields].concat();
        assert_eq!(browser.post(VIEW_AS, &fields).await.status(), StatusCode::NOT_FOUND, "{role}");
        assert!(!looks(&browser.page("/").await), "{role}");
    }
    assert_eq!(acts(&demo).await, Vec::<Vec<String>>::new());
    // Nothing begins that cannot be audited; what has begun goes on and ends.
    assert_eq!(begin(&demo, &browser, &user.laestab).await.status(), StatusCode::SEE_OTHER);
    let page = browser.page("/").await;
    demo.stop_postgres();
    assert!(looks(&browser.page("/").await));
    let token = hidden(&page, "_csrf");
    let end = [("_csrf", token.as_str())];
    assert_eq!(browser.post("/staff/view-as/end", &end).await.status(), StatusCode::SEE_OTHER);
    assert!(!looks(&browser.page("/").await));
    let fields = [&end[..], &fields].concat();
    assert_eq!(browser.post(VIEW_AS, &fields).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    demo.start_postgres();
}

#[tokio::test]
async fn a_look_ends_at_a_button_by_itself_and_with_the_session() {
    let mut demo = Demo::of_sample(6, &["--released"]);
    let (helpline, user) = (demo.account("helpline"), demo.account("school_user"));
    let browser = Browser::signed_in(&demo, &helpline).await;
    let begun = begin(&demo, &browser, &user.laestab).await;
    let copy = cookie_set(&begun, "__Host-viewing").unwrap();
    let ended = press(&browser, "/", "/staff/view-as/end").await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    let page = browser.page(&format!("{VIEW_AS}?ended")).await;
    assert!(page.contains("You see your own pages again") && !looks(&page));
    // A copy of the cookie opens nothing, and nothing of somebody else's session ever.
    let again = format!("__Host-viewing={copy}");
    assert_eq!(browser.get_with("/users", &again).await.status(), StatusCode::SEE_OTHER);
    let school = Browser::signed_in(&demo, &user).await;
    assert!(!looks(&school.page("/").await));

    // By itself, after a quarter of an hour; the audit tells of it.
    begin(&demo, &browser, &user.laestab).await;
    assert!(looks(&browser.page("/").await));
    demo.move_clock(16);
    assert!(!looks(&browser.page("/").await), "its time is up, and the session goes on");
    until("the end is in the audit", async || acts(&demo).await.len() == 4).await;
    // With the session.
    begin(&demo, &browser, &user.laestab).await;
    assert_eq!(press(&browser, "/", "/sign-out").await.status(), StatusCode::SEE_OTHER);
    let told = acts(&demo).await;
    let details: Vec<&str> = told.iter().map(|row| row[3].as_str()).collect();
    let by_who = "by who looked";
    assert_eq!(details, [REASON, by_who, REASON, "its time was up", REASON, by_who]);
    // Signing out is theirs, not the school's.
    let out =
        "SELECT count(*) FROM journal_entries j JOIN organisations o ON o.id = j.organisation_id
        WHERE j.kind = 'signed_out' AND o.kind <> 'staff'";
    assert_eq!(demo.query(out).await[0][0], "0");
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

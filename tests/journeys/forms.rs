//! Forms: filled in page by page, checked, sent once; and everything that could go wrong on the way.

use reqwest::StatusCode;

use crate::support::{Browser, Demo, header, hidden, until};

/// While schools give their holiday dates.
const AUTUMN: [&str; 2] = ["--as-of", "2023-11-01T10:00"];
const HOLIDAYS: &str = "/activity/holiday-dates";

/// Answers of each page of the holiday dates.
const PERIOD: [(&str, &str); 7] = [
    ("periods-1-from-day", "29"),
    ("periods-1-from-month", "3"),
    ("periods-1-from-year", "2024"),
    ("periods-1-to-day", "12"),
    ("periods-1-to-month", "April"),
    ("periods-1-to-year", "2024"),
    ("periods-1-reason", "holiday"),
];
const OPEN: [(&str, &str); 1] = [("closed_in_test_week", "no")];

/// Sends the form of a page with these fields beside its own hidden ones.
async fn send(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let page = browser.page(path).await;
    let hidden = own_fields(&page);
    let own: Vec<(&str, &str)> = hidden.iter().map(|(name, text)| (*name, text.as_str())).collect();
    browser.post(path, &[&own[..], fields].concat()).await
}

/// The hidden fields that a page of a form has.
fn own_fields(page: &str) -> Vec<(&'static str, String)> {
    let names = ["_csrf", "seen", "revision", "version"];
    let there = names.into_iter().filter(|name| page.contains(&format!("name=\"{name}\" value")));
    there.map(|name| (name, hidden(page, name))).collect()
}

/// Where an answer leads; it must lead somewhere.
#[track_caller]
fn leads(answer: &reqwest::Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.url());
    header(answer, "location").to_owned()
}

/// Begins the form and gives the address of the draft, without a page.
async fn begin(browser: &Browser, form: &str) -> String {
    let page = leads(&send(browser, form, &[]).await);
    page.rsplit_once('/').unwrap().0.to_owned()
}

/// Sends what is ready to be checked.
async fn accept(browser: &Browser, draft: &str) -> reqwest::Response {
    send(browser, &format!("{draft}/check"), &[]).await
}

/// State and answers of everything that an organisation has of a form, the oldest first.
async fn kept(demo: &Demo, form: &str) -> Vec<Vec<String>> {
    demo.query(&format!(
        "SELECT state, answers::text, revision::text FROM submissions WHERE form = '{form}' ORDER BY id"
    ))
    .await
}

#[tokio::test]
async fn a_form_is_filled_in_page_by_page_and_sent_once() {
    let demo = Demo::of_sample(6, &AUTUMN);
    let user = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &user).await;
    let activity = browser.page("/activity").await;
    assert!(activity.contains("Holiday dates") && activity.contains("Not started"));
    assert!(activity.contains("Closes at 11:59pm on 17 November 2023"));
    assert!(!activity.contains("headteacher"), "it opens in May");

    let draft = begin(&browser, HOLIDAYS).await;
    assert_eq!(begin(&browser, HOLIDAYS).await, draft, "one draft is enough");
    // What is wrong is told, all of it at once, and kept.
    let closed = format!("{draft}/closed");
    let wrong = [("periods-1-from-day", "31"), ("periods-1-from-month", "2")];
    let answer = send(&browser, &closed, &wrong).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    for words in [
        "The first closed day must include a year",
        "Enter the last closed day",
        "Select the reason",
    ] {
        assert_eq!(page.matches(words).count(), 2, "in the summary and at the field: {words}");
    }
    assert!(page.contains("<title>Error: ") && page.contains("value=\"31\""));
    assert!(browser.page(&closed).await.contains("value=\"31\""), "also what is wrong is kept");
    // Whoever is ahead of the answers is brought back.
    let ahead = browser.get(&format!("{draft}/check")).await;
    assert_eq!(leads(&ahead), closed);

    assert_eq!(leads(&send(&browser, &closed, &PERIOD).await), format!("{draft}/test_week"));
    let week = format!("{draft}/test_week");
    assert_eq!(
        leads(&send(&browser, &week, &[("closed_in_test_week", "yes")]).await),
        format!("{draft}/test_days")
    );
    let days = [("days-tuesday", "yes"), ("why", "The boiler\r\nis broken <b>")];
    assert_eq!(
        leads(&send(&browser, &format!("{draft}/test_days"), &days).await),
        format!("{draft}/check")
    );
    let check = browser.page(&format!("{draft}/check")).await;
    for words in
        ["29 March 2024", "12 April 2024", "Tuesday 14 May: reading", "is broken &#60;b&#62;"]
    {
        assert!(check.contains(words), "{words}");
    }
    // Another answer closes a branch: what stands in it is not sent.
    assert_eq!(
        leads(
            &send(
                &browser,
                &format!("{week}?change"),
                &[("closed_in_test_week", "no"), ("to", "check")]
            )
            .await
        ),
        format!("{draft}/check")
    );
    assert!(!browser.page(&format!("{draft}/check")).await.contains("boiler"));

    // Sent twice, as by a double click: sent once.
    let page = browser.page(&format!("{draft}/check")).await;
    let fields = own_fields(&page);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let check = format!("{draft}/check");
    let (first, second) =
        tokio::join!(browser.post(&check, &fields), browser.post(&check, &fields));
    let third = browser.post(&check, &fields).await;
    for answer in [first, second, third] {
        assert_eq!(leads(&answer), format!("{draft}?sent"), "all come to the receipt");
    }
    let all = kept(&demo, "holiday-dates").await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0][0], "sent");
    assert!(all[0][1].contains("April") && !all[0][1].contains("boiler"), "{}", all[0][1]);
    let count = "SELECT (SELECT count(*) FROM submission_history)::text, (SELECT count(*) FROM outbox WHERE template = 'form-sent')::text, (SELECT count(*) FROM audit WHERE action = 'form.sent')::text";
    assert_eq!(demo.query(count).await, [["1", "1", "1"]]);

    let reference = draft.rsplit_once('/').unwrap().1;
    let receipt = browser.page(&format!("{draft}?sent")).await;
    assert!(receipt.contains("Form sent") && receipt.contains(reference));
    let activity = browser.page("/activity").await;
    assert!(activity.contains("1 November 2023") && activity.contains(reference));
    let mail = std::path::PathBuf::from(demo.text("mail_dir"));
    until("the email is there", async || {
        std::fs::read_dir(&mail).unwrap().flatten().any(|file| {
            std::fs::read_to_string(file.path())
                .is_ok_and(|text| text.contains(reference) && text.contains(&user.username))
        })
    })
    .await;
    sent_again(&demo, &browser, &draft).await;
}

/// A later one takes the place of what was sent, which stays as it was.
async fn sent_again(demo: &Demo, browser: &Browser, first: &str) {
    let draft = begin(browser, HOLIDAYS).await;
    assert_ne!(draft, first);
    assert!(browser.page("/activity").await.contains("Begun, not sent"));
    let page = browser.page(&format!("{draft}/closed")).await;
    assert!(page.contains("value=\"April\""), "it begins with what was sent");
    let more = [
        ("periods-2-from-day", "6"),
        ("periods-2-from-month", "5"),
        ("periods-2-from-year", "2024"),
        ("periods-2-to-day", "6"),
        ("periods-2-to-month", "5"),
        ("periods-2-to-year", "2024"),
        ("periods-2-reason", "bank"),
    ];
    send(browser, &format!("{draft}/closed"), &[&PERIOD[..], &more].concat()).await;
    assert!(leads(&accept(browser, &draft).await).ends_with("?sent"));
    let states: Vec<String> =
        kept(demo, "holiday-dates").await.into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(states, ["replaced", "sent"]);
    assert!(browser.page(first).await.contains("has replaced this one"));
    // An item that is taken away leaves no gap.
    let draft = begin(browser, HOLIDAYS).await;
    let answer = send(
        browser,
        &format!("{draft}/closed"),
        &[&PERIOD[..], &more, &[("then", "remove-periods-1")]].concat(),
    )
    .await;
    leads(&answer);
    let page = browser.page(&format!("{draft}/closed")).await;
    assert!(
        page.contains("Period 1")
            && !page.contains("Period 2")
            && page.contains("<option value=\"bank\" selected>")
    );
}

#[tokio::test]
async fn what_comes_late_or_from_elsewhere_changes_nothing() {
    let mut demo = Demo::of_sample(6, &AUTUMN);
    let users = demo.accounts("school_user");
    let browser = Browser::signed_in(&demo, &users[0]).await;
    let draft = begin(&browser, HOLIDAYS).await;
    // Nobody else knows of it, and nobody without the right of the form.
    let other =
        Browser::signed_in(&demo, users.iter().find(|u| u.laestab != users[0].laestab).unwrap())
            .await;
    for path in [
        draft.clone(),
        format!("{draft}/closed"),
        format!("{draft}/check"),
        format!("{draft}/discard"),
    ] {
        assert_eq!(other.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let token = hidden(&other.page("/activity/test-orders").await, "_csrf");
    let answer = other.post(&format!("{draft}/discard"), &[("_csrf", &token)]).await;
    assert_eq!(leads(&answer), format!("{HOLIDAYS}?gone"));
    assert_eq!(kept(&demo, "holiday-dates").await.len(), 1, "it is still there");
    let manager = Browser::signed_in(&demo, &demo.account("school_account_manager")).await;
    assert_eq!(manager.get("/activity").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(manager.get(HOLIDAYS).await.status(), StatusCode::FORBIDDEN);
    let access = Browser::signed_in(&demo, &demo.account("school_access_arrangements")).await;
    assert!(!access.page("/activity").await.contains("Holiday dates"));
    for path in [HOLIDAYS, &draft, &format!("{draft}/closed")] {
        assert_eq!(access.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }

    // A field twice, one that is none of the page, one that is too long: refused, left out, told.
    let closed = format!("{draft}/closed");
    let token = hidden(&browser.page(&closed).await, "_csrf");
    let twice =
        [("_csrf", token.as_str()), ("periods-1-reason", "bank"), ("periods-1-reason", "inset")];
    assert_eq!(browser.post(&closed, &twice).await.status(), StatusCode::BAD_REQUEST);
    let long = "x".repeat(70_000);
    assert_eq!(
        browser.post(&closed, &[("_csrf", &token), ("why", &long)]).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    leads(
        &send(
            &browser,
            &closed,
            &[
                &PERIOD[..],
                &[("why", "of another page"), ("state", "sent"), ("periods-2-reason", "\0")],
            ]
            .concat(),
        )
        .await,
    );
    assert!(!kept(&demo, "holiday-dates").await[0][1].contains("another page"));
    // A page that the answers do not lead to is not shown.
    assert_eq!(leads(&browser.get(&format!("{draft}/test_days")).await), format!("{draft}/check"));
    assert_eq!(browser.get(&format!("{draft}/nothing")).await.status(), StatusCode::NOT_FOUND);
    leads(&send(&browser, &format!("{draft}/test_week"), &OPEN).await);

    // Two tabs: what was looked at in one was changed in the other, so it is looked at again.
    let check = browser.page(&format!("{draft}/check")).await;
    leads(&send(&browser, &format!("{draft}/test_week"), &OPEN).await);
    let fields = own_fields(&check);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let answer = browser.post(&format!("{draft}/check"), &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("An answer or the form was changed since you opened this page")
    );

    // It closes while the page is open: nothing is sent, nothing is lost.
    demo.move_clock(60 * 24 * 17);
    let browser = Browser::signed_in(&demo, &users[0]).await;
    let answer = accept(&browser, &draft).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("This form has closed. Your answers are saved"));
    let all = kept(&demo, "holiday-dates").await;
    assert_eq!((all.len(), all[0][0].as_str()), (1, "draft"));
    let start = browser.page(HOLIDAYS).await;
    assert!(
        start.contains("This form closed at 11:59pm on 17 November 2023")
            && !start.contains("Start now")
    );
    let answer = send(&browser, &format!("{draft}/discard"), &[]).await;
    assert_eq!(leads(&answer), format!("{HOLIDAYS}?discarded"));
    assert!(kept(&demo, "holiday-dates").await.is_empty());
    assert_eq!(demo.query("SELECT count(*)::text FROM submission_history").await, [["0"]]);
}

#[tokio::test]
async fn a_declaration_is_outstanding_until_it_is_sent_and_stays_as_it_was_sent() {
    let demo = Demo::of_sample(6, &["--as-of", "2024-05-20T09:00"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    let form = "/activity/headteachers-declaration-ks2";
    let outstanding = browser.page("/activity").await;
    assert!(outstanding.split_once("Available").unwrap().0.contains("headteacher’s declaration"));
    let draft = begin(&browser, form).await;
    let answers: [(&str, &[(&str, &str)]); 4] = [
        ("declarer", &[("first_name", "Ada"), ("last_name", "O’Hara"), ("is_head", "no")]),
        ("role", &[("job_title", "Deputy head")]),
        ("statement", &[("declares", "confirmed")]),
        (
            "points",
            &[
                ("registered", "yes"),
                ("coded", "yes"),
                ("stored", "yes"),
                ("administered", "yes"),
                ("dispatched", "yes"),
            ],
        ),
    ];
    for (page, fields) in answers {
        leads(&send(&browser, &format!("{draft}/{page}"), fields).await);
    }
    let refused =
        send(&browser, &format!("{draft}/points"), &[("coded", "yes")]).await.text().await.unwrap();
    assert!(refused.contains("Confirm that all eligible pupils were registered"));
    leads(&send(&browser, &format!("{draft}/points"), answers[3].1).await);
    leads(&accept(&browser, &draft).await);
    assert!(
        !browser.page("/activity").await.split_once("Available").unwrap().0.contains("declaration")
    );
    assert!(!browser.page(form).await.contains("Start now"));
    // Whoever begins it again comes to what was sent, and the database keeps that too.
    let token = hidden(&browser.page("/account/sessions").await, "_csrf");
    assert_eq!(leads(&browser.post(form, &[("_csrf", &token)]).await), draft);
    demo.query(
        "DO $$ BEGIN
            UPDATE submissions SET answers = '{}';
            RAISE EXCEPTION 'it was changed';
        EXCEPTION WHEN raise_exception THEN
            IF SQLERRM NOT LIKE '%was sent and does not change' THEN RAISE; END IF;
        END $$",
    )
    .await;
    assert_eq!(kept(&demo, "headteachers-declaration-ks2").await[0][0], "sent");
}

#[tokio::test]
async fn two_people_at_one_form_lose_nothing() {
    let demo = Demo::of_sample(6, &AUTUMN);
    let one = Browser::signed_in(&demo, &demo.account("school_user")).await;
    let other = Browser::signed_in(&demo, &demo.account("school_all")).await;
    let (first, second) = tokio::join!(begin(&one, HOLIDAYS), begin(&other, HOLIDAYS));
    assert_eq!(first, second, "one draft is enough");
    let draft = first;
    // Both have the page open, and one is first.
    let closed = format!("{draft}/closed");
    let opened = own_fields(&other.page(&closed).await);
    let opened: Vec<(&str, &str)> =
        opened.iter().map(|(name, text)| (*name, text.as_str())).collect();
    leads(&send(&one, &closed, &PERIOD).await);
    let mut later = PERIOD;
    later[0].1 = "30";
    let answer = other.post(&closed, &[&opened[..], &later].concat()).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    for words in
        ["Somebody else saved this page", "First closed day: 29 March 2024", "value=\"30\""]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(kept(&demo, "holiday-dates").await[0][1].contains("\"29\""), "nothing is saved over");
    // Whoever has seen that may save theirs; twice is once.
    let knowing = own_fields(&page);
    let knowing: Vec<(&str, &str)> =
        knowing.iter().map(|(name, text)| (*name, text.as_str())).collect();
    for _ in 0..2 {
        let answer = other.post(&closed, &[&knowing[..], &later].concat()).await;
        assert_eq!(leads(&answer), format!("{draft}/test_week"));
    }
    assert!(kept(&demo, "holiday-dates").await[0][1].contains("\"30\""));
    // One sends while the other has a page open: they are told that their page came too late.
    leads(&send(&one, &format!("{draft}/test_week"), &OPEN).await);
    let open = own_fields(&other.page(&closed).await);
    let open: Vec<(&str, &str)> = open.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(leads(&accept(&one, &draft).await), format!("{draft}?sent"));
    let answer = other.post(&closed, &[&open[..], &PERIOD].concat()).await;
    assert_eq!(leads(&answer), format!("{draft}?late"));
    assert!(
        other.page(&format!("{draft}?late")).await.contains("was sent before you saved your page")
    );
    // One discards what the other fills in.
    let draft = begin(&one, HOLIDAYS).await;
    let closed = format!("{draft}/closed");
    let open = own_fields(&other.page(&closed).await);
    let open: Vec<(&str, &str)> = open.iter().map(|(name, text)| (*name, text.as_str())).collect();
    leads(&send(&one, &format!("{draft}/discard"), &[]).await);
    let answer = other.post(&closed, &[&open[..], &PERIOD].concat()).await;
    assert_eq!(leads(&answer), format!("{HOLIDAYS}?gone"));
    assert!(other.page(&format!("{HOLIDAYS}?gone")).await.contains("is not there any more"));
    let discarded = "SELECT count(*)::text FROM audit WHERE action = 'form.discarded'";
    assert_eq!(demo.query(discarded).await, [["1"]]);
    // What was replaced keeps the digest of its own answers.
    let draft = begin(&one, HOLIDAYS).await;
    leads(&send(&one, &format!("{draft}/closed"), &PERIOD).await);
    leads(&accept(&one, &draft).await);
    let digests = "SELECT count(DISTINCT answers_digest)::text FROM submission_history GROUP BY submission_id";
    assert_eq!(demo.query(digests).await, [["1"], ["1"]]);
}

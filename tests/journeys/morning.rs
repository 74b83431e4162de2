//! What operators and everybody are told of a morning: counts, the live page, the report afterwards.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{Account, Browser, Demo, header, until};

/// Somebody comes, waits for their turn, signs in, and looks at their results.
async fn look_at_results(demo: &Demo, account: &Account) {
    let browser = Browser::signed_in(demo, account).await;
    browser.page(&format!("/results/{}", account.laestab)).await;
}

fn report(demo: &Demo) -> Value {
    let (code, out, error) = demo.command(&["queue", "report", "--json"]);
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&out).unwrap()
}

#[tokio::test]
async fn a_morning_is_counted_while_it_goes_on_and_told_afterwards() {
    let demo = Demo::of_sample(12, &["--released", "--admission-rate", "0.5"]);
    let operators = demo.accounts("queue_operator");
    let [operator, second] = [0, 1].map(|place: usize| operators[place].username.as_str());
    let act = ["queue", "rate", "2", "--actor", operator, "--reason", "room on the nodes"];
    let (code, said, error) = demo.command(&act);
    assert_eq!(code, 0, "{error}");
    let number = said.trim().rsplit(' ').next().unwrap();
    assert_eq!(demo.command(&["queue", "approve", number, "--actor", second]).0, 0);
    let accounts: Vec<Account> = demo.listed_accounts("school_user").into_iter().take(8).collect();
    join_all(accounts.iter().map(|account| look_at_results(&demo, account))).await;
    Browser::new(&demo).sign_in(&accounts[0].username, "A-wrong-0ne!").await;
    until("every school is counted", async || {
        demo.metric("daybreak_schools_served").await >= 8.0
            && report(&demo)["schools"]["served"] == 8
    })
    .await;
    assert!(demo.metric("daybreak_schools_served").await <= 8.0);
    let status = Browser::new(&demo).page("/status").await;
    for words in ["8 of 12 schools have opened their results", "waiting to sign in", "As of"] {
        assert!(status.contains(words), "{words} in {status}");
    }

    let told = report(&demo);
    let number = |place: &str| told.pointer(place).and_then(Value::as_i64).unwrap();
    assert_eq!((number("/signed_in"), number("/refused")), (8, 1));
    // Two a second for eight who come at once: most have waited, and it is known of all.
    assert_eq!(number("/waits/known"), 8);
    let (waited, longest) =
        (number("/waits/waited"), told["waits"]["max_seconds"].as_f64().unwrap());
    assert!((1..=8).contains(&waited) && (1.0..60.0).contains(&longest), "{told}");
    assert_eq!(number("/promises/kept") + number("/promises/late"), 8);
    let to = &told["schools"]["seconds_to"];
    assert!(to["50"].as_i64().is_some() && to["90"].is_null() && to["100"].is_null(), "{told}");
    let minutes = told["minutes"].as_array().unwrap().iter();
    assert_eq!(minutes.filter_map(|minute| minute["signed_in"].as_i64()).sum::<i64>(), 8);
    assert_eq!(told["acts"][0]["what"], "queue.rate: 2 a second (room on the nodes)");
    assert_eq!(told["acts"][0]["actor"], operator);
    let (_, text, _) = demo.command(&["queue", "report"]);
    for words in
        ["8 of 12 schools have their results", "100% of schools   not yet", "room on the nodes"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    let (code, _, error) = demo.command(&["queue", "report", "2019-none"]);
    assert_eq!((code, error.contains("release list")), (1, true), "{error}");
}

#[tokio::test]
async fn the_live_page_tells_what_there_is_and_lets_nothing_else_in() {
    let demo = Demo::of_sample(12, &["--released"]);
    let live = format!("{}/live", demo.text("ops_url"));
    look_at_results(&demo, &demo.account("school_user")).await;
    until("the page counts the school", async || {
        let page = reqwest::get(&live).await.unwrap().text().await.unwrap();
        page.contains("<span data-word=\"schools_served\">1</span>")
            && page.contains("<span data-word=\"schools_expected\">12</span>")
            && page.contains("(this one)")
    })
    .await;
    let answer = reqwest::get(&live).await.unwrap();
    assert_eq!((answer.status(), header(&answer, "cache-control")), (StatusCode::OK, "no-store"));
    let policy = header(&answer, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
    let html = answer.text().await.unwrap();
    assert!(!html.contains("https://") && !html.contains(" src="), "nothing from elsewhere");

    let data = async |query: &str| -> Value {
        let text = reqwest::get(format!("{live}/data{query}")).await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let all = data("").await;
    assert_eq!(all["names"][0], "at");
    let (taken, rows) = (all["taken"].as_u64().unwrap(), all["rows"].as_array().unwrap().len());
    assert!(taken >= 2 && rows as u64 <= taken, "{taken} {rows}");
    assert_eq!(all["rows"][0].as_array().unwrap().len(), all["names"].as_array().unwrap().len());
    let next = data(&format!("?after={taken}")).await;
    assert!(next["rows"].as_array().unwrap().len() < rows, "only what is new");
    assert_eq!(data("?after=nonsense").await["words"]["ready"][0], "Ready");
    let client = reqwest::Client::new();
    assert_eq!(client.post(&live).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

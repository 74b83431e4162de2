//! The journal: who signed in and who was given what, each exactly once, and no pupil in it or in the log.

use reqwest::Method;

use crate::expected::Delivery;
use crate::support::{Account, Browser, Demo, hidden, until};

/// An account like this one that nobody else uses, and the id of its user.
async fn own(demo: &Demo, like: &Account, name: &str) -> (Account, String) {
    let account = demo.twin(like, name).await;
    let name = &account.username;
    let rows = demo.query(&format!("SELECT id FROM users WHERE username = '{name}'")).await;
    (account, rows[0][0].clone())
}

/// Signs in as an account that the node may only now hear of.
async fn signed_in_once_known(demo: &Demo, account: &Account) -> Browser {
    let browser = Browser::new(demo);
    until("the new account may sign in", async || {
        browser.sign_in(&account.username, &account.password).await.status() == 303
    })
    .await;
    browser
}

/// Kinds and files of the records of a user, as they were written.
async fn records(demo: &Demo, user: &str) -> Vec<(String, String)> {
    let sql = format!(
        "SELECT kind, convert_from(record, 'UTF8')::json ->> 'file' FROM journal_entries
         WHERE user_id = {user} ORDER BY at, seq"
    );
    demo.query(&sql).await.into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect()
}

fn count(records: &[(String, String)], kind: &str, file: &str) -> usize {
    records.iter().filter(|record| record.0 == kind && record.1 == file).count()
}

#[tokio::test]
async fn what_somebody_does_is_recorded_exactly_once() {
    let demo = Demo::released();
    // Of a school in which no other test makes an account: a school has three users at the most.
    let like = demo.listed_accounts("school_user").pop().unwrap();
    let (account, user) = own(&demo, &like, "recorded").await;
    signed_in_once_known(&demo, &account).await;
    until("the journal is shipped", async || !records(&demo, &user).await.is_empty()).await;
    let before = records(&demo, &user).await;
    let browser = Browser::new(&demo);
    browser.sign_in(&account.username, "A-wrong-0ne!").await;
    let browser = browser.enter(&account).await;
    let base = format!("/results/{}", account.laestab);
    browser.file(&format!("{base}/results.csv")).await;
    // The head of a page gives nothing away.
    browser.request(Method::HEAD, &base).send().await.unwrap();
    // Three parts of one download, and a look at its head, are one grant.
    let bundle = format!("{base}/scripts.zip");
    browser.request(Method::HEAD, &bundle).send().await.unwrap();
    for range in ["bytes=0-9", "bytes=10-19", "bytes=20-"] {
        let part = browser.request(Method::GET, &bundle).header("range", range);
        part.send().await.unwrap().bytes().await.unwrap();
    }
    let token = hidden(&browser.page("/").await, "_csrf");
    browser.post("/sign-out", &[("_csrf", &token)]).await;
    let mut new = Vec::new();
    until("the journal is shipped", async || {
        new = records(&demo, &user).await.split_off(before.len());
        count(&new, "signed_out", "") == 1 && count(&new, "ended", "scripts.zip") >= 1
    })
    .await;
    // Nothing more comes with the next shipments.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(records(&demo, &user).await.split_off(before.len()), new);
    for (kind, file, times) in [
        ("refused", "", 1),
        ("signed_in", "", 1),
        ("granted", "results.csv", 1),
        ("ended", "results.csv", 1),
        ("granted", "scripts.zip", 1),
        ("signed_out", "", 1),
    ] {
        assert_eq!(count(&new, kind, file), times, "{kind} {file}: {new:?}");
    }
    // Parts that end together are one record.
    let ended = count(&new, "ended", "scripts.zip");
    assert!((1..=3).contains(&ended), "{new:?}");
    assert_eq!(new.len(), 6 + ended, "{new:?}");
    // What was given stands before what became of it.
    let place = |kind: &str, file: &str| new.iter().position(|r| r.0 == kind && r.1 == file);
    for file in ["results.csv", "scripts.zip"] {
        assert!(place("granted", file) < place("ended", file), "{new:?}");
    }
    let doubled = "SELECT journal, seq FROM journal_entries GROUP BY 1, 2 HAVING count(*) > 1";
    assert_eq!(demo.query(doubled).await, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn a_grant_names_who_what_and_from_where() {
    let demo = Demo::released();
    let (account, user) = own(&demo, &demo.account("la_user"), "authority").await;
    let browser = signed_in_once_known(&demo, &account).await;
    let length = browser.file("/results/all-with-ta.csv").await.len();
    let sql = format!(
        "SELECT convert_from(record, 'UTF8'), organisation_id FROM journal_entries
         WHERE user_id = {user} AND kind = 'ended' AND convert_from(record, 'UTF8') LIKE '%with-ta%'"
    );
    let mut rows = Vec::new();
    until("the end of the download is shipped", async || {
        rows = demo.query(&sql).await;
        !rows.is_empty()
    })
    .await;
    let record: serde_json::Value = serde_json::from_str(&rows[0][0]).unwrap();
    assert_eq!(record["organisation"].to_string(), rows[0][1]);
    assert_eq!(record["release"], demo.text("release"));
    assert_eq!(record["bytes"], serde_json::json!([0, length]));
    assert_eq!(record["complete"], true);
    assert_eq!(record["address"], "127.0.0.1");
}

#[tokio::test]
async fn no_pupil_is_named_in_journal_or_log() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    for account in demo.listed_accounts("school_user").iter().take(3) {
        let browser = Browser::signed_in(&demo, account).await;
        let base = format!("/results/{}", account.laestab);
        browser.page(&base).await;
        browser.page(&format!("{base}/scripts")).await;
        browser.page(&format!("{base}/results.xml")).await;
        let upn = &delivery.schools[&account.laestab].pupils[0].upn;
        browser.get(&format!("{base}/scripts/{upn}-gps1.pdf")).await;
        browser.get(&format!("/results?q={upn}")).await;
    }
    until("the journal is shipped", async || {
        demo.metric("daybreak_journal_unshipped").await == 0.0
    })
    .await;
    let log = demo.log();
    let lines = log.lines().filter(|line| line.starts_with('{')).map(str::to_owned);
    let rows = demo.query("SELECT convert_from(record, 'UTF8') FROM journal_entries").await;
    let texts: Vec<String> = lines.chain(rows.into_iter().flatten()).collect();
    assert!(texts.iter().any(|line| line.contains("\"route\":\"script\"")));
    let all = texts.join("\n");
    let words: std::collections::HashSet<&str> =
        all.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').collect();
    for pupil in delivery.schools.values().flat_map(|school| &school.pupils) {
        assert!(!all.contains(&pupil.upn), "{} is named", pupil.upn);
        assert!(!words.contains(pupil.surname.as_str()), "{} is named", pupil.surname);
    }
}

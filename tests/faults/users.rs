//! Three nodes on one database: what is changed of a user holds on all of them within a second, downloads included.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::nodes::Node;
use crate::support::{Account, Browser, Demo, cookie_set, until};

/// How soon a change must hold everywhere.
const SOON: Duration = Duration::from_secs(1);
/// Bytes a second of scripts: a bundle takes much longer than anything here.
const CEILING: u64 = 200_000;

/// The member of a user's only organisation is set to something by the database's own rules.
async fn change(demo: &Demo, username: &str, sql: &str) {
    let of = format!("user_id = (SELECT id FROM users WHERE username = '{username}')");
    demo.query(&format!("{sql} WHERE {of}")).await;
}

async fn cookie(demo: &Demo, account: &Account) -> String {
    let answer = Browser::new(demo).sign_in(&account.username, &account.password).await;
    format!("__Host-sid={}", cookie_set(&answer, "__Host-sid").unwrap())
}

/// Time until every node answers so.
async fn everywhere(
    nodes: &[Browser],
    path: &str,
    cookie: &str,
    began: Instant,
    expected: StatusCode,
) -> Duration {
    let each = nodes.iter().map(async |node| {
        loop {
            let answer = node.request(Method::GET, path).header("cookie", cookie).send().await;
            // An answer that was on its way when the change came is cut off.
            if answer.as_ref().is_ok_and(|answer| answer.status() == expected) {
                return began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{path} is {answer:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    futures_util::future::join_all(each).await.into_iter().max().unwrap()
}

#[tokio::test]
async fn changes_hold_on_three_nodes_within_a_second() {
    let toml = format!("[delivery]\nscripts_bytes_per_second = {CEILING}\n");
    let demo = Demo::configured(12, &toml, &["--released"]);
    let others = [Node::start(&demo), Node::start(&demo)];
    let mut nodes = vec![Browser::forgetful(&demo)];
    nodes.extend(others.iter().map(|node| Browser::forgetful(&demo).at(&node.base)));
    let school = demo.account("school_user");
    let session = cookie(&demo, &school).await;
    let csv = format!("/results/{}/results.csv", school.laestab);
    until("every node knows them", async || {
        let mut all = true;
        for node in &nodes {
            let answer = node.request(Method::GET, &csv).header("cookie", &session).send().await;
            all &= answer.is_ok_and(|answer| answer.status() == StatusCode::OK);
        }
        all
    })
    .await;
    // There and back, five times: the slowest of all counts.
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        for (permissions, expected) in
            [("{access_arrangements}", StatusCode::NOT_FOUND), ("{user}", StatusCode::OK)]
        {
            let sql = format!("UPDATE members SET permissions = '{permissions}'");
            change(&demo, &school.username, &sql).await;
            let began = Instant::now();
            slowest = slowest.max(everywhere(&nodes, &csv, &session, began, expected).await);
        }
    }
    println!("a permission: {slowest:?} at the slowest, on three nodes");
    assert!(slowest < SOON, "{slowest:?}");

    // A bundle is on its way from every node, and ends there with the user.
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    let mut running = Vec::new();
    for node in &nodes {
        let answer = node.get_with(&bundle, &session).await;
        assert_eq!(answer.status(), StatusCode::OK);
        running.push(answer);
    }
    for answer in &mut running {
        assert!(answer.chunk().await.unwrap().is_some());
    }
    change(&demo, &school.username, "DELETE FROM members").await;
    let began = Instant::now();
    let ends = running.into_iter().map(async |mut answer| {
        let mut more = 0_u64;
        loop {
            match answer.chunk().await {
                Ok(Some(part)) => more += part.len() as u64,
                Ok(None) => return (false, began.elapsed(), more),
                Err(_) => return (true, began.elapsed(), more),
            }
        }
    });
    let ended = futures_util::future::join_all(ends).await;
    println!("downloads of somebody who was removed: cut off, after, bytes {ended:?}");
    // What lies in buffers comes as fast as it is read; nothing is added to it.
    let right = |(cut_off, after, more): &(bool, Duration, u64)| {
        *cut_off && *after < 2 * SOON && *more < 5 * CEILING
    };
    assert!(ended.iter().all(right), "{ended:?}");
    let gone = everywhere(&nodes, &csv, &session, began, StatusCode::SEE_OTHER).await;
    assert!(gone < 3 * SOON, "{gone:?}");
}

#[tokio::test]
async fn a_download_ends_with_its_session() {
    let toml = format!("[delivery]\nscripts_bytes_per_second = {CEILING}\n");
    let demo = Demo::configured(12, &toml, &["--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let bundle = format!("/results/{}/scripts.zip", school.laestab);
    let mut answer = browser.get(&bundle).await;
    assert!(answer.chunk().await.unwrap().is_some());
    let page = browser.page("/results").await;
    let token = crate::support::hidden(&page, "_csrf");
    let out = browser.post("/sign-out", &[("_csrf", &token)]).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let began = Instant::now();
    let mut cut_off = false;
    loop {
        match answer.chunk().await {
            Ok(Some(_)) => (),
            Ok(None) => break,
            Err(_) => {
                cut_off = true;
                break;
            }
        }
    }
    assert!(cut_off && began.elapsed() < 2 * SOON, "{:?}", began.elapsed());
    until("the journal knows that it was cut off", async || {
        let sql = "SELECT count(*) FROM journal_entries WHERE kind = 'ended'
            AND convert_from(record, 'UTF8')::jsonb ->> 'complete' = 'false'";
        demo.query(sql).await[0][0] != "0"
    })
    .await;
}

/// The file of a node is of use when it starts without the database: who was removed is not in it.
#[tokio::test]
async fn a_node_that_starts_without_the_database_knows_who_was_removed() {
    let demo = Demo::of_sample(4, &["--released"]);
    let mut second = Node::start(&demo);
    let there = Browser::new(&demo).at(&second.base);
    let (removed, stays) = (demo.account("school_user"), demo.account("school_all"));
    let there = there.enter(&removed).await;
    change(&demo, &removed.username, "DELETE FROM members").await;
    until("the second node knows", async || {
        there.get("/organisation").await.status() == StatusCode::SEE_OTHER
    })
    .await;
    second.kill();
    demo.stop_postgres();
    second.restart(&demo, 0);
    let base = second.base.clone();
    let fresh = || Browser::new(&demo).at(&base);
    until("the second node is back", async || {
        fresh().request(Method::GET, "/status").send().await.is_ok()
    })
    .await;
    let answer = fresh().sign_in(&removed.username, &removed.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = fresh().sign_in(&stays.username, &stays.password).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    demo.start_postgres();
}

/// Guesses at a name until the node does not look at guesses for some seconds.
async fn guess_until_slow(demo: &Demo, base: &str, name: &str) {
    for _ in 0..60 {
        let answer = Browser::new(demo).at(base).sign_in(name, "A-wrong-0ne!").await;
        let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap());
        if wait.is_some_and(|wait| wait.parse::<u64>().unwrap() > 5) {
            return;
        }
    }
    panic!("{name} is never slowed");
}

#[tokio::test]
async fn whoever_the_helpline_lets_in_again_goes_on_everywhere() {
    let demo = Demo::of_sample(4, &["--released"]);
    let second = Node::start(&demo);
    let (school, helpline) = (demo.account("school_user"), demo.account("helpline"));
    let helpline = Browser::signed_in(&demo, &helpline).await;
    until("the second node knows everybody", async || {
        let there = Browser::new(&demo).at(&second.base);
        let answer = there.sign_in(&school.username, &school.password).await;
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;
    let sql = format!("SELECT id FROM users WHERE username = '{}'", school.username);
    let here = format!("/staff/users/{}", demo.query(&sql).await[0][0]);
    let enters = async || {
        let there = Browser::new(&demo).at(&second.base);
        there.sign_in(&school.username, &school.password).await.status()
    };
    guess_until_slow(&demo, &second.base, &school.username).await;
    assert_eq!(enters().await, StatusCode::TOO_MANY_REQUESTS);
    let token = crate::support::hidden(&helpline.page(&here).await, "_csrf");
    let fields = [("_csrf", token.as_str()), ("unlock_reason", "Call 4711")];
    let answer = helpline.post(&format!("{here}/unlock"), &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let began = Instant::now();
    until("they are let in there", async || enters().await == StatusCode::SEE_OTHER).await;
    assert!(began.elapsed() < 2 * SOON, "{:?}", began.elapsed());
    // An operator's command does the same, and no earlier one is taken for it again.
    guess_until_slow(&demo, &second.base, &school.username).await;
    assert_eq!(enters().await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(demo.command(&["user", "unlock", &school.username]).0, 0);
    let began = Instant::now();
    until("they are let in there again", async || enters().await == StatusCode::SEE_OTHER).await;
    assert!(began.elapsed() < 2 * SOON, "{:?}", began.elapsed());
}

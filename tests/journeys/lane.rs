//! The lane of scripts: shares by school, results past it, promises that hold, downloads that go on.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use tokio::time::Instant;

use crate::support::{Account, Browser, Demo, header, sha256, until};

/// Bytes a second of scripts.
const CEILING: u64 = 1_000_000;

/// A demo whose scripts share a narrow line.
fn narrow() -> Demo {
    let ceiling = format!("[delivery]\nscripts_bytes_per_second = {CEILING}\n");
    Demo::configured(12, &ceiling, &["--released"])
}

/// Users of the schools whose bundles take longest, up to ten seconds each.
fn users(demo: &Demo, count: usize) -> Vec<Account> {
    let delivered = |user: &Account| -> u64 {
        let folder = Path::new(demo.text("delivery")).join("scripts").join(&user.laestab);
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.metadata().unwrap().len()).sum()
    };
    let mut users = demo.listed_accounts("school_user");
    users.retain(|user| delivered(user) < 10 * CEILING);
    users.sort_by_key(|user| std::cmp::Reverse(delivered(user)));
    users.dedup_by_key(|user| user.laestab.clone());
    users.truncate(count);
    users
}

fn bundle(account: &Account) -> String {
    format!("/results/{}/scripts.zip", account.laestab)
}

fn length(answer: &Response) -> u64 {
    header(answer, "content-length").parse().unwrap()
}

/// Reads an answer to its end.
async fn read(mut answer: Response) -> u64 {
    let mut got = 0;
    while let Some(part) = answer.chunk().await.unwrap() {
        got += part.len() as u64;
    }
    got
}

#[tokio::test]
async fn two_schools_have_fair_shares_and_results_do_not_wait() {
    let demo = narrow();
    let users = users(&demo, 3);
    let mut browsers = Vec::new();
    for user in &users {
        browsers.push(Browser::signed_in(&demo, user).await);
    }
    let mut first = browsers[0].get(&bundle(&users[0])).await;
    let mut second = browsers[1].get(&bundle(&users[1])).await;
    let part = 2_000_000.min(length(&first)).min(length(&second));
    assert!(part > 1_000_000, "the bundles are large enough to compare: {part}");
    let began = Instant::now();
    let mut sent = [0_u64, 0];
    while sent.iter().all(|sent| *sent < part) {
        tokio::select! {
            piece = first.chunk() => sent[0] += piece.unwrap().unwrap().len() as u64,
            piece = second.chunk() => sent[1] += piece.unwrap().unwrap().len() as u64,
        }
    }
    let took = began.elapsed();
    let [more, less] = [sent[0].max(sent[1]), sent[0].min(sent[1])];
    assert!(less * 10 > more * 6, "{sent:?}");
    // What the ceiling allows, what was ready before the clock began, and what lies in buffers.
    let allowed = CEILING * (took.as_secs() + 1) + 1_500_000;
    assert!(more + less < allowed, "{sent:?} in {took:?}");

    // Meanwhile results are there at once, and single scripts of the same school soon.
    let began = Instant::now();
    let base = format!("/results/{}", users[0].laestab);
    for path in ["", "/results.csv", "/results.pdf", "/results.xlsx", "/maths"] {
        browsers[0].file(&format!("{base}{path}")).await;
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let page = browsers[0].page(&format!("{base}/scripts")).await;
    let (_, rest) = page.split_once("daybreak-open\" href=\"").unwrap();
    let script = browsers[0].file(rest.split_once('"').unwrap().0).await;
    assert!(script.starts_with(b"%PDF"));
    assert!(first.chunk().await.unwrap().is_some(), "the bundle is still on its way");
}

#[tokio::test]
async fn a_second_bundle_of_a_school_is_promised_a_time_and_begins_then() {
    let demo = narrow();
    let users = users(&demo, 2);
    let colleague = demo.twin(&users[0], "colleague").await;
    until("the colleague may sign in", async || {
        let browser = Browser::new(&demo);
        browser.sign_in(&colleague.username, &colleague.password).await.status() == 303
    })
    .await;
    let first = Browser::signed_in(&demo, &users[0]).await;
    let second = Browser::signed_in(&demo, &colleague).await;
    let other = Browser::signed_in(&demo, &users[1]).await;
    let path = bundle(&users[0]);
    let answer = first.get(&path).await;
    let (all, tag) = (length(&answer), header(&answer, "etag").to_owned());
    // The first one reads on all the time, as a browser does.
    let (got, ()) = tokio::join!(read(answer), async {
        until("the line is full", async || {
            let answer = second.get(&path).await;
            answer.status() == StatusCode::SERVICE_UNAVAILABLE
        })
        .await;
        let began = Instant::now();
        let promised = is_promised(second.get(&path).await).await;
        let program = second.request(Method::GET, &path).header("accept", "application/json");
        let answer = program.send().await.unwrap();
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
        assert!(header(&answer, "retry-after").parse::<u64>().unwrap() <= promised);
        // Whoever only looks is told everything, and a part of a download is the same download.
        let head = second.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!((head.status(), length(&head)), (StatusCode::OK, all));
        let part = first.request(Method::GET, &path).header("range", "bytes=0-9");
        let part = part.header("if-range", &tag).send().await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        // Another school is not concerned.
        assert_eq!(other.get(&bundle(&users[1])).await.status(), StatusCode::OK);
        tokio::time::sleep_until(began + Duration::from_secs(promised)).await;
        assert_eq!(second.get(&path).await.status(), StatusCode::OK, "as promised");
    });
    assert_eq!(got, all);
    let shed = demo.count("daybreak_shed_total{class=\"scripts\"}").await;
    assert!(shed >= 3, "{shed}");
}

/// What somebody is told whose colleague is downloading; gives the seconds until it is their turn.
async fn is_promised(answer: Response) -> u64 {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let seconds = header(&answer, "retry-after").parse().unwrap();
    assert!(seconds < 60, "{seconds}");
    let page = answer.text().await.unwrap();
    for words in ["Results: ready. Scripts: about 1 minute.", "at the latest"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    seconds
}

#[tokio::test]
async fn a_throttled_bundle_that_was_cut_off_goes_on_where_it_stopped() {
    let demo = narrow();
    let user = users(&demo, 1).remove(0);
    for browser in [Browser::over_http1(&demo), Browser::new(&demo)] {
        let browser = browser.enter(&user).await;
        let path = bundle(&user);
        let mut answer = browser.get(&path).await;
        let (all, tag) = (length(&answer), header(&answer, "etag").to_owned());
        let mut got = answer.chunk().await.unwrap().unwrap().to_vec();
        drop(answer);
        while (got.len() as u64) < all {
            let range = format!("bytes={}-{}", got.len(), got.len() + 1_499_999);
            let part = browser.request(Method::GET, &path).header("range", &range);
            let part = part.header("if-range", &tag).send().await.unwrap();
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
            got.extend(part.bytes().await.unwrap());
        }
        let digest = sha256(&got);
        let object = demo.objects(".zip").into_iter().find(|object| {
            std::fs::metadata(object).is_ok_and(|file| file.len() == all)
                && sha256(&std::fs::read(object).unwrap()) == digest
        });
        assert!(object.is_some(), "the same bytes as the store has");
    }
}

//! Postgres away over the release, during restarts and for sign-outs: nothing is lost, doubled or early.

use std::time::Duration;

use reqwest::StatusCode;

use crate::support::{Browser, Demo};

/// Looks again until something holds; a fault must heal within a bounded time.
pub(crate) async fn eventually<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn results_open_and_people_sign_in_while_postgres_is_stopped() {
    let demo = Demo::start(&["--schools", "4", "--release-in", "12s"]);
    let school = demo.account("school_user");
    let early = Browser::signed_in(&demo, &school).await;
    demo.stop_postgres();
    let file = format!("/results/{}/results.csv", school.laestab);
    assert_eq!(early.get(&file).await.status(), StatusCode::SEE_OTHER, "not before its instant");
    eventually("the release opens", async || early.get(&file).await.status() == StatusCode::OK)
        .await;
    let late = Browser::signed_in(&demo, &demo.accounts("school_user")[1]).await;
    let other = &demo.accounts("school_user")[1].laestab;
    let scripts = late.get(&format!("/results/{other}/scripts.zip")).await;
    assert_eq!(scripts.status(), StatusCode::OK);
    assert!(scripts.bytes().await.unwrap().starts_with(b"PK\x03\x04"));
    let ready = reqwest::get(format!("{}/health/ready", demo.text("ops_url"))).await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK, "readiness does not depend on Postgres");
    demo.start_postgres();
    eventually("the journal ships", async || {
        demo.metric("daybreak_journal_unshipped").await < 1.0
            && shipped(&demo, "signed_in").await == 2
    })
    .await;
    assert_eq!(shipped(&demo, "granted").await, shipped(&demo, "ended").await);
    let (code, out, err) = demo.command(&["audit", "verify"]);
    assert_eq!(code, 0, "{out}{err}");
}

async fn shipped(demo: &Demo, kind: &str) -> u32 {
    let sql = format!("SELECT count(*) FROM journal_entries WHERE kind = '{kind}'");
    demo.query(&sql).await[0][0].parse().unwrap()
}

#[tokio::test]
async fn a_node_restarts_without_postgres_from_its_state_folder() {
    let mut demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let before = Browser::signed_in(&demo, &school).await;
    demo.stop_postgres();
    demo.kill();
    demo.restart();
    let page = before.page(&format!("/results/{}", school.laestab)).await;
    assert!(page.contains(&school.laestab), "the old session still stands");
    let after = Browser::signed_in(&demo, &school).await;
    let csv = after.get(&format!("/results/{}/results.csv", school.laestab)).await;
    assert_eq!(csv.status(), StatusCode::OK);
    assert!(demo.ready["postgres_pid"].is_null(), "Postgres is left alone");
    demo.start_postgres();
    // One journal of the killed node, one of the new one; nothing is missing, nothing doubled.
    eventually("both journals ship", async || shipped(&demo, "signed_in").await == 2).await;
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn a_hold_reaches_this_node_without_the_database_and_the_database_afterwards() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let school = demo.account("school_user");
    let browser = Browser::signed_in(&demo, &school).await;
    let file = format!("/results/{}/results.csv", school.laestab);
    demo.stop_postgres();
    let release = demo.text("release");
    let (code, out, err) = demo.command(&["release", "hold", release, "--school", &school.laestab]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("only"), "{out}");
    assert_eq!(browser.get(&file).await.status(), StatusCode::SEE_OTHER);
    demo.start_postgres();
    eventually("the database knows the hold", async || {
        demo.query("SELECT laestab FROM holds WHERE lifted_at IS NULL").await
            == [[school.laestab.clone()]]
    })
    .await;
    assert_eq!(browser.get(&file).await.status(), StatusCode::SEE_OTHER);
    let (code, _, err) = demo.command(&["release", "resume", release, "--school", &school.laestab]);
    assert_eq!(code, 0, "{err}");
    eventually("served again", async || browser.get(&file).await.status() == StatusCode::OK).await;
}

#[tokio::test]
async fn a_sign_out_without_postgres_holds_and_is_shared_later() {
    let demo = Demo::start(&["--schools", "4", "--released"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_user")).await;
    let page = browser.page("/results").await;
    demo.stop_postgres();
    let token = crate::support::hidden(&page, "_csrf");
    let answer = browser.post("/sign-out", &[("_csrf", &token)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/results").await.status(), StatusCode::SEE_OTHER);
    demo.start_postgres();
    eventually("the database knows", async || {
        demo.query("SELECT count(*) FROM revocations").await == [["1"]]
    })
    .await;
}

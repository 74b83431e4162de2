//! Who signed in and who saw what, read by those whom it concerns.

use reqwest::StatusCode;

use crate::support::{Browser, Demo, until};

#[tokio::test]
async fn a_school_reads_who_saw_its_pupils_and_nobody_elses() {
    let demo = Demo::of_sample(12, &["--released"]);
    let manager = demo.account("school_account_manager");
    let school = &manager.laestab;
    let group = demo.account("la_user");
    let theirs = format!(
        "SELECT count(*) FROM organisations s JOIN organisations a USING (la_code)
         WHERE s.laestab = {school} AND a.kind = 'authority' AND a.name = '{}'",
        group.organisation.replace('\'', "''")
    );
    let belongs = demo.query(&theirs).await[0][0] == "1";
    let user =
        demo.listed_accounts("school_user").into_iter().find(|a| a.laestab == *school).unwrap();
    let browser = Browser::signed_in(&demo, &user).await;
    browser.page(&format!("/results/{school}")).await;
    let file = browser.get(&format!("/results/{school}/results.csv")).await;
    assert_eq!(file.status(), StatusCode::OK);
    file.bytes().await.unwrap();
    // Others who look at theirs leave nothing here.
    let other =
        demo.listed_accounts("school_user").into_iter().find(|a| a.laestab != *school).unwrap();
    let elsewhere = Browser::signed_in(&demo, &other).await;
    elsewhere.page(&format!("/results/{}", other.laestab)).await;
    let authority = Browser::signed_in(&demo, &group).await;
    let all = authority.get("/results/all.csv").await;
    assert_eq!(all.status(), StatusCode::OK);
    all.bytes().await.unwrap();

    let reader = Browser::signed_in(&demo, &manager).await;
    let record = async || reader.page("/organisation/accesses").await;
    until("the journal has come", async || record().await.contains("Took results.csv")).await;
    until("the authority's has come", async || {
        record().await.contains(&group.organisation) == belongs
    })
    .await;
    let page = record().await;
    for words in ["Who saw what", "Opened the page of results", "Signed in"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    let names = |account: &str| format!("SELECT full_name FROM users WHERE username = '{account}'");
    let name = demo.query(&names(&other.username)).await.remove(0).remove(0);
    let own = demo.query(&names(&user.username)).await.remove(0).remove(0);
    assert!(page.contains(&own) && (name == own || !page.contains(&name)), "{page}");
    // Whoever does not look after the school does not read it, and a cursor of nobody's is none.
    assert_eq!(browser.get("/organisation/accesses").await.status(), StatusCode::FORBIDDEN);
    let odd = reader.get("/organisation/accesses?before=1.2.3%27").await;
    assert_eq!(odd.status(), StatusCode::OK);
    let old = reader.page("/organisation/accesses?before=1.1").await;
    assert!(old.contains("There is nothing further back"), "{old}");
}

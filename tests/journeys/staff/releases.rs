//! Releases from their pages: two people publish, one holds back, and who loaded the data does neither.

use reqwest::StatusCode;

use super::{audit, done, send, wrong};
use crate::support::{Browser, Demo, until};

/// A demo whose release stands where its build left it.
async fn built(demo: &Demo) -> String {
    let id = demo.text("release").to_owned();
    demo.query(&format!(
        "UPDATE releases SET stage = 'built', proposed_by = NULL, approved_by = NULL, opens_school = NULL,
             opens_authority = NULL, opens_trust = NULL, opens_secondary = NULL WHERE id = '{id}'"
    ))
    .await;
    format!("/staff/releases/{id}")
}

async fn officers(demo: &Demo) -> [Browser; 2] {
    let accounts = demo.accounts("release_officer");
    [Browser::signed_in(demo, &accounts[0]).await, Browser::signed_in(demo, &accounts[1]).await]
}

const AT_HALF_PAST_SEVEN: [(&str, &str); 6] = [
    ("act", "propose"),
    ("date-day", "9"),
    ("date-month", "7"),
    ("date-year", "2024"),
    ("time", "7:30"),
    ("left_out", "yes"),
];

#[tokio::test]
async fn two_officers_publish_and_nobody_who_loaded_the_data() {
    let demo = Demo::of_sample(4, &["--released"]);
    let [first, second] = officers(&demo).await;
    let here = built(&demo).await;
    let list = first.page("/staff/releases").await;
    assert!(
        list.contains(&format!("href=\"{here}\"")) && list.contains("No time is set"),
        "{list}"
    );
    let page = first.page(&here).await;
    assert!(page.contains("Propose this release") && page.contains("value=\"07:30\""), "{page}");

    let empty = wrong(send(&first, &here, &here, &[("act", "propose")]).await).await;
    for told in ["Enter the day on which it opens", "Enter the time at which it opens"] {
        assert!(empty.contains(told), "{told}");
    }
    let forgotten = &AT_HALF_PAST_SEVEN[..5];
    let refused = demo.query("SELECT jsonb_array_length(report->'refused') FROM releases").await;
    if refused[0][0] != "0" {
        let page = wrong(send(&first, &here, &here, forgotten).await).await;
        assert!(page.contains("which were refused are left out"), "{page}");
    }
    assert_eq!(
        done(&send(&first, &here, &here, &AT_HALF_PAST_SEVEN).await),
        format!("{here}?proposed")
    );
    let own = first.page(&here).await;
    assert!(own.contains("You proposed it") && !own.contains("Approve this release"), "{own}");
    let same = wrong(send(&first, &here, &here, &[("act", "approve")]).await).await;
    assert!(same.contains("another release officer approves it"), "{same}");

    // The second one has loaded the data, as far as the release says.
    let loader = &demo.accounts("release_officer")[1].username;
    demo.query(&format!("UPDATE releases SET loaded_by = '{loader}'")).await;
    let loaded = wrong(send(&second, &here, &here, &[("act", "approve")]).await).await;
    assert!(loaded.contains("You loaded the data"), "{loaded}");
    let hold = [("act", "hold"), ("part", "all"), ("hold_reason", "x")];
    wrong(send(&second, &here, &here, &hold).await).await;
    demo.query("UPDATE releases SET loaded_by = 'data operator'").await;

    assert_eq!(
        done(&send(&second, &here, &here, &[("act", "approve")]).await),
        format!("{here}?approved")
    );
    let stale = wrong(send(&second, &here, &here, &[("act", "approve")]).await).await;
    assert!(stale.contains("changed it meanwhile"), "{stale}");
    let actors: Vec<String> =
        demo.accounts("release_officer").into_iter().map(|a| a.username).collect();
    let approved = audit(&demo, "release.approved").await;
    assert_eq!(approved.last().unwrap()[0], actors[1]);
    let opens = demo.query("SELECT opens_school FROM releases").await;
    assert!(opens[0][0].starts_with("2024-07-09 06:30:00"), "{opens:?}");
}

#[tokio::test]
async fn one_officer_holds_back_everything_or_one_school_and_serves_it_again() {
    let demo = Demo::of_sample(4, &["--released"]);
    let [first, second] = officers(&demo).await;
    let here = format!("/staff/releases/{}", demo.text("release"));
    let account = demo.account("school_user");
    let school = Browser::signed_in(&demo, &account).await;
    let file = format!("/results/{}/results.csv", account.laestab);
    let served = async || school.get(&file).await.status() == StatusCode::OK;
    assert!(served().await);

    for (fields, told) in [
        (&[("act", "hold"), ("hold_reason", "x")][..], "Select everything, or one school"),
        (&[("act", "hold"), ("part", "all")], "Enter a reason"),
        (
            &[("act", "hold"), ("part", "school"), ("school", "12"), ("hold_reason", "x")],
            "Enter the DfE number",
        ),
        (
            &[("act", "hold"), ("part", "school"), ("school", "1239999"), ("hold_reason", "x")],
            "Enter the DfE number",
        ),
        (&[("act", "resume"), ("hold", "all"), ("lift_reason", "x")], "not held back any more"),
        (&[("act", "resume"), ("lift_reason", "x")], "Select what to serve again"),
        (&[("act", "destroy")], "Choose what to do"),
    ] {
        let page = wrong(send(&first, &here, &here, fields).await).await;
        assert!(page.contains(told), "{fields:?}: {page}");
    }
    assert!(served().await);
    let reason = ("hold_reason", "A mark is being checked");
    let one = [("act", "hold"), ("part", "school"), ("school", &account.laestab), reason];
    assert_eq!(done(&send(&first, &here, &here, &one).await), format!("{here}?held"));
    until("the school's results are held back", async || !served().await).await;
    wrong(send(&second, &here, &here, &one).await).await;
    let page = second.page(&here).await;
    assert!(
        page.contains("A mark is being checked") && page.contains("Serve results again"),
        "{page}"
    );
    assert!(second.page("/staff/releases").await.contains("1 school"));

    let lift = [("act", "resume"), ("hold", &account.laestab), ("lift_reason", "Checked")];
    assert_eq!(done(&send(&second, &here, &here, &lift).await), format!("{here}?resumed"));
    until("they are served again", async || served().await).await;
    let all = [("act", "hold"), ("part", "all"), reason];
    done(&send(&first, &here, &here, &all).await);
    until("everything is held back", async || !served().await).await;
    done(
        &send(&first, &here, &here, &[("act", "resume"), ("hold", "all"), ("lift_reason", "x")])
            .await,
    );
    until("everything is served again", async || served().await).await;

    let held = audit(&demo, "release.held").await;
    assert!(held[0][2].ends_with("(A mark is being checked)"), "{held:?}");
    for role in ["data_operator", "queue_operator", "sta_manager", "school_user"] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in ["/staff/releases", here.as_str()] {
            assert_eq!(browser.get(path).await.status(), StatusCode::NOT_FOUND, "{role} {path}");
        }
        let answer = send(&browser, "/", &here, &all).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{role}");
    }
    assert_eq!(first.get("/staff/releases/2024-00000000").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

//! The reconciliation of a delivery: counts by school for those who load and release, before and after.

use crate::expected::{Delivery, School, Script};
use crate::support::{Browser, Demo, all_between};

/// What a row of the list says: pupils, expected, received, matched, marked, without a mark.
fn counted(school: &School) -> [usize; 6] {
    let papers = || school.pupils.iter().flat_map(|pupil| (0..6).map(move |n| (pupil, n)));
    let expected =
        papers().filter(|(pupil, n)| !matches!(pupil.script(*n), Script::NotExpected)).count();
    let here = papers().filter(|(pupil, n)| matches!(pupil.script(*n), Script::Here(_))).count();
    let (marked, unmarked) = school.marked_and_not();
    [school.pupils.len(), expected, here, here, marked, unmarked]
}

/// The rows of a page by DfE number.
fn rows(page: &str) -> Vec<(String, [usize; 6], String)> {
    let row = |row: &str| {
        let laestab = all_between(row, "href=\"/staff/reconciliation/", "\"")[0].to_owned();
        let cells = all_between(row, "govuk-table__cell--numeric\">", "<");
        let counts: Vec<usize> = cells.iter().map(|cell| cell.parse().unwrap()).collect();
        let published = all_between(row, "<td class=\"govuk-table__cell\">", "<")[0].to_owned();
        (laestab, counts.try_into().unwrap(), published)
    };
    all_between(page, "<th scope=\"row\"", "</tr>").into_iter().map(row).collect()
}

#[tokio::test]
async fn whoever_releases_sees_what_came_and_what_became_of_it() {
    let demo = Demo::released();
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    for role in ["release_officer", "data_operator", "sta_manager", "auditor"] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        let rows = rows(&browser.page("/staff/reconciliation?show=all").await);
        assert_eq!(rows.len(), delivery.schools.len(), "{role}");
        for (laestab, counts, published) in rows {
            assert_eq!(counts, counted(&delivery.schools[&laestab]), "{laestab}");
            assert!(published.starts_with("Since "), "{published}");
        }
    }
    let browser = Browser::signed_in(&demo, &demo.account("release_officer")).await;
    let lacking = rows(&browser.page("/staff/reconciliation").await);
    let expected = |(_, counts, _): &(_, [usize; 6], _)| counts[1] != counts[3] || counts[5] > 0;
    assert!(!lacking.is_empty() && lacking.iter().all(expected), "{lacking:?}");
    let one = browser.page(&format!("/staff/reconciliation/{}", lacking[0].0)).await;
    assert!(one.contains("Each pupil has exactly one in each paper"));
    for role in ["school_user", "la_user", "queue_operator", "helpline"] {
        let other = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in ["/staff/reconciliation", "/staff/reconciliation/8882045"] {
            assert_eq!(other.get(path).await.status(), 404, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn before_the_release_it_counts_and_names_no_pupil() {
    let demo = Demo::of_sample(4, &["--release-in", "20m"]);
    let delivery = Delivery::read(demo.text("delivery").as_ref());
    let browser = Browser::signed_in(&demo, &demo.account("release_officer")).await;
    let page = browser.page("/staff/reconciliation?show=all").await;
    for (laestab, counts, published) in rows(&page) {
        assert_eq!(counts, counted(&delivery.schools[&laestab]), "{laestab}");
        assert!(published.starts_with("From 7:30am"), "{published}");
        let one = browser.page(&format!("/staff/reconciliation/{laestab}")).await;
        let upns = delivery.schools[&laestab].upns();
        assert!(upns.into_iter().all(|upn| !one.contains(upn) && !page.contains(upn)));
    }
}

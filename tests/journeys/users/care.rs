//! What goes by itself: cover that ends, the termly review, accounts that nobody uses.

use super::*;

/// The job's next turn comes at once.
async fn job_runs(demo: &Demo) {
    demo.query("UPDATE leases SET until = '-infinity' WHERE name = 'users'").await;
}

const COVER: &str = "/users/cover";

#[tokio::test]
async fn somebody_stands_in_for_the_days_of_the_results() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let browser = Browser::signed_in(&demo, &manager).await;
    let list = browser.page("/users").await;
    assert!(list.contains("From 2 July 2024 to 23 July 2024"), "the days are named");
    let email = "cover@agency.example";
    let days = |from: &'static str, until: &'static str| {
        let mut fields = typed(email, &[]);
        for (name, date) in [("from", from), ("until", until)] {
            let names = match name {
                "from" => ["from-day", "from-month", "from-year"],
                _ => ["until-day", "until-month", "until-year"],
            };
            fields.extend(names.into_iter().zip(date.split(' ')));
        }
        fields
    };
    let form = browser.page(COVER).await;
    for (from, until, words) in [
        ("x 7 2024", "12 7 2024", "Enter the first day"),
        ("8 7 2024", "30 2 2024", "Enter the last day"),
        ("12 7 2024", "10 7 2024", "not before the first"),
        ("9 7 2024", "23 7 2024", "Enter fewer days"),
        ("20 7 2024", "24 7 2024", "around the results"),
        ("2 7 2024", "8 7 2024", "that is not over"),
    ] {
        let wrong = told(send(&browser, &form, COVER, &days(from, until)).await).await;
        assert!(wrong.contains(words), "{from} {until}: {wrong}");
    }
    let mut fields = days("9 7 2024", "12 7 2024");
    // A permission is not asked here, and none is given.
    fields.push((MANAGER, "yes"));
    let check = send(&browser, &form, COVER, &fields).await.text().await.unwrap();
    assert!(
        check.contains("12 July 2024")
            && check.contains("Schools – User")
            && !check.contains("account management")
    );
    for _ in 0..2 {
        let done = send(&browser, &check, "/users/cover/check", &[]).await;
        assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?created"));
    }
    let list = browser.page("/users").await;
    assert!(list.contains("and 1 who stands in for a while") && !list.contains("Create cover"));
    let form = browser.page(COVER).await;
    let second = told(send(&browser, &form, COVER, &days("9 7 2024", "12 7 2024")).await).await;
    assert!(second.contains("Somebody stands in for your school already"), "{second}");

    let account = sets_up(&demo, email, &manager).await;
    let user = Browser::signed_in(&demo, &account).await;
    let results = format!("/results/{}", manager.laestab);
    assert_eq!(user.get(&results).await.status(), StatusCode::OK);
    // The clock of the node ends it, while no job has looked.
    demo.query("UPDATE leases SET until = 'infinity' WHERE name = 'users'").await;
    demo.query(
        "UPDATE members SET ends_at = begins_at + interval '1 minute' WHERE ends_at IS NOT NULL;
         UPDATE users SET full_name = full_name WHERE username = 'cover@agency.example'",
    )
    .await;
    until("the session is over", async || {
        user.get(&results).await.status() == StatusCode::SEE_OTHER
    })
    .await;
    let answer = Browser::new(&demo).sign_in(email, &account.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(number(&demo, "SELECT count(*) FROM members WHERE ends_at IS NOT NULL").await, 1);
    job_runs(&demo).await;
    until("the account is gone", async || {
        number(&demo, "SELECT count(*) FROM members WHERE ends_at IS NOT NULL").await == 0
    })
    .await;
    assert_eq!(messages(&demo, email).await, ["invitation", "cover-ended"]);
    assert!(messages(&demo, &manager.username).await.contains(&"cover-ended".to_owned()));
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn without_the_policy_nobody_stands_in() {
    let demo = Demo::configured(6, "[users]\ncover = false\n", &["--released"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_account_manager")).await;
    assert!(!browser.page("/users").await.contains("Create cover"));
    assert_eq!(browser.get(COVER).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_term_somebody_confirms_who_stays() {
    let demo = Demo::of_sample(6, &["--as-of", "2024-03-05T09:00:00"]);
    let manager = demo.account("school_account_manager");
    // The term began on 13 January: it is overdue.
    let reminders =
        "SELECT count(*), count(DISTINCT recipient) FROM outbox WHERE template = 'review-overdue'";
    until("those who look after users are reminded", async || {
        demo.query("SELECT FROM user_passes").await.len() == 1
    })
    .await;
    let managing = "SELECT count(*) FROM members m JOIN organisations o ON o.id = m.organisation_id
        JOIN users u ON u.id = m.user_id AND u.state = 'active'
        WHERE managing_permission(o.kind) = ANY (m.permissions)";
    let told_first = demo.query(reminders).await;
    assert_eq!(told_first[0][0], demo.query(managing).await[0][0]);
    assert_eq!(told_first[0][0], told_first[0][1], "once each");
    // Another turn, as after a restart that forgot how far it was, writes to nobody twice.
    demo.query("DELETE FROM user_passes").await;
    job_runs(&demo).await;
    until("it is done again", async || demo.query("SELECT FROM user_passes").await.len() == 1)
        .await;
    assert_eq!(demo.query(reminders).await, told_first);

    let browser = Browser::signed_in(&demo, &manager).await;
    let list = browser.page("/users").await;
    assert!(list.contains("overdue") && list.contains("10 February 2024"));
    let page = browser.page("/users/review").await;
    let missing = told(send(&browser, &page, "/users/review", &[]).await).await;
    assert!(missing.contains("Select whether this user stays"), "{missing}");
    let gone = format!("access@{}.school.example", manager.laestab);
    let mut answers = Vec::new();
    let names = all_between(&page, "name=\"user-", "\"");
    let mut ids: Vec<&str> = names.into_iter().collect();
    ids.dedup();
    let removed = page_of(&demo, &manager.organisation, &gone).await;
    for id in &ids {
        let stays = removed != format!("/users/{id}");
        answers.push((format!("user-{id}"), if stays { "keep" } else { "remove" }));
    }
    let fields: Vec<(&str, &str)> = answers.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    for _ in 0..2 {
        let done = send(&browser, &page, "/users/review", &fields).await;
        assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?reviewed"));
    }
    let list = browser.page("/users").await;
    assert!(!list.contains("overdue") && list.contains(&format!("by {}", manager.username)));
    assert!(!list.contains(&gone));
    let review = demo.query("SELECT term, confirmed_by, removed FROM user_reviews").await;
    assert_eq!(review, [["2024-01-13", manager.username.as_str(), "1"]]);
    assert_eq!(messages(&demo, &gone).await, ["user-removed"]);
}

#[tokio::test]
async fn whoever_does_not_sign_in_is_warned_and_then_suspended() {
    let demo = Demo::of_sample(6, &["--as-of", "2024-03-05T09:00:00"]);
    let manager = demo.account("school_account_manager");
    let browser = Browser::signed_in(&demo, &manager).await;
    until("the sign-in is known", async || {
        number(&demo, "SELECT count(*) FROM members WHERE used_at IS NOT NULL").await > 0
    })
    .await;
    let (sleepy, lone) =
        (demo.account("school_user"), demo.accounts("la_account_manager").remove(0));
    assert_eq!(sleepy.laestab, manager.laestab);
    // The authority's only account manager has signed in, long ago, and so had the school's user.
    demo.query(&format!(
        "UPDATE members SET added_at = '2020-01-01', used_at = '2023-01-10' WHERE user_id IN
            (SELECT id FROM users WHERE username IN ('{}', '{}'))",
        sleepy.username, lone.username
    ))
    .await;
    job_runs(&demo).await;
    for account in [&sleepy, &lone] {
        until("they are warned", async || {
            messages(&demo, &account.username).await.contains(&"dormant-warning".to_owned())
        })
        .await;
    }
    assert!(browser.page("/users").await.contains("Not used for long"));
    demo.query(
        "UPDATE members SET warned_at = warned_at - interval '29 days' WHERE warned_at IS NOT NULL",
    )
    .await;
    job_runs(&demo).await;
    until("the account is suspended", async || {
        messages(&demo, &sleepy.username).await.contains(&"dormant-suspended".to_owned())
    })
    .await;
    let answer = Browser::new(&demo).sign_in(&sleepy.username, &sleepy.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let dormant = demo
        .query("SELECT u.username FROM members m JOIN users u ON u.id = m.user_id WHERE m.state = 'dormant'")
        .await;
    assert_eq!(dormant, [[sleepy.username.as_str()]], "never the last who looks after users");
    Browser::signed_in(&demo, &lone).await;
    // Somebody lets them in again, and it counts from then.
    let here = page_of(&demo, &sleepy.organisation, &sleepy.username).await;
    let page = browser.page(&here).await;
    assert!(page.contains("Suspended, not used"));
    let path = format!("{here}/reactivate");
    assert_eq!(send(&browser, &page, &path, &[]).await.status(), StatusCode::SEE_OTHER);
    job_runs(&demo).await;
    until("they are in", async || {
        let answer = Browser::new(&demo).sign_in(&sleepy.username, &sleepy.password).await;
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;
}

#[tokio::test]
async fn around_the_results_nobody_is_suspended() {
    let demo = Demo::of_sample(6, &["--released"]);
    let ran = "SELECT until FROM leases WHERE name = 'users'";
    until("the job has had a turn", async || !demo.query(ran).await.is_empty()).await;
    demo.query("UPDATE members SET added_at = '2020-01-01', used_at = '2020-01-01', warned_at = '2020-02-01'")
        .await;
    job_runs(&demo).await;
    until("it has had another", async || demo.query(ran).await[0][0] != "-infinity").await;
    // What it did in that turn is done when the next one can begin: cover that ended shows it.
    demo.query(
        "UPDATE members SET begins_at = '2024-07-01', ends_at = '2024-07-02' WHERE permissions = '{user}'
            AND id = (SELECT min(m.id) FROM members m JOIN organisations o ON o.id = m.organisation_id
                WHERE o.kind = 'school' AND m.permissions = '{user}')",
    )
    .await;
    job_runs(&demo).await;
    until("cover that is over ends all the same", async || {
        number(&demo, "SELECT count(*) FROM members WHERE ends_at IS NOT NULL").await == 0
    })
    .await;
    let dormant = "SELECT count(*) FROM members WHERE state = 'dormant'";
    assert_eq!(number(&demo, dormant).await, 0);
}

#[tokio::test]
async fn staff_are_reviewed_and_suspended_like_anybody() {
    let demo = Demo::of_sample(6, &["--as-of", "2024-03-05T09:00:00"]);
    let (admin, officer) = (demo.account("security_admin"), demo.account("release_officer"));
    let staff = "organisation_id = (SELECT id FROM organisations WHERE kind = 'staff')";
    until("the security administrator is reminded", async || {
        messages(&demo, &admin.username).await.contains(&"review-overdue".to_owned())
    })
    .await;
    let told = "SELECT DISTINCT recipient FROM outbox WHERE template = 'review-overdue' AND ";
    assert_eq!(demo.query(&format!("{told}{staff}")).await, [[admin.username.as_str()]]);

    // Both have not been here for a year and more, and were warned.
    demo.query(&format!(
        "UPDATE members SET added_at = '2020-01-01', used_at = '2023-01-10', warned_at = '2024-02-01'
         WHERE {staff} AND user_id IN (SELECT id FROM users WHERE username IN ('{}', '{}'))",
        admin.username, officer.username
    ))
    .await;
    job_runs(&demo).await;
    until("whoever does not come is suspended", async || {
        messages(&demo, &officer.username).await.contains(&"dormant-suspended".to_owned())
    })
    .await;
    let dormant = "SELECT u.username FROM members m JOIN users u ON u.id = m.user_id WHERE m.state = 'dormant'";
    assert_eq!(demo.query(dormant).await, [[officer.username.as_str()]], "not the last who could");

    let browser = Browser::signed_in(&demo, &admin).await;
    let list = browser.page("/staff/users").await;
    assert!(list.contains("overdue") && list.contains("Suspended, not used"), "{list}");
    assert!(list.contains("href=\"/users/review\""), "the way to the review");
    let page = browser.page("/users/review").await;
    let answers = |removed: &str| -> Vec<(String, &'static str)> {
        let mut ids = all_between(&page, "name=\"user-", "\"");
        ids.dedup();
        let answer = |id: &str| if removed == format!("/users/{id}") { "remove" } else { "keep" };
        ids.into_iter().map(|id| (format!("user-{id}"), answer(id))).collect()
    };
    let gone = page_of(&demo, &admin.organisation, &officer.username).await;
    let fields = answers(&gone);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    let done = send(&browser, &page, "/users/review", &fields).await;
    assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/staff/users?reviewed"));
    let list = browser.page("/staff/users").await;
    assert!(list.contains(&format!("by {}", admin.username)) && !list.contains(&officer.username));
}

#[tokio::test]
async fn the_only_security_administrator_stays_although_they_never_came() {
    let demo = Demo::of_sample(6, &["--as-of", "2024-03-05T09:00:00"]);
    let admin = demo.account("security_admin");
    let staff = "organisation_id = (SELECT id FROM organisations WHERE kind = 'staff')";
    until("the job has had a turn", async || {
        !demo.query("SELECT FROM leases WHERE name = 'users'").await.is_empty()
    })
    .await;
    demo.query(&format!(
        "UPDATE members SET added_at = '2020-01-01', used_at = NULL, warned_at = '2024-02-01' WHERE {staff}"
    ))
    .await;
    job_runs(&demo).await;
    until("everybody else is suspended", async || {
        let active = format!("SELECT count(*) FROM members WHERE state = 'active' AND {staff}");
        number(&demo, &active).await == 1
    })
    .await;
    Browser::signed_in(&demo, &admin).await;
}

//! Seven, three and three, and never nobody who looks after users: also when many try at once.

use futures_util::future::join_all;

use super::*;

/// The school of an account has only these users, as if it had been loaded so.
async fn only(demo: &Demo, laestab: &str, words: &[&str]) {
    let kept: Vec<String> =
        words.iter().map(|word| format!("'{word}@{laestab}.school.example'")).collect();
    demo.query(&format!(
        "DELETE FROM members WHERE organisation_id = (SELECT id FROM organisations WHERE laestab = {laestab})
            AND user_id NOT IN (SELECT id FROM users WHERE username IN ({}))",
        kept.join(", ")
    ))
    .await;
}

fn of_school(laestab: &str, what: &str) -> String {
    format!(
        "SELECT {what} FROM organisation_people p JOIN organisations o ON o.id = p.organisation_id
         WHERE o.laestab = {laestab}"
    )
}

#[tokio::test]
async fn fifty_at_once_do_not_make_an_eighth() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let laestab = manager.laestab.as_str();
    only(&demo, laestab, &["user", "manager"]).await;
    let browser = Browser::signed_in(&demo, &manager).await;
    let mut checks = Vec::new();
    for number in 0..50 {
        let permissions: &[&str] = if number % 2 == 0 { &[USER] } else { &[USER, MANAGER, ACCESS] };
        checks.push(checked(&browser, &format!("new{number}@school.example"), permissions).await);
    }
    let answers = join_all(checks.iter().map(|check| send(&browser, check, CHECK, &[]))).await;
    let mut made = 0;
    for (check, mut answer) in checks.iter().zip(answers) {
        // Whoever is told to come again comes again.
        while answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            answer = send(&browser, check, CHECK, &[]).await;
        }
        match answer.status() {
            StatusCode::SEE_OTHER => made += 1,
            StatusCode::UNPROCESSABLE_ENTITY => {
                let words = told(answer).await;
                assert!(words.contains("Your school has all of its"), "{words}");
            }
            other => panic!("{other}"),
        }
    }
    let counts = demo.query(&of_school(laestab, "users, managers, access")).await.remove(0);
    let real = demo
        .query(&format!(
            "SELECT count(*), count(*) FILTER (WHERE 'account_manager' = ANY (permissions)),
                count(*) FILTER (WHERE 'access_arrangements' = ANY (permissions))
             FROM members m JOIN organisations o ON o.id = m.organisation_id WHERE laestab = {laestab}"
        ))
        .await
        .remove(0);
    assert_eq!(counts, real);
    assert_eq!((real[0].as_str(), made), ("7", 5));
    assert!(real[1].parse::<u8>().unwrap() <= 3 && real[2].parse::<u8>().unwrap() <= 3, "{real:?}");
    let invitations = "SELECT count(*) FROM outbox WHERE template = 'invitation'";
    assert_eq!(number(&demo, invitations).await, 5, "nobody else was written to");
    // Before one meets the limits, the page names them.
    let list = browser.page("/users").await;
    assert!(list.contains("7 of 7 users") && list.contains("remove somebody first"));
    let form = browser.page(CREATE).await;
    let full = told(send(&browser, &form, CREATE, &typed("x@school.example", &[USER])).await).await;
    assert!(full.contains("all of its 7 users"), "{full}");
}

#[tokio::test]
async fn two_managers_who_remove_each_other_do_not_leave_nobody() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let all = demo.account("school_all");
    assert_eq!(manager.laestab, all.laestab);
    let browsers =
        [Browser::signed_in(&demo, &manager).await, Browser::signed_in(&demo, &all).await];
    let pages = [
        page_of(&demo, &all.organisation, &all.username).await,
        page_of(&demo, &manager.organisation, &manager.username).await,
    ];
    let paths = [0, 1].map(|at| format!("{}/remove", pages[at]));
    let sure = [browsers[0].page(&paths[0]).await, browsers[1].page(&paths[1]).await];
    let (one, other) = tokio::join!(
        send(&browsers[0], &sure[0], &paths[0], &[]),
        send(&browsers[1], &sure[1], &paths[1], &[])
    );
    let statuses = [one.status(), other.status()];
    let done = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(done, 1, "{statuses:?}");
    assert_eq!(number(&demo, &of_school(&manager.laestab, "managing")).await, 1);
    // The one who is left can be neither removed, nor suspended, nor do without the permission.
    let left = usize::from(statuses[0] != StatusCode::SEE_OTHER);
    let (browser, own) = (&browsers[left], &pages[1 - left]);
    let list = browser.page(own).await;
    assert!(
        list.contains("only user who looks after the others")
            && !list.contains(&format!("{own}/remove\""))
    );
    for what in ["remove", "suspend"] {
        let path = format!("{own}/{what}");
        let sure = browser.page(&path).await;
        let words = told(send(browser, &sure, &path, &[]).await).await;
        assert!(words.contains("Nobody else who has signed in"), "{what}: {words}");
    }
    let change = format!("{own}/change");
    let form = browser.page(&change).await;
    let account = [&manager, &all][left];
    for email in [account.username.as_str(), "new.address@school.example"] {
        let permission = if email == account.username { USER } else { MANAGER };
        let words = told(send(browser, &form, &change, &typed(email, &[permission])).await).await;
        assert!(words.contains("Nobody else who has signed in"), "{email}: {words}");
    }
    // An account manager who has never signed in is nobody to rely on yet.
    let done = create(browser, "deputy@school.example", &[MANAGER]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let path = format!("{own}/remove");
    let sure = browser.page(&path).await;
    told(send(browser, &sure, &path, &[]).await).await;
    let deputy = sets_up(&demo, "deputy@school.example", account).await;
    let colleague = Browser::signed_in(&demo, &deputy).await;
    until("the deputy has signed in", async || {
        number(&demo, &of_school(&manager.laestab, "managing")).await == 2
    })
    .await;
    let done = send(browser, &sure, &path, &[]).await;
    assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(colleague.get("/users").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn authorities_and_trusts_have_rules_of_their_own() {
    let demo = Demo::of_sample(6, &["--released"]);
    for (role, permission) in [("la_account_manager", USER), ("mat_user", USER)] {
        let account = demo.account(role);
        let browser = Browser::signed_in(&demo, &account).await;
        let list = browser.page("/users").await;
        assert!(!list.contains(" of 7 users") && !list.contains("/users/cover"), "{role}");
        assert_eq!(browser.get("/users/cover").await.status(), StatusCode::NOT_FOUND);
        for number in 0..9 {
            let done =
                create(&browser, &format!("{role}{number}@group.example"), &[permission]).await;
            assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?created"), "{role} {number}");
        }
    }
    // A trust has one level: a new user does what the first one does, and may remove them.
    let first = demo.account("mat_user");
    let form = Browser::signed_in(&demo, &first).await.page(CREATE).await;
    assert!(form.contains("Multi-academy trust – User") && !form.contains("account_manager"));
    let second = sets_up(&demo, "mat_user0@group.example", &first).await;
    let browser = Browser::signed_in(&demo, &second).await;
    let path = format!("{}/remove", page_of(&demo, &first.organisation, &first.username).await);
    let sure = browser.page(&path).await;
    assert_eq!(send(&browser, &sure, &path, &[]).await.status(), StatusCode::SEE_OTHER);
    let own = format!("{}/remove", page_of(&demo, &first.organisation, &second.username).await);
    let sure = browser.page(&own).await;
    told(send(&browser, &sure, &own, &[]).await).await;
}

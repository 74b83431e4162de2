//! One user from being created to being removed, and who may do it.

use super::*;

#[tokio::test]
async fn a_user_is_created_amended_suspended_and_removed() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let browser = Browser::signed_in(&demo, &manager).await;
    let email = "zoe@school.example";
    let list = browser.page("/users").await;
    for words in ["Schools – User", "4 of 7 users", "2 of 3 with account management", "(you)"] {
        assert!(list.contains(words) || list.contains("5 of 7 users"), "{words}");
    }
    let check = checked(&browser, "Zoe@School.example", &[USER]).await;
    assert!(check.contains("Zoë O&#39;Brien") && check.contains(email));
    assert_eq!(number(&demo, "SELECT count(*) FROM users WHERE username LIKE 'zoe%'").await, 0);
    let done = send(&browser, &check, CHECK, &[]).await;
    assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?created"));
    // Sent twice, also at once, it makes one.
    let (one, other) =
        tokio::join!(send(&browser, &check, CHECK, &[]), send(&browser, &check, CHECK, &[]));
    for again in [one, other] {
        assert_eq!(to(&again), (StatusCode::SEE_OTHER, "/users?created"));
    }
    assert_eq!(messages(&demo, email).await, ["invitation"]);
    assert_eq!(messages(&demo, &manager.username).await, ["user-created"]);
    let list = browser.page("/users?created").await;
    assert!(list.contains("User created") && list.contains("Invited") && list.contains(email));
    let here = page_of(&demo, &manager.organisation, email).await;

    // Invited again, but not at once.
    let invite = format!("{here}/invite");
    let page = browser.page(&here).await;
    let soon = told(send(&browser, &page, &invite, &[]).await).await;
    assert!(soon.contains("An invitation was sent just now"), "{soon}");
    demo.query("UPDATE members SET invited_at = invited_at - interval '5 minutes' WHERE invited_at IS NOT NULL")
        .await;
    let again = send(&browser, &page, &invite, &[]).await;
    assert_eq!(to(&again), (StatusCode::SEE_OTHER, format!("{here}?invited").as_str()));
    assert_eq!(messages(&demo, email).await, ["invitation", "invitation"]);

    // Amended: permissions work at once, nobody has to sign in again.
    let account = sets_up(&demo, email, &manager).await;
    let user = Browser::signed_in(&demo, &account).await;
    let results = format!("/results/{}", manager.laestab);
    assert_eq!(user.get(&results).await.status(), StatusCode::OK);
    assert_eq!(user.get("/users").await.status(), StatusCode::FORBIDDEN);
    let change = format!("{here}/change");
    let form = browser.page(&change).await;
    assert!(form.contains("value=\"yes\" checked"), "what they have is ticked");
    let fields = typed(email, &[ACCESS, MANAGER]);
    let saved = send(&browser, &form, &change, &fields).await;
    assert_eq!(to(&saved), (StatusCode::SEE_OTHER, format!("{here}?saved").as_str()));
    until("the permissions are theirs", async || {
        user.get("/users").await.status() == StatusCode::OK
            && user.get(&results).await.status() == StatusCode::FORBIDDEN
    })
    .await;
    // The same form again is no change; another one from the same beginning finds that it was overtaken.
    let same = send(&browser, &form, &change, &fields).await;
    assert_eq!(same.status(), StatusCode::SEE_OTHER);
    let late = told(send(&browser, &form, &change, &typed(email, &[USER])).await).await;
    assert!(late.contains("Somebody else has changed this user meanwhile"), "{late}");
    until("they have signed in", async || browser.page(&here).await.contains("Active")).await;

    // Suspended, and let in again.
    let suspend = format!("{here}/suspend");
    let sure = browser.page(&suspend).await;
    let done = send(&browser, &sure, &suspend, &[]).await;
    assert_eq!(to(&done), (StatusCode::SEE_OTHER, format!("{here}?suspended").as_str()));
    until("the suspended are out", async || {
        user.get("/organisation").await.status() == StatusCode::SEE_OTHER
    })
    .await;
    let answer = Browser::new(&demo).sign_in(email, &account.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.page(&here).await;
    assert!(page.contains("Suspended") && page.contains("Let this user in again"));
    let reactivate = format!("{here}/reactivate");
    assert_eq!(send(&browser, &page, &reactivate, &[]).await.status(), StatusCode::SEE_OTHER);
    until("they are in again", async || {
        let answer = Browser::new(&demo).sign_in(email, &account.password).await;
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;

    // Removed; the second of two posts is told the same.
    let remove = format!("{here}/remove");
    let sure = browser.page(&remove).await;
    for _ in 0..2 {
        let done = send(&browser, &sure, &remove, &[]).await;
        assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?removed"));
    }
    until("they are gone", async || {
        user.get("/organisation").await.status() == StatusCode::SEE_OTHER
    })
    .await;
    assert_eq!(browser.get(&here).await.status(), StatusCode::NOT_FOUND);
    let told = messages(&demo, email).await;
    let expected = ["user-amended", "user-suspended", "user-reactivated", "user-removed"];
    assert_eq!(told[2..], expected);
    assert_eq!(messages(&demo, &manager.username).await, ["user-created", "user-removed-by-you"]);
    let audit = demo
        .query("SELECT action, detail, actor FROM audit WHERE action LIKE 'user.%' ORDER BY seq")
        .await;
    let actions: Vec<&str> = audit.iter().map(|row| row[0].as_str()).collect();
    let expected = ["created", "invited", "amended", "suspended", "reactivated", "removed"];
    assert_eq!(actions, expected.map(|word| format!("user.{word}")));
    assert_eq!(audit[2][1], "permissions: \"user\" → \"account_manager access_arrangements\"");
    assert!(audit.iter().all(|row| row[2] == manager.username));
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);

    // Whoever comes back sets up the account again: the old password is gone.
    assert_eq!(create(&browser, email, &[USER]).await.status(), StatusCode::SEE_OTHER);
    let answer = Browser::new(&demo).sign_in(email, &account.password).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_wrong_is_told_and_what_was_typed_stays() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let browser = Browser::signed_in(&demo, &manager).await;
    let members = "SELECT count(*) FROM members";
    let before = number(&demo, members).await;
    let form = browser.page(CREATE).await;
    let empty = told(send(&browser, &form, CREATE, &[]).await).await;
    for words in [
        "at least one permission",
        "first name",
        "last name",
        "job title",
        "telephone",
        "email address",
    ] {
        assert!(empty.contains(words), "{words}: {empty}");
    }
    let strange = [
        ("first", "<script>alert(1)</script>"),
        ("last", "Khan\r\nBcc: all@school.example"),
        ("job", "Head"),
        ("phone", "01632 960 001"),
        ("email", "zoe@school.example"),
        ("email_again", "zoe@school.exampel"),
        (ACCESS, "yes"),
        ("permission-auditor", "yes"),
        // Nobody asks for these.
        ("role", "security_admin"),
        ("state", "active"),
        ("organisation_id", "1"),
    ];
    for path in [CREATE, CHECK] {
        let check = checked(&browser, "zoe@school.example", &[USER]).await;
        let page = if path == CREATE { &form } else { &check };
        let answer = send(&browser, page, path, &strange).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("<script>alert"), "markup stays text");
        for words in [
            "from this list only",
            "a first name with letters",
            "a last name with letters",
            "same email",
        ] {
            assert!(page.contains(words), "{path} {words}");
        }
        assert!(page.contains("value=\"zoe@school.exampel\""), "what was typed stays");
        let proof = browser.post(path, &[("first", "Zoë")]).await;
        assert_eq!(proof.status(), StatusCode::FORBIDDEN);
    }
    // A field for another organisation is a form from before a switch.
    let mut fields = typed("zoe@school.example", &[USER]);
    fields.push(("organisation", "1"));
    let other = told(send(&browser, &form, CREATE, &fields).await).await;
    assert!(other.contains("You act for another organisation"), "{other}");
    let check = checked(&browser, &manager.username, &[USER]).await;
    let twice = told(send(&browser, &check, CHECK, &[]).await).await;
    assert!(twice.contains("has this email address already"), "{twice}");
    assert_eq!(number(&demo, members).await, before);
}

#[tokio::test]
async fn nobody_reaches_users_of_another_organisation() {
    let demo = Demo::of_sample(6, &["--released"]);
    let managers = demo.accounts("school_account_manager");
    let [own, other] = [&managers[0], &managers[1]];
    assert_ne!(own.laestab, other.laestab);
    let browser = Browser::signed_in(&demo, own).await;
    let foreign = page_of(&demo, &other.organisation, &other.username).await;
    let before = demo.query("SELECT * FROM members ORDER BY id").await;
    let token = token(&browser).await;
    for below in ["", "/change", "/remove", "/suspend", "/reactivate", "/invite"] {
        let path = format!("{foreign}{below}");
        if !["/reactivate", "/invite"].contains(&below) {
            assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        if !below.is_empty() {
            let mut fields = typed("zoe@school.example", &[USER]);
            fields.push(("_csrf", &token));
            let answer = browser.post(&path, &fields).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    let mut review = vec![("_csrf".to_owned(), token)];
    for row in &before {
        review.push((format!("user-{}", row[0]), "remove".to_owned()));
    }
    let fields: Vec<(&str, &str)> = review.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post("/users/review", &fields).await;
    assert_eq!(
        answer.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "not even one's own last manager"
    );
    assert!(!browser.page("/users").await.contains(&other.username));
    for role in [
        "school_user",
        "school_access_arrangements",
        "ks3_user",
        "la_user",
        "helpline",
        "provider_viewer",
    ] {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in [
            "/users",
            CREATE,
            "/users/cover",
            "/users/review",
            &foreign,
            &format!("{foreign}/remove"),
        ] {
            assert_eq!(browser.get(path).await.status(), StatusCode::FORBIDDEN, "{role} {path}");
        }
        let page = browser.page("/organisation").await;
        let fields = [("_csrf", hidden(&page, "_csrf"))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        for path in [CREATE, CHECK, "/users/review", &format!("{foreign}/remove")] {
            assert_eq!(
                browser.post(path, &fields).await.status(),
                StatusCode::FORBIDDEN,
                "{role} {path}"
            );
        }
    }
    let nobody = Browser::new(&demo);
    for path in ["/users", CREATE, &foreign, "/account/switch"] {
        let answer = nobody.get(path).await;
        assert!(header(&answer, "location").starts_with("/sign-in?return_to=/"), "{path}");
    }
    let mut after = demo.query("SELECT * FROM members ORDER BY id").await;
    let mut before = before;
    // That people have signed in is all that changed.
    for row in before.iter_mut().chain(&mut after) {
        row.truncate(9);
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn an_address_that_has_an_account_elsewhere_is_told_to_nobody() {
    let demo = Demo::of_sample(6, &["--released"]);
    let managers = demo.accounts("school_account_manager");
    // Whoever has several organisations begins with the one that was there first.
    let [own, other] = [&managers[1], &managers[0]];
    let known = demo.accounts("school_user");
    let known = known.iter().find(|user| user.laestab == other.laestab).unwrap();
    let browser = Browser::signed_in(&demo, own).await;
    let mut lists = Vec::new();
    for email in [known.username.as_str(), "nobody@school.example"] {
        let done = create(&browser, email, &[USER]).await;
        assert_eq!(to(&done), (StatusCode::SEE_OTHER, "/users?created"));
        let here = page_of(&demo, &own.organisation, email).await;
        let page = browser.page(&here).await;
        let csrf = hidden(&page, "_csrf");
        lists.push(page.replace(email, "address").replace(&here, "here").replace(&csrf, "token"));
    }
    assert_eq!(lists[0], lists[1], "the pages differ in nothing else");
    assert_eq!(messages(&demo, &known.username).await, ["user-added"]);
    assert_eq!(messages(&demo, "nobody@school.example").await, ["invitation"]);

    // They choose for whom they act, and go on within this service only.
    let user = Browser::signed_in(&demo, known).await;
    let page = user.page("/organisation").await;
    assert!(
        page.contains("/account/switch") && page.contains(&plain(&known.organisation))
            || page.contains("Change")
    );
    let choices = user.page("/account/switch?return_to=https://evil.example").await;
    assert!(!choices.contains("evil"));
    let id = demo
        .query(&format!("SELECT id FROM organisations WHERE laestab = {}", own.laestab))
        .await
        .remove(0)
        .remove(0);
    let results = format!("/results/{}", own.laestab);
    assert_eq!(user.get(&results).await.status(), StatusCode::NOT_FOUND);
    let fields = |organisation: &'static str| {
        [("organisation", organisation), ("return_to", "//evil.example")]
    };
    let stranger = send(&user, &choices, "/account/switch", &fields("999999")).await;
    assert_eq!(stranger.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let chosen = [("organisation", id.as_str()), ("return_to", "//evil.example")];
    let switched = send(&user, &choices, "/account/switch", &chosen).await;
    assert_eq!(
        to(&switched),
        (StatusCode::SEE_OTHER, "/results"),
        "where they would land after signing in"
    );
    assert_eq!(user.get(&results).await.status(), StatusCode::OK);
    assert_eq!(
        user.get(&format!("/results/{}", known.laestab)).await.status(),
        StatusCode::NOT_FOUND
    );
    until("they have come", async || {
        let here = page_of(&demo, &own.organisation, &known.username).await;
        browser.page(&here).await.contains("Active")
    })
    .await;

    // A new address is a new account: the old one keeps what it has elsewhere.
    let here = page_of(&demo, &own.organisation, &known.username).await;
    let change = format!("{here}/change");
    let form = browser.page(&change).await;
    let saved = send(&browser, &form, &change, &typed("moved@school.example", &[USER])).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER);
    assert_eq!(messages(&demo, &known.username).await, ["user-added", "user-moved"]);
    assert_eq!(messages(&demo, "moved@school.example").await, ["invitation"]);
    until("the old address is out of this school", async || {
        user.get(&results).await.status() == StatusCode::SEE_OTHER
    })
    .await;
    let user = Browser::signed_in(&demo, known).await;
    assert_eq!(user.get(&format!("/results/{}", known.laestab)).await.status(), StatusCode::OK);
    assert!(!user.page("/organisation").await.contains("/account/switch"));
    // Removed here, nothing happens there.
    let names = demo
        .query(&format!("SELECT full_name FROM users WHERE username = '{}'", known.username))
        .await;
    assert_ne!(
        names[0][0], "Zoë O'Brien",
        "another organisation's name for somebody is not theirs"
    );
}

//! A change names whom it is about, goes with its account, and holds up no form.

use super::*;

#[tokio::test]
async fn a_change_names_whom_it_is_about_and_goes_with_the_account() {
    let demo = Demo::of_sample(6, &["--released"]);
    let (user, manager) = (demo.account("school_user"), demo.account("school_account_manager"));
    let read = async |name: &str| {
        demo.count(&format!("daybreak_db_transaction_seconds_count{{name=\"{name}\"}}")).await
    };
    let browser = Browser::signed_in(&demo, &user).await;
    let before = (read("directory.read").await, read("directory.read_users").await);
    let (secret, _) = set_up(&browser, None).await;
    assert!(browser.page("/account/second-factor").await.contains("You have 10 left"));
    let after = (read("directory.read").await, read("directory.read_users").await);
    assert!(after.0 == before.0 && after.1 > before.1, "{before:?} {after:?}");
    assert_eq!(
        halfway(&demo, &user).await.enter_code(&next_code(&secret).await).await.status(),
        303
    );

    // Removed from their last organisation, nothing of it is left: whoever has the address next begins anew.
    let id = format!("SELECT id FROM users WHERE username = '{}'", user.username);
    let id = demo.query(&id).await.remove(0).remove(0);
    let left = async || {
        let of = |table: &str| format!("(SELECT count(*) FROM {table} WHERE user_id = {id})");
        let tables = ["authenticators", "recovery_codes", "passkeys", "identity_links"].map(of);
        demo.query(&format!("SELECT {}", tables.join(" + "))).await.remove(0).remove(0)
    };
    demo.query(&format!(
        "INSERT INTO passkeys (user_id, credential, name, key, made_at) VALUES ({id}, 'x', 'Key', '{{}}', now())"
    ))
    .await;
    assert_eq!(left().await, "12");
    let look = Browser::signed_in(&demo, &manager).await;
    let sql = format!(
        "SELECT m.id FROM members m JOIN organisations o ON o.id = m.organisation_id
         WHERE m.user_id = {id} AND o.laestab = {}",
        manager.laestab
    );
    let others = format!("SELECT count(*) FROM members WHERE user_id = {id}");
    assert_eq!(demo.query(&others).await[0][0], "1", "this is their only organisation");
    let remove = format!("/users/{}/remove", demo.query(&sql).await[0][0]);
    let token = hidden(&look.page(&remove).await, "_csrf");
    let done = look.post(&remove, &[("_csrf", token.as_str())]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(left().await, "0");
    let record = look.page("/organisation/accesses").await;
    assert!(record.contains(&format!("Removed the user {}", user.username)), "{record}");
}

#[tokio::test]
async fn what_was_typed_outlives_setting_up_a_second_factor() {
    let mut demo = Demo::of_sample(6, &["--as-of", "2024-07-09T08:00:00"]);
    let twin = demo.twin(&demo.account("helpline"), "typist").await;
    until("the new account may sign in", async || {
        password(&Browser::new(&demo), &twin).await.status() == 303
    })
    .await;
    let browser = Browser::signed_in(&demo, &twin).await;
    let school = demo.account("school_user").laestab;
    let form = browser.page(&format!("/staff/view-as?q={school}")).await;
    let csrf = hidden(&form, "_csrf");
    let sql = format!("SELECT id FROM organisations WHERE laestab = {school}");
    let id = demo.query(&sql).await.remove(0).remove(0);
    let typed = [("q", school.as_str()), ("organisation", &id), ("reason", "Call <12> & more")];
    // The next day: the session is over, and a second factor is needed.
    demo.move_clock(24 * 60);
    // The connection of before ended with the server; a form is not sent twice by itself.
    browser.page("/help").await;
    let late = [&[("_csrf", csrf.as_str())][..], &typed].concat();
    let page = browser.post("/staff/view-as", &late).await.text().await.unwrap();
    let again = [
        ("_csrf", hidden(&page, "_csrf")),
        ("kept", hidden(&page, "kept")),
        ("username", twin.username.clone()),
        ("password", twin.password.clone()),
    ];
    let again: Vec<(&str, &str)> = again.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let page = browser.post("/sign-in/again", &again).await.text().await.unwrap();
    assert!(page.contains("You are signed in again"), "{page}");
    let csrf = hidden(&page, "_csrf");
    let typed = [&[("_csrf", csrf.as_str())][..], &typed].concat();
    let answer = browser.post("/staff/view-as", &typed).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("What you typed has not been sent yet") && page.contains("Your role needs")
    );
    let secret = all_between(&page, "<code>", "</code>")[0].replace(' ', "");
    let set_up = async |page: &str, code: &str| {
        let fields = [
            ("_csrf", hidden(page, "_csrf")),
            ("setup", hidden(page, "setup")),
            ("kept", hidden(page, "kept")),
            ("code", code.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post("/account/second-factor/app", &fields).await
    };
    // A wrong code loses nothing of it either.
    let wrong = set_up(&page, "000000").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text().await.unwrap();
    let page = set_up(&page, &next_code(&secret).await).await.text().await.unwrap();
    assert_eq!(all_between(&page, "<li><code>", "</code>").len(), 10, "{page}");
    assert_eq!(hidden(&page, "reason"), "Call &#60;12&#62; &#38; more");
    let done = browser.post("/staff/view-as", &typed).await;
    assert_eq!(header(&done, "location"), "/");
    assert!(browser.page("/").await.contains("You look as <strong>"));
}

//! Details of schools, authorities and trusts: who sees them, who changes them, and what is refused.

use reqwest::StatusCode;

use crate::support::{Browser, Demo, header, hidden};

const CHANGE: &str = "/organisation/change";

/// Fills in the form as it was read and sends it.
async fn change(browser: &Browser, phone: &str, email: &str) -> reqwest::Response {
    let form = browser.page(CHANGE).await;
    let (token, old_phone, old_email) =
        (hidden(&form, "_csrf"), hidden(&form, "old_phone"), hidden(&form, "old_email"));
    let fields = [
        ("_csrf", token.as_str()),
        ("old_phone", &old_phone),
        ("old_email", &old_email),
        ("phone", phone),
        ("email", email),
    ];
    browser.post(CHANGE, &fields).await
}

/// Sends the answers that a page shows for checking.
async fn confirm(browser: &Browser, page: &str) -> reqwest::Response {
    let names = ["_csrf", "old_phone", "old_email", "phone", "email"];
    let values = names.map(|name| hidden(page, name));
    let fields: Vec<(&str, &str)> =
        names.into_iter().zip(values.iter().map(String::as_str)).collect();
    browser.post("/organisation/check", &fields).await
}

/// Telephone number and email address as they are kept.
async fn kept(demo: &Demo, which: &str) -> Vec<String> {
    demo.query(&format!("SELECT phone, email FROM organisations WHERE {which}")).await.remove(0)
}

#[tokio::test]
async fn an_account_manager_changes_checks_and_saves() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let which = format!("laestab = {}", manager.laestab);
    let browser = Browser::signed_in(&demo, &manager).await;
    let page = browser.page("/organisation").await;
    for words in ["School details", "Get Information about Schools", "Last taken over from GIAS at"]
    {
        assert!(page.contains(words), "{words}");
    }
    let before = kept(&demo, &which).await;
    assert!(page.contains(&before[0]), "the number of the register, until somebody says another");

    let answer = change(&browser, "01632 960 777", "office@school.example").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let check = answer.text().await.unwrap();
    assert!(check.contains("Check the contact details") && check.contains("01632 960 777"));
    assert_eq!(kept(&demo, &which).await, before, "nothing is kept before it was checked");
    let answer = confirm(&browser, &check).await;
    assert_eq!(
        (answer.status(), header(&answer, "location")),
        (StatusCode::SEE_OTHER, "/organisation?saved")
    );
    assert!(browser.page("/organisation?saved").await.contains("Contact details saved"));
    assert_eq!(kept(&demo, &which).await, ["01632 960 777", "office@school.example"]);
    let audit =
        demo.query("SELECT actor, detail FROM audit WHERE action = 'organisation.contact'").await;
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0][0], manager.username);
    assert!(audit[0][1].ends_with("email: \"\" → \"office@school.example\""), "{audit:?}");
    // The same answers sent again find that they are not what was seen: nothing is done twice.
    let again = confirm(&browser, &check).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().await.unwrap().contains("Somebody else changed these details"));
    // Unchanged is no change, and the register does not take it back.
    let same = change(&browser, "01632 960 777", "office@school.example").await;
    assert_eq!(
        (same.status(), header(&same, "location")),
        (StatusCode::SEE_OTHER, "/organisation")
    );
    let delivery = crate::support::sample(6);
    let (code, _, error) = demo.command(&["gias", "import", delivery.to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(kept(&demo, &which).await, ["01632 960 777", "office@school.example"]);
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn what_is_wrong_is_told_and_what_was_typed_stays() {
    let demo = Demo::of_sample(6, &["--released"]);
    let manager = demo.account("school_account_manager");
    let which = format!("laestab = {}", manager.laestab);
    let browser = Browser::signed_in(&demo, &manager).await;
    let before = kept(&demo, &which).await;
    let good = ("01632 960 777", "office@school.example");
    for (phone, email) in [
        ("", ""),
        ("01632", good.1),
        (good.0, "office"),
        ("01632 960 777\r\nBcc: all", good.1),
        (good.0, "office@school.example\r\nBcc: all@school.example"),
        ("<script>alert(1)</script>", "<b>@school.example"),
    ] {
        let answer = change(&browser, phone, email).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{phone} {email}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("govuk-error-summary") && page.contains("<title>Error: "));
        assert!(!page.contains("<script>alert") && !page.contains("<b>"), "markup stays text");
        // Nobody gets round the form by sending the second one themselves.
        let form = browser.page(CHANGE).await;
        let fields = [
            ("_csrf", hidden(&form, "_csrf")),
            ("old_phone", hidden(&form, "old_phone")),
            ("old_email", hidden(&form, "old_email")),
            ("phone", phone.to_owned()),
            ("email", email.to_owned()),
        ];
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post("/organisation/check", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{phone} {email}");
        let without = &fields[1..];
        for path in [CHANGE, "/organisation/check"] {
            assert_eq!(
                browser.post(path, without).await.status(),
                StatusCode::FORBIDDEN,
                "no proof"
            );
        }
    }
    assert_eq!(kept(&demo, &which).await, before);
}

#[tokio::test]
async fn only_who_may_changes_and_nobody_sees_another_school() {
    let demo = Demo::of_sample(6, &["--released"]);
    let school = demo.account("school_user");
    let other = demo
        .query(&format!(
            "SELECT laestab FROM organisations WHERE kind = 'school' AND laestab <> {} LIMIT 1",
            school.laestab
        ))
        .await
        .remove(0)
        .remove(0);
    for role in
        ["school_user", "school_access_arrangements", "ks3_user", "provider_manager", "helpline"]
    {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        let page = browser.page("/organisation").await;
        assert!(!page.contains(CHANGE), "{role}");
        assert_eq!(browser.get(CHANGE).await.status(), StatusCode::FORBIDDEN, "{role}");
        let token = hidden(&page, "_csrf");
        let fields =
            [("_csrf", token.as_str()), ("phone", "01632 960 777"), ("email", "a@b.example")];
        for path in [CHANGE, "/organisation/check"] {
            assert_eq!(browser.post(path, &fields).await.status(), StatusCode::FORBIDDEN, "{role}");
        }
    }
    let status = async |role: &str, laestab: &str| {
        let browser = Browser::signed_in(&demo, &demo.account(role)).await;
        browser.get(&format!("/organisation/{laestab}")).await.status()
    };
    for role in ["school_user", "school_account_manager"] {
        let own = demo.account(role).laestab;
        assert_eq!(status(role, &own).await, StatusCode::OK, "{role}");
        let foreign = if own == other { &school.laestab } else { &other };
        assert_eq!(status(role, foreign).await, StatusCode::NOT_FOUND, "{role}");
        assert_eq!(status(role, "1234567").await, StatusCode::NOT_FOUND, "{role}");
    }
    assert_eq!(status("provider_viewer", &other).await, StatusCode::NOT_FOUND);
    assert_eq!(status("helpline", &other).await, StatusCode::OK);
    let nobody = Browser::new(&demo);
    for path in ["/organisation", CHANGE, "/organisation/8882045"] {
        let answer = nobody.get(path).await;
        assert!(
            header(&answer, "location").starts_with("/sign-in?return_to=/organisation"),
            "{path}"
        );
    }

    // Every user of an authority and of a trust changes their own, and sees their schools.
    for (role, code) in
        [("la_user", "la_code"), ("la_account_manager", "la_code"), ("mat_user", "group_uid")]
    {
        let account = demo.account(role);
        let name = account.organisation.replace('\'', "''");
        let kind = if code == "la_code" { "authority" } else { "trust" };
        let which = format!("kind = '{kind}' AND name = '{name}'");
        let browser = Browser::signed_in(&demo, &account).await;
        let email = format!("{role}@group.example");
        let check = change(&browser, "01632 960 555", &email).await.text().await.unwrap();
        assert_eq!(confirm(&browser, &check).await.status(), StatusCode::SEE_OTHER, "{role}");
        assert_eq!(kept(&demo, &which).await, ["01632 960 555", email.as_str()]);
        let members = if kind == "authority" {
            format!("la_code = (SELECT la_code FROM organisations WHERE {which})")
        } else {
            format!("id IN (SELECT organisation_id FROM trust_members m JOIN organisations t USING (group_uid)
                     WHERE t.name = '{name}' AND m.left_on IS NULL AND m.joined_on <= '2024-07-09')")
        };
        for (wanted, expected) in [("", StatusCode::OK), ("NOT", StatusCode::NOT_FOUND)] {
            let found = demo
                .query(&format!("SELECT laestab FROM organisations WHERE laestab IS NOT NULL AND {wanted} ({members}) LIMIT 1"))
                .await;
            let Some(found) = found.first() else { continue };
            let answer = browser.get(&format!("/organisation/{}", found[0])).await;
            assert_eq!(answer.status(), expected, "{role} {wanted} {}", found[0]);
            assert!(!answer.text().await.unwrap().contains(CHANGE), "only to look at");
        }
    }
}

#[tokio::test]
async fn without_the_database_details_wait_and_results_do_not() {
    let demo = Demo::of_sample(6, &["--released"]);
    let browser = Browser::signed_in(&demo, &demo.account("school_all")).await;
    let form = browser.page(CHANGE).await;
    demo.stop_postgres();
    let answer = browser.get("/organisation").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let fields = [
        ("_csrf", hidden(&form, "_csrf")),
        ("old_phone", hidden(&form, "old_phone")),
        ("old_email", hidden(&form, "old_email")),
        ("phone", "01632 960 777".to_owned()),
        ("email", "office@school.example".to_owned()),
    ];
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post("/organisation/check", &fields).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.get("/results").await.status(), StatusCode::OK);
    demo.start_postgres();
    crate::support::until("the answers are kept", async || {
        browser.post("/organisation/check", &fields).await.status() == StatusCode::SEE_OTHER
    })
    .await;
}

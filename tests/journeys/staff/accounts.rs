//! Accounts: staff created and removed, anybody found and let in again, second factors taken away by two.

use reqwest::StatusCode;

use super::{audit, done, send, wrong};
use crate::support::{Account, Browser, Demo, header, hidden, until};

const HERE: &str = "/staff/users";

fn person<'a>(email: &'a str, roles: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("first", "Zoë"),
        ("last", "Lark"),
        ("job", "Officer"),
        ("phone", "01632 960 001"),
        ("email", email),
        ("email_again", email),
    ];
    fields.extend(roles.iter().map(|role| (*role, "yes")));
    fields
}

/// The page of an account, found by its address.
async fn found(browser: &Browser, email: &str) -> String {
    done(&send(browser, HERE, HERE, &[("email", email)]).await).to_owned()
}

/// The form of the organisation of staff, with what makes it one of ours.
async fn create(browser: &Browser, demo: &Demo, email: &str, roles: &[&str]) -> reqwest::Response {
    let staff = demo.query("SELECT id FROM organisations WHERE kind = 'staff'").await;
    let mut fields = person(email, roles);
    fields.push(("organisation", &staff[0][0]));
    fields.push(("submission", "00112233445566778899aabbccddeeff"));
    send(browser, "/users/create", "/users/create/check", &fields).await
}

#[tokio::test]
async fn a_security_administrator_creates_changes_and_removes_staff() {
    let demo = Demo::of_sample(4, &["--released"]);
    let admin = Browser::signed_in(&demo, &demo.account("security_admin")).await;
    let page = admin.page(HERE).await;
    assert!(page.contains("Staff accounts") && page.contains("auditor@agency.example"), "{page}");

    let both = ["permission-data_operator", "permission-release_officer"];
    let apart = wrong(create(&admin, &demo, "zoe@agency.example", &both).await).await;
    assert!(apart.contains("Nobody may both load data and release it"), "{apart}");
    assert!(apart.contains("value=\"Zoë\""), "what was typed is kept");
    let school =
        wrong(create(&admin, &demo, "zoe@agency.example", &["permission-user"]).await).await;
    assert!(school.contains("Select permissions from this list only"));

    let made = create(&admin, &demo, "zoe@agency.example", &both[..1]).await;
    assert_eq!(done(&made), "/users?created");
    let invited = "SELECT template FROM outbox WHERE recipient = 'zoe@agency.example'";
    assert_eq!(demo.query(invited).await, [["invitation"]]);
    let page = admin.page(HERE).await;
    assert!(page.contains("zoe@agency.example") && page.contains("Data operator"), "{page}");

    let member = demo
        .query("SELECT m.id FROM members m JOIN users u ON u.id = m.user_id WHERE u.username = 'zoe@agency.example'")
        .await[0][0]
        .clone();
    let change = format!("/users/{member}/change");
    let page = admin.page(&change).await;
    let kept = |name: &'static str| (name, hidden(&page, name));
    let old = ["old_first", "old_last", "old_job", "old_phone", "old_email", "old_permissions"];
    let old = old.map(kept);
    let old: Vec<(&str, &str)> = old.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [person("zoe@agency.example", &both), old.clone()].concat();
    let apart = wrong(send(&admin, &change, &change, &fields).await).await;
    assert!(apart.contains("Nobody may both load data and release it"));
    // Also where no form stands in between.
    let (code, _, error) = demo.command(&[
        "user",
        "invite",
        "--username",
        "zoe@agency.example",
        "--name",
        "Zoë",
        "--organisation",
        "Standards and Testing Agency",
        "--permission",
        "release_officer",
        "--actor",
        "x",
    ]);
    assert_eq!(code, 1, "{error}");
    let fields = [person("zoe@agency.example", &["permission-auditor"]), old.clone()].concat();
    done(&send(&admin, &change, &change, &fields).await);
    let remove = format!("/users/{member}/remove");
    done(&send(&admin, &remove, &remove, &[]).await);
    assert!(!admin.page(HERE).await.contains("zoe@agency.example"));

    // The last one who looks after security stays.
    let own = demo
        .query("SELECT m.id FROM members m WHERE 'security_admin' = ANY (m.permissions)")
        .await[0][0]
        .clone();
    for what in ["remove", "suspend"] {
        let address = format!("/users/{own}/{what}");
        let last = wrong_without_summary(send(&admin, &address, &address, &[]).await).await;
        assert!(last.contains("Nobody else who has signed in"), "{last}");
    }
    for role in ["helpline", "release_officer", "auditor"] {
        let other = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in ["/users", "/users/create"] {
            assert_eq!(other.get(path).await.status(), StatusCode::FORBIDDEN, "{role} {path}");
        }
    }
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

async fn wrong_without_summary(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn the_helpline_finds_a_suspended_account_and_lets_it_in() {
    let demo = Demo::of_sample(4, &["--released"]);
    let helpline = Browser::signed_in(&demo, &demo.account("helpline")).await;
    let page = helpline.page(HERE).await;
    assert!(!page.contains("Staff accounts"), "the helpline looks after nobody's roles");
    let suspended: Account = demo.other_accounts("school_user").remove(0);
    let manager = demo.accounts("school_account_manager").into_iter();
    let manager = manager.into_iter().find(|a| a.laestab == suspended.laestab).unwrap();
    let users = Browser::signed_in(&demo, &manager).await.page("/users").await;
    assert!(users.contains("Account suspended"), "{users}");

    for (typed, told) in [
        ("", "Enter an email address"),
        ("head", "Enter an email address"),
        ("nobody@school.example", "No account has this email address"),
    ] {
        let page = wrong(send(&helpline, HERE, HERE, &[("email", typed)]).await).await;
        assert!(page.contains(told) && page.contains(typed), "{page}");
    }
    let here = found(&helpline, &suspended.username.to_uppercase()).await;
    assert!(!here.contains('@'), "{here}");
    let page = helpline.page(&here).await;
    for words in ["Suspended", "Schools – User", "Let this person in again"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let unlock = format!("{here}/unlock");
    let empty = wrong(send(&helpline, &here, &unlock, &[("unlock_reason", " ")]).await).await;
    assert!(empty.contains("Enter a reason"));
    assert_ne!(
        Browser::new(&demo).sign_in(&suspended.username, &suspended.password).await.status(),
        303
    );
    let reason = [("unlock_reason", "Spoke with the head’s office")];
    assert_eq!(done(&send(&helpline, &here, &unlock, &reason).await), format!("{here}?unlocked"));
    until("they may sign in", async || {
        let answer = Browser::new(&demo).sign_in(&suspended.username, &suspended.password).await;
        answer.status() == StatusCode::SEE_OTHER
    })
    .await;
    let unlocked = audit(&demo, "user.unlocked").await;
    let helper = demo.account("helpline").username;
    assert_eq!(unlocked, [[&helper, &suspended.username, "Spoke with the head’s office"]]);

    // Wrong passwords hold somebody up, and the helpline lets them go on.
    let account = demo.account("la_user");
    until("wrong passwords hold them up", async || {
        let answer = Browser::new(&demo).sign_in(&account.username, "A-wrong-0ne!").await;
        header(&answer, "retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 5)
    })
    .await;
    let here = found(&helpline, &account.username).await;
    assert!(helpline.page(&here).await.contains("Too many wrong passwords"));
    done(&send(&helpline, &here, &format!("{here}/unlock"), &reason).await);
    assert!(helpline.page(&here).await.contains("Its owner can sign in here"));
    let answer = Browser::new(&demo).sign_in(&account.username, &account.password).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);

    for role in ["auditor", "queue_operator", "school_account_manager"] {
        let other = Browser::signed_in(&demo, &demo.account(role)).await;
        for path in [HERE, here.as_str()] {
            assert_eq!(other.get(path).await.status(), StatusCode::NOT_FOUND, "{role} {path}");
        }
        let answer = send(&other, "/", &format!("{here}/unlock"), &reason).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{role}");
    }
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

#[tokio::test]
async fn two_people_remove_a_second_factor_and_one_looks_after_security() {
    let demo = Demo::of_sample(4, &["--released"]);
    let admin = Browser::signed_in(&demo, &demo.account("security_admin")).await;
    let helpline = Browser::signed_in(&demo, &demo.account("helpline")).await;
    let second = demo.twin(&demo.account("helpline"), "second").await;
    let lost = demo.account("auditor");
    let here = found(&helpline, &lost.username).await;
    let reset = format!("{here}/second-factor");
    let propose = [("act", "propose"), ("reset_reason", "The telephone was stolen")];
    let approve = [("act", "approve")];

    let none = wrong(send(&admin, &here, &reset, &approve).await).await;
    assert!(none.contains("Nobody else has proposed"));
    let empty = wrong(send(&helpline, &here, &reset, &propose[..1]).await).await;
    assert!(empty.contains("Enter a reason"));
    assert_eq!(done(&send(&helpline, &here, &reset, &propose).await), format!("{here}?proposed"));
    wrong(send(&helpline, &here, &reset, &approve).await).await;
    // Two of the helpline are not enough, by the command as well.
    let (code, _, error) = demo.command(&[
        "user",
        "reset-factor",
        &lost.username,
        "--approve",
        "--actor",
        &second.username,
    ]);
    assert!(code == 1 && error.contains("security administrator"), "{error}");
    let page = admin.page(&here).await;
    assert!(page.contains(&demo.account("helpline").username), "{page}");
    let of = format!(
        "SELECT count(*) FROM authenticators WHERE user_id =
             (SELECT id FROM users WHERE username = '{}')",
        lost.username
    );
    assert_eq!(demo.query(&of).await, [["1"]]);
    assert_eq!(done(&send(&admin, &here, &reset, &approve).await), format!("{here}?reset"));
    assert_eq!(demo.query(&of).await, [["0"]]);
    let told = "SELECT content->>'what' FROM outbox WHERE template = 'second-factor-changed'";
    assert_eq!(demo.query(told).await, [["Two members of staff removed your second factor"]]);
    assert_eq!(audit(&demo, "factor.reset").await[0][0], demo.account("security_admin").username);

    // Nobody proposes it for themselves, and a day later it is too late.
    let own = found(&admin, &demo.account("security_admin").username).await;
    let refused = send(&admin, &own, &format!("{own}/second-factor"), &propose).await;
    assert!(wrong(refused).await.contains("your own account"));
    let officer = found(&admin, &demo.account("release_officer").username).await;
    let reset = format!("{officer}/second-factor");
    done(&send(&admin, &officer, &reset, &propose).await);
    demo.query("UPDATE factor_resets SET proposed_at = proposed_at - interval '25 hours'").await;
    let late = wrong(send(&helpline, &officer, &reset, &approve).await).await;
    assert!(late.contains("more than a day ago"), "{late}");
    assert_eq!(demo.command(&["audit", "verify"]).0, 0);
}

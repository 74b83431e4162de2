//! Passwords: which one may be chosen, under the profile that is configured, and signing in with it.

use crate::support::{Account, Browser, Demo};

#[tokio::test]
async fn a_password_is_refused_with_every_reason_and_a_good_one_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = include_str!("../../config/passwords.toml");
    let file = folder.path().join("passwords.toml");
    std::fs::write(&file, shipped.replace("profile = \"ncsc\"", "profile = \"pag\"")).unwrap();
    let toml = format!("[passwords]\npolicy = '{}'", file.display());
    let demo = Demo::configured(3, &toml, &["--released"]);
    let username = "petra.ashdown@agency.example";
    for (password, reasons) in [
        (
            "short",
            &["at least 8 characters", "capital letter", "a digit", "no letter or digit"][..],
        ),
        ("Password1!", &["fewer people use"]),
        ("Ashdown2024!", &["“ashdown”"]),
        ("lanternmoss", &["capital letter", "a digit", "no letter or digit"]),
    ] {
        let (code, said) = demo.create_auditor(username, password);
        assert_eq!(code, 2, "{password}: {said}");
        for reason in reasons {
            assert!(said.contains(reason), "{password}: {said}");
        }
        assert!(!said.contains(password), "{said}");
    }
    // With a letter that was typed apart, as some keyboards do.
    let (code, said) = demo.create_auditor(username, "Cafe\u{301}-lantern7£");
    assert_eq!(code, 0, "{said}");
    let account = Account {
        username: username.to_owned(),
        password: "Caf\u{e9}-lantern7£".to_owned(),
        ..demo.account("auditor")
    };
    let browser = Browser::new(&demo);
    crate::support::until("the node knows the account", async || {
        browser.sign_in(&account.username, &account.password).await.status() == 303
    })
    .await;
    let (code, report, _) = demo.command(&["check"]);
    assert_eq!(code, 0, "{report}");
}

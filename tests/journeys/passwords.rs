//! Passwords: which one may be chosen, under the profile that is configured, and signing in with it.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Account, Browser, Demo, program};

/// Makes a staff account with a password; gives the exit code and what was said.
fn create(demo: &Demo, username: &str, password: &str) -> (i32, String) {
    let mut child = program()
        .args(["user", "create", "--username", username, "--name", "Petra Ashdown"])
        .args(["--permission", "auditor", "--data"])
        .arg(demo.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

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
        let (code, said) = create(&demo, username, password);
        assert_eq!(code, 2, "{password}: {said}");
        for reason in reasons {
            assert!(said.contains(reason), "{password}: {said}");
        }
        assert!(!said.contains(password), "{said}");
    }
    // With a letter that was typed apart, as some keyboards do.
    let (code, said) = create(&demo, username, "Cafe\u{301}-lantern7£");
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

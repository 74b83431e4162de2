//! What of the section `email` is refused, and the words that ship.

use super::*;
use crate::config::Config;

fn told(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daybreak.toml");
    std::fs::write(&file, text).unwrap();
    let problems = Config::read(&file).unwrap_err();
    let one = |problem: &Problem| format!("{}: {}", problem.key, problem.what);
    problems.iter().map(one).collect()
}

#[test]
fn a_sender_without_what_it_needs_is_refused() {
    for (text, expected) in [
        ("sender = 'folder'", "email.sender: email.folder is empty"),
        ("sender = 'smtp'", "email.sender: email.smtp.host is empty"),
        (
            "sender = 'post'",
            "email.sender: unknown variant `post`, expected one of `none`, `folder`, `smtp`, `notify`",
        ),
        ("from_address = 'a b@c'", "email.from_address: is not an email address"),
        ("from_name = \"a\\nBcc: b@c.example\"", "email.from_name: has more than one line"),
        ("[email.smtp]\nport = 0", "email.smtp.port: 0 is out of range"),
    ] {
        assert_eq!(told(&format!("[email]\n{text}")), [expected], "{text}");
    }
    let clear = "[email]\nsender = 'smtp'\n[email.smtp]\nhost = 'mail.example'\nencryption = 'none'\npassword_file = 'p'";
    assert_eq!(
        told(clear),
        [
            "email.smtp.encryption: would send mail in the clear",
            "email.smtp.password_file: is set, and email.smtp.username_file is not",
        ]
    );
    let id = "f33517ff-2a88-4f6e-b855-c550268ce08a";
    let notify = |address: &str| {
        told(&format!(
            "[email]\nsender = 'notify'\n[email.notify]\naddress = '{address}'\ntemplate_id = '{id}'"
        ))
    };
    for address in ["http://notify.example", "https://", "ftp://notify.example", "notify.example"] {
        assert_eq!(
            notify(address),
            [
                "email.sender: email.notify.key_file is empty",
                "email.notify.address: is not an address that may be used"
            ],
            "{address}"
        );
    }
    assert_eq!(notify("http://127.0.0.1:1"), ["email.sender: email.notify.key_file is empty"]);
}

fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let shown = format!("{}/", folder.path().display());
    let problems = templates::read(folder.path()).unwrap_err();
    problems.iter().map(|problem| problem.to_string().replace(&shown, "")).collect()
}

#[test]
fn templates_are_told_by_file_and_line() {
    let shipped = include_str!("../../../config/emails/results-corrected.txt");
    let wrong = shipped.replace("Dear ((name)),", "Dear ((pupil)),");
    let mut told =
        faults(&[("results-corrected.txt", &wrong), ("results-lost.txt", "Subject: x\n\ny\n")]);
    // All the other emails are missing from this folder.
    told.retain(|problem| !problem.contains("cannot be read"));
    assert_eq!(
        told,
        [
            "results-lost.txt: is no email that this program sends; remove it, or correct its name",
            "results-corrected.txt:1: ((name)) is missing from the template; write ((name)) where it belongs",
            "results-corrected.txt:3: ((pupil)) is no placeholder of it; write one of ((name)), ((organisations)), ((results)), ((help))",
        ]
    );
    assert!(faults(&[])[0].contains("cannot be read"));
}

#[test]
fn the_words_that_ship_are_read_and_keep_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/emails");
    assert_eq!(templates::read(&folder).unwrap().len(), mail::template::KNOWN.len());
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let html = format!("<p>{}</p>", text.lines().collect::<Vec<_>>().join("</p><p>"));
        assert_eq!(crate::web::words::check(&html), Vec::<String>::new());
        for said in ["You get this email because", "((help))", "helpline"] {
            assert!(text.contains(said), "{said}");
        }
    }
}

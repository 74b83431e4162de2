//! What must hold of the section `email`.

use std::path::Path;

use super::{Email, SenderKind, SmtpTls};
use crate::config::check::Checks;
use crate::config::secret::{self, Unusable};

/// Hosts of this machine, to which mail may go in the clear.
const OWN: [&str; 4] = ["localhost", "127.0.0.1", "::1", "[::1]"];

/// Everything that the values alone can show.
pub(in crate::config) fn check(checks: &mut Checks<'_>) {
    let email = &checks.config.email;
    address(checks, &email.from_address);
    if email.from_name.chars().any(char::is_control) {
        let way_out = "write a name in one line";
        checks.refuse(&["email.from_name"], "has more than one line", way_out);
    }
    match email.sender {
        SenderKind::None => (),
        SenderKind::Folder => {
            set(checks, "email.folder", email.folder.as_os_str().is_empty(), "name a folder");
        }
        SenderKind::Smtp => smtp(checks, email),
        SenderKind::Notify => notify(checks, email),
    }
}

/// What the sender that is named must find on its machine.
pub(in crate::config) fn check_files(checks: &mut Checks<'_>) {
    let email = &checks.config.email;
    let mut note = |key: &str, outcome: Result<(), Unusable>| {
        if let Err(unusable) = outcome {
            checks.refuse(&[key], unusable.what, unusable.way_out);
        }
    };
    let named = |file: &Path| !file.as_os_str().is_empty();
    match email.sender {
        SenderKind::None | SenderKind::Folder => (),
        SenderKind::Smtp => {
            let smtp = &email.smtp;
            for (key, file) in [
                ("email.smtp.username_file", &smtp.username_file),
                ("email.smtp.password_file", &smtp.password_file),
            ] {
                if named(file) {
                    note(key, secret::read(file).map(|_| ()));
                }
            }
            if named(&smtp.authority) {
                note(
                    "email.smtp.authority",
                    super::authority(&smtp.host, &smtp.authority).map(|_| ()),
                );
            }
        }
        SenderKind::Notify => {
            if named(&email.notify.key_file) {
                note(
                    "email.notify.key_file",
                    super::notify_key(&email.notify.key_file).map(|_| ()),
                );
            }
        }
    }
}

fn set(checks: &mut Checks<'_>, key: &str, is_empty: bool, way_out: &str) {
    if is_empty {
        checks.refuse(&[key, "email.sender"], "is empty", way_out);
    }
}

fn address(checks: &mut Checks<'_>, text: &str) {
    if text.parse::<lettre::Address>().is_err() {
        let way_out = "write it as name@host";
        checks.refuse(&["email.from_address"], "is not an email address", way_out);
    }
}

fn smtp(checks: &mut Checks<'_>, email: &Email) {
    let smtp = &email.smtp;
    set(checks, "email.smtp.host", smtp.host.is_empty(), "name the server for mail");
    if smtp.encryption == SmtpTls::None && !OWN.contains(&smtp.host.as_str()) {
        let way_out = "write \"starttls\" or \"tls\": without either is for this machine alone";
        checks.refuse(
            &["email.smtp.encryption", "email.smtp.host"],
            "would send mail in the clear",
            way_out,
        );
    }
    let files = [&smtp.username_file, &smtp.password_file];
    let keys = ["email.smtp.username_file", "email.smtp.password_file"];
    let (given, missing) = match files.map(|file| file.as_os_str().is_empty()) {
        [false, true] => (keys[0], keys[1]),
        [true, false] => (keys[1], keys[0]),
        [true, true] | [false, false] => return,
    };
    let way_out = format!("set {missing}, or empty both where the server asks nobody");
    checks.refuse(&[given, missing], format!("is set, and {missing} is not"), way_out);
}

fn notify(checks: &mut Checks<'_>, email: &Email) {
    let notify = &email.notify;
    let no_key = notify.key_file.as_os_str().is_empty();
    set(checks, "email.notify.key_file", no_key, "name a file that holds the key alone");
    let is_id = notify.template_id.len() == 36
        && notify.template_id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !is_id {
        let way_out = "copy the id of a template with ((subject)) and ((body)) from Notify";
        let keys = ["email.notify.template_id", "email.sender"];
        checks.refuse(&keys, "is no id of a template", way_out);
    }
    let (plain, rest) = match notify.address.split_once("://") {
        Some(("https", rest)) => (false, rest),
        Some(("http", rest)) => (true, rest),
        _ => (true, ""),
    };
    let authority = rest.split('/').next().unwrap_or(rest).parse::<http::uri::Authority>().ok();
    let safe =
        authority.is_some_and(|a| !a.host().is_empty() && (!plain || OWN.contains(&a.host())));
    if !safe {
        let way_out = "write it as https://host; plain HTTP is for this machine alone";
        checks.refuse(&["email.notify.address"], "is not an address that may be used", way_out);
    }
}

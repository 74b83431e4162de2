//! The words of emails: a subject and a body with `((placeholders))`, checked when they are read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value;

/// Characters of a subject; a longer one is cut.
const SUBJECT_CHARS_MAX: usize = 150;
/// Items of a list that are named; the rest is counted.
const NAMED_MAX: usize = 5;
/// What the first line of a template begins with.
const SUBJECT: &str = "Subject: ";

/// An email that the program sends, and what its template must say.
#[derive(Debug)]
pub struct Known {
    /// Name in the outbox, and of the file without `.txt`.
    pub name: &'static str,
    /// Each stands in the template at least once, and no others do.
    pub placeholders: &'static [&'static str],
}

/// Every email. What `LINKS` of the composition root names is an address of this service; all else comes from the
/// message.
pub const KNOWN: &[Known] = &[
    Known {
        name: "results-corrected",
        placeholders: &["name", "organisations", "results", "help"],
    },
    Known {
        name: "user-created",
        placeholders: &["name", "organisation", "person", "email", "permissions", "users", "help"],
    },
    Known {
        name: "user-added",
        placeholders: &["name", "organisation", "email", "permissions", "sign-in", "help"],
    },
    Known {
        name: "user-amended",
        placeholders: &["name", "organisation", "email", "job", "permissions", "sign-in", "help"],
    },
    Known { name: "user-moved", placeholders: &["name", "organisation", "email", "help"] },
    Known { name: "user-removed", placeholders: &["name", "organisation", "email", "help"] },
    Known {
        name: "user-removed-by-you",
        placeholders: &["name", "organisation", "person", "email", "users", "help"],
    },
    Known { name: "user-suspended", placeholders: &["name", "organisation", "email", "help"] },
    Known {
        name: "user-reactivated",
        placeholders: &["name", "organisation", "email", "sign-in", "help"],
    },
    Known {
        name: "cover-ended",
        placeholders: &["organisation", "person", "email", "users", "help"],
    },
    Known { name: "review-due", placeholders: &["name", "organisation", "by", "review", "help"] },
    Known {
        name: "review-overdue",
        placeholders: &["name", "organisation", "by", "review", "help"],
    },
    Known {
        name: "dormant-warning",
        placeholders: &["name", "organisation", "email", "days", "sign-in", "help"],
    },
    Known { name: "dormant-suspended", placeholders: &["name", "organisation", "email", "help"] },
    Known {
        name: "invitation",
        placeholders: &["name", "organisation", "set-up", "until", "forgotten", "help"],
    },
    Known {
        name: "account-ready",
        placeholders: &["name", "email", "sign-in", "forgotten", "help"],
    },
    Known { name: "password-reset", placeholders: &["name", "reset", "until", "help"] },
    Known { name: "password-changed", placeholders: &["name", "forgotten", "help"] },
    Known { name: "password-ending", placeholders: &["name", "ends", "password", "help"] },
    Known {
        name: "second-factor-changed",
        placeholders: &["name", "what", "when", "sessions", "help"],
    },
    Known {
        name: "viewing-began",
        placeholders: &["name", "organisation", "viewer", "reason", "until", "accesses", "help"],
    },
    Known {
        name: "form-sent",
        placeholders: &["name", "organisation", "form", "reference", "activity", "help"],
    },
    Known {
        name: "account-request",
        placeholders: &["organisation", "person", "email", "job", "users", "help"],
    },
];

/// Addresses that end in the token of a message. It stays there only until the message is sent.
const WITH_TOKEN: [&str; 2] = ["set-up", "reset"];

/// What is wrong with a template, and in which line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub way_out: String,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(String),
}

/// A template that has what it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    subject: Vec<Piece>,
    body: Vec<Piece>,
}

/// An email in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

impl Template {
    /// Reads a template; every fault of it at once.
    pub fn parse(known: &Known, text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut lines = text.lines();
        let subject = lines.next().unwrap_or_default();
        if subject.strip_prefix(SUBJECT).is_none_or(|words| words.trim().is_empty()) {
            faults.push(fault(1, "is no subject", "begin with \"Subject: \" and the subject"));
        }
        if lines.next().is_some_and(|line| !line.trim().is_empty()) {
            faults.push(fault(2, "is not empty", "leave a line between subject and body"));
        }
        let body = lines.collect::<Vec<_>>().join("\n");
        if body.trim().is_empty() {
            faults.push(fault(3, "is no body", "write what the email says"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            unknown_places(known, number, line, &mut faults);
        }
        let here = |name: &&&str| !text.contains(&format!("(({name}))"));
        for missing in known.placeholders.iter().filter(here) {
            let way_out = format!("write (({missing})) where it belongs");
            faults.push(fault(1, &format!("(({missing})) is missing from the template"), &way_out));
        }
        if faults.is_empty() {
            let subject = subject.strip_prefix(SUBJECT).unwrap_or_default();
            return Ok(Self { subject: pieces(subject.trim()), body: pieces(body.trim()) });
        }
        faults.sort_by_key(|fault| fault.line);
        Err(faults)
    }

    /// Fills in what a message says, and the addresses of `links`.
    pub fn render(&self, content: &Value, links: &BTreeMap<&str, String>) -> Result<Words, String> {
        let fill = |pieces: &[Piece]| {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(words) => text.push_str(words),
                    Piece::Place(name) => match links.get(name.as_str()) {
                        Some(link) if WITH_TOKEN.contains(&name.as_str()) => {
                            text.extend([link.as_str(), "/", token(content)?]);
                        }
                        Some(link) => text.push_str(link),
                        None => text.push_str(&written(name, &content[name.as_str()])?),
                    },
                }
            }
            Ok::<_, String>(text)
        };
        let subject = fill(&self.subject)?.chars().take(SUBJECT_CHARS_MAX).collect();
        Ok(Words { subject, body: fill(&self.body)? + "\n" })
    }
}

fn fault(line: usize, what: &str, way_out: &str) -> Fault {
    Fault { line, what: what.to_owned(), way_out: way_out.to_owned() }
}

fn unknown_places(known: &Known, number: usize, line: &str, faults: &mut Vec<Fault>) {
    for piece in pieces(line) {
        let Piece::Place(name) = piece else { continue };
        if !known.placeholders.contains(&name.as_str()) {
            let way_out = format!("write one of (({}))", known.placeholders.join(")), (("));
            faults.push(fault(number, &format!("(({name})) is no placeholder of it"), &way_out));
        }
    }
    let open = line.matches("((").count();
    if open != line.matches("))").count() {
        faults.push(fault(number, "has a placeholder that does not end", "write it as ((name))"));
    }
}

/// Cuts a text at its placeholders.
fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("((") {
        let Some((name, after)) = after.split_once("))") else { break };
        found.push(Piece::Text(before.to_owned()));
        found.push(Piece::Place(name.to_owned()));
        rest = after;
    }
    found.push(Piece::Text(rest.to_owned()));
    found
}

/// The token of a message, which can stand in an address as it is.
fn token(content: &Value) -> Result<&str, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let token = content["token"].as_str().filter(|t| !t.is_empty() && t.chars().all(plain));
    token.ok_or_else(|| "its link is not kept any more: ask for a new one".to_owned())
}

/// A value of a message: a text, a number, or a list of texts.
fn written(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(value::plain(text)),
        Value::Number(number) => Ok(number.to_string()),
        Value::Array(items) => {
            let named = items.iter().take(NAMED_MAX);
            let mut words = named
                .map(|item| {
                    item.as_str().map(value::plain).ok_or(format!("{name} is no list of texts"))
                })
                .collect::<Result<Vec<_>, _>>()?;
            match items.len().saturating_sub(NAMED_MAX) {
                0 => (),
                1 => words.push("1 other".to_owned()),
                many => words.push(format!("{many} others")),
            }
            Ok(words.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => {
            Err(format!("the message has no {name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TWO: Known = Known { name: "two", placeholders: &["name", "help"] };

    fn told(text: &str) -> Vec<String> {
        let line = |fault: Fault| format!("{}: {}; {}", fault.line, fault.what, fault.way_out);
        Template::parse(&TWO, text).unwrap_err().into_iter().map(line).collect()
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        assert_eq!(
            told("Hello\nno\n\n((nam)) ((help\n"),
            [
                "1: is no subject; begin with \"Subject: \" and the subject",
                "1: ((name)) is missing from the template; write ((name)) where it belongs",
                "1: ((help)) is missing from the template; write ((help)) where it belongs",
                "2: is not empty; leave a line between subject and body",
                "4: ((nam)) is no placeholder of it; write one of ((name)), ((help))",
                "4: has a placeholder that does not end; write it as ((name))",
            ]
        );
        assert_eq!(
            told("Subject: ((name)) ((help))\n\n"),
            ["3: is no body; write what the email says"]
        );
    }

    #[test]
    fn a_link_ends_in_the_token_of_its_message_or_there_is_no_email() {
        const LINK: Known = Known { name: "link", placeholders: &["set-up"] };
        let template = Template::parse(&LINK, "Subject: A\n\nGo to ((set-up))\n").unwrap();
        let links = BTreeMap::from([("set-up", "https://a.example/set-up-account".to_owned())]);
        let body = |content| template.render(&content, &links).map(|words| words.body);
        let whole = "Go to https://a.example/set-up-account/ab_-9\n";
        assert_eq!(body(json!({ "token": "ab_-9" })), Ok(whole.to_owned()));
        for content in [json!({}), json!({ "token": "" }), json!({ "token": "a/../b" })] {
            assert!(body(content).is_err());
        }
    }

    #[test]
    fn values_are_filled_in_once_and_as_text() {
        let template =
            Template::parse(&TWO, "Subject: For ((name))\n\nDear ((name)),\n((help))\n").unwrap();
        let links = BTreeMap::from([("help", "https://a.example/help".to_owned())]);
        let words = template.render(&json!({ "name": "A\r\nB ((help))" }), &links).unwrap();
        assert_eq!(words.subject, "For A B \u{28}\u{2060}(help)\u{2060})");
        assert!(
            words.body.ends_with("\nhttps://a.example/help\n") && words.body.lines().count() == 2
        );
        let list: Vec<String> = (0..7).map(|n| format!("S{n}")).collect();
        let words = template.render(&json!({ "name": list }), &links).unwrap();
        assert_eq!(words.subject, "For S0, S1, S2, S3, S4, 2 others");
        assert!(template.render(&json!({}), &links).is_err());
    }
}

//! Keys that nobody reads, and what was probably meant.

use super::document::Document;
use super::problem::Problem;
use crate::domain::wording::distance;

/// A problem for each key that is neither known nor a section of known ones.
pub(super) fn unknown_keys(document: &Document, known: &[&str]) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    for path in document.entries().keys() {
        let section = format!("{path}.");
        if known.iter().any(|key| key == path || key.starts_with(&section)) {
            continue;
        }
        let inside =
            |outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let reported = found.iter().any(|problem| inside(&problem.key));
        // What is in a value that should be none is reported as a wrong type.
        if !reported && !known.iter().any(|key| inside(key)) {
            found.push(document.problem(path, "unknown key", way_out(path, known)));
        }
    }
    found
}

fn way_out(path: &str, known: &[&str]) -> String {
    match likeliest(path, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "remove it".to_owned(),
    }
}

/// The known key or section that looks most like `path`, if any looks like it at all.
fn likeliest<'a>(path: &str, known: &[&'a str]) -> Option<&'a str> {
    let sections = known.iter().flat_map(|key| key.match_indices('.').map(|(at, _)| &key[..at]));
    let all = known.iter().copied().chain(sections);
    let ranked = all.filter_map(|key| {
        let ((section, name), (meant_section, meant)) = (split(path), split(key));
        let (outside, inside) = (distance(section, meant_section), distance(name, meant));
        // Far is what has more than a third of its letters wrong.
        let near = outside * 3 <= section.len() && inside * 3 <= name.len();
        (near || inside == 0).then_some((outside + inside, key))
    });
    ranked.min().map(|(_, key)| key)
}

/// The section of a path and its last key.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = [
        "server.addresses",
        "server.origin",
        "sessions.idle_minutes",
        "edge.workers",
        "cycles.year",
    ];

    #[track_caller]
    fn check(path: &str, meant: Option<&str>) {
        assert_eq!(likeliest(path, &KNOWN), meant);
    }

    #[test]
    fn a_slip_of_the_keys_is_recognised() {
        check("server.adresses", Some("server.addresses"));
        check("session", Some("sessions"));
        check("sessions.idle_minute", Some("sessions.idle_minutes"));
        check("server.year", Some("cycles.year"));
        check("sesions.idle_minuts", Some("sessions.idle_minutes"));
        check("workers", Some("edge.workers"));
    }

    #[test]
    fn something_else_is_not() {
        check("server.colour", None);
        check("server.tls", None);
        check("smtp", None);
    }
}

//! What everybody may read: the same report without addresses of machines and of people.

use super::report::Report;

/// What stands in the place of what is left out.
const ADDRESS: &str = "(address)";
/// Marks before and behind a word that are no part of it.
const BEFORE: &[char] = &['(', '`', '"', '\'', '<'];
const BEHIND: &[char] = &[')', '`', '"', '\'', '>', ',', ';', ':', '.', '!', '?'];
/// Endings of files, which have a dot as hosts have.
const FILES: [&str; 5] = [".md", ".toml", ".yml", ".csv", ".json"];

/// The report as it may be published.
pub(super) fn published(report: &Report) -> Report {
    let mut report = report.clone();
    for part in &mut report.parts {
        part.seen.iter_mut().for_each(|text| *text = without_addresses(text));
        for reason in &mut part.reasons {
            reason.what = without_addresses(&reason.what);
            reason.next = without_addresses(&reason.next);
        }
    }
    report
}

/// A text without addresses: every word that could be one is replaced.
fn without_addresses(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            let bare = word.trim_start_matches(BEFORE).trim_end_matches(BEHIND);
            if is_address(bare) { word.replacen(bare, ADDRESS, 1) } else { word.to_owned() }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Addresses of people, of pages, of machines. Numbers and files are none.
fn is_address(word: &str) -> bool {
    word.contains('@') || word.contains("://") || word.split(['/', '=', ',']).any(is_machine)
}

/// An IP address or the name of a host, with or without a port.
fn is_machine(text: &str) -> bool {
    let is_ip = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host).trim_matches(['[', ']']);
    let is_name = host.split('.').count() > 1
        && host.split('.').all(|label| !label.is_empty())
        && host.contains(|c: char| c.is_ascii_alphabetic())
        && FILES.iter().all(|end| !host.ends_with(end));
    is_ip(text.trim_matches(['[', ']'])) || is_ip(host) || host == "localhost" || is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_machines_and_people_are_left_out_and_nothing_else() {
        for (text, left) in [
            ("nobody answers at 127.0.0.1:9090", "nobody answers at (address)"),
            ("[::1]:8443, ::1 and 10.0.1.11 are", "(address), (address) and (address) are"),
            ("at https://results.example/x?y.", "at (address)."),
            ("postgres.internal:5432: no answer", "(address): no answer"),
            ("localhost:5432 refused", "(address) refused"),
            ("host=10.0.0.1 in 10.0.0.0/8", "(address) in (address)"),
            ("to `ada@school.example` failed", "to `(address)` failed"),
        ] {
            assert_eq!(without_addresses(text), left);
        }
        for text in [
            "node-1: 8 passwords took 16.6 ms each on 2 threads: 94.0 sign-ins a second",
            "node-1: +0.012 s to the clock of the database",
            "see deploy/runbooks/NodeDown.md, or daybreak.toml:12: server.origin",
            "release 2024-1f3a9c20 opens at 7:30am on 9 July 2024",
            "`daybreak queue resume`, at /staff/releases",
        ] {
            let expected = text.replace("server.origin", ADDRESS);
            assert_eq!(without_addresses(text), expected);
        }
    }
}

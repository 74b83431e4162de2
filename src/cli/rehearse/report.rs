//! The report: for machines, for people on a screen or paper, and for the terminal.

use askama::Template;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::chart;
use super::morning::{Expected, time};
use super::part::{Part, Verdict};
use crate::domain::calendar::{day, day_in_words, instant_in_words, time_in_words};
use crate::domain::wording::grouped;
use crate::service::morning::PARTS;

/// A rehearsal that is over.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// When it was, by this machine's clock.
    pub(super) at: Timestamp,
    /// Of how many nodes.
    pub(super) nodes: usize,
    /// The release that opens next, and when schools may see it.
    pub(super) opens: Option<Timestamp>,
    /// Everything that was looked at.
    pub(super) parts: Vec<Part>,
    /// The mornings that are expected.
    pub(super) mornings: Vec<Expected>,
}

/// What stands at the head of each time of a morning.
const HEADS: [&str; 5] = ["Half in", "90%", "99%", "All", "Longest wait"];

#[derive(Template)]
#[template(path = "rehearsal.html")]
struct Page<'a> {
    report: &'a Report,
    version: &'static str,
    heads: [&'static str; 5],
    chart: String,
}

impl Report {
    /// Parts that stand against the morning.
    pub(super) fn against(&self) -> usize {
        self.parts.iter().filter(|part| part.verdict() == Verdict::NoGo).count()
    }

    /// Go or no-go.
    pub(super) fn is_go(&self) -> bool {
        self.against() == 0
    }

    /// The verdict as people read it.
    pub(super) fn word(&self) -> &'static str {
        if self.is_go() { "GO" } else { "NO-GO" }
    }

    /// For machines.
    pub(super) fn json(&self) -> Value {
        let parts = self.parts.iter().map(|part| {
            let reasons = part.reasons.iter();
            let reasons: Vec<_> =
                reasons.map(|reason| json!({"what": reason.what, "next": reason.next})).collect();
            json!({"part": part.name.key(), "verdict": part.verdict().key(), "seen": part.seen, "reasons": reasons})
        });
        let mornings = self.mornings.iter().map(|morning| {
            let to: serde_json::Map<String, Value> = PARTS
                .iter()
                .zip(morning.to)
                .map(|(part, seconds)| (part.to_string(), json!(seconds)))
                .collect();
            json!({
                "crowd": morning.crowd.key, "nodes": morning.nodes, "people": morning.people,
                "seconds_to": to, "longest_wait_seconds": morning.longest, "curve": morning.curve,
            })
        });
        json!({
            "verdict": if self.is_go() { "go" } else { "no_go" },
            "at": self.at.to_string(),
            "version": env!("CARGO_PKG_VERSION"),
            "nodes": self.nodes,
            "opens": self.opens.map(|at| at.to_string()),
            "parts": parts.collect::<Vec<_>>(),
            "mornings": mornings.collect::<Vec<_>>(),
        })
    }

    /// One file that needs nothing else.
    pub(super) fn html(&self) -> String {
        let chart = self.mornings.first().map(chart::served).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let page = Page { report: self, version, heads: HEADS, chart };
        page.render().expect("a template of plain values renders")
    }

    /// Lines for a terminal, the verdict last.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for part in &self.parts {
            lines.push(format!("{:<12}{}", part.verdict().word(), part.name.title()));
            lines.extend(part.seen.iter().map(|seen| format!("              {seen}")));
            lines.extend(part.reasons.iter().map(|reason| {
                let reason = reason.to_string().replace('\n', "\n              ");
                format!("            ! {reason}")
            }));
        }
        for (what, times) in self.mornings.iter().map(row) {
            let times = times.iter().map(|(head, time)| format!("{} {time}", head.to_lowercase()));
            lines.push(format!("{what}: {}", times.collect::<Vec<_>>().join(", ")));
        }
        lines.push(self.word().to_owned());
        lines
    }
}

impl Page<'_> {
    /// What it comes to, in a sentence.
    fn summary(&self) -> String {
        let parts = self.report.parts.len();
        let left_out: Vec<&str> = self.left_out().map(|part| part.name.title()).collect();
        let but = match &left_out[..] {
            [] => String::new(),
            some => format!(" Not checked, as somebody asked: {}.", some.join("; ")),
        };
        match self.report.against() {
            0 => format!("Nothing of what was checked stands against the morning.{but}"),
            against => format!("{against} of {parts} parts stand against the morning.{but}"),
        }
    }

    fn left_out(&self) -> impl Iterator<Item = &Part> {
        self.report.parts.iter().filter(|part| part.verdict() == Verdict::LeftOut)
    }

    fn date(&self) -> String {
        let at = self.report.at;
        format!("{}, {}", day_in_words(day(at)), time_in_words(at))
    }

    fn opens(&self) -> String {
        self.report.opens.map_or("not set".to_owned(), instant_in_words)
    }

    /// A text in pieces; every second one stood in backticks and is to be typed.
    fn pieces(text: &str) -> Vec<(bool, &str)> {
        text.split('`').enumerate().map(|(at, piece)| (at % 2 == 1, piece)).collect()
    }

    /// Figures at the top: label and value.
    fn tiles(&self) -> Vec<(&'static str, String)> {
        let mut tiles = vec![("Nodes", self.report.nodes.to_string())];
        if let Some(rush) = self.report.mornings.first() {
            tiles.push(("People expected", grouped(rush.people.into())));
            tiles.push(("Last one in, at the worst", time(rush.to[3])));
            tiles.push(("Longest wait, at the worst", time(rush.longest)));
        }
        tiles
    }

    /// Rows of the mornings: what, and its times with their heads.
    fn mornings(&self) -> Vec<(String, Vec<(&'static str, String)>)> {
        self.report.mornings.iter().map(row).collect()
    }
}

/// A morning: what it was, and its times with their heads.
fn row(morning: &Expected) -> (String, Vec<(&'static str, String)>) {
    let times = morning.to.into_iter().chain([morning.longest]).map(time);
    (morning.title(), HEADS.into_iter().zip(times).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::capacity::Strength;
    use super::super::morning::{Cast, judge};
    use super::super::part::Name;
    use super::super::publish::published;
    use super::*;

    /// A rehearsal with a part of each verdict, and the mornings of two nodes.
    fn report() -> Report {
        let nodes = [Strength { permits: 4, per_second: 94.0 }; 3];
        let cast = Cast { people: 17_000, rate: 282.0, waiting_max: 200_000 };
        let (morning, mornings) = judge(Ok(cast), Some(&nodes), Duration::from_mins(15));
        let mut parts: Vec<Part> = Name::ALL.map(Part::new).into();
        parts[8] = morning;
        for (at, seen) in [
            (0, "Configuration, services, nodes, messages and releases were looked at"),
            (1, "Release 2024-1f3a9c20 is approved and opens at 7:30am on 9 July 2024"),
            (2, "node-1: 8 visits in and out, signed in within 0.21 s"),
            (3, "node-1: +0.012 s to the clock of the database"),
            (4, "node-1: 212 days"),
            (5, "node-1: 48.3 GB free"),
            (6, "node-1: open, 0 waiting"),
            (
                7,
                "node-1: 8 passwords took 33.2 ms each on 4 threads: 94.0 sign-ins a second beside pages",
            ),
            (10, "45 of 45 rules are loaded"),
        ] {
            parts[at].saw(seen);
        }
        parts[2].against(
            "node-2: connect: no answer from 10.0.1.12:443, told to ops@results.example",
            "`daybreak observe --once` visits it again; see ObserverCannotGetIn",
        );
        parts[9] = Part::left_out(Name::Backups);
        let at = "2024-07-08T19:05:00Z".parse().unwrap();
        let opens = "2024-07-09T06:30:00Z".parse().ok();
        Report { at, nodes: 3, opens, parts, mornings }
    }

    #[test]
    fn the_report_says_go_only_when_nothing_stands_against_it() {
        let mut report = report();
        assert_eq!((report.word(), report.against()), ("NO-GO", 1));
        assert_eq!(report.json()["verdict"], "no_go");
        let html = report.html();
        assert!(html.contains("1 of 12 parts stand against the morning."));
        assert_eq!(report.lines().last().map(String::as_str), Some("NO-GO"));
        report.parts[2].reasons.clear();
        assert_eq!(report.json()["verdict"], "go");
        let html = report.html();
        assert!(html.contains("Left out: <code>--without backups</code>"), "{html}");
        // What was not looked at is not passed over.
        assert!(html.contains("Not checked, as somebody asked: Backups."), "{html}");
        assert_eq!(report.json()["parts"][9]["verdict"], "left_out");
    }

    #[test]
    fn what_is_published_has_no_addresses_and_needs_no_other_file() {
        let published = published(&report());
        for text in [published.html(), published.json().to_string()] {
            for address in ["10.0.1.12", "ops@", "results.example"] {
                assert!(!text.contains(address), "{address}");
            }
            assert!(text.contains("node-2: connect: no answer from (address)"));
        }
        let html = published.html();
        for outside in ["<script", "<link", "src=", "href=", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(
            crate::web::words::check(&html).is_empty(),
            "{:?}",
            crate::web::words::check(&html)
        );
    }

    #[test]
    fn the_report_can_be_looked_at() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rehearsal");
        std::fs::create_dir_all(&folder).unwrap();
        let published = published(&report());
        std::fs::write(folder.join("rehearsal-no-go.html"), published.html()).unwrap();
        let mut go = published;
        go.parts[2].reasons.clear();
        std::fs::write(folder.join("rehearsal-go.html"), go.html()).unwrap();
        assert_eq!(go.json()["mornings"].as_array().unwrap().len(), 3);
    }
}

//! The live page of a node: one screen for results morning, which looks again each second by itself.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

mod nodes;
mod words;

use crate::jobs::readiness::Readiness;
use crate::node::Node;
use crate::telemetry::live::{Live, Sample};
use nodes::NodeLine;
use words::Word;

const STYLE: &str = include_str!("live/live.css");
const SCRIPT: &str = include_str!("live/live.js");

/// Nothing from anywhere but this page's own style, script and numbers.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// What is shown now.
pub(super) struct Shown<'a> {
    pub(super) live: &'a Live,
    pub(super) node: &'a Node,
    pub(super) readiness: &'a Readiness,
    /// Days until the certificate expires, `NaN` without one.
    pub(super) certificate_days: f64,
}

impl Shown<'_> {
    /// The whole page, complete without its script.
    pub(super) fn page(&self) -> String {
        let (_, samples) = self.live.since(0);
        let last = samples.last();
        let page = Page {
            style: STYLE,
            script: SCRIPT,
            node: self.node.name.to_string(),
            words: self.words(last),
            nodes: self.nodes(),
            charts: CHARTS,
        };
        page.to_string()
    }

    /// The numbers since the first `known` samples.
    pub(super) fn data(&self, known: u64) -> String {
        let (taken, samples) = self.live.since(known);
        let (_, last) = self.live.since(taken.saturating_sub(1));
        let names = |sample: &Sample| sample.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let names = last.first().map(names).unwrap_or_default();
        let rows: Vec<Vec<f64>> =
            samples.iter().map(|sample| sample.iter().map(|(_, value)| *value).collect()).collect();
        let words = self.words(last.first()).into_iter();
        let words: serde_json::Map<String, Value> = words
            .map(|word| (word.name.to_owned(), json!([word.text, word.level.key()])))
            .collect();
        json!({
            "node": &*self.node.name,
            "taken": taken,
            "names": names,
            "rows": rows,
            "words": words,
            "nodes": self.nodes().iter().map(NodeLine::cells).collect::<Vec<_>>(),
        })
        .to_string()
    }

    fn words(&self, sample: Option<&Sample>) -> Vec<Word> {
        let (_, report) = self.readiness.report(self.node);
        words::of(sample, &report, self.certificate_days, self.node.clock.now())
    }

    fn nodes(&self) -> Vec<NodeLine> {
        nodes::lines(&self.node.peers.all(), &self.node.name, self.now())
    }

    fn now(&self) -> Timestamp {
        self.node.clock.now()
    }
}

#[derive(Debug, Template)]
#[template(path = "live.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    node: String,
    words: Vec<Word>,
    nodes: Vec<NodeLine>,
    charts: &'static [Chart],
}

impl Page {
    fn word(&self, name: &str) -> &Word {
        static NOTHING: Word = Word::nothing();
        self.words.iter().find(|word| word.name == name).unwrap_or(&NOTHING)
    }
}

/// A chart: what it shows, of which samples, and what good looks like.
#[derive(Debug)]
struct Chart {
    title: &'static str,
    good: &'static str,
    /// Name of the sample and of its words, and what it is called.
    lines: &'static [(&'static str, &'static str)],
    /// What is written behind a number of the axis.
    unit: &'static str,
}

impl Chart {
    const fn new(
        title: &'static str,
        unit: &'static str,
        good: &'static str,
        lines: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { title, good, lines, unit }
    }
}

const CHARTS: &[Chart] = &[
    Chart::new(
        "Schools with results",
        "",
        "Rises from the instant, and reaches all of them.",
        &[("schools_served", "Have results"), ("schools_expected", "In the release")],
    ),
    Chart::new(
        "People waiting",
        "",
        "Falls once the rush is over.",
        &[("waiting", "Waiting to sign in")],
    ),
    Chart::new(
        "Let in a second",
        "/s",
        "At what is allowed for as long as people wait.",
        &[("let_in", "Let in"), ("rate", "Allowed")],
    ),
    Chart::new(
        "Sign-ins a second",
        "/s",
        "Few refused ones. Many are an attack, or a wrong directory.",
        &[("sign_ins", "Signed in"), ("refused", "Refused")],
    ),
    Chart::new(
        "Downloads a second",
        "/s",
        "Hardly any is cut off or fails.",
        &[("downloads", "Complete"), ("broken", "Cut off or failed")],
    ),
    Chart::new(
        "Answers a second",
        "/s",
        "No errors of the server.",
        &[("requests", "Answers"), ("errors", "Errors of the server")],
    ),
    Chart::new(
        "Time to answer",
        " ms",
        "Signing in left out. The slowest hundredth stays below 250 ms.",
        &[("p50", "Half within"), ("p99", "99 in 100 within")],
    ),
    Chart::new(
        "Wait for a password check",
        " ms",
        "Below 1,000 ms. More means that too many are let in.",
        &[("hash_wait_p99", "99 in 100 within")],
    ),
    Chart::new("Passwords that wait", "", "Near 0.", &[("hash_waiting", "Waiting for a check")]),
    Chart::new(
        "Found in the cache",
        "%",
        "Above 80% once the first schools have looked.",
        &[("cache_hits", "Of the look-ups")],
    ),
    Chart::new("Bytes sent a second", "B/s", "Below what the network takes.", &[("bytes", "Sent")]),
    Chart::new("Open connections", "", "Below the limit of this node.", &[("connections", "Open")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chart_draws_samples_that_there_are() {
        let live = Live::new(prometheus::Registry::new());
        live.sample();
        let (_, samples) = live.since(0);
        for (name, _) in CHARTS.iter().flat_map(|chart| chart.lines) {
            assert!(samples[0].iter().any(|(known, _)| known == name), "{name}");
        }
    }

    #[test]
    fn the_policy_allows_this_script_and_no_other() {
        assert!(POLICY.contains("default-src 'none'") && !POLICY.contains("unsafe"));
        assert_eq!(POLICY.matches("'sha256-").count(), 2);
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}

//! The report's three forms.

use std::path::Path;

use super::*;
use crate::kind::Kind;

fn times(ms: f64) -> Percentiles {
    let some = Some(ms);
    Percentiles {
        count: 1500,
        p50_ms: some,
        p90_ms: some,
        p95_ms: some,
        p99_ms: Some(ms * 3.0),
        max_ms: Some(ms * 9.0),
    }
}

fn nothing() -> Percentiles {
    Percentiles { count: 0, p50_ms: None, p90_ms: None, p95_ms: None, p99_ms: None, max_ms: None }
}

fn goal(kept: bool) -> Verdict {
    let (wanted, reached) = ("at most 250 ms".to_owned(), "44.0 ms".to_owned());
    Verdict { goal: "page_p99_ms", words: "Results page, p99", wanted, reached, kept }
}

fn report(kept: bool) -> Report {
    Report {
        title: "Small & <quick>".to_owned(),
        about: "A short look.".to_owned(),
        passed: kept,
        conditions: Conditions {
            profile: "small".to_owned(),
            seed: 1,
            speed: 10.0,
            server: "https://localhost:8443".to_owned(),
            users_at_once: 400,
            processors: 2,
            began_unix: 1_720_506_600.0,
            lasted_s: 42.0,
            own_cpu_s: Some(2.0),
            server_cpu_s: None,
        },
        goals: vec![goal(true), goal(kept)],
        totals: Totals {
            people: 200,
            sign_ins: 200,
            page_views: 404,
            downloads: 780,
            requests: 37_800,
            requests_per_s: 57.9,
            bytes: 690_000_000,
            errors: 3,
            own_cpu_ms_per_request: Some(1.04),
            server_cpu_ms_per_request: None,
        },
        served: Served {
            schools: 200,
            with_results: 199,
            p50_s: Some(14.9),
            p90_s: Some(35.0),
            p99_s: Some(39.4),
            p100_s: None,
            after_arrival: times(52.0),
        },
        kinds: vec![KindRow {
            kind: Kind::Page,
            label: "results page",
            times: times(1.5),
            bytes: 9,
        }],
        faults: vec![FaultRow { request: "csv", fault: "cut off".to_owned(), count: 3 }],
        queue: Queue {
            waits: nothing(),
            promises: 0,
            kept: 0,
            early: 0,
            late: 0,
            kept_ratio: None,
            worst_late_s: 0.0,
            position_regressions: 0,
        },
        lateness: times(1.0),
        not_offered: vec![("results.pdf", 50)],
        seconds_each: 1,
        timeline: vec![Moment { arrived: 3, served: 2, requests: 40, ..Moment::default() }; 42],
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let html = page::html(&report(true));
    for outside in ["<script", "<link", "src=", "url(", "@import", "http://"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("https://").count(), 1, "the server's address is text");
}

#[test]
fn the_page_says_what_happened_first() {
    let html = page::html(&report(false));
    assert!(html.contains("<title>1 of 2 goals missed"));
    assert!(html.contains("199 of 200 schools had their results."));
    assert!(html.contains("There were 3 errors beside 37,800 good answers."));
    assert!(html.contains("9 July 2024 at 06:30 UTC"));
    assert!(page::html(&report(true)).contains("All 2 goals reached"));
}

#[test]
fn words_from_a_profile_are_not_markup() {
    let html = page::html(&report(true));
    assert!(!html.contains("<quick>"));
    assert!(html.contains("Small &#38; &#60;quick&#62;"));
}

#[test]
fn every_chart_says_in_words_what_it_shows() {
    let html = page::html(&report(true));
    let charts = html.matches("<svg class=\"chart").count();
    assert_eq!(charts, 6);
    assert_eq!(html.matches("role=\"img\" aria-label=\"").count(), charts);
    assert!(!html.contains("NaN") && !html.contains("inf"));
}

#[test]
fn a_run_without_anybody_is_drawn_too() {
    let empty =
        Report { timeline: Vec::new(), kinds: Vec::new(), goals: Vec::new(), ..report(true) };
    let html = page::html(&empty);
    assert!(html.contains("the profile sets no goals"));
    assert!(!html.contains("NaN"));
}

#[test]
fn the_terminal_lists_missed_goals() {
    let words = report(false).words(Path::new("var/load"));
    assert!(words.contains("MISSED"));
    assert!(
        words.contains("missed: Results page, p99 (page_p99_ms): 44.0 ms, wanted at most 250 ms"),
        "{words}"
    );
    assert!(words.contains("       3  csv: cut off"), "{words}");
    assert!(!report(true).words(Path::new("var/load")).contains("missed:"));
}

#[test]
fn the_json_has_its_figures_by_name() {
    let json: serde_json::Value = serde_json::from_str(&report(true).json()).unwrap();
    assert_eq!(json["kinds"][0]["kind"], "page");
    assert_eq!(json["kinds"][0]["p99_ms"], 4.5);
    assert_eq!(json["served"]["after_arrival"]["p50_ms"], 52.0);
    assert_eq!(json["goals"][0]["kept"], true);
}

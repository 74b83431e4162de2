//! Dashboards and alerts against a real Prometheus that reads a real demo: nothing asks for what is not there.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

#[allow(dead_code, unreachable_pub, reason = "shared with other test programs, which use the rest")]
#[path = "support/support.rs"]
mod support;

use support::observer::Observer;
use support::prometheus::Prometheus;
use support::{Browser, Demo, program, until};

/// Expressions that have no data in a healthy service, and what they need.
const NO_DATA: &[(&str, &str)] = &[
    ("ServerErrors", "an answer with a status of 5xx"),
    ("Last complete reading", "a reading of all objects, which begins hours after a release"),
    ("Last taken over", "a source of extracts of the register of schools"),
];

/// The parts of a runbook, in the order in which somebody who was woken up needs them.
const RUNBOOK: [&str; 5] =
    ["Symptom.", "What it means.", "What to look at", "What to do", "How to know that it worked."];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files of a folder with an ending, in order.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    found.sort();
    assert!(!found.is_empty(), "no {ending} in {folder}");
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A question to Prometheus, and where it stands.
#[derive(Debug)]
struct Asked {
    place: String,
    title: String,
    expression: String,
}

/// Panels of all dashboards but the rows.
fn panels() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for path in files("dashboards/grafana", "json") {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let board: Value = serde_json::from_str(&read(&path)).unwrap();
        let panels = board["panels"].as_array().unwrap().iter().filter(|p| p["type"] != "row");
        found.extend(panels.map(|panel| (name.clone(), panel.clone())));
    }
    found
}

/// Expressions of the panels, with the variables of Grafana filled in.
fn of_panels() -> Vec<Asked> {
    let mut all = Vec::new();
    for (place, panel) in panels() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap().replace("$instance", ".*");
            let title = panel["title"].as_str().unwrap().to_owned();
            all.push(Asked { place: place.clone(), title, expression });
        }
    }
    all
}

/// An alert as its file has it.
#[derive(Debug, Default)]
struct Alert {
    file: String,
    expression: String,
    fields: BTreeMap<String, String>,
}

/// The alerts by name.
fn alerts() -> BTreeMap<String, Alert> {
    let mut found = BTreeMap::<String, Alert>::new();
    for path in files("dashboards/alerts", "yml") {
        let (mut name, mut in_expression) = (String::new(), false);
        for line in read(&path).lines() {
            let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
            if let Some(alert) = line.strip_prefix("- alert: ") {
                alert.clone_into(&mut name);
                let file = path.file_name().unwrap().to_str().unwrap().to_owned();
                assert!(found.insert(name.clone(), Alert { file, ..Alert::default() }).is_none());
            }
            let Some(alert) = found.get_mut(&name) else { continue };
            in_expression = in_expression && indent > 8;
            if let Some(expression) = line.strip_prefix("expr: ") {
                expression.trim_start_matches('|').clone_into(&mut alert.expression);
                in_expression = true;
            } else if in_expression {
                alert.expression = format!("{} {line}", alert.expression);
            } else if let Some((key, value)) = line.split_once(": ") {
                alert.fields.insert(key.to_owned(), value.trim_matches('"').to_owned());
            }
        }
    }
    found
}

/// Expressions of the alerts with comparisons that answer 0 or 1, so that they have data while nothing is wrong.
fn of_alerts() -> Vec<Asked> {
    let always = |expression: &str| {
        [" == ", " > ", " < ", " >= "].iter().fold(expression.to_owned(), |text, comparison| {
            text.replace(comparison, &format!("{comparison}bool "))
        })
    };
    let asked = |(title, alert): (String, Alert)| Asked {
        place: alert.file,
        title,
        expression: always(&alert.expression),
    };
    alerts().into_iter().map(asked).collect()
}

/// What a school does on the morning, so that there is something to count.
async fn morning(demo: &Demo) {
    let school = demo.account("school_user");
    let browser = Browser::signed_in(demo, &school).await;
    let base = format!("/results/{}", school.laestab);
    for file in ["", "/results.csv", "/results.pdf", "/scripts.zip"] {
        browser.file(&format!("{base}{file}")).await;
    }
    Browser::new(demo).sign_in(&school.username, "A-wrong-0ne!").await;
    // Somebody without a session is sent to sign in.
    let stranger = Browser::new(demo).get(&format!("{base}/results.csv")).await;
    assert_eq!(stranger.status(), 303);
}

#[tokio::test]
async fn every_question_of_dashboards_and_alerts_is_answered_by_a_real_prometheus() {
    let demo = Demo::of_sample(3, &["--released"]);
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ready = demo.data().with_file_name("ready.json");
    let observer = Observer::start(&["--ready-file", ready.to_str().unwrap()]);
    let node = demo.text("ops_url").trim_start_matches("http://");
    let prometheus = Prometheus::start(&[node], observer.address());
    until("Prometheus has read the demo", async || {
        let up = "count(up == 1) == 2";
        prometheus.ask(up).await.is_ok_and(|values| !values.is_empty())
    })
    .await;
    morning(&demo).await;
    until("rates can be made", async || {
        let rate = "rate(daybreak_downloads_total{kind=\"bundle\",outcome=\"complete\"}[30s]) > 0";
        let counted = "daybreak_schools_served >= 1";
        // The last thing of the morning has been read twice: so has everything before it.
        let last = "rate(daybreak_http_requests_total{route=\"file\",status=\"303\"}[30s])";
        for question in [rate, counted, last] {
            if !prometheus.ask(question).await.is_ok_and(|values| !values.is_empty()) {
                return false;
            }
        }
        true
    })
    .await;
    let mut problems = Vec::new();
    for Asked { place, title, expression } in of_panels().into_iter().chain(of_alerts()) {
        let excused = NO_DATA.iter().any(|(known, _)| *known == title);
        match prometheus.ask(&expression).await {
            Err(error) => problems.push(format!("{place}: {title}: {error}: {expression}")),
            Ok(values) if values.is_empty() != excused => {
                let has = if excused { "has data after all" } else { "has no data" };
                problems.push(format!("{place}: {title}: {has}: {expression}"));
            }
            Ok(_) => (),
        }
    }
    // What people read names only what is there, too.
    let there = prometheus.ask("{__name__=~\"daybreak_.+\"}").await.unwrap();
    let there: BTreeSet<&str> =
        there.iter().map(|series| series["metric"]["__name__"].as_str().unwrap()).collect();
    for (place, name) in named() {
        let is_there =
            ["", "_bucket"].iter().any(|end| there.contains(format!("{name}{end}").as_str()));
        if !is_there {
            problems.push(format!("{place}: there is no metric {name}"));
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    // The watcher outside is told that somebody watches.
    until("the heartbeat goes out", async || {
        let beats = "ALERTS{severity=\"heartbeat\", alertstate=\"firing\"}";
        prometheus.ask(beats).await.is_ok_and(|values| values.len() == 1)
    })
    .await;
    // A healthy demo that serves its schools calls nobody, but that the machine of the tests may be slow.
    let calls = "ALERTS{severity=\"page\", alertstate=\"firing\", alertname!~\"SlowAnswers|PasswordsWait\"}";
    let firing = prometheus.ask(calls).await.unwrap();
    assert!(firing.is_empty(), "{firing:?}");
}

/// Every metric that dashboards, alerts, runbooks and documentation name, with the file.
fn named() -> BTreeSet<(String, String)> {
    let places = [
        ("dashboards/grafana", "json"),
        ("dashboards/alerts", "yml"),
        ("dashboards/alerts/tests", "yml"),
        ("deploy/runbooks", "md"),
        ("docs", "md"),
    ];
    let mut found = BTreeSet::new();
    for path in places.into_iter().flat_map(|(folder, ending)| files(folder, ending)) {
        let text = read(&path);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in text.split(|c| !is_word(c)).filter(|word| word.starts_with("daybreak_")) {
            let roles = ["daybreak_owner", "daybreak_app", "daybreak_node", "daybreak_worker"];
            if !roles.contains(&word) {
                let place = path.strip_prefix(root()).unwrap().display().to_string();
                found.insert((place, word.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_panel_says_what_good_looks_like() {
    for (board, panel) in panels() {
        let title = &panel["title"];
        assert!(
            panel["description"].as_str().is_some_and(|text| text.len() > 1),
            "{board}: {title}"
        );
        let defaults = &panel["fieldConfig"]["defaults"];
        assert!(defaults["unit"].is_string(), "{board}: {title} has no unit");
        assert!(
            !defaults["thresholds"]["steps"].as_array().unwrap().is_empty(),
            "{board}: {title}"
        );
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{board}: {title}");
        }
    }
}

#[test]
fn every_alert_has_a_runbook_and_a_test_that_it_fires_and_one_that_it_does_not() {
    let alerts = alerts();
    for (name, Alert { file, fields, .. }) in &alerts {
        assert!(["page", "ticket", "heartbeat"].contains(&fields["severity"].as_str()), "{name}");
        assert!(!fields["summary"].is_empty() && !fields["description"].is_empty(), "{name}");
        assert_eq!(fields["runbook_url"], format!("deploy/runbooks/{name}.md"));
        let runbook = read(&root().join(&fields["runbook_url"]));
        assert!(runbook.starts_with(&format!("# {name}\n\n")), "{name}: its title");
        let mut rest = runbook.as_str();
        for part in RUNBOOK {
            let (_, after) = rest.split_once(&format!("\n**{part}")).unwrap_or_else(|| {
                panic!("{name}: no `{part}` at its place");
            });
            let (text, _) = after.split_once("\n**").unwrap_or((after, ""));
            assert!(text.trim_matches(['*', '\n']).len() > 10, "{name}: `{part}` is empty");
            rest = after;
        }
        let tests = read(&root().join("dashboards/alerts/tests").join(file));
        for test in ["fires", "stays quiet"] {
            assert!(tests.contains(&format!("- name: {name} {test}\n")), "{name} {test}");
        }
    }
    for path in files("deploy/runbooks", "md") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(alerts.contains_key(name), "{name}: a runbook without its alert");
    }
}

#[test]
fn every_command_of_the_runbooks_is_one_of_the_program() {
    let mut commands = BTreeSet::new();
    for path in files("deploy/runbooks", "md") {
        let text = read(&path);
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with("daybreak "));
        commands.extend(lines.map(str::to_owned));
        let inline = text.split('`').filter(|code| code.starts_with("daybreak "));
        commands.extend(inline.map(str::to_owned));
    }
    assert!(commands.len() > 10, "{commands:?}");
    let mut helps = BTreeMap::<Vec<String>, String>::new();
    for command in commands {
        let words = command.split_whitespace().skip(1);
        let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let name: Vec<String> = words
            .take_while(|word| is_name(word) && !word.starts_with('-'))
            .map(str::to_owned)
            .collect();
        let help = helps.entry(name.clone()).or_insert_with(|| {
            let output = program().args(&name).arg("--help").output().unwrap();
            assert!(output.status.success(), "{command}");
            String::from_utf8(output.stdout).unwrap()
        });
        for option in command.split_whitespace().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{command}: no {option}");
        }
    }
}

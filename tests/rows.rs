//! `rows.toml` lists what Daybreak is asked to do; every journey it names must exist.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Rows of what portals of this kind do today, `85a` beside them.
const TODAY: usize = 106;
/// Rows that published guidance adds.
const GUIDANCE: usize = 23;
/// Rows that no portal has yet.
const NEW: usize = 18;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    journey: Journey,
}

/// `""` while nothing proves the row, or the tests that do.
#[derive(Deserialize)]
#[serde(untagged)]
enum Journey {
    None(String),
    Tests(Vec<String>),
}

impl Row {
    fn tests(&self) -> &[String] {
        match &self.journey {
            Journey::None(text) => {
                assert!(text.is_empty(), "row {}: write [\"{text}\"]", self.id);
                &[]
            }
            Journey::Tests(tests) => tests,
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("tests/rows.toml")).expect("rows.toml is there");
    toml::from_str::<File>(&text).expect("rows.toml is right").row
}

/// Files that `name` may stand for: `tests/<name>.rs` and `tests/<folder>/<name>.rs`.
fn candidates(name: &str) -> Vec<PathBuf> {
    let tests = root().join("tests");
    let file = format!("{name}.rs");
    let mut found = vec![tests.join(&file)];
    for entry in fs::read_dir(&tests).expect("tests can be listed") {
        found.push(entry.expect("tests can be listed").path().join(&file));
    }
    found
}

/// Whether a text holds a function of this name with a test attribute right above it.
fn has_test(text: &str, name: &str) -> bool {
    let signature = format!("fn {name}(");
    let Some(at) = text.find(&signature) else { return false };
    let above = text[..at].split('\n').rev().skip(1);
    let mut attributes = above.take_while(|line| line.trim_start().starts_with("#["));
    attributes.any(|line| line.contains("test]") || line.contains("test("))
}

#[test]
fn every_row_is_there_once_and_in_order() {
    let mut expected: Vec<String> = (1..=TODAY).map(|number| number.to_string()).collect();
    expected.insert(85, "85a".to_owned());
    expected.extend((1..=GUIDANCE).map(|number| format!("p{number}")));
    expected.extend((1..=NEW).map(|number| format!("n{number}")));
    let rows = rows();
    let found: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(found, expected);
    assert!(rows.iter().all(|row| !row.what.is_empty()));
}

#[test]
fn every_named_journey_exists() {
    let mut missing = Vec::new();
    for row in rows() {
        for journey in row.tests() {
            let there = journey.split_once("::").is_some_and(|(file, name)| {
                let texts =
                    candidates(file).into_iter().filter_map(|path| fs::read_to_string(path).ok());
                texts.into_iter().any(|text| has_test(&text, name))
            });
            if !there {
                missing.push(format!("row {}: no test `{journey}`", row.id));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

#[test]
fn the_readme_gives_the_count() {
    let rows = rows();
    let proved = rows.iter().filter(|row| !row.tests().is_empty()).count();
    let count = format!("{proved} of {} rows have a journey", rows.len());
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let between = readme
        .split_once("<!-- rows -->")
        .and_then(|(_, rest)| rest.split_once("<!-- /rows -->"))
        .map(|(text, _)| text);
    assert_eq!(between, Some(count.as_str()), "README.md, between its two `rows` markers");
}

#[test]
fn a_test_is_told_from_a_helper() {
    let text = "#[tokio::test]\nasync fn a() {}\nfn b() {}\n#[test]\n#[should_panic]\nfn c() {}\n";
    assert!(has_test(text, "a") && has_test(text, "c"));
    assert!(!has_test(text, "b") && !has_test(text, "d"));
}

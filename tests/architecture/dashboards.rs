//! Dashboards and alerts ask only for metrics that the program has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text::{files, is_word, program, read, root};

/// Turns to true with the first dashboard, and never back.
const DASHBOARDS_THERE: bool = true;

/// Words of the query language that look like metrics.
const QUERY_WORDS: &[&str] = &[
    "absent_over_time",
    "avg_over_time",
    "count_over_time",
    "count_values",
    "group_left",
    "group_right",
    "histogram_quantile",
    "label_join",
    "label_replace",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "predict_linear",
    "present_over_time",
    "quantile_over_time",
    "stddev_over_time",
    "sum_over_time",
];

/// Metrics of others, and the file that writes them.
const ELSEWHERE: &[(&str, &str)] =
    &[("postgres_backup_completed_timestamp_seconds", "deploy/backup")];

/// Every string under a key `expr`, however deep.
fn expressions_of_json(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "expr" => found.push(text.clone()),
                    other => expressions_of_json(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions_of_json(item, found)),
        _ => (),
    }
}

/// `expr:` of alert rules, on one line or as an indented block below.
fn expressions_of_yaml(text: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(inline) = line.trim_start().trim_start_matches("- ").strip_prefix("expr:") else {
            continue;
        };
        let mut expression = inline.trim().trim_matches(['|', '>', '-']).to_owned();
        while let Some(more) = lines.next_if(|next| indent(next) > indent(line) && !next.is_empty())
        {
            expression.push(' ');
            expression.push_str(more.trim());
        }
        found.push(expression);
    }
    found
}

/// Metrics of an expression: words with an underscore that are neither labels, texts nor functions.
fn metrics(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = without_labels(expression);
    for grouping in ["by", "without", "on", "ignoring", "group_left", "group_right"] {
        rest = without_list_after(&rest, grouping);
    }
    for word in rest.split(|c: char| !is_word(c) && c != ':') {
        let looks = word.contains('_') && !QUERY_WORDS.contains(&word) && !word.contains(':');
        if looks {
            let suffixes = ["_bucket", "_sum", "_count"];
            let base = suffixes.iter().find_map(|suffix| word.strip_suffix(suffix)).unwrap_or(word);
            found.insert(base.to_owned());
        }
    }
    found
}

fn without_labels(expression: &str) -> String {
    let (mut kept, mut depth, mut quoted) = (String::new(), 0_u32, false);
    for c in expression.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => (),
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => (),
        }
    }
    kept
}

fn without_list_after(expression: &str, keyword: &str) -> String {
    let mut kept = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(keyword) {
        let (before, after) = rest.split_at(at);
        let after = &after[keyword.len()..];
        kept.push_str(before);
        let word = !before.ends_with(is_word) && after.trim_start().starts_with('(');
        rest = if word { after.split_once(')').map_or("", |(_, rest)| rest) } else { after };
        if !word {
            kept.push_str(keyword);
        }
    }
    kept + rest
}

#[test]
fn dashboards_and_alerts_name_metrics_that_exist() {
    let there = root().join("dashboards").exists();
    assert_eq!(there, DASHBOARDS_THERE, "dashboards/ came or went: set DASHBOARDS_THERE");
    let mut expressions = Vec::new();
    for path in files("dashboards", "json") {
        let value = serde_json::from_str(&read(&path)).expect("a dashboard is JSON");
        let mut found = Vec::new();
        expressions_of_json(&value, &mut found);
        expressions.extend(found.into_iter().map(|expression| (path.clone(), expression)));
    }
    for path in files("dashboards", "yml") {
        let own = !path.starts_with("dashboards/alerts/tests");
        let found = if own { expressions_of_yaml(&read(&path)) } else { Vec::new() };
        expressions.extend(found.into_iter().map(|expression| (path.clone(), expression)));
    }
    assert!(expressions.is_empty() != there, "dashboards/ holds no expression");
    let known: BTreeSet<&str> =
        program().flat_map(|source| source.own_strings().map(|(_, text)| text)).collect();
    let mut unknown = BTreeSet::new();
    for (path, expression) in &expressions {
        for metric in metrics(expression) {
            // The program writes its own names without their prefix.
            let own = metric.strip_prefix("daybreak_").unwrap_or(&metric);
            let elsewhere = |(name, file): &(&str, &str)| {
                *name == metric && read(std::path::Path::new(file)).contains(name)
            };
            if known.contains(own) || ELSEWHERE.iter().any(elsewhere) {
                continue;
            }
            unknown.insert(format!("{}: no metric `{metric}`", path.display()));
        }
    }
    assert!(unknown.is_empty(), "\n{}\n", unknown.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn metrics_are_told_from_labels_and_functions() {
    let query = "histogram_quantile(0.99, sum by (le, route_name) (rate(http_seconds_bucket{status_code=\"a_b\"}[5m]))) > on(node_id) group_left() blob_errors_total";
    let found = metrics(query);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["blob_errors_total", "http_seconds"]);
    let rules = "- alert: A\n  expr: >-\n    a_total\n    > 1\n  for: 1m\n- expr: b_total > 2\n";
    let found: Vec<_> = expressions_of_yaml(rules).iter().flat_map(|text| metrics(text)).collect();
    assert_eq!(found, ["a_total", "b_total"]);
}

//! Sizes may shrink, not grow. `tests/sizes.txt` lists what is too long today, with its length.

use std::collections::BTreeMap;
use std::path::Path;

use super::text::{read, sources};

/// A file above this many lines without tests must be listed.
const FILE_LINES: usize = 300;
/// A file above this many lines is refused, listed or not.
const FILE_LINES_MAX: usize = 400;
/// A function above this many lines must be listed.
const FUNCTION_LINES: usize = 70;

/// Lines of `sizes.txt`: a path, or `path::function`, and its length.
fn listed() -> BTreeMap<String, usize> {
    let text = read(Path::new("tests/sizes.txt"));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, length) = line.rsplit_once(' ').expect("name and length");
            (name.to_owned(), length.parse().expect("a length"))
        })
        .collect()
}

#[test]
fn nothing_grows_beyond_its_size() {
    let mut listed = listed();
    let mut problems = Vec::new();
    let mut check = |name: String, lines: usize, limit: usize| match listed.remove(&name) {
        Some(_) if lines <= limit => {
            problems.push(format!("{name}: {lines} lines now, take it off tests/sizes.txt"));
        }
        Some(before) if lines > before => {
            problems.push(format!("{name}: {lines} lines, {before} listed: it may not grow"));
        }
        None if lines > limit => {
            problems.push(format!("{name} {lines}\n  more than {limit} lines: split it"));
        }
        _ => (),
    };
    for source in ["src", "loadtest/src"].iter().flat_map(|folder| sources(folder)) {
        let lines = source.length();
        for function in source.functions() {
            let name = format!("{}::{}", source.path, function.name);
            if function.lines > FUNCTION_LINES {
                check(name, function.lines, FUNCTION_LINES);
            }
        }
        assert!(lines <= FILE_LINES_MAX, "{}: {lines} lines, split it", source.path);
        check(source.path, lines, FILE_LINES);
    }
    let gone = listed.keys().map(|name| format!("{name}: take it off tests/sizes.txt"));
    problems.extend(gone);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

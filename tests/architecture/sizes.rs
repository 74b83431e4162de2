//! Sizes may shrink, not grow. `tests/sizes.txt` lists what is too long today, with its length.

use std::collections::BTreeMap;
use std::path::Path;

use super::Findings;
use super::text::{everything, read};

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
    let mut findings = Findings::of("file_size");
    let own = everything().iter().filter(|source| !source.path.starts_with("tests/"));
    for source in own {
        let lines = source.length();
        if lines > FILE_LINES_MAX {
            findings.add(source, lines, &format!("above {FILE_LINES_MAX} lines: split it"));
            continue;
        }
        let mut measured = vec![(source.path.clone(), lines, FILE_LINES)];
        for function in source.functions() {
            let name = format!("{}::{}", source.path, function.name);
            measured.push((name, function.lines, FUNCTION_LINES));
        }
        for (name, lines, limit) in measured.into_iter().filter(|(_, lines, limit)| lines > limit) {
            match listed.remove(&name) {
                None => findings.add(
                    source,
                    lines,
                    &format!("`{name} {lines}` is above {limit}: split it"),
                ),
                Some(before) if lines > before => {
                    findings.add(source, lines, &format!("`{name} {lines}` grew from {before}"));
                }
                Some(_) => (),
            }
        }
    }
    findings.none();
    let fits: Vec<_> = listed.into_keys().collect();
    assert!(fits.is_empty(), "take off tests/sizes.txt, they fit now:\n{}", fits.join("\n"));
}

//! Migrations are added, never edited: an older server may have run them already.

use std::fmt::Write as _;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};

use super::text::{files, read};

const FOLDER: &str = "src/store/migrations";
const LIST: &str = "tests/migrations.txt";

fn sha256(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string");
        hex
    })
}

/// Numbers and names of the migrations, by number.
fn migrations() -> Vec<(u32, String)> {
    let mut found: Vec<_> = files(FOLDER, "sql")
        .into_iter()
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
            let number = name.strip_prefix('V').and_then(|rest| rest.split_once("__"));
            let (number, _) =
                number.unwrap_or_else(|| panic!("{name} is not V<number>__<what>.sql"));
            (number.parse().expect("a number after V"), name.to_owned())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let migrations = migrations();
    assert!(!migrations.is_empty(), "no migration in {FOLDER}");
    for (expected, (number, name)) in (1..).zip(&migrations) {
        assert_eq!(*number, expected, "{name}: the next number is {expected}");
    }
}

#[test]
fn a_listed_migration_never_changes() {
    let list = read(Path::new(LIST));
    let mut listed = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut problems = Vec::new();
    for (_, name) in migrations() {
        let line = format!("{name} {}", sha256(&read(&Path::new(FOLDER).join(&name))));
        match listed.next() {
            Some(before) if before == line => (),
            Some(before) if before.starts_with(&format!("{name} ")) => problems.push(format!(
                "{name} has changed since it was listed: undo that, and add a new migration"
            )),
            Some(before) => problems.push(format!("expected `{before}` in {LIST}, found {name}")),
            None => problems.push(format!("add to the end of {LIST}:\n{line}")),
        }
    }
    problems.extend(listed.map(|line| format!("{line}: the migration is gone")));
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

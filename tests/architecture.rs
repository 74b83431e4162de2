//! The rules of the house, checked on the source text. `ARCHITECTURE.md` says them in words.
//!
//! One list of exceptions, each with its reason; one that is no longer needed fails too.

use std::collections::BTreeSet;
use std::path::Path;

#[path = "architecture/dashboards.rs"]
mod dashboards;
#[path = "architecture/migrations.rs"]
mod migrations;
#[path = "architecture/sizes.rs"]
mod sizes;
#[path = "architecture/text.rs"]
mod text;

use text::{Source, everything, is_word, program};

/// Modules that name whatever they like, and that nobody names.
const ROOTS: &[&str] = &["app", "cli", "config"];

/// What every other module may name besides itself.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain"]),
    ("telemetry", &["domain"]),
    ("intake", &["domain", "telemetry"]),
    ("sample", &["domain", "telemetry"]),
    ("store", &["domain", "clock", "telemetry"]),
    ("blob", &["domain", "clock", "telemetry"]),
    ("node", &["domain", "clock", "telemetry"]),
    ("admission", &["domain", "clock", "telemetry", "node"]),
    ("delivery", &["domain", "clock", "telemetry", "node", "blob"]),
    ("letters", &["domain", "telemetry"]),
    ("mail", &["domain", "telemetry"]),
    ("release", &["domain", "clock", "telemetry", "store", "blob", "intake", "letters"]),
    (
        "service",
        &[
            "domain",
            "clock",
            "telemetry",
            "node",
            "store",
            "blob",
            "intake",
            "delivery",
            "admission",
            "mail",
        ],
    ),
    (
        "jobs",
        &[
            "domain",
            "clock",
            "telemetry",
            "node",
            "store",
            "blob",
            "intake",
            "delivery",
            "admission",
            "service",
            "release",
            "letters",
            "mail",
        ],
    ),
    ("web", &["domain", "clock", "telemetry", "node", "admission", "delivery", "service"]),
    ("edge", &["telemetry"]),
    ("observer", &["domain", "clock", "telemetry", "edge"]),
    ("cluster", &["telemetry"]),
];

/// The road of a sign-in and a download at 07:30: nothing here may reach the database. `web` cannot
/// either, and of `service` a handler of results calls only what stands here.
const HOT_PATH: &[&str] = &[
    "src/admission",
    "src/delivery",
    "src/edge",
    "src/node",
    "src/service/grants",
    "src/service/password_policy",
    "src/service/passwords",
    "src/service/results",
    "src/service/sign_in",
];

/// Modules that read or write files, and what for. Everywhere else a node keeps nothing on disk.
const FILE_ACCESS: &[(&str, &str)] = &[
    ("node", "the state folder"),
    ("blob", "the folder that stands in for an object store"),
    ("intake", "a supplier's delivery"),
    ("cluster", "the private Postgres"),
    ("cli", "what commands read and write"),
    ("app", "secrets and certificates at the start; what the kernel says of the process"),
    ("sample", "writes the synthetic delivery"),
    ("config", "configuration and secrets"),
    ("mail", "the folder that stands in for a provider of email"),
    ("edge", "certificates, read again when they change"),
    ("release", "opens the delivery that it builds from"),
];

/// What is allowed although a rule forbids it: rule, file, reason.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("files", "src/telemetry/logging.rs", "writes to a file that a command has opened")];

/// What one rule found.
struct Findings {
    rule: &'static str,
    found: Vec<String>,
    excused: BTreeSet<&'static str>,
}

impl Findings {
    fn of(rule: &'static str) -> Self {
        Self { rule, found: Vec::new(), excused: BTreeSet::new() }
    }

    fn add(&mut self, source: &Source, line: usize, what: &str) {
        let excuse =
            EXCEPTIONS.iter().find(|(rule, file, _)| *rule == self.rule && *file == source.path);
        match excuse {
            Some((_, file, _)) => {
                self.excused.insert(file);
            }
            None => self.found.push(format!("{}:{line}: {what}", source.path)),
        }
    }

    #[track_caller]
    fn none(mut self) {
        for (rule, file, _) in EXCEPTIONS {
            if *rule == self.rule && !self.excused.contains(file) {
                self.found
                    .push(format!("{file}: the exception to `{rule}` is not needed any more"));
            }
        }
        assert!(self.found.is_empty(), "\n{}\n", self.found.join("\n"));
    }
}

/// Fails on every line of the program that holds one of these words, in files that `applies` picks.
#[track_caller]
fn ban(rule: &'static str, words: &[&str], why: &str, applies: impl Fn(&Source) -> bool) {
    let mut findings = Findings::of(rule);
    for source in program().filter(|source| applies(source)) {
        for (line, code) in source.own_lines() {
            for word in words.iter().filter(|word| names(code, word)) {
                findings.add(source, line, &format!("`{word}`: {why}"));
            }
        }
    }
    findings.none();
}

/// Whether a piece of code stands here by itself, not as the end of a longer name.
fn names(code: &str, wanted: &str) -> bool {
    let starts_as_word = wanted.starts_with(is_word);
    code.match_indices(wanted)
        .any(|(at, _)| !(starts_as_word && code[..at].chars().next_back().is_some_and(is_word)))
}

/// Names right after `crate::`, also those of a group in braces.
fn named_modules(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
        let Some(group) = rest.strip_prefix('{') else {
            found.push((line, word(rest)));
            continue;
        };
        let mut depth = 0;
        let mut expected = true;
        for (offset, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => expected = true,
                c if expected && is_word(c) => {
                    found.push((line, word(&group[offset..])));
                    expected = false;
                }
                _ => (),
            }
        }
    }
    found
}

#[test]
fn modules_name_only_those_below_them() {
    let mut findings = Findings::of("directions");
    for source in program() {
        let module = source.module().to_owned();
        if module.is_empty() || ROOTS.contains(&module.as_str()) {
            continue;
        }
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            findings.add(source, 1, &format!("module `{module}` has no line in MAY_NAME"));
            continue;
        };
        for (line, named) in named_modules(&source.code) {
            let allowed = named == module || may.contains(&named.as_str());
            if !allowed && !source.is_test(line) {
                findings.add(source, line, &format!("`{module}` may not name `{named}`"));
            }
        }
        let root = "super::".repeat(source.depth());
        for (line, code) in source.own_lines() {
            if code.contains(&root) {
                findings.add(source, line, "climbs to the crate by `super`: write `crate::`");
            }
        }
    }
    findings.none();
}

#[test]
fn the_table_of_modules_has_no_circle() {
    for (module, may) in MAY_NAME {
        for named in *may {
            let back = MAY_NAME.iter().find(|(name, _)| name == named);
            let (_, back) =
                back.unwrap_or_else(|| panic!("{module} may name {named}, which has no line"));
            assert!(!back.contains(module), "{module} and {named} may name each other");
        }
    }
}

#[test]
fn sql_is_written_in_the_store_only() {
    const STATEMENTS: &[&str] = &[
        "SELECT ",
        "INSERT INTO ",
        "DELETE FROM ",
        "UPDATE ",
        "CREATE ",
        "ALTER ",
        "DROP ",
        "GRANT ",
        "SET LOCAL ",
        "LISTEN ",
        "NOTIFY ",
    ];
    let mut findings = Findings::of("sql");
    for source in program().filter(|source| source.module() != "store") {
        for (line, text) in source.own_strings() {
            // A comment such as `-- pupils.list` may stand before the statement.
            let mut lines = text.lines().map(str::trim_start);
            if lines.any(|text| STATEMENTS.iter().any(|statement| text.starts_with(statement))) {
                findings.add(source, line, "SQL outside src/store");
            }
        }
    }
    findings.none();
}

#[test]
fn the_database_driver_is_named_in_the_store_only() {
    let drivers = &["tokio_postgres", "deadpool_postgres", "refinery"];
    ban("driver", drivers, "only src/store speaks to Postgres", |s| s.module() != "store");
}

#[test]
fn object_stores_are_named_in_blob_only() {
    ban("object_store", &["object_store"], "only src/blob calls one", |s| s.module() != "blob");
}

#[test]
fn the_download_path_cannot_reach_the_database() {
    let on_path = |source: &Source| HOT_PATH.iter().any(|place| source.path.starts_with(place));
    ban("hot_path", &["crate::store"], "a download takes no connection", on_path);
    for place in HOT_PATH {
        let there = program().any(|source| source.path.starts_with(place));
        assert!(there, "{place} is in HOT_PATH but not there");
    }
}

#[test]
fn files_are_touched_where_the_list_says() {
    let words = &["std::fs", "tokio::fs", "fs::", "File::open", "File::create", "OpenOptions"];
    let why = "file access is for the modules of FILE_ACCESS";
    ban("files", words, why, |s| FILE_ACCESS.iter().all(|(module, _)| *module != s.module()));
}

#[test]
fn output_belongs_to_the_commands() {
    let words = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];
    let why = "only src/cli speaks to a terminal; everything else logs";
    ban("print", words, why, |s| s.module() != "cli" && s.path != "src/main.rs");
}

#[test]
fn nothing_is_left_undone_or_assumed() {
    ban("unwrap", &[".unwrap()", ".unwrap_err()"], "expect(\"why it cannot fail\")", |_| true);
    ban("undone", &["todo!", "unimplemented!"], "finish it or leave it out", |_| true);
    ban("allow", &["#[allow("], "#[expect(…, reason = …)] says when it is not needed", |_| {
        true
    });
    let mut findings = Findings::of("ignore");
    for source in everything() {
        for (line, code) in (1..).zip(source.code.lines()) {
            if code.contains("#[ignore") {
                findings.add(source, line, "no test is ignored: assert what happens today");
            }
        }
    }
    findings.none();
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let mut findings = Findings::of("opening");
    for source in everything() {
        if !source.raw.starts_with("//! ") {
            findings.add(source, 1, "the first line is not a `//! ` sentence");
        }
        if source.path.starts_with("src/") && source.path.ends_with("/mod.rs") {
            findings.add(source, 1, "name.rs beside name/, never mod.rs");
        }
    }
    findings.none();
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let mut unsaid = Vec::new();
    for file in ["Cargo.toml", "loadtest/Cargo.toml"] {
        let mut listing = false;
        for (number, line) in (1..).zip(text::read(Path::new(file)).lines()) {
            if line.starts_with('[') {
                listing = line.trim_end().ends_with("dependencies]");
            } else if listing && line.contains(" = ") && !line.starts_with('#') {
                let reason = line.rsplit_once(" # ").map_or("", |(_, reason)| reason);
                if reason.trim().is_empty() {
                    unsaid.push(format!("{file}:{number}: {line}"));
                }
            }
        }
    }
    assert!(unsaid.is_empty(), "dependencies without a reason:\n{}", unsaid.join("\n"));
}

#[test]
fn the_reader_of_source_text_is_right() {
    let raw = r##"//! About.
fn a() { let x = "fn b() {"; let y = r#"say "}" "#; /* { */ let z = '"'; let q = '{'; }
fn long<'a>(bytes: [u8; 4]) -> &'a str {
    // }
    b"\"}"
}
trait T { fn declared(&self); }
use crate::{domain::{ids, x}, clock};
#[cfg(test)]
mod tests {
    fn c() { Some(1).unwrap(); }
}
"##;
    let source = Source::new(Path::new("src/web/page.rs"), raw.to_owned());
    let functions: Vec<_> = source.functions().into_iter().map(|f| (f.name, f.lines)).collect();
    let expected =
        [("a", 1), ("long", 4), ("declared", 1)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(functions, expected);
    assert_eq!(source.length(), 8);
    assert_eq!(source.module(), "web");
    let strings: Vec<_> = source.own_strings().map(|(_, text)| text).collect();
    assert_eq!(strings, ["fn b() {", "say \"}\" ", "\\\"}"]);
    let named: Vec<_> = named_modules(&source.code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(named, ["domain", "clock"]);
    assert!(names("use std::fs;", "std::fs") && !names("offs::x", "fs::"));
}

//! From the text of a file to a `Config`: the defaults are the schema, key by key.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::check::Checks;
use super::document::{Document, kind, path};
use super::problem::{Problem, Problems};
use super::unknown::unknown_keys;
use super::{Config, check, machine};

/// The largest values of the integer types of the edge's keys, largest first.
const LARGEST: [i64; 4] = [i64::MAX, u32::MAX as i64, i32::MAX as i64, u16::MAX as i64];

/// A section whose keys are other people's words, each with a text.
const OPEN: &str = "oidc.roles";

/// Whether a text may be empty, and then is not set. Of blobs, what must be set depends on the store.
fn may_be_empty(key: &str) -> bool {
    [
        "server.certificate",
        "server.key",
        "database.certificate_authority",
        "gias.folder",
        "gias.address",
        "gias.successors",
    ]
    .contains(&key)
        || [
            "passwords.policy",
            "second_factor.key_file",
            "second_factor.compulsory_for",
            "email.folder",
        ]
        .contains(&key)
        || key.starts_with("oidc.")
        || key.starts_with("blobs.")
        || key.starts_with("email.smtp.")
        || key.starts_with("email.notify.")
}

/// Reads a file and looks for what it names on this machine.
pub(super) fn load(file: &Path) -> Result<Config, Problems> {
    with_checks(file, &Document::read(file)?, machine::check)
}

/// Reads a file and believes it.
pub(super) fn read(file: &Path) -> Result<Config, Problems> {
    with_checks(file, &Document::read(file)?, |_| ())
}

/// The keys of the schema with their defaults, in order.
pub(super) fn defaults() -> Vec<(String, Value)> {
    let schema = Table::try_from(Config::default()).expect("every value has a form in TOML");
    let mut leaves = Vec::new();
    for (section, keys) in schema {
        add_leaves(&mut leaves, section, keys);
    }
    leaves
}

fn add_leaves(leaves: &mut Vec<(String, Value)>, path: String, value: Value) {
    match value {
        Value::Table(keys) => {
            for (key, value) in keys {
                add_leaves(leaves, format!("{path}.{key}"), value);
            }
        }
        value => leaves.push((path, value)),
    }
}

/// Every section of the schema, those within others too.
fn sections(defaults: &[(String, Value)]) -> BTreeSet<&str> {
    let of = |key: &'_ str| key.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
    defaults.iter().flat_map(|(key, _)| of(key).into_iter().map(|at| &key[..at])).collect()
}

fn with_checks(
    file: &Path,
    document: &Document,
    more: impl FnOnce(&mut Checks<'_>),
) -> Result<Config, Problems> {
    let defaults = defaults();
    let known: Vec<&str> = defaults.iter().map(|(key, _)| key.as_str()).chain([OPEN]).collect();
    let mut found = unknown_keys(document, &known);
    let (table, misfits) = merged(document, &defaults);
    let faulty: BTreeSet<String> = misfits.iter().map(|problem| problem.key.clone()).collect();
    found.extend(misfits);
    let mut config = Config::deserialize(table).expect("each value was tried");
    anchor(&mut config, file);
    let mut checks = Checks::new(&config, document, &faulty);
    check::check(&mut checks);
    more(&mut checks);
    found.extend(checks.into_found());
    Problems::or(found, config)
}

/// The defaults overlaid with every value of the file that fits, and what does not.
fn merged(document: &Document, defaults: &[(String, Value)]) -> (Table, Vec<Problem>) {
    let mut table = Table::try_from(Config::default()).expect("every value has a form in TOML");
    let mut faults = Vec::new();
    for section in sections(defaults) {
        let entry = document.entries().get(section);
        if let Some(entry) = entry.filter(|entry| !entry.value.is_table()) {
            let what = format!("is {}, not a section", kind(&entry.value));
            faults.push(document.problem(section, what, format!("begin a section: [{section}]")));
        }
    }
    if names_remote_blobs(document) {
        *place(&mut table, "blobs.folder") = Value::String(String::new());
    }
    for (key, default) in defaults {
        let Some(entry) = document.entries().get(key) else { continue };
        match fault(key, &entry.value, default) {
            None => *place(&mut table, key) = entry.value.clone(),
            Some((what, way_out)) => faults.push(document.problem(key, what, way_out)),
        }
    }
    faults.extend(opened(document, &mut table));
    (table, faults)
}

/// Takes the keys of the open section that fit, and tells of those that do not.
fn opened(document: &Document, table: &mut Table) -> Vec<Problem> {
    let Some(entry) = document.entries().get(OPEN) else { return Vec::new() };
    let Value::Table(keys) = &entry.value else {
        let what = format!("is {}, not a section", kind(&entry.value));
        return vec![document.problem(OPEN, what, format!("begin a section: [{OPEN}]"))];
    };
    let (fitting, misfits): (Vec<_>, Vec<_>) = keys.iter().partition(|(_, value)| value.is_str());
    let own = fitting.into_iter().map(|(key, value)| (key.clone(), value.clone()));
    *place(table, OPEN) = Value::Table(own.collect());
    let told = |(key, value): (&String, &Value)| {
        let what = format!("is {}, not text", kind(value));
        document.problem(&path(OPEN, key), what, "write it in quotes, as in \"user\"")
    };
    misfits.into_iter().map(told).collect()
}

/// Whether results are in a store over the network: then the folder of the default is not meant.
fn names_remote_blobs(document: &Document) -> bool {
    document.entries().iter().any(|(key, entry)| {
        let remote = key.starts_with("blobs.azure.") || key.starts_with("blobs.s3.");
        remote && entry.value.as_str().is_some_and(|text| !text.is_empty())
    })
}

/// Why a value does not fit its key, and what to do.
fn fault(key: &str, value: &Value, default: &Value) -> Option<(String, String)> {
    let like = format!("write it like the default, {default}");
    if kind(value) != kind(default) {
        return Some((format!("is {}, not {}", kind(value), kind(default)), like));
    }
    if value.as_str().is_some_and(str::is_empty) && !may_be_empty(key) {
        return Some(("is empty".to_owned(), like));
    }
    if let Value::Integer(number) = value {
        return out_of_range(key, *number);
    }
    attempt(key, value).map(|error| (error, like))
}

/// Why a number is too small or too large for its key.
fn out_of_range(key: &str, number: i64) -> Option<(String, String)> {
    let own = check::RANGES.iter().find(|(name, ..)| *name == key);
    let (least, most) = match own {
        Some((_, least, most)) if (*least..=*most).contains(&number) => return None,
        Some((_, least, most)) => (*least, *most),
        None => {
            attempt(key, &Value::Integer(number))?;
            let fits = |most: &i64| attempt(key, &Value::Integer(*most)).is_none();
            (0, LARGEST.into_iter().find(fits).unwrap_or(i64::MAX))
        }
    };
    let way_out = match most {
        i64::MAX => format!("write {least} or more"),
        _ => format!("write a number from {least} to {most}"),
    };
    Some((format!("{number} is out of range"), way_out))
}

/// What the type of a key says to a value, all else being default.
fn attempt(key: &str, value: &Value) -> Option<String> {
    let mut table = Table::try_from(Config::default()).expect("every value has a form in TOML");
    *place(&mut table, key) = value.clone();
    let error = Config::deserialize(table).err()?;
    Some(error.message().lines().next().unwrap_or("is not valid").to_owned())
}

/// Where the schema holds the value of a key.
fn place<'a>(table: &'a mut Table, key: &str) -> &'a mut Value {
    let mut names = key.split('.');
    let section = &mut table[names.next().expect("a key of the schema")];
    names.fold(section, |section, name| &mut section[name])
}

/// Makes every path absolute, taken from the folder of the file.
fn anchor(config: &mut Config, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    let Config {
        server, database, blobs, cycles, gias, passwords, second_factor, oidc, email, ..
    } = config;
    let own = [
        &mut server.certificate,
        &mut server.key,
        &mut server.state,
        &mut database.certificate_authority,
        &mut database.owner_password_file,
        &mut database.app_password_file,
        &mut database.node_password_file,
        &mut database.worker_password_file,
        &mut cycles.folder,
        &mut gias.folder,
        &mut passwords.policy,
        &mut second_factor.key_file,
        &mut oidc.client_secret_file,
        &mut oidc.roles_secret_file,
    ];
    for path in own.into_iter().chain(blobs.paths()).chain(email.paths()) {
        if path.as_os_str().is_empty() {
            continue;
        }
        let joined = folder.join(&*path);
        // Only a working directory that is gone has no absolute form.
        *path = std::path::absolute(&joined).unwrap_or(joined);
    }
}

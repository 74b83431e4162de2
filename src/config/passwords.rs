//! Section `passwords`, and `passwords.toml`: which passwords may be chosen, in two profiles, and the lists that they are compared with.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::problem::{Problem, Problems};
use crate::domain::passwords::{ExpiryRule, Guessable, Kinds, Profile};
use crate::intake::breached::Breached;
use crate::service::password_policy::PasswordPolicy;

/// Section `passwords`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passwords {
    /// Threads that hash; 0 means one a core.
    pub hashing_threads: usize,
    /// Which passwords may be chosen; empty for the policy that ships.
    pub policy: PathBuf,
}

impl Passwords {
    /// Which passwords may be chosen, with the lists that they are compared with.
    pub fn policy(&self) -> Result<PasswordPolicy, Problems> {
        load(&self.policy)
    }
}

/// What holds where no file is named.
const SHIPPED: &str = include_str!("../../config/passwords.toml");
/// The well-known passwords that ship.
const COMMON: &str = include_str!("../../config/passwords/common.txt");
/// Longest list of well-known passwords.
const LIST_BYTES_MAX: u64 = 1024 * 1024;
/// The least and the greatest value of each number of a profile.
const RANGES: [(&str, i64, i64); 7] = [
    // Below eight no rule helps.
    ("length_min", 8, 64),
    ("length_min_second_factor", 8, 64),
    // Passphrases, and what managers make.
    ("length_max", 64, 1_024),
    ("days", 30, 730),
    ("rest_days_before", 0, 30),
    ("rest_days_after", 0, 30),
    ("reminders", 1, 60),
];

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Named,
    common: String,
    breached_folder: String,
    ncsc: Rules,
    pag: Rules,
}

/// Which profile holds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Ncsc,
    Pag,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    length_min: u16,
    length_min_second_factor: u16,
    length_max: u16,
    all_four_kinds: bool,
    expiry: Option<Ends>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    days: u16,
    reminders: Vec<u16>,
    rest_days_before: u16,
    rest_days_after: u16,
}

/// Reads the policy of a file; without one, that which ships.
fn load(file: &Path) -> Result<PasswordPolicy, Problems> {
    if file.as_os_str().is_empty() {
        return parse(Path::new("passwords.toml"), SHIPPED);
    }
    let text = fs::read_to_string(file).map_err(|error| {
        let way_out = "name a file that exists and can be read";
        Problems::from(told(file, None, format!("cannot be read ({error})"), way_out))
    })?;
    parse(file, &text)
}

fn parse(file: &Path, text: &str) -> Result<PasswordPolicy, Problems> {
    let document = Document::parse(file, text)?;
    let values: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
        Problems::from(told(
            file,
            line,
            error.message().to_owned(),
            "write it as in the file that ships",
        ))
    })?;
    Problems::or(out_of_range(&document), ())?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let common = match values.common.as_str() {
        "" => COMMON.to_owned(),
        name => list(&folder.join(name)).map_err(|what| {
            document.problem("common", what, "name a file with one password a line")
        })?,
    };
    let breached = folder.join(&values.breached_folder);
    let has_breached = !values.breached_folder.is_empty();
    if has_breached && !breached.is_dir() {
        let what = format!("{} is no folder", breached.display());
        return Err(document.problem("breached_folder", what, "name it, or leave it empty").into());
    }
    let profile = match values.profile {
        Named::Ncsc => profile("ncsc", &values.ncsc),
        Named::Pag => profile("pag", &values.pag),
    };
    let lines = common.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let breached = has_breached.then(|| Breached::new(&breached));
    Ok(PasswordPolicy::new(profile, Guessable::new(lines), breached))
}

fn profile(name: &str, rules: &Rules) -> Profile {
    let expiry = rules.expiry.as_ref().map(|ends| ExpiryRule {
        days: ends.days,
        reminders: ends.reminders.clone(),
        rest_days_before: ends.rest_days_before,
        rest_days_after: ends.rest_days_after,
    });
    Profile {
        name: name.to_owned(),
        length_min: rules.length_min.into(),
        length_min_second_factor: rules.length_min_second_factor.into(),
        length_max: rules.length_max.into(),
        kinds: if rules.all_four_kinds { Kinds::AllFour } else { Kinds::Any },
        expiry,
    }
}

fn out_of_range(document: &Document) -> Vec<Problem> {
    let mut found = Vec::new();
    for (key, entry) in document.entries() {
        let name = key.rsplit('.').next().unwrap_or(key);
        let Some((_, least, most)) = RANGES.iter().find(|(known, ..)| *known == name) else {
            continue;
        };
        let numbers = match &entry.value {
            toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_integer).collect(),
            value => value.as_integer().into_iter().collect::<Vec<_>>(),
        };
        for number in numbers.iter().filter(|number| !(*least..=*most).contains(number)) {
            let way_out = format!("write a number from {least} to {most}");
            found.push(document.problem(key, format!("{number} is out of range"), way_out));
        }
    }
    found
}

fn list(file: &Path) -> Result<String, String> {
    let shown = file.display();
    match fs::metadata(file) {
        Ok(about) if about.len() > LIST_BYTES_MAX => {
            Err(format!("{shown} is larger than {LIST_BYTES_MAX} bytes"))
        }
        _ => fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read ({error})")),
    }
}

fn told(file: &Path, line: Option<usize>, what: String, way_out: &str) -> Problem {
    Problem { file: file.to_owned(), line, key: String::new(), what, way_out: way_out.to_owned() }
}

#[cfg(test)]
mod tests;

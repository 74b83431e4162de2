//! The folder of email templates: one file for each email that the program sends, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::config::problem::{Problem, Problems};
use crate::mail::template::{KNOWN, Template};

/// What the name of a template's file ends in.
const ENDING: &str = ".txt";
/// Longer files are no emails.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Reads every template of a folder.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Template>, Problems> {
    let mut problems = Vec::new();
    let mut templates = BTreeMap::new();
    let mut left = match names(folder) {
        Ok(names) => names,
        Err(error) => {
            let way_out = "name the folder of the words of emails as email.templates";
            return Err(told(folder, None, format!("cannot be read ({error})"), way_out).into());
        }
    };
    for known in KNOWN {
        let name = format!("{}{ENDING}", known.name);
        left.remove(&name);
        let file = folder.join(name);
        let text = match text(&file) {
            Ok(text) => text,
            Err(what) => {
                problems.push(told(&file, None, what, "write the words of this email"));
                continue;
            }
        };
        match Template::parse(known, &text) {
            Ok(template) => {
                templates.insert(known.name.to_owned(), template);
            }
            Err(faults) => problems
                .extend(faults.into_iter().map(|f| told(&file, Some(f.line), f.what, &f.way_out))),
        }
    }
    for name in left {
        let what = "is no email that this program sends".to_owned();
        problems.push(told(&folder.join(name), None, what, "remove it, or correct its name"));
    }
    Problems::or(problems, templates)
}

/// Names of the files that look like templates.
fn names(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    let names =
        fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| name.ends_with(ENDING)).collect())
}

fn text(file: &Path) -> Result<String, String> {
    match fs::metadata(file) {
        Ok(about) if about.len() > FILE_BYTES_MAX => {
            Err(format!("is larger than {FILE_BYTES_MAX} bytes"))
        }
        _ => fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})")),
    }
}

fn told(file: &Path, line: Option<usize>, what: String, way_out: &str) -> Problem {
    Problem { file: file.to_owned(), line, key: String::new(), what, way_out: way_out.to_owned() }
}

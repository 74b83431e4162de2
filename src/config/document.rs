//! A TOML file as keys with their lines, for messages that say where.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeArray, DeTable, DeValue};
use toml::{Table, Value};

use super::problem::{Problem, Problems};

/// Longer files are not configuration.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A key of the file.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its line, from 1.
    pub(super) line: usize,
    /// What it holds; a section holds a table.
    pub(super) value: Value,
}

/// A TOML file: every section and every key by its path, as in `server.addresses`. The sections of a list are
/// numbered from 1, as in `row.3.outcome`.
#[derive(Debug)]
pub(super) struct Document {
    file: PathBuf,
    entries: BTreeMap<String, Entry>,
}

impl Document {
    /// Reads a file; every error of syntax is a problem.
    pub(super) fn read(file: &Path) -> Result<Self, Problems> {
        let text = match fs::metadata(file) {
            Ok(about) if about.len() > FILE_BYTES_MAX => {
                let what = format!("is larger than {FILE_BYTES_MAX} bytes");
                return Err(whole(file, what, "name the right file").into());
            }
            _ => fs::read_to_string(file),
        };
        let text = text.map_err(|error| {
            let way_out = "name a file that exists and can be read, in UTF-8";
            Problems::from(whole(file, format!("cannot be read ({error})"), way_out))
        })?;
        Self::parse(file, &text)
    }

    /// Takes the text of a file apart.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        let (tree, errors) = DeTable::parse_recoverable(text);
        let found = errors.iter().map(|error| syntax(file, text, error)).collect();
        Problems::or(found, ())?;
        let values: Table =
            toml::from_str(text).map_err(|error| Problems::from(syntax(file, text, &error)))?;
        let mut document = Self { file: file.to_owned(), entries: BTreeMap::new() };
        document.add("", tree.get_ref(), &values, text);
        Ok(document)
    }

    fn add(&mut self, section: &str, tree: &DeTable<'_>, values: &Table, text: &str) {
        for (key, node) in tree {
            let Some(value) = values.get(key.get_ref().as_ref()) else { continue };
            let path = path(section, key.get_ref());
            match (node.get_ref(), value) {
                (DeValue::Table(tree), Value::Table(values)) => self.add(&path, tree, values, text),
                (DeValue::Array(nodes), Value::Array(values)) => {
                    self.add_list(&path, nodes, values, text);
                }
                _ => (),
            }
            let line = line_at(text, key.span().start);
            self.entries.insert(path, Entry { line, value: value.clone() });
        }
    }

    /// The sections of a list; other items are known by the list alone.
    fn add_list(&mut self, list: &str, nodes: &DeArray<'_>, values: &[Value], text: &str) {
        for (number, (node, value)) in (1..).zip(nodes.iter().zip(values)) {
            if let (DeValue::Table(tree), Value::Table(values)) = (node.get_ref(), value) {
                let path = format!("{list}.{number}");
                self.add(&path, tree, values, text);
                let line = line_at(text, node.span().start);
                self.entries.insert(path, Entry { line, value: value.clone() });
            }
        }
    }

    /// Every section and key, sections before what is in them.
    pub(super) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// A problem with a key; without a line when the key is not in the file.
    pub(super) fn problem(
        &self,
        key: &str,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Problem {
        Problem {
            file: self.file.clone(),
            line: self.entries.get(key).map(|entry| entry.line),
            key: key.to_owned(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }
}

/// What a value is, as messages name it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a decimal number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

/// The path of a key; quoted when it could be taken for more than one key.
pub(super) fn path(section: &str, key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let key =
        if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { format!("{key:?}") };
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

fn syntax(file: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let mut problem = whole(file, error.message(), "correct this line (https://toml.io/en/v1.1.0)");
    problem.line = error.span().map(|span| line_at(text, span.start));
    problem
}

fn whole(file: &Path, what: impl Into<String>, way_out: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        line: None,
        key: String::new(),
        what: what.into(),
        way_out: way_out.to_owned(),
    }
}

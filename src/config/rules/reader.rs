//! Reads keys of a table by what they must hold, and notes everything that does not.

use std::str::FromStr;

use toml::Value;

use super::read::{LISTS, OTHERWISE, OTHERWISE_KEYS};
use crate::config::document::{Document, kind};
use crate::config::problem::Problem;
use crate::config::unknown::unknown_keys;
use crate::domain::rules::{Condition, Id, Test};

/// A file and what is wrong with it so far.
pub(in crate::config) struct Reader<'d> {
    document: &'d Document,
    found: Vec<Problem>,
}

impl<'d> Reader<'d> {
    /// Nothing is wrong yet.
    pub(in crate::config) fn new(document: &'d Document) -> Self {
        Self { document, found: Vec::new() }
    }

    /// Everything that was wrong.
    pub(in crate::config) fn into_found(self) -> Vec<Problem> {
        self.found
    }

    /// Notes a problem with a key.
    pub(super) fn refuse(
        &mut self,
        key: &str,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) {
        self.found.push(self.document.problem(key, what, way_out));
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'d Value> {
        self.document.entries().get(key).map(|entry| &entry.value)
    }

    /// How many sections a list has.
    fn count(&self, list: &str) -> usize {
        self.get(list).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Refuses keys that nobody reads, and lists that are none.
    pub(super) fn keys(&mut self) {
        let mut known = vec!["version".to_owned()];
        known.extend(OTHERWISE_KEYS.map(|key| format!("{OTHERWISE}.{key}")));
        for (list, keys) in LISTS {
            for number in 1..=self.count(list).max(1) {
                known.extend(keys.iter().map(|key| format!("{list}.{number}.{key}")));
            }
            let wrong = |value: &&Value| {
                let items = value.as_array();
                items.is_none_or(|items| !items.iter().all(Value::is_table))
            };
            if self.get(list).as_ref().is_some_and(wrong) {
                let way_out = format!("begin each of them with [[{list}]]");
                self.refuse(list, "is not a list of sections", way_out);
                // What is in it is not looked at.
                known.push(list.to_owned());
            }
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.found.extend(unknown_keys(self.document, &known));
    }

    /// Every section of a list that reads.
    pub(super) fn list<T>(&mut self, list: &str, read: fn(&mut Self, &str) -> Option<T>) -> Vec<T> {
        let sections = (1..=self.count(list)).map(|number| format!("{list}.{number}"));
        let sections = sections.filter(|section| self.get(section).is_some_and(Value::is_table));
        let sections: Vec<String> = sections.collect();
        sections.iter().filter_map(|section| read(self, section)).collect()
    }

    /// The value of a key that must be there.
    pub(super) fn needed(&mut self, section: &str, key: &str, way_out: &str) -> Option<&'d Value> {
        let path = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        let value = self.get(&path);
        if value.is_none() {
            let mut problem = self.document.problem(&path, "is missing", way_out);
            problem.line = self.document.entries().get(section).map(|entry| entry.line);
            self.found.push(problem);
        }
        value
    }

    /// Text that must be there and mean something.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        section: &str,
        key: &str,
        way_out: &str,
    ) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let value = self.needed(section, key, way_out)?;
        let path = format!("{section}.{key}");
        let Some(text) = value.as_str() else {
            self.refuse(&path, format!("is {}, not text", kind(value)), way_out);
            return None;
        };
        text.parse().map_err(|error: T::Err| self.refuse(&path, error.to_string(), way_out)).ok()
    }

    /// One of a few words that must be there.
    pub(super) fn word<T: Copy>(
        &mut self,
        section: &str,
        key: &str,
        all: &[(&str, T)],
    ) -> Option<T> {
        let words: Vec<String> = all.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let way_out = format!("write {}", words.join(" or "));
        let value = self.needed(section, key, &way_out)?;
        let known = all.iter().find(|(word, _)| value.as_str() == Some(word));
        if known.is_none() {
            self.refuse(&format!("{section}.{key}"), format!("{value} is not known"), way_out);
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// Names: one, or a list; none when the key is not there.
    pub(super) fn names(&mut self, path: &str) -> Vec<Id> {
        let items = match self.get(path) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        if items.is_empty() {
            self.refuse(path, "is an empty list", "name at least one, or remove the key");
        }
        items.iter().filter_map(|item| self.name(path, item)).collect()
    }

    fn name(&mut self, path: &str, item: &Value) -> Option<Id> {
        let way_out = "write names in quotation marks, as in \"takes_paper_1\"";
        let Some(text) = item.as_str() else {
            self.refuse(path, format!("has {} where a name is wanted", kind(item)), way_out);
            return None;
        };
        text.parse().map_err(|error| self.refuse(path, format!("{text:?}: {error}"), way_out)).ok()
    }

    /// A condition: `{ … }` or a list of them; always true when the key is not there.
    pub(in crate::config) fn condition(&mut self, path: &str) -> Condition {
        match self.get(path) {
            None => Condition::always(),
            Some(Value::Table(_)) => Condition::any_of(vec![self.line(path)]),
            Some(Value::Array(lines)) if !lines.is_empty() && lines.iter().all(Value::is_table) => {
                let lines = (1..=lines.len()).map(|number| self.line(&format!("{path}.{number}")));
                Condition::any_of(lines.collect())
            }
            Some(other) => {
                let way_out = "write { question = \"yes\" }, or a list of such lines";
                self.refuse(path, format!("is {}, not a condition", kind(other)), way_out);
                Condition::always()
            }
        }
    }

    /// The tests of one line of a condition.
    fn line(&mut self, path: &str) -> Vec<Test> {
        let keys = self.get(path).and_then(Value::as_table).into_iter().flatten();
        let keys: Vec<&String> = keys.map(|(key, _)| key).collect();
        if keys.is_empty() {
            self.refuse(path, "tests nothing", "write { question = \"yes\" }");
        }
        let mut tests = Vec::new();
        for key in keys {
            match key.parse() {
                Ok(id) => tests.push(Test { id, words: self.names(&format!("{path}.{key}")) }),
                Err(error) => self.refuse(path, format!("{key:?}: {error}"), "correct the name"),
            }
        }
        tests
    }
}

//! One section of a list, read key by key: whatever does not fit is a problem at its line.

use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use toml::Value;

use super::document::{Document, kind};
use super::problem::Problem;
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::announced::Readers;

/// Keys that say for whom something is.
pub(super) const READERS: [&str; 2] = ["for", "permission"];

/// A section, with what was found wrong in it.
#[derive(Debug)]
pub(super) struct Section<'d> {
    document: &'d Document,
    path: String,
    /// What is wrong.
    pub(super) found: Vec<Problem>,
}

impl<'d> Section<'d> {
    /// The sections of a list, numbered from 1; a list that is none is a problem.
    fn all(document: &'d Document, list: &str) -> Result<Vec<Self>, Problem> {
        let items = match document.entries().get(list).map(|entry| &entry.value) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) if items.iter().all(Value::is_table) => items.len(),
            Some(other) => {
                let what = format!("is {}, not a list of sections", kind(other));
                return Err(document.problem(list, what, format!("write [[{list}]] above each")));
            }
        };
        Ok((1..=items).map(|number| Self::new(document, format!("{list}.{number}"))).collect())
    }

    /// What can be read of the sections of a list; what is wrong in them is added.
    pub(super) fn read_all<T>(
        document: &'d Document,
        list: &str,
        found: &mut Vec<Problem>,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Vec<T> {
        let sections = Self::all(document, list).unwrap_or_else(|problem| {
            found.push(problem);
            Vec::new()
        });
        let mut values = Vec::new();
        for mut section in sections {
            values.extend(read(&mut section));
            found.extend(section.found);
        }
        values
    }

    /// A section by its path, if it is there.
    pub(super) fn one(document: &'d Document, path: &str) -> Option<Self> {
        document.entries().contains_key(path).then(|| Self::new(document, path.to_owned()))
    }

    fn new(document: &'d Document, path: String) -> Self {
        Self { document, path, found: Vec::new() }
    }

    /// The path of a key.
    pub(super) fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// Something is wrong with a key.
    pub(super) fn refuse(&mut self, key: &str, what: impl Into<String>, way_out: &str) {
        // A key that is not there has no line: that of its section is near enough.
        let path = self.key(key);
        let mut problem = self.document.problem(&path, what, way_out);
        problem.line = problem.line.or_else(|| self.document.problem(&self.path, "", "").line);
        self.found.push(problem);
    }

    /// Refuses keys that are none of these.
    pub(super) fn only(&mut self, known: &[&str]) {
        let prefix = format!("{}.", self.path);
        let keys = self.document.entries().keys().filter_map(|key| key.strip_prefix(&prefix));
        // What is within a known section is looked at where that is read.
        let is_strange = |key: &&str| !key.split('.').next().is_some_and(|of| known.contains(&of));
        let strange: Vec<&str> = keys.filter(is_strange).collect();
        for key in strange {
            self.refuse(
                key,
                "unknown key",
                &format!("remove it, or write one of {}", known.join(", ")),
            );
        }
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    fn value(&self, key: &str) -> Option<&'d Value> {
        self.document.entries().get(&self.key(key)).map(|entry| &entry.value)
    }

    /// A text of one to so many characters, in one line.
    pub(super) fn text(&mut self, key: &str, chars_max: usize) -> Option<String> {
        let way_out = format!("write a text of 1 to {chars_max} characters in one line");
        let what = match self.value(key) {
            None => "is missing".to_owned(),
            Some(Value::String(text)) => {
                let fits = (1..=chars_max).contains(&text.trim().chars().count());
                if fits && !text.contains(char::is_control) {
                    return Some(text.trim().to_owned());
                }
                "is empty, too long, or has more than one line".to_owned()
            }
            Some(other) => format!("is {}, not text", kind(other)),
        };
        self.refuse(key, what, &way_out);
        None
    }

    /// A text that may be left out, and is empty then.
    pub(super) fn text_or_none(&mut self, key: &str, chars_max: usize) -> Option<String> {
        if self.has(key) { self.text(key, chars_max) } else { Some(String::new()) }
    }

    /// A list of texts; an empty one when the key is not there.
    pub(super) fn texts(&mut self, key: &str, chars_max: usize) -> Option<Vec<String>> {
        let items = match self.value(key) {
            None => return Some(Vec::new()),
            Some(Value::Array(items)) => items.as_slice(),
            // No text, so it is refused below.
            Some(other) => std::slice::from_ref(other),
        };
        let fits = |text: &&str| (1..=chars_max).contains(&text.chars().count());
        let read = |item: &Value| item.as_str().filter(fits).map(str::to_owned);
        let texts: Option<Vec<String>> = items.iter().map(read).collect();
        if texts.is_none() {
            let way_out = format!("write a list of texts of 1 to {chars_max} characters");
            self.refuse(key, "is no list of texts, or one of them is too long", &way_out);
        }
        texts
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, key: &str, all: &[(&str, T)]) -> Option<T> {
        let written = self.value(key).and_then(Value::as_str);
        let known = all.iter().find(|(word, _)| written == Some(word));
        if known.is_none() {
            let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
            self.refuse(
                key,
                "is missing or not known",
                &format!("write one of {}", words.join(", ")),
            );
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// A text that means something.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let written = self.value(key).and_then(Value::as_str).unwrap_or_default();
        let read = written.parse::<T>();
        read.map_err(|error| self.refuse(key, error.to_string(), "write it so")).ok()
    }

    /// Whether something is so; not, when the key is not there.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.value(key) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(other) => {
                let what = format!("is {}, not true or false", kind(other));
                self.refuse(key, what, "write true or false, without quotation marks");
                false
            }
        }
    }

    /// A number, or another one when the key is not there.
    pub(super) fn number<T: TryFrom<i64>>(&mut self, key: &str, otherwise: T) -> Option<T> {
        let Some(value) = self.value(key) else { return Some(otherwise) };
        let number = value.as_integer().and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.refuse(key, "is no whole number that fits", "write a number like 20");
        }
        number
    }

    /// Where a link leads: a site with encryption, or a page of ours.
    pub(super) fn href(&mut self, key: &str, chars_max: usize) -> Option<String> {
        let href = self.text(key, chars_max)?;
        if is_address(&href) {
            return Some(href);
        }
        let way_out =
            "write https:// and the address, or a path of this service that begins with /";
        self.refuse(key, "is not an address that may be linked", way_out);
        None
    }

    /// For whom it is.
    pub(super) fn readers(&mut self) -> Option<Readers> {
        let kinds = self.kinds();
        let permission = match self.value("permission") {
            None => Some(None),
            Some(value) => {
                let known = value.as_str().and_then(|word| word.parse::<Permission>().ok());
                if known.is_none() {
                    let way_out = "write one as config/permissions.toml names them, or remove it";
                    self.refuse("permission", "is no permission", way_out);
                }
                known.map(Some)
            }
        };
        Some(Readers { kinds: kinds?, permission: permission? })
    }

    fn kinds(&mut self) -> Option<Vec<OrganisationKind>> {
        let words = self.value("for").and_then(Value::as_array).filter(|words| !words.is_empty());
        let parse = |word: &Value| word.as_str()?.parse::<OrganisationKind>().ok();
        let kinds: Option<Vec<_>> = words.and_then(|words| words.iter().map(parse).collect());
        if kinds.is_none() {
            let all: Vec<_> = OrganisationKind::ALL.iter().map(|kind| kind.key()).collect();
            let way_out = format!("list kinds of organisations: {}", all.join(", "));
            self.refuse("for", "is missing, or names no kind of organisation", &way_out);
        }
        kinds
    }

    /// A day.
    pub(super) fn day(&mut self, key: &str) -> Option<Date> {
        let written = self.value(key).map(ToString::to_string);
        let day = written.and_then(|text| text.parse::<Date>().ok());
        if day.is_none() {
            self.refuse(key, "is missing, or is no day", "write it like 2024-01-08");
        }
        day
    }

    /// Whether a key holds the name of another key.
    pub(super) fn is_name(&self, key: &str) -> bool {
        self.value(key).is_some_and(Value::is_str)
    }

    /// A day, or a day and a time in London, or the name of a key that holds one. A named key that cannot be read is
    /// told at its own line, and not here again.
    pub(super) fn civil(
        &mut self,
        key: &str,
        named: impl Fn(&str) -> Option<Option<DateTime>>,
    ) -> Option<DateTime> {
        let found = match self.value(key) {
            Some(Value::String(name)) => named(name),
            Some(Value::Datetime(w)) if w.offset.is_none() && w.date.is_some() => {
                w.to_string().parse().ok().map(Some)
            }
            _ => None,
        };
        if found.is_none() {
            let way_out = "write it like 2024-02-12T00:00:00, or name a key of this file, as in \"registration.opens\"";
            self.refuse(key, "is no date, and no name of one", way_out);
        }
        found.flatten()
    }
}

/// Whether an address is of a site with encryption, or of a page of ours.
fn is_address(href: &str) -> bool {
    let is_ours = href.starts_with('/') && !href.starts_with("//");
    let is_site = href
        .strip_prefix("https://")
        .is_some_and(|rest| rest.split('/').next().is_some_and(|host| host.contains('.')));
    (is_ours || is_site) && href.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

//! Lines of answers: one JSON object a line, read one at a time, with a bound on what a line may be.

use std::fmt;
use std::io::{self, BufRead, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::domain::rules::{Given, Sheet};

/// Longest line, in bytes. A form has about ten answers of a few letters each.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// A line that holds no answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Too long to be one.
    #[error("is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// Not text.
    #[error("is not in UTF-8")]
    NotText,
    /// Not JSON.
    #[error("is not JSON: {what} (column {column})")]
    NotJson {
        /// What the reader of JSON says.
        what: String,
        /// Where, from 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("is {0}; write an object of answers, as in {{\"reading\":\"yes\"}}")]
    NotAnObject(&'static str),
    /// Two answers to one question.
    #[error("is answered twice; leave one out")]
    Twice {
        /// The question.
        field: String,
    },
}

impl BadLine {
    /// The question that it is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Twice { field } => Some(field),
            Self::TooLong | Self::NotText | Self::NotJson { .. } | Self::NotAnObject(_) => None,
        }
    }
}

/// Reads lines of answers. Lines of white space count, and are passed over.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Nothing is read yet.
    pub fn new(from: R) -> Self {
        Self { from, line: Vec::new(), number: 0 }
    }

    /// The next line with something in it, and its number from 1; none at the end.
    pub fn next_sheet(&mut self) -> io::Result<Option<(u64, Result<Sheet, BadLine>)>> {
        loop {
            self.line.clear();
            let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
            if (&mut self.from).take(limit).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            } else if self.line.len() > LINE_BYTES_MAX {
                self.from.skip_until(b'\n')?;
                return Ok(Some((self.number, Err(BadLine::TooLong))));
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((self.number, sheet(&self.line))));
            }
        }
    }
}

/// The answers of a line.
fn sheet(line: &[u8]) -> Result<Sheet, BadLine> {
    let text = str::from_utf8(line).map_err(|_| BadLine::NotText)?;
    let Pairs(pairs) = match serde_json::from_str(text) {
        Ok(pairs) => pairs,
        Err(error) if error.is_data() => return Err(no_object(text)),
        Err(error) => return Err(no_json(&error)),
    };
    let mut sheet = Sheet::new();
    for (field, value) in pairs {
        let given = match value {
            Value::String(text) => Given::Text(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Given::Other(kind(&value)),
        };
        if sheet.insert(field.clone(), given).is_some() {
            return Err(BadLine::Twice { field });
        }
    }
    Ok(sheet)
}

/// Why text that reads as something else is no object.
fn no_object(text: &str) -> BadLine {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => BadLine::NotAnObject(kind(&value)),
        Err(error) => no_json(&error),
    }
}

fn no_json(error: &serde_json::Error) -> BadLine {
    // The place is told apart, and its line would always be 1.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = error.to_string();
    let what = what.strip_suffix(&place).unwrap_or(&what).to_owned();
    BadLine::NotJson { what, column: error.column() }
}

/// What a value is, as messages name it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The fields of an object in their order; what is there twice is twice in it.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of answers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(u64, Result<Sheet, BadLine>)> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_sheet().unwrap()).collect()
    }

    #[track_caller]
    fn refused(text: &[u8], expected: &str) {
        let read = read(text);
        let [(1, Err(bad))] = &read[..] else { panic!("{read:?}") };
        assert_eq!(bad.to_string(), expected);
    }

    #[test]
    fn an_object_a_line_and_blank_lines_count() {
        let read = read(b"{\"a\":\"yes\"}\n\n \t\r\n{}\r\n{\"b\":1,\"c\":null}");
        let numbers: Vec<u64> = read.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 4, 5]);
        assert_eq!(read[0].1.as_ref().unwrap()["a"], Given::Text("yes".to_owned()));
        assert_eq!(read[1].1, Ok(Sheet::new()));
        let last = read[2].1.as_ref().unwrap();
        assert_eq!((&last["b"], &last["c"]), (&Given::Other("a number"), &Given::Other("null")));
    }

    #[test]
    fn what_is_no_object_is_told() {
        refused(b"[{}]", "is a list; write an object of answers, as in {\"reading\":\"yes\"}");
        refused(b"3", "is a number; write an object of answers, as in {\"reading\":\"yes\"}");
        refused(b"{\"a\":\"yes\"", "is not JSON: EOF while parsing an object (column 10)");
        refused(b"{} {}", "is not JSON: trailing characters (column 4)");
        refused(b"[] x", "is not JSON: trailing characters (column 4)");
        refused(b"{\"a\":\"\xff\"}", "is not in UTF-8");
        refused(b"{\"a\":\"yes\",\"a\":\"no\"}", "is answered twice; leave one out");
    }

    #[test]
    fn a_line_that_is_too_long_does_not_take_the_next_with_it() {
        let mut text = vec![b' '; LINE_BYTES_MAX - 2];
        text.extend(b"{}\n ");
        text.extend(vec![b' '; LINE_BYTES_MAX - 2]);
        text.extend(b"{}\n{}\n");
        let read = read(&text);
        assert_eq!(read[0], (1, Ok(Sheet::new())));
        assert_eq!(read[1], (2, Err(BadLine::TooLong)));
        assert_eq!(read[2], (3, Ok(Sheet::new())));
        refused(&vec![b'{'; LINE_BYTES_MAX + 1], "is longer than 65536 bytes");
    }
}

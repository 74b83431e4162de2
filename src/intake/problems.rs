//! What is wrong with data from outside: each problem with its file, line and value, all together.

use std::fmt;

use serde::Serialize;

use crate::domain::ids::Laestab;

/// Problems kept of one delivery; the rest are counted only.
pub const PROBLEMS_MAX: usize = 10_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The whole delivery is refused.
    Fatal,
    /// Its school is refused.
    Error,
    /// Nothing is refused.
    Warning,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// File within the delivery.
    pub file: String,
    /// Line, from 1; 0 when it is about the whole file.
    pub line: u64,
    /// The school that it is about.
    #[serde(serialize_with = "as_number")]
    pub laestab: Option<Laestab>,
    /// Column.
    pub field: String,
    /// What stood there.
    pub value: String,
    /// What is wrong and what was expected.
    pub problem: String,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn as_number<S: serde::Serializer>(laestab: &Option<Laestab>, to: S) -> Result<S::Ok, S::Error> {
    match laestab {
        Some(school) => to.serialize_some(&school.to_string()),
        None => to.serialize_none(),
    }
}

impl Problem {
    /// About a whole file.
    pub fn of_file(severity: Severity, file: &str, problem: impl Into<String>) -> Self {
        Self {
            severity,
            file: file.to_owned(),
            line: 0,
            laestab: None,
            field: String::new(),
            value: String::new(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Fatal | Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(school) = self.laestab {
            write!(f, ": school {school}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {} \"{}\"", self.field, self.value)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Problems of one delivery, bounded.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    dropped: usize,
    errors: usize,
    fatal: bool,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, problem: Problem) {
        self.fatal |= problem.severity == Severity::Fatal;
        self.errors += usize::from(problem.severity != Severity::Warning);
        if self.list.len() < PROBLEMS_MAX {
            self.list.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// The problems kept, in the order found.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many were counted only.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether the whole delivery is refused.
    pub fn fatal(&self) -> bool {
        self.fatal
    }

    /// How many refuse something.
    pub fn errors(&self) -> usize {
        self.errors
    }
}

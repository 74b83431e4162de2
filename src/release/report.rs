//! What a build says at its end: counts, missing scripts, problems.

use serde::Serialize;

use crate::intake::problems::{Problem, Problems};

/// A script that is being traced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingScript {
    /// DfE number of the school.
    pub laestab: String,
    /// The pupil.
    pub upn: String,
    /// The paper.
    pub paper: &'static str,
}

/// The report of a build, as `release build --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Release name.
    pub release: String,
    /// Schools that were packed.
    pub schools: u64,
    /// Pupils in their files.
    pub pupils: u64,
    /// Scripts in their bundles.
    pub scripts: u64,
    /// Scripts that are being traced.
    pub missing_scripts: Vec<MissingScript>,
    /// Schools that were refused.
    pub refused: Vec<String>,
    /// Every problem, errors first by file and line.
    pub problems: Vec<Problem>,
    /// Problems beyond the number that is listed.
    pub problems_not_listed: usize,
}

impl Report {
    /// A report of problems only: nothing was built.
    pub fn nothing_built(release: String, problems: &Problems) -> Self {
        Self {
            release,
            schools: 0,
            pupils: 0,
            scripts: 0,
            missing_scripts: Vec::new(),
            refused: Vec::new(),
            problems: sorted(problems),
            problems_not_listed: problems.dropped(),
        }
    }
}

/// Errors first, then by file and line.
pub(super) fn sorted(problems: &Problems) -> Vec<Problem> {
    let mut list = problems.list().to_vec();
    list.sort_by(|a, b| {
        (a.severity as u8, &a.file, a.line, a.laestab, &a.value, &a.problem).cmp(&(
            b.severity as u8,
            &b.file,
            b.line,
            b.laestab,
            &b.value,
            &b.problem,
        ))
    });
    list
}

//! Scanned scripts.

use std::path::Path;

use super::outcomes::Outcomes;
use super::output::SampleError;
use super::roll::Person;

/// Draws and writes scripts.
#[derive(Debug)]
pub(super) struct Scanner;

/// What was written for a school.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) scripts: u64,
    pub(super) bytes: u64,
    pub(super) sums_digest: String,
}

impl Scanner {
    pub(super) fn write_school(
        &self,
        _root: &Path,
        _laestab: u32,
        _place: usize,
        _roll: &[Person],
        _outcomes: &[Outcomes],
    ) -> Result<Written, SampleError> {
        Ok(Written { scripts: 0, bytes: 0, sums_digest: String::new() })
    }
}

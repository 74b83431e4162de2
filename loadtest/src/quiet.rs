//! Keeps goose from talking: its log repeats every failed request, which is counted anyway, and it prints
//! to standard output, which belongs to the report.

use std::fs::File;
use std::io::Write;

use log::{Log, Metadata, Record};

use crate::error::Error;

/// A log that nobody reads.
struct Silence;

impl Log for Silence {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &Record<'_>) {}

    fn flush(&self) {}
}

/// The real standard output, while everything else that is printed goes to standard error.
#[derive(Debug)]
pub(crate) struct Output(File);

impl Output {
    /// Takes standard output away from everybody else, until the program ends.
    pub(crate) fn take() -> Result<Self, Error> {
        let failed = |error: rustix::io::Errno| Error::Failed(format!("standard output: {error}"));
        let own = rustix::io::dup(std::io::stdout()).map_err(failed)?;
        rustix::stdio::dup2_stdout(std::io::stderr()).map_err(failed)?;
        // Goose takes a log that is there already for its own.
        let _ = log::set_logger(&Silence);
        Ok(Self(own.into()))
    }

    /// Prints data. A reader that has gone away wants no more of it.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes());
    }
}

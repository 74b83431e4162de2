//! Logs as JSON lines: to stderr, or to a file where a person reads the terminal.

use std::fs::File;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// Where log lines go.
#[derive(Debug)]
pub enum LogTo {
    /// Standard error, as a service does.
    Stderr,
    /// A file, beside a person's terminal.
    File(File),
}

/// Begins logging; the variable `DAYBREAK_LOG` names levels, `info` without it.
pub fn begin(to: LogTo, default_level: &str) {
    let filter = EnvFilter::try_from_env("DAYBREAK_LOG").unwrap_or_else(|_| default_level.into());
    let builder = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter);
    let begun = match to {
        LogTo::Stderr => builder.with_writer(std::io::stderr).try_init(),
        LogTo::File(file) => builder.with_writer(Mutex::new(file)).try_init(),
    };
    // A second beginning in one process keeps the first.
    let _first_stays = begun;
}

//! Logs as JSON lines: to stderr, or to a file where a person reads the terminal.
//!
//! Whoever logs only fills a buffer in memory; a thread of its own writes. A warning or an error is
//! written at once, with everything before it.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes that wait for a slow reader of the log; beyond, lines are lost and counted.
const BUFFER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long lines are gathered for one write.
const GROUP_PAUSE: Duration = Duration::from_millis(50);

/// Where log lines go.
#[derive(Debug)]
pub enum LogTo {
    /// Standard error, as a service does.
    Stderr,
    /// A file, beside a person's terminal.
    File(File),
}

/// The one log of the process.
static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    to: Mutex<LogTo>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    lost: u64,
}

/// Begins logging; the variable `DAYBREAK_LOG` names levels, `info` without it. A second beginning in
/// one process keeps the first.
pub fn begin(to: LogTo, default_level: &str) {
    let log = Log { waiting: Mutex::default(), filled: Condvar::new(), to: Mutex::new(to) };
    if LOG.set(log).is_err() {
        return;
    }
    let filter = EnvFilter::try_from_env("DAYBREAK_LOG").unwrap_or_else(|_| default_level.into());
    let builder = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter);
    let _first_stays = builder.with_writer(Lines).try_init();
    let writing = std::thread::Builder::new().name("log".to_owned()).spawn(|| {
        while let Some(log) = LOG.get() {
            log.wait();
            std::thread::sleep(GROUP_PAUSE);
            log.write_out();
        }
    });
    if let Err(error) = writing {
        tracing::error!(%error, "the log has no thread of its own");
    }
}

/// Adds whole lines to the log; before [`begin`] they go nowhere.
pub fn line(text: &[u8]) {
    if let Some(log) = LOG.get() {
        log.add(text);
    }
}

/// Writes what waits: the last thing that a process does.
pub fn flush() {
    if let Some(log) = LOG.get() {
        log.write_out();
    }
}

impl Log {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, text: &[u8]) {
        let mut waiting = self.waiting();
        if waiting.lines.len() + text.len() > BUFFER_BYTES_MAX {
            waiting.lost += 1;
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(text);
        drop(waiting);
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn wait(&self) {
        let mut waiting = self.waiting();
        while waiting.lines.is_empty() {
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write_out(&self) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { mut lines, lost } = std::mem::take(&mut *self.waiting());
        if lost > 0 {
            let _in_memory = writeln!(
                lines,
                r#"{{"level":"ERROR","message":"log lines were lost","lost":{lost}}}"#
            );
        }
        // Nobody can be told of a log that cannot be written.
        let _unwritable = match &mut *to {
            LogTo::Stderr => io::stderr().write_all(&lines),
            LogTo::File(file) => file.write_all(&lines),
        };
    }
}

/// Gives `tracing` a writer for each line.
struct Lines;

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { urgent: false }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Line {
        Line { urgent: *meta.level() <= Level::WARN }
    }
}

/// One line on its way into the buffer; `tracing` writes it as a whole.
struct Line {
    urgent: bool,
}

impl Write for Line {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        line(text);
        if self.urgent {
            flush();
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

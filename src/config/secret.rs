//! Secrets come from files that not everybody may read.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::telemetry::Hidden;

/// Longer files are not passwords.
const SECRET_BYTES_MAX: u64 = 1024;
/// Rights of those who are neither owner nor in the group: read and write.
const OTHERS: u32 = 0o006;

/// Why a file cannot be used, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusable {
    pub(super) what: String,
    pub(super) way_out: String,
}

/// The one line of a password file, without the white space around it.
pub(super) fn read(path: &Path) -> Result<Hidden<String>, Unusable> {
    private(path)?;
    let shown = path.display();
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text));
    read.map_err(|error| unreadable(path, &error))?;
    let one_line = format!("write the password into {shown}, as its only line");
    let refused =
        |what: &str| Unusable { what: format!("{shown} {what}"), way_out: one_line.clone() };
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(refused(&format!("is longer than {SECRET_BYTES_MAX} bytes")));
    }
    let password = text.trim();
    if password.is_empty() {
        return Err(refused("is empty"));
    }
    if password.contains(['\n', '\r', '\0']) {
        return Err(refused("has more than one line"));
    }
    Ok(Hidden::new(password.to_owned()))
}

/// Checks that a file is there, is a file, and is closed to all but its owner and group.
pub(super) fn private(path: &Path) -> Result<(), Unusable> {
    let mode = present(path)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        let shown = path.display();
        let what = format!("{shown} is open to every user of this machine (mode {mode:03o})");
        return Err(Unusable { what, way_out: format!("run: chmod o= {shown}") });
    }
    Ok(())
}

/// Checks that a file is there, is a file, and can be read.
pub(super) fn present(path: &Path) -> Result<fs::Metadata, Unusable> {
    let opened = File::open(path).and_then(|file| file.metadata());
    let about = opened.map_err(|error| unreadable(path, &error))?;
    if about.is_file() {
        return Ok(about);
    }
    let what = format!("{} is not a file", path.display());
    Err(Unusable { what, way_out: "name a file".to_owned() })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Unusable {
    let way_out = match error.kind() {
        std::io::ErrorKind::NotFound => "put it there, or name the right file",
        std::io::ErrorKind::InvalidData => "write it in UTF-8",
        _ => "let the user that runs daybreak read it",
    };
    let what = format!("{} cannot be read ({error})", path.display());
    Unusable { what, way_out: way_out.to_owned() }
}

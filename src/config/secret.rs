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
pub struct Unusable {
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub way_out: String,
}

/// The one line of a password file, without the white space around it.
pub fn read(path: &Path) -> Result<Hidden<String>, Unusable> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What reading a file with this content and these rights says, without the path.
    fn outcome(content: &[u8], mode: u32) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let shown = path.display().to_string();
        let told = |unusable: Unusable| {
            format!("{}; {}", unusable.what, unusable.way_out).replace(&shown, "FILE")
        };
        read(&path).map(|password| password.expose().clone()).map_err(told)
    }

    #[test]
    fn white_space_around_a_password_is_not_part_of_it() {
        assert_eq!(outcome(b" correct horse \r\n\n", 0o600).unwrap(), "correct horse");
        assert_eq!(outcome("p\u{e4}ss".as_bytes(), 0o440).unwrap(), "p\u{e4}ss");
    }

    #[test]
    fn a_file_that_others_may_read_or_write_is_refused() {
        for mode in [0o644, 0o602, 0o666, 0o604] {
            let expected = format!(
                "FILE is open to every user of this machine (mode {mode:03o}); run: chmod o= FILE"
            );
            assert_eq!(outcome(b"secret", mode).unwrap_err(), expected);
        }
    }

    #[test]
    fn what_is_no_password_is_refused() {
        let write = "write the password into FILE, as its only line";
        let long = [b'x'; 1025];
        for (content, what) in [
            (&b" \n"[..], "FILE is empty"),
            (b"one\ntwo\n", "FILE has more than one line"),
            (&long, "FILE is longer than 1024 bytes"),
        ] {
            assert_eq!(outcome(content, 0o600).unwrap_err(), format!("{what}; {write}"));
        }
        assert!(outcome(&long[1..], 0o600).is_ok());
        assert!(outcome(b"\xff", 0o600).unwrap_err().ends_with("; write it in UTF-8"));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(private(folder.path()).unwrap_err().way_out, "name a file");
        let missing = read(&folder.path().join("missing")).unwrap_err();
        assert_eq!(missing.way_out, "put it there, or name the right file");
    }
}

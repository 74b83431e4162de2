//! Passwords that became known, as ranges of SHA-1 digests: one file for each first five hexadecimal digits,
//! with the other 35 and a count in each line, in order.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::domain::hex::hex;

/// Digits that name the file of a range.
const PREFIX_DIGITS: usize = 5;
/// Digits of the rest of a digest.
const SUFFIX_DIGITS: usize = 35;
/// Longest file of a range that is read; those in use have a tenth of it.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Endings that the files of a range have in use.
const ENDINGS: [&str; 2] = ["", ".txt"];

/// A folder of ranges.
#[derive(Clone, Debug)]
pub struct Breached {
    folder: PathBuf,
}

impl Breached {
    /// The ranges in a folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether a password is in its range. A range without a file has none.
    pub fn has(&self, password: &str) -> io::Result<bool> {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let digits = hex(digest.as_ref()).to_uppercase();
        let (prefix, suffix) = digits.split_at(PREFIX_DIGITS);
        let Some(file) = self.file(prefix)? else { return Ok(false) };
        let mut lines = BufReader::new(file.take(FILE_BYTES_MAX)).split(b'\n');
        lines.try_fold(false, |found, line| {
            let line = line?;
            let start = line.get(..SUFFIX_DIGITS);
            let same = start.is_some_and(|start| start.eq_ignore_ascii_case(suffix.as_bytes()));
            // Padding of the public service has a count of zero.
            let counts = line.get(SUFFIX_DIGITS..).is_none_or(|rest| rest.trim_ascii() != b":0");
            Ok(found || (same && counts))
        })
    }

    fn file(&self, prefix: &str) -> io::Result<Option<fs::File>> {
        for ending in ENDINGS {
            match fs::File::open(self.folder.join(format!("{prefix}{ending}"))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => (),
                opened => return opened.map(Some),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_in_the_public_format() {
        let folder = tempfile::tempdir().unwrap();
        // SHA-1 of "correct horse battery staple": ABF7A AD6438836DBE526AA231ABDE2D0EEF74D42.
        let text =
            "0000000000000000000000000000000000A:3\r\nAD6438836DBE526AA231ABDE2D0EEF74D42:118\r\n";
        for (ending, content, expected) in [
            ("", text.to_owned(), true),
            (".txt", text.to_lowercase(), true),
            ("", text.replace(":118", ":0"), false),
            ("", "short\n\n".to_owned(), false),
        ] {
            let file = folder.path().join(format!("ABF7A{ending}"));
            fs::write(&file, content).unwrap();
            let breached = Breached::new(folder.path());
            assert_eq!(breached.has("correct horse battery staple").unwrap(), expected);
            assert!(!breached.has("another").unwrap());
            fs::remove_file(file).unwrap();
        }
    }
}

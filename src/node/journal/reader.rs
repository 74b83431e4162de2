//! Reading journals back, to ship them and to check their chain.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::segment::link;
use super::{HEAD_BYTES, MAGIC, RECORD_BYTES_MAX};

/// Checks a run of records of one journal: each hash over the one before and the record's bytes.
pub fn chain_holds(before: &[u8; 32], text: &[u8], hash: &[u8]) -> bool {
    link(before, text) == hash
}

/// A journal as a file, for shipping.
#[derive(Debug)]
pub struct JournalFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its id.
    pub id: [u8; 16],
    file: File,
}

/// A record read back.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number within the journal, from 1.
    pub seq: u64,
    /// The record's bytes.
    pub text: Vec<u8>,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Where a reader stands in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Byte of the next record.
    offset: u64,
    /// Records before it.
    pub seq: u64,
}

impl Default for Position {
    fn default() -> Self {
        Self { offset: HEAD_BYTES, seq: 0 }
    }
}

impl JournalFile {
    /// Opens a journal; none when the file is not one.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut head = [0; MAGIC.len() + 16];
        file.read_exact_at(&mut head, 0).ok()?;
        let (magic, id) = head.split_at(MAGIC.len());
        (magic == MAGIC).then(|| Self {
            path: path.to_owned(),
            id: id.try_into().expect("sixteen bytes"),
            file,
        })
    }

    /// The next record, none at the end.
    pub fn read(&self, position: &mut Position) -> io::Result<Option<Entry>> {
        let mut length = [0; 4];
        if self.file.read_exact_at(&mut length, position.offset).is_err() {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 || length > RECORD_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; length + 32];
        self.file.read_exact_at(&mut bytes, position.offset + 4)?;
        let hash = bytes.split_off(length).try_into().expect("32 bytes are left");
        position.offset += 36 + length as u64;
        position.seq += 1;
        Ok(Some(Entry { seq: position.seq, text: bytes, hash }))
    }

    /// Removes a journal that was shipped to its end.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }
}

//! A `scripts.zip`, looked at while it is downloaded: nothing but its lists and a few digests is kept.
//!
//! Entries are stored, so each follows its own header, and the archive can be walked from front to back.
//! The central directory at the end must then name the same entries at the same places, and
//! `MANIFEST.csv` must name each with its length and digest.

use std::collections::{BTreeMap, BTreeSet};

use crate::body::{Digest, Hash};
use crate::fault::Fault;

mod directory;
mod manifest;

/// Most bytes of headers, manifest or directory that are kept: 200 pupils take about 150 kB of each.
const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Length of a local header without its name and extra field.
const HEADER_BYTES: usize = 30;
/// The last entry of every archive.
const MANIFEST: &str = "MANIFEST.csv";

/// One file of the archive, as its own header says it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    offset: u64,
    bytes: u32,
    crc: u32,
    /// Made for sampled entries only.
    digest: Option<Digest>,
}

/// What the next bytes belong to.
#[derive(Debug)]
enum Part {
    /// A header, or the directory at the end; collected in `pending`.
    List,
    /// A file that nobody looks into: so many bytes are left.
    Passed(u32),
    /// A file whose digest is made.
    Sampled(u32, Box<Hash>),
    /// The manifest, which is kept.
    Manifest(u32),
}

/// An archive that is being read.
#[derive(Debug)]
pub(crate) struct Archive {
    entries: Vec<Entry>,
    part: Part,
    pending: Vec<u8>,
    manifest: Vec<u8>,
    seen: u64,
    /// Numbers of the entries whose digests are made.
    sampled: Vec<usize>,
}

impl Archive {
    /// An archive of which the entries with these numbers are sampled.
    pub(crate) fn new(sampled: Vec<usize>) -> Self {
        Self {
            entries: Vec::new(),
            part: Part::List,
            pending: Vec::new(),
            manifest: Vec::new(),
            seen: 0,
            sampled,
        }
    }

    /// Takes the next bytes of the download.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let (left, keep) = match &mut self.part {
                Part::List => {
                    bytes = self.list(bytes)?;
                    continue;
                }
                Part::Passed(left) => (left, None),
                Part::Manifest(left) => (left, Some(&mut self.manifest)),
                Part::Sampled(left, hash) => {
                    hash.take(&bytes[..bytes.len().min(*left as usize)]);
                    (left, None)
                }
            };
            let (inside, after) = bytes.split_at(bytes.len().min(*left as usize));
            if let Some(kept) = keep {
                kept.extend_from_slice(inside);
            }
            *left -= u32::try_from(inside.len()).map_err(|_| Fault::Format)?;
            let ended = *left == 0;
            self.seen += inside.len() as u64;
            bytes = after;
            if ended {
                self.end_entry();
            }
        }
        Ok(())
    }

    fn end_entry(&mut self) {
        if let Part::Sampled(_, hash) = std::mem::replace(&mut self.part, Part::List)
            && let Some(entry) = self.entries.last_mut()
        {
            entry.digest = Some(hash.finish());
        }
    }

    /// Collects a header until it is whole; gives back what follows it.
    fn list<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        let want = self.header_length()?;
        let (mine, after) = bytes.split_at(bytes.len().min(want - self.pending.len()));
        self.pending.extend_from_slice(mine);
        if self.pending.len() > LIST_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        if self.pending.len() == self.header_length()? {
            self.begin_entry()?;
        }
        Ok(after)
    }

    /// Bytes of the header that `pending` has begun; no end once the directory has begun.
    fn header_length(&self) -> Result<usize, Fault> {
        match self.pending.get(..4) {
            None => Ok(4),
            Some(b"PK\x03\x04") if self.pending.len() < HEADER_BYTES => Ok(HEADER_BYTES),
            Some(b"PK\x03\x04") => {
                let lengths = number(&self.pending, 26, 2) + number(&self.pending, 28, 2);
                Ok(HEADER_BYTES + lengths as usize)
            }
            Some(b"PK\x01\x02") => Ok(usize::MAX),
            Some(_) => Err(Fault::Format),
        }
    }

    fn begin_entry(&mut self) -> Result<(), Fault> {
        let header = std::mem::take(&mut self.pending);
        let (method, crc) = (number(&header, 8, 2), number(&header, 14, 4));
        let (stored, bytes) = (number(&header, 18, 4), number(&header, 22, 4));
        let name_end = HEADER_BYTES + number(&header, 26, 2) as usize;
        let name =
            std::str::from_utf8(&header[HEADER_BYTES..name_end]).map_err(|_| Fault::Format)?;
        if method != 0 || stored != bytes {
            return Err(Fault::Format);
        }
        let offset = self.seen;
        self.seen += header.len() as u64;
        self.part = match self.sampled.contains(&self.entries.len()) {
            _ if name == MANIFEST && bytes as usize > LIST_BYTES_MAX => {
                return Err(Fault::TooLarge);
            }
            _ if name == MANIFEST => Part::Manifest(bytes),
            true => Part::Sampled(bytes, Box::new(Hash::new())),
            false => Part::Passed(bytes),
        };
        self.entries.push(Entry { name: name.to_owned(), offset, bytes, crc, digest: None });
        if bytes == 0 {
            self.end_entry();
        }
        Ok(())
    }

    /// Judges the whole archive once it has come. `upns` are the school's pupils, where they are known.
    pub(crate) fn finish(self, upns: Option<&BTreeSet<String>>) -> Result<(), Fault> {
        if !matches!(self.part, Part::List) {
            return Err(Fault::Broken);
        }
        directory::check(&self.pending, self.seen, &self.entries)?;
        let (manifest, files) = self.entries.split_last().ok_or(Fault::Format)?;
        if manifest.name != MANIFEST {
            return Err(Fault::Contents);
        }
        let listed = manifest::read(&self.manifest)?;
        let delivered = files.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        manifest::check(&listed, &delivered)?;
        let foreign = |name: &str| {
            upns.is_some_and(|upns| upn_of(name).is_none_or(|upn| !upns.contains(upn)))
        };
        if listed.keys().any(|name| foreign(name)) { Err(Fault::WrongSchool) } else { Ok(()) }
    }
}

/// Entries by name.
type Delivered<'a> = BTreeMap<&'a str, &'a Entry>;

/// The pupil of `Surname_Forename_UPN/paper.pdf`.
fn upn_of(name: &str) -> Option<&str> {
    let (folder, _) = name.split_once('/')?;
    folder.rsplit_once('_').map(|(_, upn)| upn)
}

/// A little-endian number inside a header that is known to be long enough.
fn number(bytes: &[u8], at: usize, length: usize) -> u32 {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests;

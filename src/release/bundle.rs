//! The bundle of a school's scripts: an uncompressed ZIP, written in order and digested on the way.

use aws_lc_rs::digest::{Context, SHA256};

mod fill;

pub use fill::{Before, Contents, write_bundle};

use crate::blob::pack::{BLOCK_BYTES, ScriptEntry, ScriptsIndex, Tail, sha256};
use crate::blob::{BlobError, Blobs, Upload};

/// A stored ZIP without its 64-bit extension ends below this many bytes.
const BUNDLE_BYTES_MAX: u64 = u32::MAX as u64;
/// Entries of a ZIP without its 64-bit extension.
const ENTRIES_MAX: usize = u16::MAX as usize;
/// Names are UTF-8.
const UTF8_NAMES: u16 = 1 << 11;
/// 1 January 1980: the same bytes at every build.
const DOS_DATE: u16 = (1 << 5) | 1;
/// Version needed to extract: 2.0.
const VERSION: u16 = 20;

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// More than the format holds.
    #[error("the scripts of one school exceed 4 GiB or 65,535 files")]
    TooLarge,
    /// What was to stay of the bundle before came out otherwise.
    #[error("the scripts that did not change have other digests than in the bundle before")]
    Kept,
}

/// The beginning of a corrected bundle: it lies in the bundle before and is not written again.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The bundle before.
    pub before: ScriptsIndex,
    /// So many of its blocks, from the first.
    pub blocks: u64,
}

/// A bundle being written.
pub struct BundleWriter {
    upload: Upload,
    key: String,
    length: u64,
    whole: Context,
    block: Context,
    block_filled: u64,
    blocks: Vec<u8>,
    directory: Vec<u8>,
    entries: Vec<ScriptEntry>,
    files: usize,
    kept: Option<Kept>,
}

impl std::fmt::Debug for BundleWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BundleWriter({}, {} bytes)", self.key, self.length)
    }
}

impl BundleWriter {
    /// Begins the object, which holds all but what is kept of the bundle before.
    pub fn begin(blobs: &Blobs, key: &str, kept: Option<Kept>) -> Self {
        Self {
            kept,
            upload: blobs.upload(key),
            key: key.to_owned(),
            length: 0,
            whole: Context::new(&SHA256),
            block: Context::new(&SHA256),
            block_filled: 0,
            blocks: Vec::new(),
            directory: Vec::new(),
            entries: Vec::new(),
            files: 0,
        }
    }

    /// Adds a script and gives its SHA-256.
    pub async fn script(
        &mut self,
        name: &str,
        reference: &str,
        paper: u8,
        pdf: &[u8],
    ) -> Result<[u8; 32], BundleError> {
        let offset = self.file(name, pdf).await?;
        let digest = sha256(pdf);
        self.entries.push(ScriptEntry {
            reference: reference.to_owned(),
            paper,
            offset,
            length: pdf.len() as u64,
            digest,
        });
        Ok(digest)
    }

    /// Adds a file and gives the place of its first byte.
    async fn file(&mut self, name: &str, bytes: &[u8]) -> Result<u64, BundleError> {
        let header_at = self.length;
        let end = header_at + bytes.len() as u64 + name.len() as u64 + 64;
        if end + self.directory.len() as u64 > BUNDLE_BYTES_MAX || self.files == ENTRIES_MAX {
            return Err(BundleError::TooLarge);
        }
        let facts = file_facts(name, bytes);
        let mut header = b"PK\x03\x04".to_vec();
        header.extend_from_slice(&facts);
        header.extend_from_slice(name.as_bytes());
        self.write(&header).await?;
        let offset = self.length;
        self.write(bytes).await?;
        self.files += 1;
        self.directory.extend_from_slice(b"PK\x01\x02");
        self.directory.extend_from_slice(&VERSION.to_le_bytes());
        self.directory.extend_from_slice(&facts);
        // Comment length, disk number, internal and external attributes: all zero.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&low32(header_at));
        self.directory.extend_from_slice(name.as_bytes());
        Ok(offset)
    }

    /// Adds the manifest as the last file and lets the object appear.
    pub async fn finish(mut self, manifest: &[u8]) -> Result<ScriptsIndex, BundleError> {
        self.file("MANIFEST.csv", manifest).await?;
        let directory = std::mem::take(&mut self.directory);
        let directory_at = self.length;
        self.write(&directory).await?;
        let files = u16::try_from(self.files).map_err(|_| BundleError::TooLarge)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend_from_slice(&files.to_le_bytes());
        end.extend_from_slice(&files.to_le_bytes());
        end.extend_from_slice(&low32(directory.len() as u64));
        end.extend_from_slice(&low32(directory_at));
        end.extend_from_slice(&[0; 2]);
        self.write(&end).await?;
        if self.block_filled > 0 {
            self.close_block();
        }
        if !self.kept_is_the_same() {
            self.upload.abort().await;
            return Err(BundleError::Kept);
        }
        self.upload.finish().await?;
        let digest = self.whole.finish().as_ref().try_into().expect("SHA-256 has 32 bytes");
        let (key, tail) = match self.kept {
            None => (self.key, None),
            Some(kept) => (kept.before.key, Some(Tail { key: self.key, from_block: kept.blocks })),
        };
        let (length, blocks, entries) = (self.length, self.blocks, self.entries);
        Ok(ScriptsIndex { key, length, digest, blocks, entries, tail })
    }

    /// Whether the kept blocks came out as those of the bundle before.
    fn kept_is_the_same(&self) -> bool {
        self.kept.as_ref().is_none_or(|kept| {
            let length = usize::try_from(kept.blocks * 32).unwrap_or(usize::MAX);
            let before = kept.before.blocks.get(..length);
            before.is_some() && before == self.blocks.get(..length)
        })
    }

    /// Gives it up; no object appears.
    pub async fn abort(self) {
        self.upload.abort().await;
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        let kept = self.kept.as_ref().map_or(0, |kept| kept.blocks * BLOCK_BYTES);
        let there = kept.saturating_sub(self.length).min(bytes.len() as u64);
        let new = &bytes[usize::try_from(there).expect("within a slice")..];
        if !new.is_empty() {
            self.upload.write(new).await?;
        }
        self.whole.update(bytes);
        self.length += bytes.len() as u64;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = usize::try_from(BLOCK_BYTES - self.block_filled).expect("at most a block");
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.block.update(now);
            self.block_filled += now.len() as u64;
            if self.block_filled == BLOCK_BYTES {
                self.close_block();
            }
            rest = later;
        }
        Ok(())
    }

    fn close_block(&mut self) {
        let block = std::mem::replace(&mut self.block, Context::new(&SHA256));
        self.blocks.extend_from_slice(block.finish().as_ref());
        self.block_filled = 0;
    }
}

/// What the local header and the directory say alike of a stored file.
fn file_facts(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut facts = Vec::with_capacity(26);
    for word in [VERSION, UTF8_NAMES, 0, 0, DOS_DATE] {
        facts.extend_from_slice(&word.to_le_bytes());
    }
    facts.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    facts.extend_from_slice(&low32(bytes.len() as u64));
    facts.extend_from_slice(&low32(bytes.len() as u64));
    let name_length = u16::try_from(name.len()).expect("names are short");
    facts.extend_from_slice(&name_length.to_le_bytes());
    facts.extend_from_slice(&[0; 2]);
    facts
}

fn low32(number: u64) -> [u8; 4] {
    u32::try_from(number).expect("bounded by BUNDLE_BYTES_MAX").to_le_bytes()
}

//! One file of the journal, written in a chain.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::{Full, HEAD_BYTES, MAGIC, RECORD_BYTES_MAX, SEGMENT_BYTES};
use crate::domain::hex::hex;
use crate::node::keys::random;
use crate::node::state::StateError;

/// The segment that is written now.
#[derive(Debug)]
pub(super) struct Segment {
    /// Random, made with the file.
    pub(super) id: [u8; 16],
    /// The file.
    pub(super) file: Arc<File>,
    /// Where the next record begins.
    pub(super) offset: u64,
    hash: [u8; 32],
}

impl Segment {
    /// Makes an empty one in a folder.
    pub(super) fn create(folder: &Path) -> Result<Self, StateError> {
        let id = random::<16>();
        let path = folder.join(format!("{}.journal", hex(&id)));
        let options =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = options.map_err(|e| StateError::file(&path, e))?;
        // A file system that cannot preallocate, or a full disk, still gives a journal that grows.
        if let Err(error) =
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, SEGMENT_BYTES)
        {
            tracing::error!(%error, "the journal could not be preallocated");
        }
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&id);
        file.write_all_at(&head, 0)
            .and_then(|()| file.sync_all())
            .map_err(|e| StateError::file(&path, e))?;
        Ok(Self { id, file: Arc::new(file), offset: HEAD_BYTES, hash: [0; 32] })
    }

    /// Hands a record to the kernel.
    pub(super) fn append(&mut self, text: &[u8]) -> Result<(), Full> {
        let length = text.len() + 36;
        if text.len() > RECORD_BYTES_MAX || self.offset + length as u64 + 4 > SEGMENT_BYTES {
            return Err(Full);
        }
        let hash = link(&self.hash, text);
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&u32::try_from(text.len()).expect("bounded").to_be_bytes());
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(&hash);
        self.file.write_all_at(&bytes, self.offset).map_err(|_| Full)?;
        self.offset += length as u64;
        self.hash = hash;
        Ok(())
    }
}

/// The hash of a record: over the one before and its own bytes.
pub(super) fn link(before: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(text);
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

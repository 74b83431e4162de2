//! The journal: what was granted and who signed in, handed to the kernel before the answer's first byte.
//!
//! One preallocated file a start of the node. Record: length (4 bytes, big-endian), JSON, SHA-256 over the
//! hash before and the JSON. A length of zero is the end. Kill −9 loses nothing that was appended; fsync
//! follows in groups and is awaited only where the answer promises something.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use tokio::sync::watch;

use super::keys::random;
use super::state::StateError;

mod reader;
mod record;

pub use reader::{Entry, JournalFile, Position, chain_holds};
pub use record::{Kind, Record};

/// A day of records at the peak, preallocated so that a full disk does not stop the morning.
const JOURNAL_BYTES: u64 = 64 * 1024 * 1024;
/// Magic and journal id.
const HEAD_BYTES: u64 = 32;
const MAGIC: &[u8; 16] = b"DAYBREAK JOURNAL";
/// Longest record.
const RECORD_BYTES_MAX: usize = 4096;
/// How long records are gathered for one fsync.
const GROUP_PAUSE: Duration = Duration::from_millis(20);
/// How long a sign-in waits for its record to be on disk; a stuck disk must not lock schools out.
const SYNC_WAIT: Duration = Duration::from_millis(500);

/// The node's journal. Clones share it.
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    id: [u8; 16],
    file: File,
    end: Mutex<End>,
    written: Condvar,
    synced: watch::Sender<u64>,
}

#[derive(Debug)]
struct End {
    offset: u64,
    seq: u64,
    hash: [u8; 32],
    dropped: u64,
    closed: bool,
}

/// The journal is full: the record is lost and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot take another record")]
pub struct Full;

impl Journal {
    /// Begins a journal of its own in a folder; earlier ones there wait to be shipped.
    pub fn create(folder: &Path) -> Result<Self, StateError> {
        let failed = |error| StateError::file(folder, error);
        fs::create_dir_all(folder).map_err(failed)?;
        let id = random::<16>();
        let path = folder.join(format!("{}.journal", crate::domain::hex::hex(&id)));
        let options =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = options.map_err(|e| StateError::file(&path, e))?;
        // A file system that cannot preallocate, or a full disk, still gives a journal that grows.
        if let Err(error) =
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, JOURNAL_BYTES)
        {
            tracing::error!(%error, "the journal could not be preallocated");
        }
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&id);
        file.write_all_at(&head, 0)
            .and_then(|()| file.sync_all())
            .map_err(|e| StateError::file(&path, e))?;
        let end = End { offset: HEAD_BYTES, seq: 0, hash: [0; 32], dropped: 0, closed: false };
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            id,
            file,
            end: Mutex::new(end),
            written: Condvar::new(),
            synced: watch::Sender::new(0),
        });
        let syncing = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(move || syncing.keep_syncing())
            .map_err(failed)?;
        Ok(Self { shared })
    }

    /// Hands a record to the kernel and gives its number.
    pub fn append(&self, record: &Record) -> Result<u64, Full> {
        self.shared.append(record)
    }

    /// Appends and waits until the record is on disk, or for a bounded time.
    pub async fn append_synced(&self, record: &Record) -> Result<u64, Full> {
        let seq = self.append(record)?;
        let mut synced = self.shared.synced.subscribe();
        let waiting = tokio::time::timeout(SYNC_WAIT, synced.wait_for(|upto| *upto >= seq));
        if waiting.await.is_err() {
            tracing::error!("the journal is not on disk after {SYNC_WAIT:?}");
        }
        Ok(seq)
    }

    /// Id of this journal.
    pub fn id(&self) -> [u8; 16] {
        self.shared.id
    }

    /// Number of the last record, and of records that were lost.
    pub fn counts(&self) -> (u64, u64) {
        let end = self.shared.lock();
        (end.seq, end.dropped)
    }

    /// Every journal of the folder, this one included.
    pub fn all(&self) -> Result<Vec<JournalFile>, StateError> {
        let folder = &self.shared.folder;
        let entries = fs::read_dir(folder).map_err(|e| StateError::file(folder, e))?;
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "journal") {
                files.extend(JournalFile::open(&path));
            }
        }
        Ok(files)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // The syncing thread holds one, this the other.
        if Arc::strong_count(&self.shared) <= 2 {
            self.shared.lock().closed = true;
            self.shared.written.notify_all();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, record: &Record) -> Result<u64, Full> {
        let text = serde_json::to_vec(record).expect("plain data");
        let mut end = self.lock();
        let length = text.len() + 36;
        if text.len() > RECORD_BYTES_MAX || end.offset + length as u64 + 4 > JOURNAL_BYTES {
            end.dropped += 1;
            return Err(Full);
        }
        let hash = link(&end.hash, &text);
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&u32::try_from(text.len()).expect("bounded").to_be_bytes());
        bytes.extend_from_slice(&text);
        bytes.extend_from_slice(&hash);
        if self.file.write_all_at(&bytes, end.offset).is_err() {
            end.dropped += 1;
            return Err(Full);
        }
        end.offset += length as u64;
        end.seq += 1;
        end.hash = hash;
        let seq = end.seq;
        drop(end);
        self.written.notify_one();
        Ok(seq)
    }

    fn keep_syncing(&self) {
        let mut synced = 0;
        loop {
            let mut end = self.lock();
            while end.seq == synced && !end.closed {
                end = self.written.wait(end).unwrap_or_else(PoisonError::into_inner);
            }
            let closed = end.closed;
            drop(end);
            if !closed {
                std::thread::sleep(GROUP_PAUSE);
            }
            let upto = self.lock().seq;
            if let Err(error) = self.file.sync_data() {
                tracing::error!(%error, "the journal could not be synced");
            } else {
                synced = upto;
                self.synced.send_replace(upto);
            }
            if closed {
                return;
            }
        }
    }
}

fn link(before: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(text);
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back_in_a_chain_by_another_reader() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let mut record = Record::new("2024-07-09T06:30:00Z".parse().unwrap(), Kind::Granted);
        for school in [8_882_045, 8_882_046] {
            record.school = Some(school);
            journal.append(&record).unwrap();
        }
        let files = journal.all().unwrap();
        assert_eq!(files.len(), 1);
        let (mut position, mut before) = (Position::default(), [0; 32]);
        while let Some(entry) = files[0].read(&mut position).unwrap() {
            assert!(chain_holds(&before, &entry.text, &entry.hash));
            before = entry.hash;
            record = serde_json::from_slice(&entry.text).unwrap();
        }
        assert_eq!((position.seq, record.school), (2, Some(8_882_046)));
        assert!(!chain_holds(&before, b"{}", &before));
    }

    #[tokio::test]
    async fn a_sign_in_waits_until_its_record_is_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let record = Record::new("2024-07-09T06:30:00Z".parse().unwrap(), Kind::SignedIn);
        let seq = journal.append_synced(&record).await.unwrap();
        assert!(*journal.shared.synced.borrow() >= seq);
    }
}

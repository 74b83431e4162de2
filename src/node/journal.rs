//! The journal: what was granted and who signed in, handed to the kernel before the answer's first byte.
//!
//! Preallocated segments, each a hash chain of its own. Record: length (4 bytes, big-endian), JSON,
//! SHA-256 over the hash before and the JSON. A length of zero is the end. Kill −9 loses nothing that
//! was appended; fsync follows in groups and is awaited only where the answer promises something.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::state::StateError;
use record::{Gathered, gather};
use segment::Segment;

mod reader;
mod record;
mod segment;

pub use reader::{Entry, JournalFile, Position, chain_holds};
pub use record::{Kind, Record, Second};

/// One segment; the next is begun before it is full, preallocated so that a full disk does not stop
/// the morning.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// A segment that holds so much is followed by the next.
const FOLLOWED_FROM: u64 = SEGMENT_BYTES / 4 * 3;
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
    end: Mutex<End>,
    written: Condvar,
    /// Records that nobody waits for.
    later: Mutex<Vec<Record>>,
    synced: watch::Sender<u64>,
}

#[derive(Debug)]
struct End {
    segment: Segment,
    /// Ids of the segments of this start.
    own: Vec<[u8; 16]>,
    /// Records since the start, over all segments.
    written: u64,
    shipped: u64,
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
        let segment = Segment::create(folder)?;
        let own = vec![segment.id];
        let end = End { segment, own, written: 0, shipped: 0, dropped: 0, closed: false };
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            end: Mutex::new(end),
            written: Condvar::new(),
            later: Mutex::default(),
            synced: watch::Sender::new(0),
        });
        let syncing = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(move || syncing.keep_syncing())
            .map_err(failed)?;
        Ok(Self { shared })
    }

    /// Hands a record to the kernel and gives its number since the start.
    pub fn append(&self, record: &Record) -> Result<u64, Full> {
        self.shared.append(record)
    }

    /// Hands a record over that nobody waits for; it is written with the next group. Where too many
    /// wait it is written at once. Ends of one download within a group become one record.
    pub fn append_later(&self, record: Record) {
        let gathered = gather(&mut self.shared.later(), record);
        match gathered {
            Gathered::First => {
                // Whoever waits looks at the gathered records under this lock: it either has seen this
                // one, or is asleep by now and hears of it.
                drop(self.shared.lock());
                self.shared.written.notify_one();
            }
            Gathered::More => (),
            Gathered::NoRoom(record) => {
                // A full journal counts what it loses.
                let _counted = self.append(&record);
            }
        }
    }

    /// Writes what waits for the next group: the node ends.
    pub fn write_later(&self) {
        self.shared.write_later();
    }

    /// Appends and waits until the record is on disk, or for a bounded time.
    pub async fn append_synced(&self, record: &Record) -> Result<u64, Full> {
        let number = self.append(record)?;
        let mut synced = self.shared.synced.subscribe();
        let waiting = tokio::time::timeout(SYNC_WAIT, synced.wait_for(|upto| *upto >= number));
        if waiting.await.is_err() {
            tracing::error!("the journal is not on disk after {SYNC_WAIT:?}");
        }
        Ok(number)
    }

    /// Id of the segment that is written now.
    pub fn id(&self) -> [u8; 16] {
        self.shared.lock().segment.id
    }

    /// Notes how many records of a segment the database has taken over; those of earlier starts do
    /// not count.
    pub fn shipped(&self, segment: [u8; 16], records: u64) {
        let mut end = self.shared.lock();
        if end.own.contains(&segment) {
            end.shipped += records;
        }
    }

    /// Records of this start that only this node has, and records that were lost.
    pub fn counts(&self) -> (u64, u64) {
        let end = self.shared.lock();
        (end.written.saturating_sub(end.shipped), end.dropped)
    }

    /// Every segment of the folder, the present one included.
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

    /// Records of one kind that are in the folder, of this start and of those before.
    pub fn records(&self, kind: Kind) -> Result<Vec<Record>, StateError> {
        let failed = |error| StateError::file(&self.shared.folder, error);
        let mut found = Vec::new();
        for file in self.all()? {
            let mut position = Position::default();
            while let Some(entry) = file.read(&mut position).map_err(failed)? {
                // A record of another version is none that this one could use.
                let record = serde_json::from_slice::<Record>(&entry.text).ok();
                found.extend(record.filter(|record| record.kind == kind));
            }
        }
        Ok(found)
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
        if end.segment.append(&text).is_err() {
            end.dropped += 1;
            return Err(Full);
        }
        end.written += 1;
        let number = end.written;
        drop(end);
        self.written.notify_one();
        Ok(number)
    }

    fn later(&self) -> MutexGuard<'_, Vec<Record>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the records that nobody waits for.
    fn write_later(&self) {
        let records = std::mem::take(&mut *self.later());
        for record in &records {
            // A full journal counts what it loses.
            let _counted = self.append(record);
        }
    }

    fn keep_syncing(&self) {
        let mut synced = 0;
        loop {
            let closed = self.wait(synced);
            if !closed {
                std::thread::sleep(GROUP_PAUSE);
            }
            self.write_later();
            let (upto, file) = {
                let end = self.lock();
                (end.written, Arc::clone(&end.segment.file))
            };
            if let Err(error) = file.sync_data() {
                tracing::error!(%error, "the journal could not be synced");
            } else {
                synced = upto;
                self.synced.send_replace(upto);
            }
            if closed {
                return;
            }
            self.follow();
        }
    }

    /// Waits for something to write or to sync; gives whether the journal was closed.
    fn wait(&self, synced: u64) -> bool {
        let mut end = self.lock();
        while end.written == synced && self.later().is_empty() && !end.closed {
            end = self.written.wait(end).unwrap_or_else(PoisonError::into_inner);
        }
        end.closed
    }

    /// Begins the next segment when the present one is nearly full and on disk.
    fn follow(&self) {
        if self.lock().segment.offset < FOLLOWED_FROM {
            return;
        }
        match Segment::create(&self.folder) {
            Ok(next) => {
                let full = {
                    let mut end = self.lock();
                    end.own.push(next.id);
                    std::mem::replace(&mut end.segment, next)
                };
                // Records may have come since the last sync.
                if let Err(error) = full.file.sync_data() {
                    tracing::error!(%error, "the journal could not be synced");
                }
            }
            Err(error) => tracing::error!(%error, "the journal has no next segment"),
        }
    }
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

    #[test]
    fn a_segment_that_is_nearly_full_is_followed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let record = Record::new("2024-07-09T06:30:00Z".parse().unwrap(), Kind::Granted);
        let first = journal.id();
        journal.append(&record).unwrap();
        journal.shared.lock().segment.offset = FOLLOWED_FROM;
        journal.shared.follow();
        assert_ne!(journal.id(), first);
        journal.append(&record).unwrap();
        journal.shipped(first, 1);
        journal.shipped([0; 16], 7);
        assert_eq!(journal.counts(), (1, 0));
        assert_eq!(journal.all().unwrap().len(), 2);
    }

    #[test]
    fn the_ends_of_one_download_within_a_group_are_one_record() {
        let mut record = Record::new("2024-07-09T06:30:00Z".parse().unwrap(), Kind::Ended);
        (record.file, record.complete) = ("scripts.zip".into(), Some(true));
        let mut later = Vec::new();
        for first in [0, 100, 200] {
            record.bytes = Some((first, 100));
            gather(&mut later, record.clone());
        }
        let merged: Vec<_> = later.iter().map(|record| record.bytes).collect();
        assert_eq!(merged, [Some((0, 300))]);
        record.complete = Some(false);
        gather(&mut later, record);
        assert_eq!(later.len(), 2, "a cut is told apart");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_written_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let mut synced = journal.shared.synced.subscribe();
        journal.append_later(Record::new("2024-07-09T06:30:00Z".parse().unwrap(), Kind::Ended));
        synced.wait_for(|upto| *upto == 1).await.unwrap();
    }
}

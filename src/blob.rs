//! The only object-store calls: named operations with a deadline, counted and timed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use prometheus::{HistogramVec, IntCounterVec, Registry};

use crate::telemetry::metrics;

pub mod manifest;
pub mod pack;
pub mod page;

/// Longest wait for one operation on an object.
pub const OPERATION_DEADLINE: Duration = Duration::from_secs(30);
/// Part of a streamed upload, in bytes; S3 wants at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts of one upload that may be on their way.
const PARTS_UNDERWAY_MAX: usize = 2;

/// Why a blob could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("object {0} does not exist")]
    Missing(String),
    /// The store did not answer in time.
    #[error("no answer about object {0} within {OPERATION_DEADLINE:?}")]
    Late(String),
    /// The store refused or failed.
    #[error("object {key}: {source}")]
    Store {
        /// The object.
        key: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// The bytes are not those that were approved.
    #[error("object {key} is damaged: {what}")]
    Damaged {
        /// The object.
        key: String,
        /// Which part, and what is wrong.
        what: String,
    },
}

/// A blob store.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    seconds: HistogramVec,
    errors: IntCounterVec,
}

impl Blobs {
    /// A local folder, made when it is not there.
    pub fn folder(path: &Path, registry: &Registry) -> Result<Self, BlobError> {
        let named = |source| BlobError::Store { key: path.display().to_string(), source };
        std::fs::create_dir_all(path).map_err(|source| {
            named(object_store::Error::Generic { store: "folder", source: source.into() })
        })?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(named)?;
        Ok(Self::new(Arc::new(store), registry))
    }

    fn new(store: Arc<dyn ObjectStore>, registry: &Registry) -> Self {
        Self {
            store,
            seconds: metrics::histograms(
                registry,
                "blob_request_seconds",
                "Seconds of one operation on the blob store",
                "op",
                &["get", "get_range", "put"],
            ),
            errors: metrics::int_counters(
                registry,
                "blob_errors_total",
                "Operations on the blob store that failed",
                &["op"],
            ),
        }
    }

    /// A whole object.
    pub async fn get(&self, key: &str) -> Result<Bytes, BlobError> {
        self.timed("get", key, async { self.store.get(&key.into()).await?.bytes().await }).await
    }

    /// Bytes `from..to` of an object; fewer is an error.
    pub async fn get_range(&self, key: &str, from: u64, to: u64) -> Result<Bytes, BlobError> {
        let place = key.into();
        let reading = self.store.get_range(&place, from..to);
        let bytes = self.timed("get_range", key, reading).await?;
        if bytes.len() as u64 == to - from {
            return Ok(bytes);
        }
        let what = format!("{} bytes at {from} instead of {}", bytes.len(), to - from);
        Err(BlobError::Damaged { key: key.to_owned(), what })
    }

    /// Writes an object whole or not at all.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let place = key.into();
        let writing = self.store.put(&place, PutPayload::from_bytes(bytes));
        self.timed("put", key, writing).await.map(drop)
    }

    /// Begins an object that is written in order; it appears when finished.
    pub async fn upload(&self, key: &str) -> Result<Upload, BlobError> {
        let place = key.into();
        let started = self.store.put_multipart(&place);
        let multipart = self.timed("put", key, started).await?;
        let writer = WriteMultipart::new_with_chunk_size(multipart, PART_BYTES);
        Ok(Upload { writer, key: key.to_owned() })
    }

    async fn timed<T>(
        &self,
        op: &'static str,
        key: &str,
        work: impl Future<Output = Result<T, object_store::Error>>,
    ) -> Result<T, BlobError> {
        let timer = self.seconds.with_label_values(&[op]).start_timer();
        let outcome = match tokio::time::timeout(OPERATION_DEADLINE, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(object_store::Error::NotFound { .. })) => {
                Err(BlobError::Missing(key.to_owned()))
            }
            Ok(Err(source)) => Err(BlobError::Store { key: key.to_owned(), source }),
            Err(_) => Err(BlobError::Late(key.to_owned())),
        };
        timer.observe_duration();
        if outcome.is_err() {
            self.errors.with_label_values(&[op]).inc();
        }
        outcome
    }
}

/// An object on its way in.
#[derive(Debug)]
pub struct Upload {
    writer: WriteMultipart,
    key: String,
}

impl Upload {
    /// Adds bytes; waits while too many parts are underway.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let waiting = self.writer.wait_for_capacity(PARTS_UNDERWAY_MAX);
        waiting.await.map_err(|source| BlobError::Store { key: self.key.clone(), source })?;
        self.writer.write(bytes);
        Ok(())
    }

    /// Makes the object appear.
    pub async fn finish(self) -> Result<(), BlobError> {
        let key = self.key;
        self.writer.finish().await.map(drop).map_err(|source| BlobError::Store { key, source })
    }

    /// Gives it up; nothing appears.
    pub async fn abort(self) {
        // What cannot be removed now is removed by the store's own rule for unfinished uploads.
        let _left = self.writer.abort().await;
    }
}

//! The only object-store calls: named operations on one copy or two, with deadlines, counted and timed.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use prometheus::Registry;

pub mod manifest;
mod metrics;
pub mod pack;
pub mod page;
pub mod retry;
pub mod stores;
mod tries;
mod upload;

use metrics::BlobMetrics;
use stores::{Copy, Place};
pub use tries::HEDGE_DELAY;
use tries::Read;
pub use upload::{PART_BYTES, Upload};

/// Why a blob could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("object {0} does not exist")]
    Missing(String),
    /// The store did not answer in time.
    #[error("no answer about object {key} within {within:?}")]
    Late {
        /// The object.
        key: String,
        /// How long was waited.
        within: Duration,
    },
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

/// An object that no release has; asked for to see whether a store answers.
const NO_OBJECT: &str = "check/no-such-object";

/// A blob store, and perhaps a second one that holds the same.
#[derive(Clone, Debug)]
pub struct Blobs {
    first: Copy,
    second: Option<Copy>,
    metrics: BlobMetrics,
}

impl Blobs {
    /// A local folder, made when it is not there.
    pub fn folder(path: &Path, registry: &Registry) -> Result<Self, BlobError> {
        Self::open(&Place::Folder(path.to_owned()), None, registry)
    }

    /// The store at a place, and a second copy of it at another. No store is asked anything yet.
    pub fn open(
        first: &Place,
        second: Option<&Place>,
        registry: &Registry,
    ) -> Result<Self, BlobError> {
        let second = second.map(|place| Copy::at(place, " (second copy)")).transpose()?;
        Ok(Self { first: Copy::at(first, "")?, second, metrics: BlobMetrics::new(registry) })
    }

    /// A whole object.
    pub async fn get(&self, key: &str) -> Result<Bytes, BlobError> {
        self.get_checked(key, Ok).await
    }

    /// A whole object as what `check` makes of it. A copy that it refuses is damaged: that alarms, and the
    /// other copy is asked.
    pub async fn get_checked<T: Send>(
        &self,
        key: &str,
        check: impl Fn(Bytes) -> Result<T, String> + Sync,
    ) -> Result<T, BlobError> {
        self.read(Read { key, range: None }, check).await
    }

    /// Bytes `from..to` of an object; fewer is damage.
    pub async fn get_range(&self, key: &str, from: u64, to: u64) -> Result<Bytes, BlobError> {
        self.get_range_checked(key, from, to, Ok).await
    }

    /// Bytes `from..to` of an object as what `check` makes of them, as with a whole object.
    pub async fn get_range_checked<T: Send>(
        &self,
        key: &str,
        from: u64,
        to: u64,
        check: impl Fn(Bytes) -> Result<T, String> + Sync,
    ) -> Result<T, BlobError> {
        self.read(Read { key, range: Some(from..to) }, check).await
    }

    /// Writes an object whole or not at all, to every copy. An error may leave it at one of them, where
    /// nobody reads it: a release has only what its manifest names, and that is written last.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.write(key, &bytes).await
    }

    /// Each copy by itself, for those who must know that both have something.
    pub fn copies(&self) -> Vec<Self> {
        let alone = |copy: &Copy| Self { first: copy.clone(), second: None, ..self.clone() };
        self.each().map(alone).collect()
    }

    /// Asks each copy for something that is not there: what a store must answer, and what else it said.
    pub async fn reach(&self) -> Result<(), BlobError> {
        for copy in self.copies() {
            match copy.get(NO_OBJECT).await {
                Ok(_) | Err(BlobError::Missing(_)) => (),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn each(&self) -> impl Iterator<Item = &Copy> {
        std::iter::once(&self.first).chain(&self.second)
    }
}

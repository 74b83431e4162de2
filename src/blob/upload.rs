//! An object written in order, in parts, to every copy; it appears when all of it is there.

use std::sync::Arc;

use bytes::Bytes;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{MultipartId, MultipartUpload, ObjectStoreExt, PutPayload};
use tokio::task::JoinSet;

use super::metrics::{BlobMetrics, Op, within};
use super::stores::Copy;
use super::tries::{retried, told};
use super::{BlobError, Blobs};

/// Bytes of a part; S3 wants at least 5 MiB.
pub const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts that may be on their way to each copy.
const PARTS_UNDERWAY_MAX: usize = 2;

/// An object on its way in.
#[derive(Debug)]
pub struct Upload {
    blobs: Blobs,
    key: String,
    part: Vec<u8>,
    sent: usize,
    /// One for each copy, once the first part is full: what fits into one is written at once.
    ways: Vec<Way>,
    underway: JoinSet<Result<Sent, BlobError>>,
}

/// A part that has arrived: at which copy, its number, and the store's name for it.
struct Sent(usize, usize, Option<PartId>);

/// How a copy takes parts.
enum Way {
    /// A folder, in order and once.
    Folder(Copy, Box<dyn MultipartUpload>),
    /// A store, in any order and again.
    Store(Copy, Arc<dyn MultipartStore>, MultipartId, Vec<(usize, PartId)>),
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Folder(copy, _) | Self::Store(copy, ..)) = self;
        write!(f, "Way({copy:?})")
    }
}

impl Blobs {
    /// Begins an object that is written in order; it appears when finished.
    pub fn upload(&self, key: &str) -> Upload {
        Upload {
            blobs: self.clone(),
            key: key.to_owned(),
            part: Vec::new(),
            sent: 0,
            ways: Vec::new(),
            underway: JoinSet::new(),
        }
    }
}

impl Upload {
    /// Adds bytes; waits while too many parts are underway.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART_BYTES - self.part.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART_BYTES {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Makes the object appear.
    pub async fn finish(mut self) -> Result<(), BlobError> {
        if self.ways.is_empty() {
            return self.blobs.put(&self.key, std::mem::take(&mut self.part).into()).await;
        }
        if !self.part.is_empty() {
            self.send().await?;
        }
        while self.arrived().await? {}
        let (metrics, key) = (&self.blobs.metrics, &self.key);
        for way in &mut self.ways {
            metrics.timed(Op::Put, key, way.complete(metrics, key)).await?;
        }
        Ok(())
    }

    /// Gives it up; nothing appears.
    pub async fn abort(mut self) {
        self.underway.shutdown().await;
        for way in &mut self.ways {
            let place = Path::from(self.key.as_str());
            // What cannot be removed now is removed by the store's own rule for unfinished uploads.
            let removing = async {
                match way {
                    Way::Folder(_, upload) => upload.abort().await,
                    Way::Store(_, store, id, _) => store.abort_multipart(&place, id).await,
                }
            };
            let _left = tokio::time::timeout(Op::Put.try_deadline(), removing).await;
        }
    }

    /// Sends the part that is ready to every copy.
    async fn send(&mut self) -> Result<(), BlobError> {
        if self.ways.is_empty() {
            self.ways = self.blobs.begin(&self.key).await?;
        }
        let part = Bytes::from(std::mem::take(&mut self.part));
        for (which, way) in self.ways.iter_mut().enumerate() {
            let metrics = self.blobs.metrics.clone();
            let work = way.part(metrics.clone(), self.key.clone(), self.sent, part.clone());
            let (number, key) = (self.sent, self.key.clone());
            self.underway.spawn(async move {
                let id = metrics.timed(Op::Put, &key, work).await?;
                Ok(Sent(which, number, id))
            });
        }
        self.sent += 1;
        while self.underway.len() > PARTS_UNDERWAY_MAX * self.ways.len() {
            self.arrived().await?;
        }
        Ok(())
    }

    /// Waits for one part; false when none is underway.
    async fn arrived(&mut self) -> Result<bool, BlobError> {
        let Some(joined) = self.underway.join_next().await else { return Ok(false) };
        let joined = joined.map_err(|error| BlobError::Store {
            key: self.key.clone(),
            source: object_store::Error::JoinError { source: error },
        });
        if let Sent(which, number, Some(id)) = joined??
            && let Way::Store(.., done) = &mut self.ways[which]
        {
            done.push((number, id));
        }
        Ok(true)
    }
}

impl Blobs {
    /// Begins an upload at every copy.
    async fn begin(&self, key: &str) -> Result<Vec<Way>, BlobError> {
        let place = &Path::from(key);
        let mut ways = Vec::new();
        for copy in self.each() {
            let begun = retried(copy, &self.metrics, Op::Put, || async move {
                let failed = |source| told(copy, key, source);
                let beginning = async {
                    Ok(match &copy.parts {
                        None => {
                            let upload = copy.objects.put_multipart(place).await.map_err(failed)?;
                            Way::Folder(copy.clone(), upload)
                        }
                        Some(store) => {
                            let id = store.create_multipart(place).await.map_err(failed)?;
                            Way::Store(copy.clone(), Arc::clone(store), id, Vec::new())
                        }
                    })
                };
                within(Op::Put.try_deadline(), key, beginning).await
            });
            ways.push(self.metrics.timed(Op::Put, key, begun).await?);
        }
        Ok(ways)
    }
}

impl Way {
    /// The work of sending one part; the store's name for it.
    fn part(
        &mut self,
        metrics: BlobMetrics,
        key: String,
        number: usize,
        part: Bytes,
    ) -> futures_util::future::BoxFuture<'static, Result<Option<PartId>, BlobError>> {
        match self {
            Self::Folder(copy, upload) => {
                let copy = copy.clone();
                let writing = upload.put_part(PutPayload::from_bytes(part));
                Box::pin(async move {
                    writing.await.map_err(|source| told(&copy, &key, source))?;
                    Ok(None)
                })
            }
            Self::Store(copy, store, id, _) => {
                let (copy, store, id) = (copy.clone(), Arc::clone(store), id.clone());
                Box::pin(async move {
                    let place = Path::from(key.as_str());
                    let (copy, store, id) = (&copy, &store, &id);
                    let (key, place, part) = (&key, &place, &part);
                    let sending = retried(copy, &metrics, Op::Put, || async move {
                        let payload = PutPayload::from_bytes(part.clone());
                        let sent = async {
                            let sent = store.put_part(place, id, number, payload).await;
                            sent.map_err(|source| told(copy, key, source))
                        };
                        within(Op::Put.try_deadline(), key, sent).await
                    });
                    sending.await.map(Some)
                })
            }
        }
    }

    /// Lets the object appear at this copy.
    async fn complete(&mut self, metrics: &BlobMetrics, key: &str) -> Result<(), BlobError> {
        match self {
            Self::Folder(copy, upload) => {
                upload.complete().await.map(drop).map_err(|source| told(copy, key, source))
            }
            Self::Store(copy, store, id, done) => {
                done.sort_unstable_by_key(|(number, _)| *number);
                let parts: Vec<PartId> = done.iter().map(|(_, part)| part.clone()).collect();
                let (copy, store, id, parts) = (&*copy, &*store, &*id, &parts);
                let place = &Path::from(key);
                let completing = retried(copy, metrics, Op::Put, || async move {
                    let asked = async {
                        let done = store.complete_multipart(place, id, parts.clone()).await;
                        done.map(drop).map_err(|source| told(copy, key, source))
                    };
                    within(Op::Put.try_deadline(), key, asked).await
                });
                completing.await
            }
        }
    }
}

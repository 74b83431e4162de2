//! Operations on copies: each try within its deadline, tried again by the policy, reads hedged.

use std::ops::Range;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use object_store::{ObjectStoreExt, PutPayload};
use tokio::sync::Notify;

use super::metrics::{BlobMetrics, Op, within};
use super::retry::{TRIES_MAX, may_pass, pause};
use super::stores::Copy;
use super::{BlobError, Blobs};

/// A read without an answer after this is asked of the second copy too: far above what a healthy store
/// takes for a block, far below what people notice.
pub const HEDGE_DELAY: Duration = Duration::from_millis(500);

/// What is read: an object, or a part of it.
#[derive(Clone, Debug)]
pub(super) struct Read<'a> {
    pub(super) key: &'a str,
    pub(super) range: Option<Range<u64>>,
}

impl Read<'_> {
    fn op(&self) -> Op {
        if self.range.is_some() { Op::GetRange } else { Op::Get }
    }

    /// Its future is large: callers box it.
    async fn once(&self, copy: &Copy) -> Result<Bytes, BlobError> {
        let failed = |source| told(copy, self.key, source);
        let place = self.key.into();
        let Some(range) = &self.range else {
            let found = copy.objects.get(&place).await.map_err(failed)?;
            return found.bytes().await.map_err(failed);
        };
        let bytes = copy.objects.get_range(&place, range.clone()).await.map_err(failed)?;
        let wanted = range.end - range.start;
        if bytes.len() as u64 == wanted {
            return Ok(bytes);
        }
        let what = format!("{} bytes at {} instead of {wanted}", bytes.len(), range.start);
        Err(BlobError::Damaged { key: copy.named(self.key), what })
    }
}

/// What a store said about an object, as an error of this module.
pub(super) fn told(copy: &Copy, key: &str, source: object_store::Error) -> BlobError {
    match source {
        object_store::Error::NotFound { .. } => BlobError::Missing(copy.named(key)),
        source => BlobError::Store { key: copy.named(key), source },
    }
}

impl Blobs {
    /// Reads from the first copy, and from the second where the first fails, is late or is damaged. What
    /// `check` refuses is damaged; the first good answer wins.
    pub(super) async fn read<T: Send>(
        &self,
        read: Read<'_>,
        check: impl Fn(Bytes) -> Result<T, String> + Sync,
    ) -> Result<T, BlobError> {
        let op = read.op();
        let failed = Notify::new();
        let first = self.read_copy(&self.first, &read, &check, &failed);
        let Some(second) = &self.second else {
            return self.metrics.timed(op, read.key, first).await;
        };
        let unheard = Notify::new();
        let hedge = async {
            // Either way the second copy is asked.
            let _waited = tokio::time::timeout(HEDGE_DELAY, failed.notified()).await;
            self.metrics.hedged(op);
            self.read_copy(second, &read, &check, &unheard).await
        };
        let race = async {
            match select(pin!(first), pin!(hedge)).await {
                Either::Left((Ok(value), _)) | Either::Right((Ok(value), _)) => Ok(value),
                Either::Left((Err(error), hedge)) => hedge.await.map_err(|_| error),
                Either::Right((Err(_), first)) => first.await,
            }
        };
        self.metrics.timed(op, read.key, race).await
    }

    async fn read_copy<T: Send>(
        &self,
        copy: &Copy,
        read: &Read<'_>,
        check: &(impl Fn(Bytes) -> Result<T, String> + Sync),
        failed: &Notify,
    ) -> Result<T, BlobError> {
        let op = read.op();
        let tried = retried(copy, &self.metrics, op, || async move {
            let outcome = within(op.try_deadline(), read.key, Box::pin(read.once(copy))).await;
            let damaged = |what| BlobError::Damaged { key: copy.named(read.key), what };
            let outcome = outcome.and_then(|bytes| check(bytes).map_err(damaged));
            if let Err(error) = &outcome {
                failed.notify_one();
                if let BlobError::Damaged { key, what } = error {
                    self.metrics.damaged(op, key, what);
                }
            }
            outcome
        });
        tried.await
    }

    /// Writes an object to every copy; one that fails is an error.
    pub(super) async fn write(&self, key: &str, bytes: &Bytes) -> Result<(), BlobError> {
        let writes = self.each().map(|copy| {
            let attempt = move || async move {
                let place = key.into();
                let write = async {
                    let written = copy.objects.put(&place, PutPayload::from_bytes(bytes.clone()));
                    written.await.map(drop).map_err(|source| told(copy, key, source))
                };
                within(Op::Put.try_deadline(), key, write).await
            };
            retried(copy, &self.metrics, Op::Put, attempt)
        });
        let all = futures_util::future::try_join_all(writes);
        self.metrics.timed(Op::Put, key, all).await.map(drop)
    }
}

/// Tries until it works, cannot work, or the policy says enough.
pub(super) async fn retried<T, F, Fut>(
    copy: &Copy,
    metrics: &BlobMetrics,
    op: Op,
    attempt: F,
) -> Result<T, BlobError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, BlobError>>,
{
    let mut tries = 1;
    loop {
        let error = match attempt().await {
            Ok(value) => {
                copy.budget.earn();
                return Ok(value);
            }
            Err(error) => error,
        };
        // The disk of a folder gives the same answer twice.
        let hopeless = copy.parts.is_none() || !passing(&error);
        if hopeless || tries == TRIES_MAX || !copy.budget.take() {
            return Err(error);
        }
        tries += 1;
        metrics.retried(op);
        tokio::time::sleep(pause(tries)).await;
    }
}

fn passing(error: &BlobError) -> bool {
    match error {
        BlobError::Late { .. } => true,
        BlobError::Store { source, .. } => may_pass(source),
        BlobError::Missing(_) | BlobError::Damaged { .. } => false,
    }
}

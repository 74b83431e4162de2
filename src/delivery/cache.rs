//! Blocks of script bundles in memory: bounded by bytes, filled once for all who wait, read ahead.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use moka::future::Cache;
use prometheus::{IntCounterVec, IntGaugeVec, Registry};

use crate::blob::pack::{BLOCK_BYTES, Pack, ScriptsIndex};
use crate::blob::{BlobError, Blobs};
use crate::telemetry::metrics;

/// Blocks of bundles, by object and number. An object never changes under its key.
#[derive(Clone, Debug)]
pub struct ScriptCache {
    blocks: Cache<(Arc<str>, u64), Bytes>,
    blobs: Blobs,
    lookups: IntCounterVec,
    bytes: IntGaugeVec,
}

const KIND: &str = "scripts";

impl ScriptCache {
    /// A cache of at most `bytes_max` bytes.
    pub fn new(blobs: Blobs, bytes_max: u64, registry: &Registry) -> Self {
        let lookups = metrics::int_counters(
            registry,
            "cache_requests_total",
            "Look-ups of a cache by kind and outcome",
            &["kind", "outcome"],
        );
        for outcome in ["hit", "miss"] {
            lookups.with_label_values(&[KIND, outcome]);
        }
        let bytes = metrics::int_gauges(
            registry,
            "cache_bytes",
            "Bytes that a cache holds",
            "kind",
            &[KIND],
        );
        let blocks = Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|_, block: &Bytes| u32::try_from(block.len()).unwrap_or(u32::MAX))
            .build();
        Self { blocks, blobs, lookups, bytes }
    }

    /// A block of a bundle, checked against its digest. However many miss at once, it is read once.
    async fn block(
        &self,
        key: &Arc<str>,
        scripts: &ScriptsIndex,
        number: u64,
    ) -> Result<Bytes, Arc<BlobError>> {
        let entry = (Arc::clone(key), number);
        if let Some(block) = self.blocks.get(&entry).await {
            self.lookups.with_label_values(&[KIND, "hit"]).inc();
            return Ok(block);
        }
        self.lookups.with_label_values(&[KIND, "miss"]).inc();
        let block = self.blocks.try_get_with(entry, self.fill(scripts, number)).await;
        let held = i64::try_from(self.blocks.weighted_size()).unwrap_or(i64::MAX);
        self.bytes.with_label_values(&[KIND]).set(held);
        block
    }

    async fn fill(&self, scripts: &ScriptsIndex, number: u64) -> Result<Bytes, BlobError> {
        let from = number * BLOCK_BYTES;
        let to = (from + BLOCK_BYTES).min(scripts.length);
        let check = |block: &Bytes| scripts.check(number, block);
        self.blobs.get_range_checked(&scripts.key, from, to, check).await
    }

    /// Bytes `from..to` of a pack's bundle. The first block is read before this returns, so that a
    /// store that is away gives a page and not a broken download.
    pub async fn read(
        &self,
        pack: Arc<Pack>,
        from: u64,
        to: u64,
    ) -> Result<Reading, Arc<BlobError>> {
        let scripts =
            scripts_of(&pack).ok_or_else(|| Arc::new(BlobError::Missing(String::new())))?;
        let key: Arc<str> = scripts.key.as_str().into();
        let first = self.block(&key, scripts, from / BLOCK_BYTES).await?;
        let mut reader = Reader { cache: self.clone(), pack, key, next: from, to, first: None };
        let piece = reader.cut(&first);
        if reader.next == to {
            return Ok(Reading::Piece(piece));
        }
        reader.next = from;
        reader.first = Some(first);
        let pieces = stream::try_unfold(reader, |mut reader| async move {
            let piece = reader.piece().await?;
            Ok(piece.map(|bytes| (bytes, reader)))
        });
        Ok(Reading::Stream(pieces.boxed()))
    }
}

/// Bytes of a bundle.
pub enum Reading {
    /// All of them, by reference to the cache.
    Piece(Bytes),
    /// One block after the other.
    Stream(BoxStream<'static, Result<Bytes, Arc<BlobError>>>),
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Piece(bytes) => write!(f, "Piece({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream(..)"),
        }
    }
}

fn scripts_of(pack: &Pack) -> Option<&ScriptsIndex> {
    pack.index.scripts.as_ref()
}

/// A download on its way.
struct Reader {
    cache: ScriptCache,
    pack: Arc<Pack>,
    key: Arc<str>,
    next: u64,
    to: u64,
    first: Option<Bytes>,
}

impl Reader {
    async fn piece(&mut self) -> Result<Option<Bytes>, Arc<BlobError>> {
        let Some(scripts) = scripts_of(&self.pack).filter(|_| self.next < self.to) else {
            return Ok(None);
        };
        let number = self.next / BLOCK_BYTES;
        let block = match self.first.take() {
            Some(block) => block,
            None => self.cache.block(&self.key, scripts, number).await?,
        };
        self.read_ahead(number + 1);
        Ok(Some(self.cut(&block)))
    }

    /// The part of a block that is asked for, from the next byte on.
    fn cut(&mut self, block: &Bytes) -> Bytes {
        let start = self.next / BLOCK_BYTES * BLOCK_BYTES;
        let from = usize::try_from(self.next - start).expect("within a block");
        let to =
            usize::try_from((self.to - start).min(block.len() as u64)).expect("within a block");
        self.next = start + to as u64;
        block.slice(from..to)
    }

    /// Fetches the next block while this one is on the wire.
    fn read_ahead(&self, number: u64) {
        if number * BLOCK_BYTES >= self.to
            || self.cache.blocks.contains_key(&(Arc::clone(&self.key), number))
        {
            return;
        }
        let (cache, pack, key) =
            (self.cache.clone(), Arc::clone(&self.pack), Arc::clone(&self.key));
        #[expect(
            clippy::disallowed_methods,
            reason = "ends with its one read, which has a deadline"
        )]
        tokio::spawn(async move {
            if let Some(scripts) = scripts_of(&pack) {
                // The download that needs it meets the error itself.
                let _seen_there = cache.block(&key, scripts, number).await;
            }
        });
    }
}

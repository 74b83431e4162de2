//! Blocks of bundles and documents in memory: bounded by bytes, filled once for all who wait, read ahead.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use moka::Equivalent;
use moka::future::Cache;
use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Registry};
use rustc_hash::FxBuildHasher;

use crate::blob::pack::{BLOCK_BYTES, Extent, Pack, Part, Place};
use crate::blob::{BlobError, Blobs};
use crate::telemetry::metrics;

/// What a cache holds, as metrics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bundles of scripts.
    Scripts,
    /// Results as PDF and as workbooks: kept apart, so that no script pushes them out.
    Documents,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Scripts, Self::Documents];

    const fn label(self) -> &'static str {
        match self {
            Self::Scripts => "scripts",
            Self::Documents => "documents",
        }
    }
}

/// What the caches of a node report.
#[derive(Clone, Debug)]
pub struct CacheMetrics {
    lookups: IntCounterVec,
    bytes: IntGaugeVec,
}

impl CacheMetrics {
    /// Registers them.
    pub fn new(registry: &Registry) -> Self {
        let lookups = metrics::int_counters(
            registry,
            "cache_requests_total",
            "Look-ups of a cache by kind and outcome",
            &["kind", "outcome"],
        );
        let kinds = Kind::ALL.map(Kind::label);
        for (kind, outcome) in kinds.iter().flat_map(|kind| [(kind, "hit"), (kind, "miss")]) {
            lookups.with_label_values(&[*kind, outcome]);
        }
        let about = "Bytes that a cache holds";
        let bytes = metrics::int_gauges(registry, "cache_bytes", about, "kind", &kinds);
        Self { lookups, bytes }
    }

    fn lookups(&self, kind: Kind, outcome: &'static str) -> IntCounter {
        self.lookups.with_label_values(&[kind.label(), outcome])
    }
}

/// Object and first byte of a block.
type Key = (Arc<str>, u64);

/// The same for a look-up, without a copy of the object's name.
#[derive(Hash)]
struct At<'a>(&'a str, u64);

impl Equivalent<Key> for At<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        (self.0, self.1) == (&*key.0, key.1)
    }
}

/// Blocks by object and first byte. An object never changes under its key.
#[derive(Clone, Debug)]
pub struct BlockCache {
    kind: Kind,
    blocks: Cache<Key, Bytes, FxBuildHasher>,
    blobs: Blobs,
    metrics: CacheMetrics,
    /// Found once: a hit costs no look-up of labels.
    hits: IntCounter,
    misses: IntCounter,
}

impl BlockCache {
    /// A cache of at most `bytes_max` bytes.
    pub fn new(kind: Kind, blobs: Blobs, bytes_max: u64, metrics: CacheMetrics) -> Self {
        let blocks = Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|_, block: &Bytes| u32::try_from(block.len()).unwrap_or(u32::MAX))
            .build_with_hasher(FxBuildHasher);
        let (hits, misses) = (metrics.lookups(kind, "hit"), metrics.lookups(kind, "miss"));
        Self { kind, blocks, blobs, metrics, hits, misses }
    }

    /// A block, checked against its digest. However many miss at once, it is read once.
    async fn block(&self, extent: &Extent<'_>, number: u64) -> Result<Bytes, Arc<BlobError>> {
        let Some(place) = extent.place(number) else {
            return Err(Arc::new(BlobError::Missing(extent.key.to_owned())));
        };
        if let Some(block) = self.blocks.get(&At(place.key, place.from)).await {
            self.hits.inc();
            return Ok(block);
        }
        self.misses.inc();
        let entry = (Arc::from(place.key), place.from);
        // Boxed: a read with its second copy has a state of many kB, and a hit needs none of it.
        let block =
            Box::pin(self.blocks.try_get_with(entry, self.fill(extent, place, number))).await;
        let held = i64::try_from(self.blocks.weighted_size()).unwrap_or(i64::MAX);
        self.metrics.bytes.with_label_values(&[self.kind.label()]).set(held);
        block
    }

    async fn fill(
        &self,
        extent: &Extent<'_>,
        place: Place<'_>,
        number: u64,
    ) -> Result<Bytes, BlobError> {
        let check = |block: Bytes| extent.check(number, &block).map(|()| block);
        self.blobs.get_range_checked(place.key, place.from, place.to, check).await
    }

    /// Bytes `from..to` of a part of a pack. The first block is read before this returns, so that a
    /// store that is away gives a page and not a broken download.
    pub async fn read(
        &self,
        pack: Arc<Pack>,
        part: Part,
        from: u64,
        to: u64,
    ) -> Result<Reading, Arc<BlobError>> {
        let extent =
            pack.extent(part).ok_or_else(|| Arc::new(BlobError::Missing(String::new())))?;
        let first = self.block(&extent, from / BLOCK_BYTES).await?;
        let piece = within(&first, from, to);
        if from + piece.len() as u64 == to {
            return Ok(Reading::Piece(piece));
        }
        let cache = self.clone();
        let reader = Reader { cache, pack, part, next: from, to, first: Some(first) };
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

/// A download on its way.
struct Reader {
    cache: BlockCache,
    pack: Arc<Pack>,
    part: Part,
    next: u64,
    to: u64,
    first: Option<Bytes>,
}

impl Reader {
    async fn piece(&mut self) -> Result<Option<Bytes>, Arc<BlobError>> {
        let extent = self.pack.extent(self.part).filter(|_| self.next < self.to);
        let Some(extent) = extent else { return Ok(None) };
        let number = self.next / BLOCK_BYTES;
        let block = if let Some(block) = self.first.take() {
            block
        } else {
            // To a quick client all of it would go in one turn, and the others of this worker would wait.
            tokio::task::yield_now().await;
            self.cache.block(&extent, number).await?
        };
        self.read_ahead(number + 1);
        let piece = within(&block, self.next, self.to);
        self.next += piece.len() as u64;
        Ok(Some(piece))
    }

    /// Fetches the next block while this one is on the wire.
    fn read_ahead(&self, number: u64) {
        let next = self.pack.extent(self.part).and_then(|extent| extent.place(number));
        let Some(place) = next.filter(|_| number * BLOCK_BYTES < self.to) else { return };
        if self.cache.blocks.contains_key(&At(place.key, place.from)) {
            return;
        }
        let (cache, pack, part) = (self.cache.clone(), Arc::clone(&self.pack), self.part);
        #[expect(
            clippy::disallowed_methods,
            reason = "ends with its one read, which has a deadline"
        )]
        tokio::spawn(async move {
            if let Some(extent) = pack.extent(part) {
                // The download that needs it meets the error itself.
                let _seen_there = cache.block(&extent, number).await;
            }
        });
    }
}

/// What a block has of bytes `from..to` of its part, of which it holds the first.
fn within(block: &Bytes, from: u64, to: u64) -> Bytes {
    let start = from / BLOCK_BYTES * BLOCK_BYTES;
    let place = |byte: u64| usize::try_from(byte).expect("within a block");
    block.slice(place(from - start)..place((to - start).min(block.len() as u64)))
}

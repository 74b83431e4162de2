//! Bytes on their way: cut into pieces, each sent when it has its turn.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::{Downloader, Shared};
use crate::blob::BlobError;
use crate::delivery::cache::Reading;
use crate::domain::turns::Place;

/// What is sent on the lane, or free of it.
#[derive(Debug)]
pub struct Way(Option<Moving>);

impl Way {
    /// On the lane.
    pub(super) fn of(moving: Moving) -> Self {
        Self(Some(moving))
    }

    /// Free: what does not wait for anybody.
    pub const FREE: Self = Self(None);

    /// The same bytes, each piece when it has its turn.
    pub fn paced(self, reading: Reading) -> Reading {
        let Some(moving) = self.0 else { return reading };
        let source = match reading {
            Reading::Piece(piece) => stream::once(std::future::ready(Ok(piece))).boxed(),
            Reading::Stream(pieces) => pieces,
        };
        let pieces = stream::try_unfold((moving, source, Bytes::new()), next_piece);
        Reading::Stream(pieces.boxed())
    }
}

type Source = BoxStream<'static, Result<Bytes, Arc<BlobError>>>;
type Paced = (Moving, Source, Bytes);

async fn next_piece(paced: Paced) -> Result<Option<(Bytes, Paced)>, Arc<BlobError>> {
    let (mut moving, mut source, mut rest) = paced;
    while rest.is_empty() {
        match source.try_next().await? {
            Some(block) => rest = block,
            None => return Ok(None),
        }
    }
    let most = usize::try_from(moving.shared.piece_bytes).unwrap_or(usize::MAX);
    let piece = rest.split_to(rest.len().min(most));
    moving.turn(piece.len() as u64).await;
    Ok(Some((piece, (moving, source, rest))))
}

/// One answer on the lane; over when dropped.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) shared: Arc<Shared>,
    pub(super) turn: u64,
    /// Of a bundle: whose, and bytes that were not sent yet.
    pub(super) bundle: Option<(Downloader, u64)>,
}

impl Moving {
    /// Waits until so many bytes may go.
    async fn turn(&mut self, bytes: u64) {
        if let Some((place, gone)) = self.shared.ask(self.turn, bytes, Instant::now()) {
            let _leaves = Leaves { shared: &self.shared, place };
            // The lane lives as long as the server.
            let _gone = gone.await;
        }
        if let Some((of, unsent)) = &mut self.bundle {
            *unsent = unsent.saturating_sub(bytes);
            self.shared.sent(*of, bytes);
        }
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        if let Some((of, unsent)) = self.bundle {
            self.shared.end(of, unsent);
        }
    }
}

/// Leaves its place when dropped: whoever goes away takes nobody's turn.
struct Leaves<'a> {
    shared: &'a Shared,
    place: Place,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.shared.lock().turns.leave(self.place);
    }
}

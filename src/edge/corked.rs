//! A stream that gathers what one turn of an HTTP/2 connection writes, and sends it together.
//!
//! h2 flushes after every frame: a system call, a wake-up of the client and a packet of its own for
//! each 16 kB. Here a flush only promises; the connection pushes when its turn is over.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;

/// The stream as HTTP/2 sees it. What is written is sealed, and waits for [`Cork::poll_push`] or
/// for the limit of sealed bytes.
#[derive(Debug)]
pub(super) struct Corked(Arc<Mutex<Box<Stream>>>);

/// The hand on the cork. It is used by the task that polls the connection, so the lock is free.
#[derive(Debug)]
pub(super) struct Cork(Arc<Mutex<Box<Stream>>>);

/// Corks a stream.
pub(super) fn cork(stream: Box<Stream>) -> (Corked, Cork) {
    let shared = Arc::new(Mutex::new(stream));
    (Corked(Arc::clone(&shared)), Cork(shared))
}

fn lock(shared: &Mutex<Box<Stream>>) -> MutexGuard<'_, Box<Stream>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cork {
    /// Hands what was written to the kernel; pending while it takes nothing more.
    pub(super) fn poll_push(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **lock(&self.0)).poll_flush(cx)
    }
}

impl AsyncRead for Corked {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut **lock(&self.0)).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Corked {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        lock(&self.0).poll_seal(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        lock(&self.0).poll_seal(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **lock(&self.0)).poll_shutdown(cx)
    }
}

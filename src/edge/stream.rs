//! A TLS stream that seals more at once for a client that takes it quickly.

use std::io::{self, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::socket::Socket;

/// Sealed bytes that may wait for a client that is not known to be quick: what a connection costs
/// while its client reads slowly, or not at all.
const SEALED_BYTES_MAX: usize = 64 * 1024;
/// The same for a quick client. A quarter as many system calls and wake-ups for a large body; twice
/// as much again is no faster, because it no longer fits into the cache beside its plaintext.
const SEALED_BYTES_MAX_QUICK: usize = 256 * 1024;

/// A head with its body up to this many bytes is one record: a record of its own would cost more
/// than the copy.
const TOGETHER_BYTES_MAX: usize = 4 * 1024;

/// TLS over a watched socket.
#[derive(Debug)]
pub(super) struct Stream {
    inner: TlsStream<Socket>,
    /// The limit that holds now.
    sealed_bytes_max: usize,
}

impl Stream {
    /// A stream whose handshake is done.
    pub(super) fn new(mut inner: TlsStream<Socket>) -> Self {
        inner.get_mut().1.set_buffer_limit(Some(SEALED_BYTES_MAX));
        Self { inner, sealed_bytes_max: SEALED_BYTES_MAX }
    }

    /// The protocol that both sides named.
    pub(super) fn alpn_protocol(&self) -> Option<&[u8]> {
        self.inner.get_ref().1.alpn_protocol()
    }

    /// Seals without sending; sends only when the limit of sealed bytes is reached.
    pub(super) fn poll_seal(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.keep_pace();
        loop {
            let bytes = self.seal(slices)?;
            if bytes > 0 || slices.iter().all(|slice| slice.is_empty()) {
                return Poll::Ready(Ok(bytes));
            }
            ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        }
    }

    /// Seals as much as the limit allows. Little goes into one record; of much each piece has records
    /// of its own, because only what lies in one piece is sealed without a copy.
    fn seal(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut writer = self.inner.get_mut().1.writer();
        if slices.iter().map(|slice| slice.len()).sum::<usize>() <= TOGETHER_BYTES_MAX {
            return writer.write_vectored(slices);
        }
        let mut sealed = 0;
        for slice in slices.iter().filter(|slice| !slice.is_empty()) {
            let bytes = writer.write(slice)?;
            sealed += bytes;
            if bytes < slice.len() {
                break;
            }
        }
        Ok(sealed)
    }

    /// Makes the limit that of the client as it is now.
    fn keep_pace(&mut self) {
        let (socket, session) = self.inner.get_mut();
        let fitting = if socket.is_quick() { SEALED_BYTES_MAX_QUICK } else { SEALED_BYTES_MAX };
        if self.sealed_bytes_max != fitting {
            self.sealed_bytes_max = fitting;
            session.set_buffer_limit(Some(fitting));
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // First what waits: sealing into what room is left would make small records.
        if self.inner.get_ref().1.wants_write() {
            ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        }
        let bytes = ready!(self.poll_seal(cx, slices))?;
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What the kernel did not take yet is sent by the next write or flush.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

//! The socket under TLS and HTTP: it cuts clients that send a head or take an answer too slowly.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Settings;
use super::activity::Activity;
use super::patience::{Impatience, WritePatience};
use crate::telemetry::connections::Cut;

/// Bytes that the kernel holds unsent before it says full. Small enough that a client of a few
/// kB/s is seen to make progress within the stall limit, large enough to keep a fast line busy.
const UNSENT_BYTES_MAX: u32 = 128 * 1024;

/// The same for a quick client: fewer stops and wake-ups. One that was quick and stops is seen to make
/// progress by half of this within the stall limit.
const UNSENT_BYTES_MAX_QUICK: u32 = 512 * 1024;
/// Bytes that a client must have taken without a long wait before it counts as quick.
const QUICK_AFTER_BYTES: usize = 512 * 1024;
/// A wait for the client that is longer than this makes it one that is not quick.
const LONG_WAIT: Duration = Duration::from_millis(50);

/// How long what a refused client still sends is read and thrown away, so that the answer reaches
/// it: a close with unread bytes would reset the connection, and the answer with it.
const LINGER: Duration = Duration::from_secs(5);
/// Bytes thrown away at once.
const LINGER_BYTES: usize = 16 * 1024;

/// A timer that is only made when it is first needed: most connections never wait.
#[derive(Debug, Default)]
struct LateTimer(Option<Pin<Box<Sleep>>>);

impl LateTimer {
    /// Ready when the instant has come.
    fn poll_until(&mut self, due: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(cx)
    }
}

/// A TCP socket with the timers of heads and writes on it.
#[derive(Debug)]
pub(super) struct Socket {
    inner: TcpStream,
    activity: Arc<Activity>,
    write: WritePatience,
    /// Bytes taken since the last long wait for the client.
    taken_quickly: usize,
    write_timer: LateTimer,
    header_timeout: Duration,
    /// When the present head began; none between requests.
    head_since: Option<Instant>,
    /// The count of requests at which `head_since` was noted.
    head_of: u64,
    head_timer: LateTimer,
    /// The limit that ended the connection.
    cut_by: Option<Cut>,
    /// Until when to read on after the last byte was written.
    linger_until: Option<Instant>,
}

impl Socket {
    /// Watches an accepted connection. A socket that cannot be tuned still works.
    pub(super) fn new(inner: TcpStream, activity: Arc<Activity>, settings: &Settings) -> Self {
        let now = Instant::now();
        let tuned = inner
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&inner).set_tcp_notsent_lowat(UNSENT_BYTES_MAX));
        if let Err(error) = tuned {
            tracing::debug!(%error, "a socket was not tuned");
        }
        let stall = Duration::from_secs(settings.write_stall_seconds);
        Self {
            inner,
            activity,
            write: WritePatience::new(stall, settings.write_bytes_per_second_min, now),
            taken_quickly: 0,
            write_timer: LateTimer::default(),
            header_timeout: Duration::from_secs(settings.header_timeout_seconds),
            head_since: Some(now),
            head_of: 0,
            head_timer: LateTimer::default(),
            cut_by: None,
            linger_until: None,
        }
    }

    /// Whether the client takes what it is sent about as fast as it is written.
    pub(super) fn is_quick(&self) -> bool {
        self.taken_quickly >= QUICK_AFTER_BYTES
    }

    /// Notes what the client took after how long a wait, and gives it the room that fits.
    fn judge_pace(&mut self, bytes: usize, waited: Duration) {
        let was_quick = self.is_quick();
        if waited >= LONG_WAIT {
            self.taken_quickly = 0;
        }
        self.taken_quickly = self.taken_quickly.saturating_add(bytes);
        let unsent_max = match (was_quick, self.is_quick()) {
            (false, true) => UNSENT_BYTES_MAX_QUICK,
            (true, false) => UNSENT_BYTES_MAX,
            _ => return,
        };
        if let Err(error) = SockRef::from(&self.inner).set_tcp_notsent_lowat(unsent_max) {
            tracing::debug!(%error, "a socket was not tuned");
        }
    }

    /// Ends the connection: whatever the kernel still holds is dropped with the socket, and the
    /// client sees a reset instead of an answer that only looks complete.
    fn cut(&mut self, reason: Cut) -> io::Error {
        if self.cut_by.is_none() {
            self.cut_by = Some(reason);
            self.activity.metrics.cut(reason);
            if let Err(error) = SockRef::from(&self.inner).set_linger(Some(Duration::ZERO)) {
                tracing::debug!(%error, "a cut connection lingers");
            }
        }
        io::Error::new(io::ErrorKind::TimedOut, reason.label())
    }

    /// Fails when the connection was cut.
    fn check(&self) -> io::Result<()> {
        match self.cut_by {
            Some(reason) => Err(io::Error::new(io::ErrorKind::TimedOut, reason.label())),
            None => Ok(()),
        }
    }

    /// Bytes of a head may have come.
    fn head_came(&mut self) {
        self.forget_finished_head();
        if self.head_since.is_none() && self.activity.awaits_head() {
            self.head_since = Some(Instant::now());
        }
    }

    /// The head that was timed became a request.
    fn forget_finished_head(&mut self) {
        let begun = self.activity.begun();
        if begun != self.head_of {
            self.head_of = begun;
            self.head_since = None;
        }
    }

    /// Nothing came: fails when a head has been on its way for too long.
    fn poll_head_timeout(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.forget_finished_head();
        match self.head_since {
            Some(since) if self.activity.awaits_head() => {
                ready!(self.head_timer.poll_until(since + self.header_timeout, cx));
                Poll::Ready(self.cut(Cut::SlowHead))
            }
            _ => Poll::Pending,
        }
    }

    /// Throws away what still comes, until the client closes or the time is over.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = *self.linger_until.get_or_insert_with(|| Instant::now() + LINGER);
        let mut waste = [0; LINGER_BYTES];
        loop {
            if self.head_timer.poll_until(until, cx).is_ready() {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut waste);
            let read = ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }

    /// Notes what a write did; fails when the client has taken too little for too long.
    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.activity.wrote(bytes);
                let waited = self.write.wrote(bytes, Instant::now);
                self.judge_pace(bytes, waited);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => loop {
                self.activity.blocked();
                let now = Instant::now();
                let due = self.write.blocked(now);
                ready!(self.write_timer.poll_until(due, cx));
                let reason = match self.write.look(Instant::now()) {
                    Ok(()) => continue,
                    Err(Impatience::Stalled) => Cut::StalledReader,
                    Err(Impatience::Slow) => Cut::SlowReader,
                };
                return Poll::Ready(Err(self.cut(reason)));
            },
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        match &read {
            Poll::Ready(Ok(())) if buffer.filled().len() > before => self.head_came(),
            Poll::Ready(_) => {}
            Poll::Pending => return self.poll_head_timeout(cx).map(Err),
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.after_write(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.after_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.activity.ends();
        self.check()?;
        let shut = ready!(Pin::new(&mut self.inner).poll_shutdown(cx));
        if shut.is_ok() && self.activity.lingers() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(shut)
    }
}

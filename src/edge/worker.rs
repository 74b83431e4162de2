//! The workers: each a thread with a runtime, sockets and connections of its own.
//!
//! The runtime model is this file alone: nothing else knows how many threads there are.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::future::join_all;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::listen::Listeners;
use super::places::Places;
use super::tls::Tls;
use super::{Drain, Handler, Report, Settings, connection, h1, h2};
use crate::telemetry::connections::{ConnectionMetrics, Cut};
use crate::telemetry::lag::Lag;

/// Pause after the kernel could not hand over a connection, which is mostly a lack of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all workers of a listener share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Arc<Settings>,
    pub(super) metrics: ConnectionMetrics,
    pub(super) places: Arc<Places>,
    pub(super) tls: Option<Tls>,
    pub(super) lag: Lag,
}

/// One worker: whatever a connection uses often is the worker's own, not shared between cores.
#[derive(Debug)]
pub(super) struct Worker<H> {
    number: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) handler: Arc<H>,
    drain: Drain,
    /// The worker's own echo of the drain: its many connections share no lock with other cores.
    leave: Drain,
    pub(super) h1: http1::Builder,
    pub(super) h2: http2::Builder<TokioExecutor>,
    live: watch::Sender<usize>,
    /// Connections that ended by themselves since the drain began.
    finished: AtomicUsize,
}

impl<H: Handler> Worker<H> {
    /// A worker with no connections yet.
    pub(super) fn new(number: usize, shared: Arc<Shared>, handler: H, drain: Drain) -> Self {
        Self {
            number,
            h1: h1::builder(&shared.settings),
            h2: h2::builder(&shared.settings),
            shared,
            handler: Arc::new(handler),
            drain,
            leave: Drain::new(),
            live: watch::Sender::new(0),
            finished: AtomicUsize::new(0),
        }
    }

    /// Ends when connections shall leave.
    pub(super) async fn leaving(&self) {
        self.leave.begun().await;
    }

    /// Runs on the calling thread until the drain is over.
    pub(super) fn run(self, listeners: Listeners) -> io::Result<Report> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let report = runtime.block_on(async {
            let looking = self.look_at_the_clock();
            let report = Arc::new(self).work(listeners).await;
            looking.abort();
            report
        });
        // Connections that are still open end here; blocking work of theirs is not waited for.
        runtime.shutdown_background();
        report
    }

    /// Tells how late tasks get their turn here: as one of them, behind those of connections.
    #[expect(clippy::disallowed_methods, reason = "ends with the worker")]
    fn look_at_the_clock(&self) -> tokio::task::JoinHandle<()> {
        let (lag, number) = (self.shared.lag.clone(), self.number);
        tokio::spawn(async move { lag.keep(number).await })
    }

    async fn work(self: Arc<Self>, listeners: Listeners) -> io::Result<Report> {
        let listeners: Vec<_> =
            listeners.into_iter().map(TcpListener::from_std).collect::<Result<_, _>>()?;
        let accepting = listeners.into_iter().map(|listener| self.accept_all(listener));
        tokio::select! {
            () = self.drain.begun() => {}
            _ = join_all(accepting) => {}
            () = self.keep_certificate() => {}
        }
        Ok(self.finish().await)
    }

    /// Watches the certificate's files for ever, if there are any and no other worker does.
    async fn keep_certificate(&self) {
        if let Some(tls) = &self.shared.tls {
            let every = Duration::from_secs(self.shared.settings.certificate_check_seconds);
            tls.certificate.keep_fresh(every).await;
        }
        pending::<()>().await;
    }

    /// Accepts for ever; above the cap the next waits.
    async fn accept_all(self: &Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, address)) => self.admit(stream, address).await,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    self.shared.metrics.accept_failed();
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Waits for a place and serves the connection in a task.
    #[expect(
        clippy::disallowed_methods,
        reason = "`live` counts the task, and the drain waits for it"
    )]
    async fn admit(self: &Arc<Self>, stream: TcpStream, address: SocketAddr) {
        let Some(place) = self.shared.places.take(address.ip()).await else {
            self.shared.metrics.refused();
            return;
        };
        let worker = Arc::clone(self);
        worker.live.send_modify(|live| *live += 1);
        tokio::spawn(async move {
            let _ended = Ended(Arc::clone(&worker));
            let _place = place;
            connection::serve(worker, stream, address).await;
        });
    }

    /// Lets the connections in flight end by themselves, for as long as the settings say.
    async fn finish(&self) -> Report {
        self.leave.begin();
        let mut live = self.live.subscribe();
        let limit = Duration::from_secs(self.shared.settings.drain_seconds);
        let waited = timeout(limit, live.wait_for(|live| *live == 0)).await;
        let cut = if waited.is_ok() { 0 } else { *self.live.borrow() };
        for _ in 0..cut {
            self.shared.metrics.cut(Cut::Drained);
        }
        Report { finished: self.finished.load(Relaxed), cut }
    }
}

/// Counts a connection out, also when its task panics.
struct Ended<H>(Arc<Worker<H>>);

impl<H> Drop for Ended<H> {
    fn drop(&mut self) {
        if self.0.leave.has_begun() {
            self.0.finished.fetch_add(1, Relaxed);
        }
        self.0.live.send_modify(|live| *live -= 1);
    }
}

/// Whether the error concerns a connection that was gone before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

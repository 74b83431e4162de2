//! From settings to sockets to a running server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use futures_util::future::join_all;
use tokio::sync::oneshot;

use super::certificate::Certificate;
use super::listen::{Listeners, listen};
use super::places::{Places, connections_of_open_files};
use super::tls::Tls;
use super::worker::{Shared, Worker};
use super::{Drain, EdgeError, Handler, Listen, Report, Settings};
use crate::telemetry::connections::ConnectionMetrics;
use crate::telemetry::lag::Lag;

/// Listening sockets that nobody answers on yet; connections already queue in the kernel.
#[derive(Debug)]
pub struct Bound {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    of_workers: Vec<Listeners>,
}

/// Checks the settings, reads the certificate and takes the addresses.
pub fn bind(
    listen_at: &Listen,
    settings: Settings,
    metrics: ConnectionMetrics,
) -> Result<Bound, EdgeError> {
    let mut problems = settings.check();
    if listen_at.addresses.is_empty() {
        problems.push("no address to listen on".to_owned());
    }
    if !problems.is_empty() {
        return Err(EdgeError::Settings(problems));
    }
    let tls = listen_at.tls.as_ref().map(|files| Tls::new(files, &settings)).transpose()?;
    let workers = match settings.workers {
        0 => thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let (addresses, of_workers) = listen(&listen_at.addresses, workers, settings.backlog)?;
    let max = match settings.connections_max {
        0 => connections_of_open_files(),
        max => max,
    };
    let per_address_max = if tls.is_some() { settings.connections_per_address_max } else { 0 };
    let places = Places::new(max, per_address_max);
    let lag = Lag::new(workers);
    let shared = Arc::new(Shared { settings: Arc::new(settings), metrics, places, tls, lag });
    Ok(Bound { shared, addresses, of_workers })
}

/// Takes addresses for plain HTTP with one worker: the ops listener.
pub fn bind_plain(
    addresses: Vec<SocketAddr>,
    mut settings: Settings,
    metrics: ConnectionMetrics,
) -> Result<Bound, EdgeError> {
    settings.workers = 1;
    // Probes of a balancer speak for themselves.
    settings.balancers.clear();
    bind(&Listen { addresses, tls: None }, settings, metrics)
}

impl Bound {
    /// The addresses with the ports that were chosen, in the order in which they were asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How late its workers are, once they answer.
    pub fn lag(&self) -> Lag {
        self.shared.lag.clone()
    }

    /// A handle that tells how long the certificate lasts; none without TLS.
    pub fn certificate(&self) -> Option<CertificateWatch> {
        let tls = self.shared.tls.as_ref()?;
        Some(CertificateWatch(Arc::clone(&tls.certificate)))
    }

    /// Answers on threads of its own until the drain is over. Requests run on those threads, so a
    /// handler must not block them. Dropping the future does not stop them; the drain does.
    pub async fn serve<H: Handler>(self, handler: H, drain: Drain) -> Result<Report, EdgeError> {
        let mut workers = Vec::new();
        for (number, listeners) in self.of_workers.into_iter().enumerate() {
            let shared = Arc::clone(&self.shared);
            let worker = Worker::new(number, shared, handler.clone(), drain.clone());
            let (sender, receiver) = oneshot::channel();
            thread::Builder::new()
                .name(format!("edge-{number}"))
                .spawn(move || sender.send(worker.run(listeners)))
                .map_err(|source| {
                    drain.begin();
                    EdgeError::Worker(source)
                })?;
            workers.push(async move {
                let report = receiver.await.map_err(|_| EdgeError::WorkerDied);
                report
                    .and_then(|report| report.map_err(EdgeError::Worker))
                    .inspect_err(|error| tracing::error!(%error, number, "a worker ended early"))
            });
        }
        let mut sum = Report::default();
        for report in join_all(workers).await {
            let report = report?;
            sum.finished += report.finished;
            sum.cut += report.cut;
        }
        Ok(sum)
    }
}

/// Looks at the certificate in use.
#[derive(Clone, Debug)]
pub struct CertificateWatch(Arc<Certificate>);

impl CertificateWatch {
    /// Whole days until the certificate in use expires; negative when it has.
    pub fn days_left(&self, now: SystemTime) -> Option<i64> {
        self.0.days_left(now)
    }
}

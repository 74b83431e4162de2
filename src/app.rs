//! The composition root: a configuration becomes a running node.

use std::os::unix::net::UnixListener;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response};
use jiff::SignedDuration;
use prometheus::Registry;
use tokio::sync::watch;

pub mod control;
pub mod ops;

use crate::blob::Blobs;
use crate::clock::Clock;
use crate::config::blobs::OpenError;
use crate::config::{Calendar, Config, Role};
use crate::delivery::cache::{BlockCache, CacheMetrics, Kind};
use crate::delivery::catalogue::Catalogue;
use crate::delivery::gate::Gate;
use crate::edge::{self, Bound, Drain, Handler, IncomingBody, Listen, Peer, Refusal, TlsFiles};
use crate::jobs::Jobs;
use crate::jobs::readiness::Readiness;
use crate::node::Node;
use crate::node::keys::random;
use crate::service::grants::Grants;
use crate::service::passwords::HashPool;
use crate::service::sign_in::Attempts;
use crate::store::Store;
use crate::telemetry::connections::ConnectionMetrics;
use crate::telemetry::requests::RequestMetrics;
use crate::telemetry::service::ServiceMetrics;
use crate::telemetry::store::StoreMetrics;
use crate::web::{Client, Site, Web, answer, router, session, static_pages};

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Sockets or certificate.
    #[error("the server cannot listen")]
    Edge(#[from] edge::EdgeError),
    /// The state folder.
    #[error("the state folder cannot be used")]
    State(#[from] crate::node::state::StateError),
    /// The blob store.
    #[error("the blob store cannot be used")]
    Blob(#[from] crate::blob::BlobError),
    /// A password file and the like.
    #[error("{0}")]
    Config(String),
    /// A thread.
    #[error("a thread cannot be started")]
    Thread(#[from] std::io::Error),
}

/// A node that is put together and listens, but does not answer yet.
#[derive(Debug)]
pub struct App {
    /// What it works on outside requests.
    pub jobs: Jobs,
    /// Its metrics.
    pub registry: Registry,
    web: Web,
    control: UnixListener,
    bound: Bound,
    ops: Bound,
    drain: Drain,
}

impl App {
    /// Puts a node together from its configuration; `clock` is service time.
    pub fn new(config: &Config, calendar: &Calendar, clock: Clock) -> Result<Self, StartError> {
        let registry = Registry::new();
        let metrics = ServiceMetrics::new(&registry, env!("CARGO_PKG_VERSION"));
        let connections = ConnectionMetrics::new(&registry);
        let bound = edge::bind(&listen(config), config.edge.clone(), connections.clone())?;
        let ops = vec![config.server.ops_address];
        let ops = edge::bind_plain(ops, edge::Settings::default(), connections)?;
        let node = Node::open(&config.server.state, clock)?;
        let control = control::listen(&config.server.state)?;
        let blobs = open_blobs(config, &registry)?;
        let access =
            config.database.access(Role::Node).map_err(|e| StartError::Config(e.to_string()))?;
        let catalogue = Catalogue::default();
        let threads = match config.passwords.hashing_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let first_request = u64::from_be_bytes(random());
        let caches = CacheMetrics::new(&registry);
        let cache =
            |kind, bytes_max| BlockCache::new(kind, blobs.clone(), bytes_max, caches.clone());
        let site = Site {
            requests: RequestMetrics::new(&registry, &router::NAMES, first_request),
            gate: Gate::new(node.clone(), catalogue.clone()),
            scripts: cache(Kind::Scripts, config.cache.scripts_bytes_max),
            documents: cache(Kind::Documents, config.cache.documents_bytes_max),
            grants: Grants::new(node.clone(), metrics.clone()),
            passwords: HashPool::start(threads, metrics.clone())?,
            attempts: Attempts::default(),
            promised_on: calendar.promised_on,
            origin: config.server.origin.clone(),
            sessions: session::Limits {
                idle: SignedDuration::from_mins(config.sessions.idle_minutes.into()),
                absolute: SignedDuration::from_hours(config.sessions.absolute_hours.into()),
            },
            metrics: metrics.clone(),
            node: node.clone(),
        };
        let jobs = Jobs {
            node,
            store: Store::new(access).measured(StoreMetrics::new(&registry)),
            blobs,
            catalogue,
            metrics,
            listening: Arc::default(),
            readiness: Arc::new(Readiness::default()),
        };
        Ok(Self { jobs, registry, web: Web::new(site), control, bound, ops, drain: Drain::new() })
    }

    /// Addresses of the portal and of the ops listener.
    pub fn addresses(&self) -> (Vec<std::net::SocketAddr>, std::net::SocketAddr) {
        (self.bound.addresses().to_vec(), self.ops.addresses()[0])
    }

    /// A handle that ends the node gently.
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Answers until drained: readiness falls at once, downloads finish, the journal is shipped.
    pub async fn serve(self) -> Result<edge::Report, StartError> {
        let (stop_jobs, stopped) = watch::channel(false);
        let readiness = Arc::clone(&self.jobs.readiness);
        let ops_handler = ops::Ops {
            registry: self.registry,
            node: self.jobs.node.clone(),
            readiness: Arc::clone(&readiness),
        };
        let ops_drain = Drain::new();
        let draining = async {
            self.drain.begun().await;
            readiness.drain();
        };
        let portal = async {
            let report = self.bound.serve(Portal(self.web), self.drain.clone()).await;
            stop_jobs.send_replace(true);
            report
        };
        let node = self.jobs.node.clone();
        let jobs = async {
            tokio::select! {
                () = self.jobs.run(stopped) => (),
                () = control::serve(self.control, node) => (),
            }
            ops_drain.begin();
        };
        let ops = self.ops.serve(ops_handler, ops_drain.clone());
        let (report, (), ops, ()) = tokio::join!(portal, jobs, ops, draining);
        ops?;
        Ok(report?)
    }
}

fn open_blobs(config: &Config, registry: &Registry) -> Result<Blobs, StartError> {
    config.blobs.open(registry).map_err(|error| match error {
        OpenError::Problem(problem) => StartError::Config(problem.to_string()),
        OpenError::Blob(error) => StartError::Blob(error),
    })
}

fn listen(config: &Config) -> Listen {
    let server = &config.server;
    let plain = server.certificate.as_os_str().is_empty();
    let files = TlsFiles { certificate: server.certificate.clone(), key: server.key.clone() };
    Listen { addresses: server.addresses.clone(), tls: (!plain).then_some(files) }
}

/// The portal as the sockets see it.
#[derive(Clone, Debug)]
struct Portal(Web);

impl Handler for Portal {
    type Body = Body;

    async fn call(&self, request: Request<IncomingBody>) -> Response<Body> {
        let peer = request.extensions().get::<Peer>();
        let address = peer.map(|peer| peer.address.ip());
        self.0.answer(request.map(Body::new), Client { address }).await
    }

    fn refuse(&self, refusal: Refusal) -> Response<Body> {
        let page = match refusal {
            Refusal::BadHost | Refusal::TooManyHeaders => static_pages::bad_request(),
            Refusal::Panicked => static_pages::failed(),
        };
        let mut response = answer::fixed(page);
        if refusal == Refusal::TooManyHeaders {
            *response.status_mut() = http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        }
        answer::secure(response.headers_mut());
        response
    }
}

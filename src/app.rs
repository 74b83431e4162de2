//! The composition root: a configuration becomes a running node.

use std::os::unix::net::UnixListener;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use http::{Request, Response};
use prometheus::Registry;
use tokio::sync::watch;

pub mod control;
mod entry;
mod fit;
mod live;
mod machine;
pub mod ops;
mod parts;
mod waiting;

use crate::clock::Clock;
use crate::config::{Calendar, Config};
use crate::delivery::catalogue::Catalogue;
use crate::delivery::gate::Gate;
use crate::delivery::lane::Lane;
use crate::edge::{self, Bound, Drain, Handler, IncomingBody, Peer, Refusal};
use crate::jobs::Jobs;
use crate::jobs::readiness::Readiness;
use crate::jobs::waiting::exchange::Exchanges;
use crate::node::keys::random;
use crate::service::accesses::Accesses;
use crate::service::grants::Grants;
use crate::service::organisation::Organisations;
use crate::service::passkeys::Passkeys;
use crate::service::sessions::Sessions;
use crate::service::users::Users;
use crate::service::view_as::ViewAs;
use crate::telemetry::live::Live;
use crate::telemetry::requests::RequestMetrics;
use crate::web::{Client, Site, Web, answer, router, static_pages};
use machine::Machine;
use parts::{
    Pools, agreed, announced, bind, blobs_and_caches, desks, forms, identity, mailbox, metrics,
    nightly, open_post, own_folder, scrub_pace, session_limits,
};

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
    /// The database, or another node, is of something else.
    #[error("{0}")]
    Misfit(String),
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Schools.
    Serve,
    /// Trying the service out: emails that go to a folder can be read as pages.
    Demo,
}

/// A node that is put together and listens, but does not answer yet.
#[derive(Debug)]
pub struct App {
    /// What it works on outside requests.
    pub jobs: Jobs,
    /// Its metrics.
    pub registry: Registry,
    machine: Machine,
    web: Web,
    control: UnixListener,
    bound: Bound,
    ops: Bound,
    drain: Drain,
}

impl App {
    /// Puts a node together from its configuration; `clock` is service time.
    pub fn new(
        config: &Config,
        calendar: &Calendar,
        clock: Clock,
        purpose: Purpose,
    ) -> Result<Self, StartError> {
        let (registry, metrics) = metrics();
        let (bound, ops) = bind(config, &registry)?;
        let (node, control) = own_folder(config, clock)?;
        let (blobs, scripts, documents) = blobs_and_caches(config, &registry)?;
        let (pools, catalogue) = (Pools::open(config, &registry)?, Catalogue::default());
        let waiting = waiting::open(config, calendar.year, &node, &registry);
        let entry = entry::open(config, &node, &waiting, &metrics, &pools)?;
        let site = Site {
            waiting: waiting.clone(),
            lane: Lane::new(config.delivery.scripts_bytes_per_second),
            requests: RequestMetrics::new(&registry, &router::NAMES, u64::from_be_bytes(random())),
            gate: Gate::new(node.clone(), catalogue.clone()),
            scripts,
            documents,
            grants: Grants::new(node.clone(), metrics.clone()),
            desks: desks(&node, &pools, calendar),
            organisations: Organisations::new(node.clone(), pools.serving.clone()),
            forms: forms(config, calendar, &node, &pools, &registry)?,
            accesses: Accesses::new(node.clone(), pools.serving.clone()),
            users: Users::new(node.clone(), pools.serving.clone(), config.users.policy(calendar)),
            view_as: ViewAs::new(node.clone(), pools.serving.clone()),
            policy: entry.policy,
            own_passwords: entry.own_passwords,
            forgotten: entry.forgotten,
            access_requests: entry.access_requests,
            own_sessions: Sessions::new(node.clone(), pools.serving.clone()),
            passkeys: Passkeys::new(entry.factors.clone(), &config.server.origin),
            factors: entry.factors,
            identity: identity(config, &node, &pools, &metrics)?,
            passwords: entry.passwords.clone(),
            promised_on: calendar.promised_on,
            announced: announced(config, calendar)?,
            mailbox: mailbox(config, purpose),
            origin: config.server.origin.clone(),
            sessions: session_limits(config),
            metrics: metrics.clone(),
            node: node.clone(),
        };
        let jobs = Jobs {
            post: open_post(config)?,
            node,
            store: pools.node,
            working: pools.working,
            blobs,
            catalogue,
            waiting,
            lane: site.lane.clone(),
            lag: bound.lag(),
            passwords: entry.passwords,
            scrub: scrub_pace(config),
            gias: nightly(config, calendar)?,
            care: config.users.policy(calendar),
            forgotten: entry.names,
            identity: site.identity.clone(),
            ages: Arc::clone(&site.policy),
            metrics,
            live: Live::new(registry.clone()),
            listening: Arc::default(),
            readiness: Arc::new(Readiness::of(agreed(config)?)),
        };
        let machine = Machine::new(&registry, bound.certificate(), config.server.state.clone());
        let (web, drain) = (Web::new(site), Drain::new());
        Ok(Self { jobs, registry, machine, web, control, bound, ops, drain })
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
        fit::look(&self.jobs).await?;
        let mut exchanges = Exchanges::begin(&self.jobs);
        // Whoever comes meanwhile waits to be accepted; each takes a second at the longest.
        exchanges.once(&self.jobs).await;
        self.jobs.waiting.first_token().await;
        let (stop_jobs, stopped) = watch::channel(false);
        let readiness = Arc::clone(&self.jobs.readiness);
        let ops_handler = ops::Ops {
            registry: self.registry,
            node: self.jobs.node.clone(),
            readiness: Arc::clone(&readiness),
            machine: self.machine,
            live: self.jobs.live.clone(),
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
        let (node, waiting) = (self.jobs.node.clone(), self.jobs.waiting.clone());
        let jobs = async {
            tokio::select! {
                () = self.jobs.run(exchanges, stopped) => (),
                () = control::serve(self.control, node, waiting) => (),
            }
            ops_drain.begin();
        };
        let ops = self.ops.serve(ops_handler, ops_drain.clone());
        let (report, (), ops, ()) = tokio::join!(portal, jobs, ops, draining);
        ops?;
        Ok(report?)
    }
}

/// The portal as the sockets see it.
#[derive(Clone, Debug)]
struct Portal(Web);

impl Handler for Portal {
    type Body = Body;

    fn call(
        &self,
        request: Request<IncomingBody>,
        peer: Peer,
    ) -> impl Future<Output = Response<Body>> + Send {
        let address = Some(peer.address.ip());
        // Most requests have no body: nothing is laid on the heap for one.
        let body = |body: IncomingBody| {
            if body.is_end_stream() { Body::empty() } else { Body::new(body) }
        };
        self.0.answer(request.map(body), Client { address })
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

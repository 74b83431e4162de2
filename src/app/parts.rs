//! The parts of a node, each as its configuration says.

use std::os::unix::net::UnixListener;

use jiff::SignedDuration;
use prometheus::Registry;

use super::{Purpose, StartError, control};
use crate::blob::Blobs;
use crate::clock::Clock;
use crate::config::blobs::OpenError;
use crate::config::email::SenderKind;
use crate::config::{Calendar, Config, Role, forms, welcome};
use crate::delivery::cache::{BlockCache, CacheMetrics, Kind};
use crate::domain::agreed::Agreed;
use crate::domain::announced::Announced;
use crate::edge::{self, Bound, Listen, TlsFiles};
use crate::jobs::gias::Nightly;
use crate::jobs::outbox::Post;
use crate::jobs::scrub::Pace;
use crate::node::Node;
use crate::service::desk::Desks;
use crate::service::forms::{Cycle, Forms};
use crate::service::identity::IdentityService;
use crate::service::mailbox::Mailbox;
use crate::service::second_factors::SecondFactors;
use crate::store::Store;
use crate::telemetry::connections::ConnectionMetrics;
use crate::telemetry::forms::FormMetrics;
use crate::telemetry::service::ServiceMetrics;
use crate::telemetry::store::StoreMetrics;
use crate::web::session;

/// Addresses that emails name, and where they lead.
const LINKS: [(&str, &str); 12] = [
    ("results", "/results"),
    ("help", "/help"),
    ("sessions", "/account/sessions"),
    ("users", "/users"),
    ("review", "/users/review"),
    ("sign-in", "/sign-in"),
    ("set-up", "/set-up-account"),
    ("reset", "/reset-password"),
    ("forgotten", "/forgotten-password"),
    ("password", "/account/password"),
    ("accesses", "/organisation/accesses"),
    ("activity", "/activity"),
];

/// What the node reports of itself, and where.
pub(super) fn metrics() -> (Registry, ServiceMetrics) {
    let registry = Registry::new();
    let metrics = ServiceMetrics::new(&registry, env!("CARGO_PKG_VERSION"));
    (registry, metrics)
}

/// What the welcome page tells of the year.
pub(super) fn announced(config: &Config, calendar: &Calendar) -> Result<Announced, StartError> {
    let told = welcome::load(&config.cycles.folder, calendar);
    told.map_err(|problems| StartError::Config(problems.to_string()))
}

/// What it tells the other nodes of its configuration.
pub(super) fn agreed(config: &Config) -> Result<Agreed, StartError> {
    config.agreed().map_err(|problem| StartError::Config(problem.to_string()))
}

/// What a node has in its own folder: its state, and the socket of its commands.
pub(super) fn own_folder(
    config: &Config,
    clock: Clock,
) -> Result<(Node, UnixListener), StartError> {
    let folder = &config.server.state;
    Ok((Node::open(folder, clock)?, control::listen(folder)?))
}

/// The sockets of users and of operators.
pub(super) fn bind(config: &Config, registry: &Registry) -> Result<(Bound, Bound), StartError> {
    let connections = ConnectionMetrics::new(registry);
    let bound = edge::bind(&listen(config), config.edge.clone(), connections.clone())?;
    let ops = edge::bind_plain(vec![config.server.ops_address], <_>::default(), connections)?;
    Ok((bound, ops))
}

/// The blob store, with the caches in front of it: blocks of scripts, and of results as PDF and as workbooks.
pub(super) fn blobs_and_caches(
    config: &Config,
    registry: &Registry,
) -> Result<(Blobs, BlockCache, BlockCache), StartError> {
    let blobs = open_blobs(config, registry)?;
    let metrics = CacheMetrics::new(registry);
    let cache = |kind, bytes_max| BlockCache::new(kind, blobs.clone(), bytes_max, metrics.clone());
    let config = &config.cache;
    let scripts = cache(Kind::Scripts, config.scripts_bytes_max);
    let documents = cache(Kind::Documents, config.documents_bytes_max);
    Ok((blobs, scripts, documents))
}

/// The database as each of the roles of a node, one pool a role: all that a role does shares its connections.
pub(super) struct Pools {
    /// As the node itself; the metrics show its connections.
    pub(super) node: Store,
    /// As the role that serves users.
    pub(super) serving: Store,
    /// As the role that runs jobs.
    pub(super) working: Store,
}

impl Pools {
    pub(super) fn open(config: &Config, registry: &Registry) -> Result<Self, StartError> {
        let metrics = StoreMetrics::new(registry);
        let pool = |role, metrics| {
            let access = config.database.access(role);
            let access = access.map_err(|e| StartError::Config(e.to_string()))?;
            let store = Store::new(access).guarded(config.server.host());
            Ok::<_, StartError>(store.measured(metrics))
        };
        Ok(Self {
            serving: pool(Role::App, metrics.beside())?,
            working: pool(Role::Worker, metrics.beside())?,
            node: pool(Role::Node, metrics)?,
        })
    }
}

/// The nightly taking over of the register, where it is configured.
pub(super) fn nightly(config: &Config, calendar: &Calendar) -> Result<Option<Nightly>, StartError> {
    let Some(source) = config.gias.source().map_err(StartError::Config)? else { return Ok(None) };
    Ok(Some(Nightly {
        source,
        hour: i8::try_from(config.gias.hour).unwrap_or_default(),
        limits: config.gias.limits(),
        freeze: config.gias.freeze(calendar),
    }))
}

/// As many as are configured; 0 means one a core.
pub(super) fn hashing_threads(config: &Config) -> usize {
    match config.passwords.hashing_threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

pub(super) fn session_limits(config: &Config) -> session::Limits {
    session::Limits {
        idle: SignedDuration::from_mins(config.sessions.idle_minutes.into()),
        absolute: SignedDuration::from_hours(config.sessions.absolute_hours.into()),
    }
}

/// Where members of staff act from.
pub(super) fn desks(node: &Node, pools: &Pools, calendar: &Calendar) -> Desks {
    Desks::new(node.clone(), pools.serving.clone(), (calendar.year, calendar.opens))
}

/// The identity service of the sector, where one is configured.
pub(super) fn identity(
    config: &Config,
    node: &Node,
    pools: &Pools,
    metrics: &ServiceMetrics,
) -> Result<IdentityService, StartError> {
    let settings = config.oidc.settings(&config.server.origin);
    let settings = settings.map_err(|e| StartError::Config(e.to_string()))?;
    let Some(settings) = settings else { return Ok(IdentityService::none()) };
    IdentityService::new(node.clone(), pools.serving.clone(), settings, &metrics.identity)
        .map_err(|e| StartError::Config(format!("oidc: {e}")))
}

/// Second factors, with the keys that no database has.
pub(super) fn second_factors(
    config: &Config,
    node: &Node,
    pools: &Pools,
) -> Result<SecondFactors, StartError> {
    let keys = config.second_factor.keys().map_err(|e| StartError::Config(e.to_string()))?;
    let compulsory = config.second_factor.compulsory().map_err(|word| {
        StartError::Config(format!("second_factor.compulsory_for: {word:?} is no organisation"))
    })?;
    let stores = (pools.serving.clone(), pools.node.clone());
    Ok(SecondFactors::new(node.clone(), stores, keys, compulsory))
}

pub(super) fn scrub_pace(config: &Config) -> Pace {
    Pace {
        bytes_per_second: config.scrub.bytes_per_second,
        every: SignedDuration::from_mins(config.scrub.every_minutes.into()),
    }
}

/// The forms of the year.
pub(super) fn forms(
    config: &Config,
    calendar: &Calendar,
    node: &Node,
    pools: &Pools,
    registry: &Registry,
) -> Result<Forms, StartError> {
    let forms = forms::load(&config.cycles.folder, calendar);
    let forms = forms.map_err(|problems| StartError::Config(problems.to_string()))?;
    let metrics = FormMetrics::new(registry, forms.iter().map(|form| form.slug.as_str()));
    let cycle = Cycle { year: calendar.year, forms, days: calendar.days() };
    Ok(Forms::new(node.clone(), pools.serving.clone(), cycle, metrics))
}

/// The mailbox of a demo whose emails go to a folder; a server has none, whatever its configuration says.
pub(super) fn mailbox(config: &Config, purpose: Purpose) -> Option<Mailbox> {
    let is_demo = purpose == Purpose::Demo && config.email.sender == SenderKind::Folder;
    is_demo.then(|| Mailbox::new(config.email.folder.clone(), &config.server.origin))
}

/// What messages are sent with; none where nobody takes them.
pub(super) fn open_post(config: &Config) -> Result<Option<Post>, StartError> {
    let problem = |problem: &dyn std::fmt::Display| StartError::Config(problem.to_string());
    let Some(sender) = config.email.sender().map_err(|e| problem(&e))? else { return Ok(None) };
    let templates = config.email.templates().map_err(|e| problem(&e))?;
    let links = LINKS.map(|(name, path)| (name, format!("{}{path}", config.server.origin)));
    Ok(Some(Post { sender, templates, links: links.into() }))
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

//! The only SQL: a pool a role, transactions as named values that can run again, one file a table family.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Pool, PoolError, Runtime};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::telemetry::store::StoreMetrics;

mod access;
pub mod access_requests;
pub mod accesses;
pub mod accounts;
pub mod acts;
pub mod audit;
pub mod bootstrap;
pub mod corrections;
pub mod directory;
mod error;
pub mod factors;
pub mod forgotten_password;
pub mod forms;
pub mod gias;
mod guard;
pub mod holds;
pub mod identity_roles;
mod installation;
pub mod invitations;
pub mod journal;
pub mod keys;
pub mod leases;
pub mod listen;
pub mod migrate;
pub mod nodes;
pub mod organisations;
pub mod outbox;
pub mod passwords;
pub mod people;
pub mod plan;
pub mod pupils;
pub mod queue;
pub mod redeemed;
pub mod releases;
pub mod report;
pub mod self_check;
pub mod served;
pub mod sessions;
pub mod staff;
mod tls;
pub mod tokens;
pub mod users;
pub mod view_as;
pub mod waiting;

use access::{CONNECT_WAIT, not_connected};
use guard::Guard;

pub use access::{Access, Password};
pub use error::StoreError;
pub use tls::{Authority, AuthorityError};

/// Tries of one transaction before it gives up.
const TRIES_MAX: u32 = 5;
/// Wait before the second try; doubles with each.
const RETRY_PAUSE: Duration = Duration::from_millis(10);
/// Wait for a connection of the pool.
const POOL_WAIT: Duration = Duration::from_secs(2);

/// Tells row-level security whose rows and which instant the transaction is about.
const SET_SCOPE: &str = "-- store.set_scope
    SELECT set_config('app.scope', $1, true), set_config('app.now', $2, true),
        set_config('app.person', $3, true), set_config('app.staff', $4, true)";

/// Which organisations' rows a transaction may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// No tenant's: touching a tenant table is an error.
    None,
    /// These organisations', by row id.
    Organisations(Vec<i64>),
}

/// What a transaction does: named, owning its inputs, able to run again.
pub trait Work: Sync {
    /// Name in metrics and messages.
    const NAME: &'static str;
    /// What it gives back.
    type Output: Send;

    /// Whose rows it may touch.
    fn scope(&self) -> Scope {
        Scope::None
    }

    /// On whose behalf it touches what is a person's own; without one, touching that is an error.
    fn person(&self) -> Option<i64> {
        None
    }

    /// Which member of staff acts, for what only staff may touch.
    fn staff(&self) -> Option<i64> {
        None
    }

    /// Does it, touching nothing but `tx`.
    fn run(&self, tx: &Tx<'_>) -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// A transaction in progress.
#[derive(Debug)]
pub struct Tx<'a> {
    raw: deadpool_postgres::Transaction<'a>,
    name: &'static str,
}

impl Tx<'_> {
    /// Rows of a statement.
    pub(crate) async fn query(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.raw.prepare_cached(sql).await.map_err(|e| self.failed(e))?;
        self.raw.query(&statement, values).await.map_err(|e| self.failed(e))
    }

    /// Number of rows that a statement changed.
    pub(crate) async fn execute(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let statement = self.raw.prepare_cached(sql).await.map_err(|e| self.failed(e))?;
        self.raw.execute(&statement, values).await.map_err(|e| self.failed(e))
    }

    fn failed(&self, source: tokio_postgres::Error) -> StoreError {
        StoreError::Query { name: self.name, source }
    }

    /// An error for a row that holds what it should not.
    pub(crate) fn unreadable(&self, what: impl Into<String>) -> StoreError {
        StoreError::Unreadable { name: self.name, what: what.into() }
    }
}

/// The database as one role.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    access: Access,
    metrics: Option<StoreMetrics>,
    guard: Option<Arc<Guard>>,
}

impl Store {
    /// Makes the pool; connects at the first use.
    pub fn new(access: Access) -> Self {
        let pool = Pool::builder(access.manager())
            .max_size(access.connections_max)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(CONNECT_WAIT))
            .recycle_timeout(Some(CONNECT_WAIT))
            .build()
            .expect("a runtime is named, so time-outs are allowed");
        Self { pool, access, metrics: None, guard: None }
    }

    /// The same, with its transactions measured.
    #[must_use]
    pub fn measured(self, metrics: StoreMetrics) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// Where it connects to.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Commits what `work` did, or nothing. After a conflict `work` runs again.
    ///
    /// # Errors
    ///
    /// Also `Unsafe`, when a guarded store's database must not be used.
    pub async fn run<W: Work>(&self, now: Timestamp, work: &W) -> Result<W::Output, StoreError> {
        let _timer = self.metrics.as_ref().map(|metrics| {
            let status = self.pool.status();
            let used = status.size.saturating_sub(status.available);
            metrics.pool(status.available, used, status.waiting);
            metrics.began(W::NAME)
        });
        let done = match self.checked(now).await {
            Ok(()) => self.retried(now, work).await,
            Err(refused) => Err(refused),
        };
        let is_lost =
            done.as_ref().is_err_and(|error| error.is_unreachable() && !error.is_refused());
        if let Some(guard) = self.guard.as_ref().filter(|_| is_lost) {
            guard.lost();
        }
        done
    }

    async fn retried<W: Work>(&self, now: Timestamp, work: &W) -> Result<W::Output, StoreError> {
        let mut pause = RETRY_PAUSE;
        for _ in 0..TRIES_MAX {
            match self.try_once(now, work).await {
                Err(error) if error.is_conflict() => {
                    if let Some(metrics) = &self.metrics {
                        metrics.retries.with_label_values(&[W::NAME]).inc();
                    }
                    tokio::time::sleep(pause).await;
                }
                done => return done,
            }
            pause *= 2;
        }
        Err(StoreError::Contended { name: W::NAME, tries: TRIES_MAX })
    }

    async fn try_once<W: Work>(&self, now: Timestamp, work: &W) -> Result<W::Output, StoreError> {
        let failed = |source| StoreError::Query { name: W::NAME, source };
        let mut connection = self.connection().await?;
        let raw = connection.transaction().await.map_err(failed)?;
        let tx = Tx { raw, name: W::NAME };
        let scope = match work.scope() {
            Scope::None => String::new(),
            Scope::Organisations(ids) => {
                format!("{{{}}}", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
            }
        };
        let [person, staff] = [work.person(), work.staff()]
            .map(|id| id.map_or_else(String::new, |id| id.to_string()));
        tx.query(SET_SCOPE, &[&scope, &now.to_string(), &person, &staff]).await?;
        let output = work.run(&tx).await?;
        tx.raw.commit().await.map_err(failed)?;
        Ok(output)
    }

    /// A connection of the pool.
    async fn connection(&self) -> Result<deadpool_postgres::Object, StoreError> {
        self.pool.get().await.map_err(|error: PoolError| not_connected(error))
    }
}

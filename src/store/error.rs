//! Why the database did not do what was asked.

use tokio_postgres::error::SqlState;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection: the server is away, or all connections are busy.
    #[error("no connection to the database")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A server answers that is not whom the configuration trusts.
    #[error("the database's server is not trusted")]
    Untrusted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Conflicts with other transactions, again and again.
    #[error("transaction {name} gave up after {tries} tries")]
    Contended {
        /// The transaction.
        name: &'static str,
        /// How often it was tried.
        tries: u32,
    },
    /// The server refused a statement.
    #[error("query failed in {name}")]
    Query {
        /// The transaction.
        name: &'static str,
        /// What the server said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A row holds what it should not.
    #[error("unreadable row in {name}: {what}")]
    Unreadable {
        /// The transaction.
        name: &'static str,
        /// The column and what is wrong with it.
        what: String,
    },
    /// A migration failed.
    #[error("migration failed")]
    Migration(#[source] refinery::Error),
    /// It is another portal's or a newer program's, or the walls between tenants are not in place.
    #[error("the database is not safe to use: {0}")]
    Unsafe(String),
}

impl StoreError {
    /// The server is away, as against having refused something. One that must not be used is as good as away: nodes go
    /// on from memory.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Untrusted(_) | Self::Unsafe(_) => true,
            Self::Query { source, .. } => {
                source.is_closed() || source.code().is_some_and(going_away)
            }
            _ => false,
        }
    }

    /// It is there and must not be used: somebody has to put that right.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Untrusted(_) | Self::Unsafe(_))
    }

    /// The constraint that refused a change.
    pub fn constraint(&self) -> Option<&str> {
        let Self::Query { source, .. } = self else { return None };
        source.as_db_error()?.constraint()
    }

    pub(super) fn is_conflict(&self) -> bool {
        let Self::Query { source, .. } = self else { return false };
        source.code().is_some_and(|code| {
            *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
        })
    }
}

fn going_away(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ]
    .contains(code)
}

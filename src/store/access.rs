//! Where the database is and as whom to come.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreError;
use super::tls::{Authority, connector, is_untrusted};

mod password;

use password::Opening;
pub use password::Password;

/// Wait for the server to accept a connection.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Where the database is and as whom to come.
#[derive(Clone)]
pub struct Access {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Database name.
    pub database: String,
    /// Login role.
    pub user: String,
    /// Its password.
    pub password: Password,
    /// Connections at the most.
    pub connections_max: usize,
    /// Who signs the server's certificate; without one there is no TLS.
    pub authority: Option<Authority>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({}@{}:{}/{})", self.user, self.host, self.port, self.database)
    }
}

impl Access {
    /// Opens the connections of a pool.
    pub(super) fn manager(&self) -> Manager {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        Manager::from_connect(self.settings(), Opening(self.clone()), recycling)
    }

    /// All but the password.
    fn settings(&self) -> tokio_postgres::Config {
        let mut settings = tokio_postgres::Config::new();
        settings
            .host(&self.host)
            .port(self.port)
            .dbname(&self.database)
            .user(&self.user)
            .application_name("daybreak")
            .connect_timeout(CONNECT_WAIT)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(5))
            .ssl_mode(if self.authority.is_some() { SslMode::Require } else { SslMode::Disable })
            .options("-c statement_timeout=30s -c lock_timeout=5s -c TimeZone=UTC");
        settings
    }

    fn connector(&self) -> MakeRustlsConnect {
        connector(self.authority.as_ref())
    }

    /// A connection beside the pool, within the time for one.
    pub(super) async fn connect(&self) -> Result<(Client, OwnConnection), StoreError> {
        tokio::time::timeout(CONNECT_WAIT, self.open())
            .await
            .map_err(|elapsed| StoreError::Unreachable(elapsed.into()))?
            .map_err(not_connected)
    }
}

/// What a connection beside the pool is driven with.
pub(super) type OwnConnection =
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Why there is no connection: the server is away, or is not whom it should be.
pub(super) fn not_connected(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    if is_untrusted(&error) {
        StoreError::Untrusted(error.into())
    } else {
        StoreError::Unreachable(error.into())
    }
}

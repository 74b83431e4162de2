//! Where the database is and as whom to come.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use tokio_postgres::NoTls;

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
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({}@{}:{}/{})", self.user, self.host, self.port, self.database)
    }
}

impl Access {
    /// Opens the connections of a pool.
    pub(super) fn manager(&self) -> Manager {
        let opening = Opening { access: self.clone(), tls: NoTls };
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        Manager::from_connect(self.settings(), opening, recycling)
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
            .options("-c statement_timeout=30s -c lock_timeout=5s -c TimeZone=UTC");
        settings
    }
}

//! Where the database is and as whom to come.

use std::time::Duration;

use crate::telemetry::Hidden;

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
    pub password: Hidden<String>,
    /// Connections at the most.
    pub connections_max: usize,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({}@{}:{}/{})", self.user, self.host, self.port, self.database)
    }
}

impl Access {
    pub(super) fn settings(&self) -> tokio_postgres::Config {
        let mut settings = tokio_postgres::Config::new();
        settings
            .host(&self.host)
            .port(self.port)
            .dbname(&self.database)
            .user(&self.user)
            .password(self.password.expose())
            .application_name("daybreak")
            .connect_timeout(CONNECT_WAIT)
            .tcp_user_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(5))
            .options("-c statement_timeout=30s -c lock_timeout=5s -c TimeZone=UTC");
        settings
    }
}

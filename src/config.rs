//! `config/daybreak.toml`, the calendars and the rules: read whole, every problem told with its line.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

mod agreed;
pub mod blobs;
pub mod calendar;
mod check;
mod database;
mod document;
pub mod email;
pub mod forms;
pub mod gias;
mod load;
mod machine;
mod oidc;
mod passwords;
mod problem;
mod read;
pub mod rules;
mod second_factor;
mod secret;
mod secrets;
mod section;
mod unknown;
mod users;
pub mod welcome;

pub use blobs::Blobs;
pub use calendar::Calendar;
pub use database::{Database, Role};
pub use email::Email;
pub use gias::Gias;
pub use load::{Admission, Classes, Delivery};
pub use oidc::Oidc;
pub use passwords::Passwords;
pub use problem::{Problem, Problems};
pub use second_factor::SecondFactor;
pub use secret::{Unusable, read as read_secret};
pub use secrets::SecretFile;
pub use users::Users;

/// Everything that an operator can set. Each key has a default; `config/daybreak.toml` explains it.
///
/// Relative paths in a file are relative to the folder of that file; those of a value read are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Addresses, certificate, own folder.
    pub server: Server,
    /// Limits and timers of the sockets.
    pub edge: crate::edge::Settings,
    /// Where PostgreSQL is.
    pub database: Database,
    /// Where results and scripts are.
    pub blobs: Blobs,
    /// Where the yearly facts are, and which year is on.
    pub cycles: Cycles,
    /// How long a sign-in lasts.
    pub sessions: Sessions,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// What is asked for beside them.
    pub second_factor: SecondFactor,
    /// The identity service of the sector.
    pub oidc: Oidc,
    /// What is kept in memory.
    pub cache: Cache,
    /// How many may sign in at once.
    pub admission: Admission,
    /// How scripts share the line.
    pub delivery: Delivery,
    /// How blobs are re-read each day.
    pub scrub: Scrub,
    /// Where extracts of the national register are found each night.
    pub gias: Gias,
    /// Who takes messages.
    pub email: Email,
    /// Cover, reviews and accounts that nobody uses.
    pub users: Users,
}

impl Config {
    /// Reads a file and looks for the files that it names, as a server needs them.
    pub fn load(file: &Path) -> Result<Self, Problems> {
        read::load(file)
    }

    /// Reads a file and believes it, for commands that need only part of what it names.
    pub fn read(file: &Path) -> Result<Self, Problems> {
        read::read(file)
    }

    /// The text of a file that reads as this. The paths must be absolute, and in UTF-8 as TOML is.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("paths are in UTF-8, and all else has a form in TOML")
    }
}

/// Section `server`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Address that users see: `https://host` or `https://host:port`.
    pub origin: String,
    /// Where to listen.
    pub addresses: Vec<SocketAddr>,
    /// PEM chain; empty together with `key` for plain HTTP behind a balancer.
    pub certificate: PathBuf,
    /// PEM key of the certificate.
    pub key: PathBuf,
    /// Where `/metrics` and `/health` listen, in plain HTTP.
    pub ops_address: SocketAddr,
    /// The node's own folder.
    pub state: PathBuf,
    /// From saying that it is not ready to taking no more connections, when it is told to end.
    pub notice_seconds: u64,
}

impl Server {
    /// Host name of the portal.
    pub fn host(&self) -> &str {
        let authority =
            self.origin.split_once("://").map_or(self.origin.as_str(), |(_, rest)| rest);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Certificate and key; none for plain HTTP.
    pub fn tls(&self) -> Option<(&Path, &Path)> {
        let plain = self.certificate.as_os_str().is_empty() || self.key.as_os_str().is_empty();
        (!plain).then_some((&self.certificate, &self.key))
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            origin: "https://localhost:8443".to_owned(),
            addresses: vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, 8443)),
            ],
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            ops_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            state: PathBuf::from("/var/lib/daybreak/state"),
            notice_seconds: 0,
        }
    }
}

/// Section `cycles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycles {
    /// Holds a folder for each year.
    pub folder: PathBuf,
    /// The year in which the tests of the present cycle are taken.
    pub year: u16,
}

impl Default for Cycles {
    fn default() -> Self {
        Self { folder: PathBuf::from("cycles"), year: 2025 }
    }
}

/// Section `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Unused for this long, a session ends.
    pub idle_minutes: u32,
    /// However used, a session ends after this.
    pub absolute_hours: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle_minutes: 20, absolute_hours: 12 }
    }
}

/// Section `cache`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Memory for blocks of scripts.
    pub scripts_bytes_max: u64,
    /// Memory for blocks of results as PDF and as workbooks.
    pub documents_bytes_max: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self { scripts_bytes_max: 512 * 1024 * 1024, documents_bytes_max: 256 * 1024 * 1024 }
    }
}

/// Section `scrub`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrub {
    /// Bytes a second that a node re-reads at the most.
    pub bytes_per_second: u64,
    /// Minutes from the start of one pass to that of the next.
    pub every_minutes: u32,
}

impl Default for Scrub {
    fn default() -> Self {
        Self { bytes_per_second: 64 * 1024 * 1024, every_minutes: 24 * 60 }
    }
}

#[cfg(test)]
mod tests;

//! Section `database`: where PostgreSQL is, and who this program is there.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Problem;
use super::secret::{self, Unusable};
use crate::store::{Access, Authority, Password};
use crate::telemetry::chain;

/// The key that names the authority.
pub(super) const AUTHORITY: &str = "database.certificate_authority";

/// As whom to come to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns the schema; migrations only.
    Owner,
    /// Serves users, behind the row policies.
    App,
    /// Keeps a node's snapshots.
    Node,
    /// Runs jobs.
    Worker,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Owner, Self::App, Self::Node, Self::Worker];

    /// The login role.
    pub const fn user(self) -> &'static str {
        match self {
            Self::Owner => "daybreak_owner",
            Self::App => "daybreak_app",
            Self::Node => "daybreak_node",
            Self::Worker => "daybreak_worker",
        }
    }

    /// The key that names its password file.
    pub(super) const fn password_key(self) -> &'static str {
        match self {
            Self::Owner => "database.owner_password_file",
            Self::App => "database.app_password_file",
            Self::Node => "database.node_password_file",
            Self::Worker => "database.worker_password_file",
        }
    }
}

/// Section `database`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Name of the database.
    pub name: String,
    /// File with the certificates of who signs the server's; empty is no TLS.
    pub certificate_authority: PathBuf,
    /// Connections of each role at the most.
    pub connections_max: usize,
    /// Password of `daybreak_owner`; needed by `daybreak migrate` alone.
    pub owner_password_file: PathBuf,
    /// Password of `daybreak_app`.
    pub app_password_file: PathBuf,
    /// Password of `daybreak_node`.
    pub node_password_file: PathBuf,
    /// Password of `daybreak_worker`.
    pub worker_password_file: PathBuf,
}

impl Database {
    /// How to connect as a role, with the password that its file has whenever a connection is opened.
    pub fn access(&self, role: Role) -> Result<Access, Problem> {
        let problem = |file: &Path, key: &str, unusable: Unusable| Problem {
            file: file.to_owned(),
            line: None,
            key: key.to_owned(),
            what: unusable.what,
            way_out: unusable.way_out,
        };
        let file = self.password_file(role).to_owned();
        let password = secret::read(&file)
            .map_err(|unusable| problem(&file, role.password_key(), unusable))?;
        let authority = self.authority();
        let authority = authority
            .map_err(|unusable| problem(&self.certificate_authority, AUTHORITY, unusable))?;
        let present = move || {
            let read = secret::read(&file);
            read.inspect_err(|unusable| tracing::warn!("a password is not read: {}", unusable.what))
                .ok()
        };
        Ok(Access {
            host: self.host.clone(),
            port: self.port,
            database: self.name.clone(),
            user: role.user().to_owned(),
            password: Password::kept(password, present),
            connections_max: self.connections_max,
            authority,
        })
    }

    /// Who signs the server's certificate, if that is asked for.
    pub(super) fn authority(&self) -> Result<Option<Authority>, Unusable> {
        let file = &self.certificate_authority;
        if file.as_os_str().is_empty() {
            return Ok(None);
        }
        Authority::read(file).map(Some).map_err(|error| Unusable {
            what: chain(&error),
            way_out: "name a PEM file with the certificate that signs PostgreSQL's".to_owned(),
        })
    }

    pub(super) fn password_file(&self, role: Role) -> &Path {
        match role {
            Role::Owner => &self.owner_password_file,
            Role::App => &self.app_password_file,
            Role::Node => &self.node_password_file,
            Role::Worker => &self.worker_password_file,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        let secret = |name: &str| Path::new("/run/secrets").join(name);
        Self {
            host: "localhost".to_owned(),
            port: 5432,
            name: "daybreak".to_owned(),
            certificate_authority: PathBuf::new(),
            connections_max: 16,
            owner_password_file: secret("daybreak_owner_password"),
            app_password_file: secret("daybreak_app_password"),
            node_password_file: secret("daybreak_node_password"),
            worker_password_file: secret("daybreak_worker_password"),
        }
    }
}

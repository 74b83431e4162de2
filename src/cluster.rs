//! The private Postgres of the demo and the tests: made from installed binaries, never run as root.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod account;

use crate::telemetry::Hidden;
use account::Account;

/// Where Debian keeps the binaries that are not on PATH, newest first.
const DEBIAN_BINARIES: &str = "/usr/lib/postgresql";
/// Seconds that the server may take to start or to stop.
const PG_CTL_SECONDS: &str = "60";
/// Name of the database.
pub const DATABASE: &str = "daybreak";
/// The superuser; used for set-up only.
pub const SUPERUSER: &str = "daybreak_admin";
/// The four login roles.
pub const ROLES: [&str; 4] = ["daybreak_owner", "daybreak_app", "daybreak_node", "daybreak_worker"];

/// Why there is no private Postgres.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No binaries.
    #[error(
        "PostgreSQL is not installed: looked for initdb on PATH and under /usr/lib/postgresql; install the Debian package postgresql"
    )]
    Missing,
    /// Root, and nobody to drop to.
    #[error("PostgreSQL does not run as root, and neither the user postgres nor nobody exists")]
    NobodyToDropTo,
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {message}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        message: String,
    },
    /// A file could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A private Postgres in a folder of its own.
#[derive(Clone, Debug)]
pub struct Cluster {
    binaries: PathBuf,
    data: PathBuf,
    account: Account,
    port: u16,
    password: Hidden<String>,
}

impl Cluster {
    /// Opens the cluster of a data folder, made on the first call. `password` is that of every role.
    ///
    /// Where the account that runs Postgres cannot enter the folder, the cluster lies under `/var/tmp`.
    pub fn open(folder: &Path, password: Hidden<String>) -> Result<Self, ClusterError> {
        let binaries = find_binaries().ok_or(ClusterError::Missing)?;
        let account = Account::current_or_unprivileged().ok_or(ClusterError::NobodyToDropTo)?;
        let data = place(folder, &account)?;
        let mut cluster = Self { binaries, data, account, port: 0, password };
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.init()?;
        }
        cluster.port = cluster.read_port()?;
        Ok(cluster)
    }

    /// The cluster's data folder, for `pg_ctl -D`.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Password of every role.
    pub fn password(&self) -> &Hidden<String> {
        &self.password
    }

    /// Process id of the running server, if it runs.
    pub fn running(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        let pid: u32 = text.lines().next()?.trim().parse().ok()?;
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (command.trim() == "postgres").then_some(pid)
    }

    /// Starts the server in a session of its own, so that it outlives this process; gives its id.
    pub fn start(&self) -> Result<u32, ClusterError> {
        let log = self.data.join("server.log");
        let log = log.to_str().unwrap_or("server.log");
        self.pg_ctl(&["-w", "-t", PG_CTL_SECONDS, "-l", log, "start"])?;
        self.running().ok_or_else(|| ClusterError::Program {
            program: "pg_ctl",
            message: format!("the server ended at once; see {log}"),
        })
    }

    /// Stops the server; connections are ended.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.pg_ctl(&["-w", "-t", PG_CTL_SECONDS, "-m", "fast", "stop"])
    }

    fn init(&self) -> Result<(), ClusterError> {
        let password_file = self.data.with_extension("password");
        let written = fs::write(&password_file, self.password.expose())
            .and_then(|()| fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)))
            .and_then(|()| self.give(&password_file));
        written.map_err(|source| ClusterError::File { path: password_file.clone(), source })?;
        let initialised = self.run("initdb", |command| {
            command
                .arg("--pgdata")
                .arg(&self.data)
                .arg("--pwfile")
                .arg(&password_file)
                .args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8"])
                .args(["--auth=scram-sha-256", "--no-sync"]);
        });
        let removed = fs::remove_file(&password_file);
        initialised?;
        removed.map_err(|source| ClusterError::File { path: password_file, source })?;
        self.write_settings()
    }

    /// Settings live in the data folder, so that a plain `pg_ctl -D … start` brings the same server back.
    fn write_settings(&self) -> Result<(), ClusterError> {
        let path = self.data.join("postgresql.auto.conf");
        let failed = |source| ClusterError::File { path: path.clone(), source };
        // A port that is free now; the listener is closed again at the end of the statement.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(failed)?;
        let settings = format!(
            "port = {}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n\
             max_connections = 100\nshared_buffers = '64MB'\nlogging_collector = off\n\
             timezone = 'UTC'\n",
            port.port()
        );
        fs::write(&path, settings).and_then(|()| self.give(&path)).map_err(failed)
    }

    fn read_port(&self) -> Result<u16, ClusterError> {
        let path = self.data.join("postgresql.auto.conf");
        let text = fs::read_to_string(&path)
            .map_err(|source| ClusterError::File { path: path.clone(), source })?;
        let port = text.lines().find_map(|line| line.strip_prefix("port = ")?.trim().parse().ok());
        port.ok_or_else(|| ClusterError::File {
            path,
            source: io::Error::new(io::ErrorKind::InvalidData, "no line 'port = …'"),
        })
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<(), ClusterError> {
        self.run("pg_ctl", |command| {
            command.arg("-D").arg(&self.data).args(arguments);
        })
    }

    fn run(
        &self,
        program: &'static str,
        arguments: impl FnOnce(&mut Command),
    ) -> Result<(), ClusterError> {
        let mut command = Command::new(self.binaries.join(program));
        arguments(&mut command);
        // Output goes to a file: a pipe would be held open by the server that pg_ctl leaves behind.
        let log_path = self.data.with_extension("setup.log");
        let failed = |source| ClusterError::File { path: log_path.clone(), source };
        let log = fs::File::create(&log_path).map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(log).stderr(errors).current_dir("/");
        self.account.take_on(&mut command);
        let status = command.status().map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(&log_path).unwrap_or_default();
        let message = said.lines().rev().take(5).collect::<Vec<_>>().join(" | ");
        Err(ClusterError::Program { program, message })
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.account {
            Account::Own => Ok(()),
            Account::Other { user, group } => chown(path, Some(user), Some(group)),
        }
    }
}

/// Makes the folder of the cluster where its account can enter, and remembers where that is.
fn place(folder: &Path, account: &Account) -> Result<PathBuf, ClusterError> {
    let file = |path: &Path, source| ClusterError::File { path: path.to_owned(), source };
    let pointer = folder.join("postgres.place");
    if let Ok(text) = fs::read_to_string(&pointer) {
        return Ok(PathBuf::from(text.trim()));
    }
    fs::create_dir_all(folder).map_err(|e| file(folder, e))?;
    let folder = folder.canonicalize().map_err(|e| file(folder, e))?;
    let home = if account.can_enter(&folder) {
        folder.join("pg")
    } else {
        let name = format!("daybreak-{:016x}", fnv(folder.as_os_str().as_encoded_bytes()));
        Path::new("/var/tmp").join(name)
    };
    fs::create_dir_all(&home).map_err(|e| file(&home, e))?;
    let data = home.join("postgres");
    fs::create_dir_all(&data).map_err(|e| file(&data, e))?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).map_err(|e| file(&data, e))?;
    if let Account::Other { user, group } = *account {
        chown(&home, Some(user), Some(group)).map_err(|e| file(&home, e))?;
        chown(&data, Some(user), Some(group)).map_err(|e| file(&data, e))?;
    }
    fs::write(&pointer, data.as_os_str().as_encoded_bytes()).map_err(|e| file(&pointer, e))?;
    Ok(data)
}

/// A short name of a path, the same at every start.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The folder that holds initdb and pg_ctl: PATH first, then Debian's folders, newest version first.
fn find_binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut debian: Vec<PathBuf> = fs::read_dir(DEBIAN_BINARIES)
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    folders.extend(debian.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|p| folder.join(p).is_file()))
}

/// Removes a cluster that was placed outside its folder, for a fresh start.
pub fn forget(folder: &Path) -> io::Result<()> {
    let Ok(text) = fs::read_to_string(folder.join("postgres.place")) else { return Ok(()) };
    let data = PathBuf::from(text.trim());
    let home = data.parent().map(Path::to_owned).unwrap_or(data);
    if home.starts_with("/var/tmp") && home.exists() { fs::remove_dir_all(home) } else { Ok(()) }
}

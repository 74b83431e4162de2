//! The demo's Postgres: started once, taken over when it still runs, left alone when others stopped it.

use std::fs;
use std::path::Path;

use super::folder::Folder;
use crate::cli::exit::Failure;
use crate::cli::say;
use crate::cli::system::runtime;
use crate::cluster::{Cluster, ClusterError, DATABASE, ROLES, SUPERUSER};
use crate::store::Access;
use crate::store::bootstrap::bootstrap;
use crate::telemetry::Hidden;
use crate::telemetry::chain;

/// The cluster and whether it runs.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) cluster: Cluster,
    pub(super) running: bool,
}

/// Host name of a demo's portal.
const PORTAL: &str = "localhost";
/// Connections of the set-up.
const SETUP_CONNECTIONS: usize = 2;

/// Opens the cluster; starts it unless it runs, or somebody else stopped it.
pub(super) fn open(folder: &Folder) -> Result<Database, Failure> {
    let kept = folder.kept();
    let password = Hidden::new(kept.database_password.clone());
    let cluster = Cluster::open(folder.path(), password).map_err(failed)?;
    if cluster.running().is_some() {
        return Ok(Database { cluster, running: true });
    }
    if kept.postgres_boot.is_some() && kept.postgres_boot == boot() && kept.release.is_some() {
        say("Postgres was stopped from outside and is left alone; the node serves what it knows.");
        return Ok(Database { cluster, running: false });
    }
    cluster.start().map_err(failed)?;
    folder.keep(|kept| kept.postgres_boot = boot())?;
    Ok(Database { cluster, running: true })
}

impl Database {
    /// How to reach the database as a role.
    pub(super) fn access(&self, user: &str) -> Access {
        Access {
            host: "127.0.0.1".to_owned(),
            port: self.cluster.port(),
            database: DATABASE.to_owned(),
            user: user.to_owned(),
            password: self.cluster.password().clone().into(),
            connections_max: SETUP_CONNECTIONS,
            authority: None,
        }
    }

    /// Makes roles, database and schema.
    pub(super) fn set_up(&self) -> Result<(), Failure> {
        let mut superuser = self.access(SUPERUSER);
        "postgres".clone_into(&mut superuser.database);
        let owner = self.access(ROLES[0]);
        runtime()?.block_on(async {
            let password = self.cluster.password().expose();
            bootstrap(&superuser, DATABASE, &ROLES, password).await?;
            crate::store::migrate::migrate(&owner, PORTAL).await?;
            Ok(())
        })
    }
}

/// Stops the cluster at the demo's own end, so that Ctrl-C leaves nothing behind.
pub(super) fn stop(folder: &Folder, database: &Database) {
    if database.cluster.running().is_none() {
        return;
    }
    if let Err(error) = database.cluster.stop() {
        say(&format!("Postgres could not be stopped: {}", chain(&error)));
        return;
    }
    if let Err(failure) = folder.keep(|kept| kept.postgres_boot = None) {
        say(&failure.into_message());
    }
}

/// Stops a cluster whose folder is about to be removed.
pub(super) fn stop_left_behind(data: &Path) -> Result<(), Failure> {
    if !data.join("postgres.place").exists() {
        return Ok(());
    }
    let cluster = Cluster::open(data, Hidden::new(String::new())).map_err(failed)?;
    if cluster.running().is_some() { cluster.stop().map_err(failed) } else { Ok(()) }
}

fn failed(error: ClusterError) -> Failure {
    match error {
        ClusterError::Missing | ClusterError::NobodyToDropTo => Failure::unavailable(chain(&error)),
        error => Failure::failed(chain(&error)),
    }
}

/// The machine's boot: after another one nothing of ours runs.
fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

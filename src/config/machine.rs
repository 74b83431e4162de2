//! What a server needs to find on its machine before it starts.

use std::path::Path;

use rustix::fs::{Access, access};

use super::Role;
use super::check::Checks;
use super::database::AUTHORITY;
use super::secret::{self, Unusable};

/// Looks for every file and folder that is named. Not for the blobs: a node goes on without them.
pub(super) fn check(checks: &mut Checks<'_>) {
    let config = checks.config;
    if let Some((certificate, key)) = config.server.tls() {
        note(checks, "server.certificate", secret::present(certificate).map(|_| ()));
        note(checks, "server.key", secret::private(key));
    }
    for role in [Role::App, Role::Node, Role::Worker] {
        let file = config.database.password_file(role);
        note(checks, role.password_key(), secret::read(file).map(|_| ()));
    }
    note(checks, AUTHORITY, config.database.authority().map(|_| ()));
    super::blobs::check_secrets(checks);
    super::gias::check_folder(checks);
    super::email::check_files(checks);
    super::second_factor::check(checks);
    super::oidc::check(checks);
    note(checks, "server.state", can_be_made(&config.server.state));
    let calendar = config.cycles.folder.join(config.cycles.year.to_string()).join("calendar.toml");
    if let Err(unusable) = secret::present(&calendar) {
        let what = format!("is {}, and {}", config.cycles.year, unusable.what);
        let way_out = "name a year that has a folder in cycles.folder";
        checks.refuse(&["cycles.year", "cycles.folder"], what, way_out);
    }
}

fn note(checks: &mut Checks<'_>, key: &str, outcome: Result<(), Unusable>) {
    if let Err(unusable) = outcome {
        checks.refuse(&[key], unusable.what, unusable.way_out);
    }
}

/// Checks that a folder is there or can be made, and can be written.
fn can_be_made(folder: &Path) -> Result<(), Unusable> {
    let Some(nearest) = folder.ancestors().find(|ancestor| ancestor.exists()) else {
        return Ok(());
    };
    let shown = nearest.display();
    if !nearest.is_dir() {
        let what = format!("{shown} is not a folder");
        return Err(Unusable { what, way_out: "name a folder".to_owned() });
    }
    access(nearest, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| Unusable {
        what: format!("{shown} cannot be written ({error})"),
        way_out: format!("make {} for the user that runs daybreak", folder.display()),
    })
}

#[cfg(test)]
mod tests;

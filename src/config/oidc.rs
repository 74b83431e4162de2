//! Section `oidc`: the identity service of the sector.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::check::Checks;
use super::problem::Problem;
use super::secret;
use crate::service::identity::{Settings, Strong};

mod roles;

/// Section `oidc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oidc {
    /// Address of the service, exactly as its tokens name it; empty for none.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// Our name there.
    pub client_id: String,
    /// File with our secret there.
    pub client_secret_file: PathBuf,
    /// Value of `acr` that stands for a second factor; empty for none.
    pub strong_acr: String,
    /// So many minutes ago it was shown there at the most.
    pub strong_age_minutes: u32,
    /// Address of its API for roles; empty where they are not looked up.
    pub roles_address: String,
    /// Our service there.
    pub roles_service: String,
    /// File with our secret for it.
    pub roles_secret_file: PathBuf,
    /// After so many minutes roles are looked up again.
    pub roles_age_minutes: u32,
    /// So many hours the last known ones are good for reading.
    pub roles_last_known_hours: u32,
    /// What each role covers: its code there, and permissions here.
    pub roles: BTreeMap<String, String>,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            name: String::new(),
            client_id: String::new(),
            client_secret_file: PathBuf::new(),
            strong_acr: String::new(),
            strong_age_minutes: 15,
            roles_address: String::new(),
            roles_service: String::new(),
            roles_secret_file: PathBuf::new(),
            roles_age_minutes: 30,
            roles_last_known_hours: 24,
            roles: BTreeMap::new(),
        }
    }
}

impl Oidc {
    /// How the service is reached; none where none is configured. People come back below `origin`.
    pub fn settings(&self, origin: &str) -> Result<Option<Settings>, Problem> {
        if self.issuer.is_empty() {
            return Ok(None);
        }
        let secret = secret_in("oidc.client_secret_file", &self.client_secret_file)?;
        Ok(Some(Settings {
            issuer: self.issuer.clone(),
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            secret,
            strong: self.strong(),
            back: format!("{origin}/sign-in/service/back"),
            left: format!("{origin}/sign-out/service/back"),
            roles: self.role_settings()?,
        }))
    }
}

impl Oidc {
    /// When its word stands for a second factor.
    fn strong(&self) -> Option<Strong> {
        let assurance = Some(self.strong_acr.clone()).filter(|acr| !acr.is_empty())?;
        let age_max = SignedDuration::from_mins(self.strong_age_minutes.into());
        Some(Strong { assurance, age_max })
    }
}

fn secret_in(
    key: &str,
    file: &std::path::Path,
) -> Result<crate::telemetry::Hidden<String>, Problem> {
    secret::read(file).map_err(|bad| Problem {
        file: file.to_owned(),
        line: None,
        key: key.to_owned(),
        what: bad.what,
        way_out: bad.way_out,
    })
}

/// HTTPS; or, for tests and demos, plain HTTP on this machine.
fn is_private(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://127.0.0.1:")
}

/// Checks what must be there when there is a service.
pub(super) fn check(checks: &mut Checks<'_>) {
    roles::check(checks);
    let config = &checks.config.oidc;
    if config.issuer.is_empty() {
        return;
    }
    let issuer = &config.issuer;
    if !is_private(issuer) || issuer.ends_with('/') && issuer.matches('/').count() == 3 {
        let what = "is no address that tokens could name";
        checks.refuse(
            &["oidc.issuer"],
            what,
            "write it as the service does: https:// and no slash after the host",
        );
    }
    for (key, value) in [("oidc.name", &config.name), ("oidc.client_id", &config.client_id)] {
        if value.is_empty() {
            checks.refuse(&["oidc.issuer", key], format!("needs {key}"), format!("set {key}"));
        }
    }
    if let Err(problem) = secret_in("oidc.client_secret_file", &config.client_secret_file) {
        checks.refuse(&["oidc.client_secret_file"], problem.what, problem.way_out);
    }
}

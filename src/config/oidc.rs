//! Section `oidc`: the identity service of the sector.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::Checks;
use super::problem::Problem;
use super::secret;
use crate::service::identity::Settings;

/// Section `oidc`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Oidc {
    /// How the service is reached; none where none is configured. People come back below `origin`.
    pub fn settings(&self, origin: &str) -> Result<Option<Settings>, Problem> {
        if self.issuer.is_empty() {
            return Ok(None);
        }
        let secret = secret::read(&self.client_secret_file).map_err(|bad| Problem {
            file: self.client_secret_file.clone(),
            line: None,
            key: "oidc.client_secret_file".to_owned(),
            what: bad.what,
            way_out: bad.way_out,
        })?;
        Ok(Some(Settings {
            issuer: self.issuer.clone(),
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            secret,
            strong: self.strong_acr.clone(),
            back: format!("{origin}/sign-in/service/back"),
        }))
    }
}

/// Checks what must be there when there is a service.
pub(super) fn check(checks: &mut Checks<'_>) {
    let config = &checks.config.oidc;
    if config.issuer.is_empty() {
        return;
    }
    let safe =
        config.issuer.starts_with("https://") || config.issuer.starts_with("http://127.0.0.1:");
    if !safe || config.issuer.ends_with('/') && config.issuer.matches('/').count() == 3 {
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
    if let Err(problem) = config.settings("") {
        checks.refuse(&["oidc.client_secret_file"], problem.what, problem.way_out);
    }
}

//! Roles at the identity service: where they are looked up, for how long that counts, and what they cover here.

use jiff::SignedDuration;

use super::super::check::Checks;
use super::super::document::path;
use super::super::problem::Problem;
use super::{Oidc, is_private, secret_in};
use crate::domain::access::Permission;
use crate::domain::roles::{Ages, Covers};
use crate::service::identity::roles::RoleSettings;

/// The key without which nothing is looked up.
const ADDRESS: &str = "oidc.roles_address";

impl Oidc {
    /// How roles are looked up; none where they are not.
    pub(super) fn role_settings(&self) -> Result<Option<RoleSettings>, Problem> {
        if self.roles_address.is_empty() {
            return Ok(None);
        }
        let mut covers = Covers::default();
        for (code, words) in &self.roles {
            covers.add(code, words).map_err(|wrong| Problem {
                file: std::path::PathBuf::new(),
                line: None,
                key: path("oidc.roles", code),
                what: format!("{words:?} is not {}", wrong.expected),
                way_out: way_out(),
            })?;
        }
        Ok(Some(RoleSettings {
            address: self.roles_address.clone(),
            service: self.roles_service.clone(),
            secret: secret_in("oidc.roles_secret_file", &self.roles_secret_file)?,
            ages: Ages {
                whole: SignedDuration::from_mins(self.roles_age_minutes.into()),
                last_known: SignedDuration::from_hours(self.roles_last_known_hours.into()),
            },
            covers,
        }))
    }
}

fn way_out() -> String {
    "write permissions of docs/rights.md with spaces between, such as \"user\"".to_owned()
}

/// Checks what must be there when roles are looked up, and what each covers in any case.
pub(super) fn check(checks: &mut Checks<'_>) {
    covered(checks);
    let config = &checks.config.oidc;
    if config.roles_address.is_empty() {
        return;
    }
    if !is_private(&config.roles_address) || config.roles_address.ends_with('/') {
        let way_out = "write https:// and the host, without a slash at the end";
        checks.refuse(&[ADDRESS], "is no address to ask for roles", way_out);
    }
    let issuer = ("oidc.issuer", &config.issuer);
    for (key, value) in [issuer, ("oidc.roles_service", &config.roles_service)] {
        if value.is_empty() {
            checks.refuse(&[ADDRESS, key], format!("needs {key}"), format!("set {key}"));
        }
    }
    if config.roles.is_empty() {
        let what =
            "needs a role in oidc.roles: else whoever comes through the service may do nothing";
        let way_out = "begin the section [oidc.roles], with a line for each role's code";
        checks.refuse(&[ADDRESS], what, way_out);
    }
    let (minutes, hours) = (config.roles_age_minutes, config.roles_last_known_hours);
    if minutes > hours * 60 {
        let keys = ["oidc.roles_age_minutes", "oidc.roles_last_known_hours"];
        let what = format!("is {minutes} minutes, above oidc.roles_last_known_hours = {hours}");
        checks.refuse(&keys, what, "lower the one or raise the other");
    }
    if let Err(problem) = secret_in("oidc.roles_secret_file", &config.roles_secret_file) {
        checks.refuse(&["oidc.roles_secret_file"], problem.what, problem.way_out);
    }
}

/// Every word behind a role's code is a permission, and there is one.
fn covered(checks: &mut Checks<'_>) {
    for (code, words) in &checks.config.oidc.roles {
        let key = path("oidc.roles", code);
        let is_one = |word: &str| word.parse::<Permission>().is_ok();
        if let Some(wrong) = words.split_whitespace().find(|word| !is_one(word)) {
            checks.refuse(&[&key], format!("{wrong:?} is no permission"), way_out());
        } else if words.trim().is_empty() {
            checks.refuse(&[&key], "covers nothing, as does a role that is not named", way_out());
        }
    }
}

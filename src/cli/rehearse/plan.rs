//! What is rehearsed: the file that names nodes, limits and watchers, or a demo's ready file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::admission::rehearsal::PEOPLE_MAX;
use crate::cli::exit::Failure;
use crate::cli::observe;
use crate::observer::Settings;

/// What is rehearsed.
#[derive(Debug)]
pub(super) struct Plan {
    /// The school that does not exist, and the addresses that it visits.
    pub(super) observed: Settings,
    /// Address of the ops listener of each node, by the name that it is visited under.
    pub(super) ops: BTreeMap<String, String>,
    /// The morning that is expected.
    pub(super) morning: Morning,
    /// What is still good enough.
    pub(super) limits: Limits,
    /// Folder of base backups; without it Prometheus is asked.
    pub(super) backups: Option<PathBuf>,
    /// Base address of Prometheus.
    pub(super) prometheus: Option<String>,
    /// Base address of Alertmanager.
    pub(super) alertmanager: Option<String>,
}

/// Section `morning`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Morning {
    /// People who sign in; without it one of each organisation of which somebody may.
    pub(super) sign_ins: Option<u32>,
    /// Within so many minutes of coming, and of the opening, everybody is to be in.
    pub(super) served_within_minutes: u32,
}

impl Default for Morning {
    fn default() -> Self {
        Self { sign_ins: None, served_within_minutes: 15 }
    }
}

impl Morning {
    /// The time in which the last one is to be in.
    pub(super) fn within(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.served_within_minutes))
    }
}

/// Section `limits`: what is still good enough. Defaults are those of the alerts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    /// Days that a certificate must still be good.
    pub(super) certificate_days_min: u32,
    /// Gigabytes that must be free where a node keeps its state.
    pub(super) disk_free_gigabytes_min: f64,
    /// Seconds by which the clocks of a node and of the database may differ.
    pub(super) clock_difference_seconds_max: f64,
    /// Age of the newest backup, in hours.
    pub(super) backup_age_hours_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            certificate_days_min: 21,
            disk_free_gigabytes_min: 5.0,
            clock_difference_seconds_max: 0.5,
            backup_age_hours_max: 28,
        }
    }
}

/// Section `backups`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backups {
    folder: Option<PathBuf>,
}

/// Section `alarms`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alarms {
    prometheus: Option<String>,
    alertmanager: Option<String>,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    observer: PathBuf,
    ops: BTreeMap<String, String>,
    #[serde(default)]
    morning: Morning,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    backups: Backups,
    #[serde(default)]
    alarms: Alarms,
}

impl Plan {
    /// What a file says.
    pub(super) fn of_file(path: &Path) -> Result<Self, Failure> {
        let bad = |what: String| Failure::configuration(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let file: File = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        // Beside this file, wherever that lies.
        let beside = path.parent().unwrap_or(Path::new("")).join(&file.observer);
        let (observed, _) = observe::of_file(&beside)?;
        let plan = Self {
            observed,
            ops: file.ops.into_iter().map(|(name, at)| (name, base(&at))).collect(),
            morning: file.morning,
            limits: file.limits,
            backups: file.backups.folder,
            prometheus: file.alarms.prometheus.map(|at| base(&at)),
            alertmanager: file.alarms.alertmanager.map(|at| base(&at)),
        };
        plan.problem().map_or(Ok(plan), |problem| Err(bad(problem)))
    }

    /// The one node of a demo; nothing watches it and nothing copies it.
    pub(super) fn of_demo(path: &Path) -> Result<Self, Failure> {
        let (observed, _) = observe::of_demo(path)?;
        let bad = |what: &str| Failure::usage(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| bad(&error.to_string()))?;
        let ready: Value = serde_json::from_str(&text).map_err(|error| bad(&error.to_string()))?;
        let ops = ready["ops_url"].as_str().ok_or_else(|| bad("no ops_url"))?;
        let names = observed.nodes.iter().map(|(name, _)| (name.clone(), base(ops)));
        Ok(Self {
            ops: names.collect(),
            observed,
            morning: Morning::default(),
            limits: Limits::default(),
            backups: None,
            prometheus: None,
            alertmanager: None,
        })
    }

    /// The first thing that cannot be meant.
    fn problem(&self) -> Option<String> {
        if self.ops.is_empty() {
            return Some("ops: name the ops listener of each node".to_owned());
        }
        let is_visited = |name: &String| self.observed.nodes.iter().any(|(known, _)| known == name);
        if let Some(name) = self.ops.keys().find(|name| !is_visited(name)) {
            return Some(format!("ops: the observer's file has no node {name}"));
        }
        let minutes = self.morning.served_within_minutes;
        if !(1..=60).contains(&minutes) {
            return Some("morning.served_within_minutes: write 1 to 60".to_owned());
        }
        if !self.morning.sign_ins.is_none_or(|people| (1..=PEOPLE_MAX).contains(&people)) {
            return Some(format!("morning.sign_ins: write 1 to {PEOPLE_MAX}"));
        }
        let limits = &self.limits;
        let not_below_zero = |value: f64| value.is_finite() && value >= 0.0;
        if !not_below_zero(limits.disk_free_gigabytes_min) {
            return Some("limits.disk_free_gigabytes_min: write 0 or more".to_owned());
        }
        if !not_below_zero(limits.clock_difference_seconds_max) {
            return Some("limits.clock_difference_seconds_max: write 0 or more".to_owned());
        }
        None
    }
}

/// A base address: `host:port` is spoken to in plain HTTP, as ops listeners are.
fn base(written: &str) -> String {
    let written = written.trim_end_matches('/');
    if written.contains("://") { written.to_owned() } else { format!("http://{written}") }
}

/// An address of a node as Prometheus names it: `host:port`.
pub(super) fn instance(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_with_or_without_their_scheme() {
        assert_eq!(base("10.0.1.11:9090"), "http://10.0.1.11:9090");
        assert_eq!(base("https://prometheus.example/one/"), "https://prometheus.example/one");
        assert_eq!(instance("http://10.0.1.11:9090"), "10.0.1.11:9090");
    }

    #[test]
    fn the_sample_file_has_every_key_and_its_default() {
        let text = include_str!("../../../config/rehearsal.toml");
        let file: File = toml::from_str(text).unwrap();
        let (morning, limits) = (Morning::default(), Limits::default());
        assert_eq!(file.morning.served_within_minutes, morning.served_within_minutes);
        assert_eq!(file.limits.certificate_days_min, limits.certificate_days_min);
        assert_eq!(file.limits.backup_age_hours_max, limits.backup_age_hours_max);
        let different = [
            file.limits.disk_free_gigabytes_min - limits.disk_free_gigabytes_min,
            file.limits.clock_difference_seconds_max - limits.clock_difference_seconds_max,
        ];
        assert!(different.iter().all(|by| by.abs() < f64::EPSILON));
        // What is only an example stands there as a comment.
        for key in ["# sign_ins = ", "# folder = "] {
            assert!(text.contains(key), "{key}");
        }
    }
}

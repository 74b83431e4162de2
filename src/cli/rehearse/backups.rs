//! Age of the newest backup: from the folder where base backups lie, or from what Prometheus reads at the database.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::ask::Asker;
use super::part::{Name, Part};
use super::plan::Plan;
use crate::telemetry::chain;

/// Entries of the folder that are looked at: a few are kept.
const ENTRIES_MAX: usize = 10_000;
/// What a base backup ends with; one without it was not written to its end.
const MANIFEST: &str = "backup_manifest";
/// What `deploy/backup` tells the node exporter.
const COMPLETED: &str = "max(postgres_backup_completed_timestamp_seconds)";

/// Looks for the newest backup; `now` is this machine's time.
pub(super) async fn look(plan: &Plan, asker: &Asker, now: Timestamp) -> Part {
    let max = plan.limits.backup_age_hours_max;
    if let Some(folder) = &plan.backups {
        return match newest(folder) {
            Ok(newest) => judge(newest, max, now),
            Err(error) => unread(format!("the folder of backups cannot be read: {error}")),
        };
    }
    let Some(prometheus) = &plan.prometheus else {
        return Part::not_configured(Name::Backups, "backups.folder");
    };
    let answer = asker.json_of(&format!("{prometheus}/api/v1/query"), ("query", COMPLETED)).await;
    match answer {
        Ok(answer) => judge(completed(&answer), max, now),
        Err(error) => unread(format!("Prometheus does not tell of backups: {}", chain(&error))),
    }
}

fn unread(what: String) -> Part {
    let mut part = Part::new(Name::Backups);
    part.against(what, "correct the file; see BackupOld");
    part
}

/// When the newest complete one was begun.
fn newest(folder: &Path) -> std::io::Result<Option<Timestamp>> {
    let mut newest = None;
    for entry in std::fs::read_dir(folder)?.take(ENTRIES_MAX) {
        let entry = entry?;
        let named = entry.file_name().to_str().and_then(begun);
        if entry.path().join(MANIFEST).is_file() {
            newest = newest.max(named);
        }
    }
    Ok(newest)
}

/// The time in a name such as `20240708T001503Z`.
fn begun(name: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", name).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The one value of an answer of Prometheus.
fn completed(answer: &Value) -> Option<Timestamp> {
    let value = answer["data"]["result"][0]["value"][1].as_str()?;
    let seconds: f64 = value.parse().ok()?;
    let since = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(since).ok()
}

fn judge(newest: Option<Timestamp>, hours_max: u32, now: Timestamp) -> Part {
    let mut part = Part::new(Name::Backups);
    let next =
        "make one: `systemctl start daybreak-backup` on the machine of the database; see BackupOld";
    let Some(newest) = newest else {
        part.against("there is no complete backup", next);
        return part;
    };
    let age = now.duration_since(newest);
    let what = format!("The newest backup is {:.1} hours old", age.as_secs_f64() / 3600.0);
    if age.as_secs() > 3600 * i64::from(hours_max) {
        part.against(what, next);
    } else {
        part.saw(what);
    }
    part
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::part::Verdict;
    use super::*;

    #[test]
    fn a_backup_is_old_after_its_hours_and_not_before() {
        let at = |seconds| Some(Timestamp::from_second(seconds).unwrap());
        let now = Timestamp::from_second(28 * 3600).unwrap();
        assert_eq!(judge(at(0), 28, now).seen, ["The newest backup is 28.0 hours old"]);
        assert_eq!(judge(at(-1), 28, now).verdict(), Verdict::NoGo);
        assert_eq!(judge(None, 28, now).reasons[0].what, "there is no complete backup");
    }

    #[test]
    fn the_newest_is_the_last_that_was_written_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(newest(folder.path()).unwrap(), None);
        for (name, complete) in [
            ("20240707T001500Z", true),
            ("20240708T001500Z", true),
            ("20240709T001500Z", false),
            ("20240709T001500Z.partial", true),
            ("old", true),
        ] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            if complete {
                std::fs::write(folder.path().join(name).join(MANIFEST), "{}").unwrap();
            }
        }
        let found = newest(folder.path()).unwrap();
        assert_eq!(found, Some("2024-07-08T00:15:00Z".parse().unwrap()));
        assert!(newest(&folder.path().join("none")).is_err());
    }

    #[test]
    fn prometheus_tells_when_one_was_complete() {
        let answer = json!({"data": {"result": [{"metric": {}, "value": [1, "1720397700"]}]}});
        assert_eq!(completed(&answer), Some("2024-07-08T00:15:00Z".parse().unwrap()));
        assert_eq!(completed(&json!({"data": {"result": []}})), None);
    }
}

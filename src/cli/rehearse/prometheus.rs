//! Prometheus: whether it has the rules of this program, reads every node, and has somebody to tell.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ask::{Asker, NoAnswer};
use super::part::{Name, Part};
use super::plan::{Plan, instance};
use crate::telemetry::chain;

/// The rules of this version, as files of Prometheus.
const RULES: [&str; 8] = [
    include_str!("../../../dashboards/alerts/data.yml"),
    include_str!("../../../dashboards/alerts/email.yml"),
    include_str!("../../../dashboards/alerts/nodes.yml"),
    include_str!("../../../dashboards/alerts/observer.yml"),
    include_str!("../../../dashboards/alerts/queue.yml"),
    include_str!("../../../dashboards/alerts/release.yml"),
    include_str!("../../../dashboards/alerts/traffic.yml"),
    include_str!("../../../dashboards/alerts/watch.yml"),
];
/// What the rules want the jobs to be called.
const NODES: &str = "daybreak";
const OBSERVER: &str = "daybreak-observer";
/// Groups of our rules begin so; a Prometheus may have others.
const GROUP: &str = "daybreak-";

/// What it answers.
#[derive(Debug)]
struct Told {
    rules: Value,
    targets: Value,
    alertmanagers: Value,
}

/// Asks it.
pub(super) async fn look(plan: &Plan, asker: &Asker) -> Part {
    let Some(base) = &plan.prometheus else {
        return Part::not_configured(Name::Prometheus, "alarms.prometheus");
    };
    match ask(asker, base).await {
        Ok(told) => {
            let nodes = plan.ops.iter().map(|(name, base)| (name.as_str(), instance(base)));
            judge(&told, &nodes.collect())
        }
        Err(error) => {
            let mut part = Part::new(Name::Prometheus);
            let what = format!("Prometheus cannot be asked: {}", chain(&error));
            part.against(what, "start it, or correct its address in the file");
            part
        }
    }
}

async fn ask(asker: &Asker, base: &str) -> Result<Told, NoAnswer> {
    let (rules, targets, alertmanagers) = (
        format!("{base}/api/v1/rules?type=alert"),
        format!("{base}/api/v1/targets?state=active"),
        format!("{base}/api/v1/alertmanagers"),
    );
    let (rules, targets, alertmanagers) =
        tokio::join!(asker.json(&rules), asker.json(&targets), asker.json(&alertmanagers));
    Ok(Told { rules: rules?, targets: targets?, alertmanagers: alertmanagers? })
}

fn judge(told: &Told, nodes: &BTreeMap<&str, &str>) -> Part {
    let mut part = Part::new(Name::Prometheus);
    rules(&mut part, &told.rules);
    targets(&mut part, &told.targets, nodes);
    let known = list(&told.alertmanagers["data"]["activeAlertmanagers"]).count();
    part.against_if(
        known == 0,
        "it has no Alertmanager to tell",
        "name it in targets/alertmanagers.yml of Prometheus",
    );
    part
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Names of alerts in the files of this program, each once.
fn ours() -> BTreeSet<&'static str> {
    let lines = RULES.iter().flat_map(|text| text.lines());
    lines.filter_map(|line| line.trim().strip_prefix("- alert: ")).collect()
}

fn names<'a>(of: impl Iterator<Item = &'a &'a str>) -> String {
    of.copied().collect::<Vec<_>>().join(", ")
}

fn rules(part: &mut Part, told: &Value) {
    let next = "copy dashboards/alerts of this version to Prometheus and reload it";
    let ours = ours();
    let mut loaded = BTreeSet::new();
    for group in list(&told["data"]["groups"]) {
        let own = group["name"].as_str().is_some_and(|name| name.starts_with(GROUP));
        for rule in list(&group["rules"]).filter(|_| own) {
            let name = rule["name"].as_str().unwrap_or_default();
            if !loaded.insert(name) {
                part.against(format!("the rule {name} is loaded twice"), next);
            }
            if rule["health"] == "err" {
                part.against(format!("the rule {name} cannot be evaluated"), next);
            }
            if rule["state"] == "firing" && rule["labels"]["severity"] == "page" {
                part.against(
                    format!("{name} is calling now"),
                    format!("see deploy/runbooks/{name}.md"),
                );
            }
        }
    }
    let missing = names(ours.difference(&loaded));
    part.against_if(!missing.is_empty(), format!("rules are missing: {missing}"), next);
    let others = names(loaded.difference(&ours));
    part.against_if(
        !others.is_empty(),
        format!("rules are loaded that this version does not have: {others}"),
        next,
    );
    part.saw(format!("{} of {} rules are loaded", ours.intersection(&loaded).count(), ours.len()));
}

fn targets(part: &mut Part, told: &Value, nodes: &BTreeMap<&str, &str>) {
    let up = |job: &str| {
        let all = list(&told["data"]["activeTargets"]).filter(move |t| t["labels"]["job"] == *job);
        let up = all.filter(|target| target["health"] == "up");
        up.filter_map(|target| target["labels"]["instance"].as_str()).collect::<BTreeSet<_>>()
    };
    let read = up(NODES);
    for (name, instance) in nodes.iter().filter(|(_, instance)| !read.contains(**instance)) {
        let what = format!("it does not read {name} at {instance}");
        part.against(what, "name it in targets/nodes.yml of Prometheus, under this address");
    }
    let seen = nodes.values().filter(|instance| read.contains(**instance)).count();
    part.saw(format!("{seen} of {} nodes are read", nodes.len()));
    part.against_if(
        up(OBSERVER).is_empty(),
        "it reads no observer",
        "start `daybreak observe`, and name it in targets/observers.yml; see ObserverSilent",
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::part::Verdict;
    use super::*;

    fn told(change: impl Fn(&mut Told)) -> Part {
        let rule = |name: &&str| json!({"name": name, "health": "ok", "state": "inactive", "labels": {"severity": "page"}});
        let rules: Vec<Value> = ours().iter().map(rule).collect();
        let groups = json!([{"name": "daybreak-all", "rules": rules},
            {"name": "others", "rules": [{"name": "TheirOwn", "state": "firing", "labels": {"severity": "page"}}]}]);
        let target =
            |job, instance| json!({"labels": {"job": job, "instance": instance}, "health": "up"});
        let mut told = Told {
            rules: json!({"data": {"groups": groups}}),
            targets: json!({"data": {"activeTargets": [target("daybreak", "a:1"), target("daybreak", "b:1"),
                target("daybreak-observer", "c:1")]}}),
            alertmanagers: json!({"data": {"activeAlertmanagers": [{"url": "http://d"}]}}),
        };
        change(&mut told);
        judge(&told, &[("one", "a:1"), ("two", "b:1")].into())
    }

    fn reason(change: impl Fn(&mut Told)) -> String {
        let part = told(change);
        assert_eq!((part.verdict(), part.reasons.len()), (Verdict::NoGo, 1), "{part:?}");
        part.reasons[0].what.clone()
    }

    #[test]
    fn everything_that_is_missing_is_named() {
        let good = told(|_| ());
        assert_eq!(good.verdict(), Verdict::Go, "{good:?}");
        assert_eq!(good.seen[1], "2 of 2 nodes are read");
        let rule = |told: &mut Told, key: &str, value: Value| {
            told.rules["data"]["groups"][0]["rules"][0][key] = value;
        };
        let first = *ours().first().unwrap();
        let part = told(|told| rule(told, "name", json!("Unheard")));
        let reasons: Vec<_> = part.reasons.iter().map(|reason| reason.what.as_str()).collect();
        assert_eq!(
            reasons,
            [
                &format!("rules are missing: {first}"),
                "rules are loaded that this version does not have: Unheard"
            ]
        );
        let twice = |told: &mut Told| {
            let rules = told.rules["data"]["groups"][0]["rules"].as_array_mut().unwrap();
            rules.push(rules[0].clone());
        };
        assert!(reason(twice).ends_with("is loaded twice"));
        assert!(reason(|told| rule(told, "health", json!("err"))).ends_with("cannot be evaluated"));
        assert!(reason(|told| rule(told, "state", json!("firing"))).ends_with("is calling now"));
        let target = |told: &mut Told, at: usize| {
            told.targets["data"]["activeTargets"][at]["health"] = json!("down");
        };
        assert_eq!(reason(|told| target(told, 1)), "it does not read two at b:1");
        assert_eq!(reason(|told| target(told, 2)), "it reads no observer");
        assert!(
            reason(|told| told.alertmanagers = json!({"data": {}})).contains("no Alertmanager")
        );
    }

    #[test]
    fn every_file_of_rules_is_known() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/alerts");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|e| e == "yml")).collect();
        assert_eq!(files.len(), RULES.len());
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(RULES.contains(&text.as_str()), "{}", path.display());
        }
        assert!(ours().len() > 30);
    }
}

//! Alertmanager: who would be called. It is asked with an alert of its own, under a silence, so that it says itself where
//! the alert would go and nobody is called.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::{Asker, NoAnswer};
use super::part::{Name, Part};
use super::plan::Plan;
use crate::telemetry::chain;

/// Name of the alert that is sent; no rule has it.
const ALERT: &str = "DaybreakRehearsal";
/// The alert that always fires, and so shows that alerts come here.
const HEARTBEAT: &str = "AlarmsWork";
/// The alert ends by itself.
const ALERT_LASTS: Duration = Duration::from_mins(1);
/// The silence ends long after it: a group is told of an end only where it was told of a beginning.
const SILENCE_LASTS: Duration = Duration::from_mins(30);
/// It begins before: another machine's clock may be behind.
const SILENCE_BEGAN: Duration = Duration::from_mins(1);
/// How often it is asked whether it knows the alert, and how long that takes at the most.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_MAX: u32 = 30;

/// What it answers.
#[derive(Debug)]
struct Told {
    /// Its configuration, as it writes it.
    configuration: String,
    /// Receivers of the alert that was sent.
    paged: Vec<String>,
    /// Receivers of the alert that always fires; none when it did not come.
    heartbeat: Vec<String>,
}

/// Asks it; `now` is this machine's time.
pub(super) async fn look(plan: &Plan, asker: &Asker, now: Timestamp) -> Part {
    let Some(base) = &plan.alertmanager else {
        return Part::not_configured(Name::Alertmanager, "alarms.alertmanager");
    };
    match ask(asker, base, now).await {
        Ok(told) => judge(&told),
        Err(error) => {
            let mut part = Part::new(Name::Alertmanager);
            let what = format!("Alertmanager cannot be asked: {}", chain(&error));
            part.against(what, "start it, or correct its address in the file");
            part
        }
    }
}

async fn ask(asker: &Asker, base: &str, now: Timestamp) -> Result<Told, NoAnswer> {
    let status = asker.json(&format!("{base}/api/v2/status")).await?;
    let configuration = status["config"]["original"].as_str().ok_or(NoAnswer::NotMeant)?.to_owned();
    let heartbeat = alert(asker, base, HEARTBEAT).await?.map(|alert| receivers(&alert));
    let silenced = silence(asker, base, now).await?;
    let alert = page(asker, base, now).await?;
    let by = alert["status"]["silencedBy"].as_array().into_iter().flatten();
    // Nobody was called, and that was to be so.
    if !by.into_iter().any(|silence| *silence == silenced) {
        return Err(NoAnswer::NotMeant);
    }
    Ok(Told { configuration, paged: receivers(&alert), heartbeat: heartbeat.unwrap_or_default() })
}

/// Silences the alert that is going to be sent, and nothing else.
async fn silence(asker: &Asker, base: &str, now: Timestamp) -> Result<Value, NoAnswer> {
    let silence = json!({
        "matchers": [{"name": "alertname", "value": ALERT, "isRegex": false, "isEqual": true}],
        "startsAt": (now - SILENCE_BEGAN).to_string(),
        "endsAt": (now + SILENCE_LASTS).to_string(),
        "createdBy": "daybreak rehearse",
        "comment": "A rehearsal asks who would be called. Ends by itself.",
    });
    let id = asker.post(&format!("{base}/api/v2/silences"), &silence).await?["silenceID"].take();
    let name = id.as_str().ok_or(NoAnswer::NotMeant)?;
    let there = asker.json(&format!("{base}/api/v2/silence/{name}")).await?;
    if there["status"]["state"] != "active" {
        return Err(NoAnswer::NotMeant);
    }
    Ok(id)
}

/// Sends an alert as Prometheus would, and reads what became of it.
async fn page(asker: &Asker, base: &str, now: Timestamp) -> Result<Value, NoAnswer> {
    let sent = json!([{
        "labels": {"alertname": ALERT, "severity": "page", "job": "daybreak"},
        "annotations": {"summary": "A rehearsal asks who would be called."},
        "startsAt": now.to_string(),
        "endsAt": (now + ALERT_LASTS).to_string(),
    }]);
    asker.post(&format!("{base}/api/v2/alerts"), &sent).await?;
    for _ in 0..LOOKS_MAX {
        match alert(asker, base, ALERT).await? {
            Some(alert) if alert["status"]["state"] == "suppressed" => return Ok(alert),
            Some(_) | None => tokio::time::sleep(LOOK).await,
        }
    }
    Err(NoAnswer::NotMeant)
}

/// An alert that it knows.
async fn alert(asker: &Asker, base: &str, name: &str) -> Result<Option<Value>, NoAnswer> {
    let filter = format!("alertname=\"{name}\"");
    let mut alerts = asker.json_of(&format!("{base}/api/v2/alerts"), ("filter", &filter)).await?;
    Ok(alerts.get_mut(0).map(Value::take))
}

fn receivers(alert: &Value) -> Vec<String> {
    let all = alert["receivers"].as_array().into_iter().flatten();
    all.filter_map(|receiver| receiver["name"].as_str()).map(str::to_owned).collect()
}

fn judge(told: &Told) -> Part {
    let mut part = Part::new(Name::Alertmanager);
    let next = "give it a route and a receiver, as deploy/alertmanager/alertmanager.yml has them";
    let calls = |name: &&String| ways(&told.configuration, name) > 0;
    part.against_if(
        !told.paged.iter().any(|name| calls(&name)),
        "an alert of severity page calls nobody",
        next,
    );
    for name in told.paged.iter().filter(calls) {
        let ways = crate::domain::wording::count(ways(&told.configuration, name), "way", "ways");
        part.saw(format!("An alert of severity page goes to `{name}`, by {ways}"));
    }
    match told.heartbeat.iter().find(calls) {
        Some(name) => part.saw(format!("{HEARTBEAT} comes here, and goes to `{name}`")),
        None if told.heartbeat.is_empty() => part.against(
            format!("{HEARTBEAT} does not come here, although it always fires"),
            "look whether Prometheus names this Alertmanager, and reaches it",
        ),
        None => part.against(format!("{HEARTBEAT} calls nobody who would miss it"), next),
    }
    part
}

/// Integrations of a receiver, in the configuration as Alertmanager itself writes it out: lists are not indented, and what
/// is empty is left out.
fn ways(configuration: &str, receiver: &str) -> usize {
    let own = configuration.lines().skip_while(|line| *line != "receivers:").skip(1);
    let own = own.take_while(|line| line.starts_with([' ', '-']));
    let (mut is_it, mut in_list, mut ways) = (false, false, 0);
    for line in own {
        if let Some(name) = line.strip_prefix("- name: ") {
            (is_it, in_list) = (name.trim_matches(['"', '\'']) == receiver, false);
        } else if line.starts_with("  ") && !line.starts_with("   ") {
            let item = line.starts_with("  - ");
            in_list = if item { in_list } else { line.trim_end().ends_with("_configs:") };
            ways += usize::from(is_it && item && in_list);
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::super::part::Verdict;
    use super::*;

    const CONFIGURATION: &str = "route:\n  receiver: on-call\nreceivers:\n- name: on-call\n  email_configs:\n  - send_resolved: true\n    to: a\n    headers:\n      From: b\n  webhook_configs:\n  - send_resolved: true\n    url: c\n  - url: d\n- name: nobody\n- name: \"heart beat\"\n  webhook_configs:\n  - url: e\ntemplates: []\n";

    #[test]
    fn ways_of_a_receiver_are_counted() {
        let found =
            ["on-call", "nobody", "heart beat", "unheard-of"].map(|of| ways(CONFIGURATION, of));
        assert_eq!(found, [3, 0, 1, 0]);
    }

    #[test]
    fn somebody_is_called_and_somebody_would_miss_it() {
        let judged = |paged: &[&str], heartbeat: &[&str]| {
            let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect();
            let configuration = CONFIGURATION.to_owned();
            judge(&Told { configuration, paged: names(paged), heartbeat: names(heartbeat) })
        };
        let good = judged(&["nobody", "on-call"], &["heart beat"]);
        assert_eq!(good.verdict(), Verdict::Go, "{good:?}");
        assert_eq!(good.seen[0], "An alert of severity page goes to `on-call`, by 3 ways");
        for (paged, heartbeat, told) in [
            (&["nobody"][..], &["heart beat"][..], "severity page calls nobody"),
            (&[], &["heart beat"], "severity page calls nobody"),
            (&["on-call"], &[], "does not come here"),
            (&["on-call"], &["nobody"], "calls nobody who would miss it"),
        ] {
            let part = judged(paged, heartbeat);
            assert_eq!(part.reasons.len(), 1, "{part:?}");
            assert!(part.reasons[0].what.contains(told), "{part:?}");
        }
    }
}

//! `daybreak doctor`: what is wrong with a system while it runs, and what to do next.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, check, keys, print};
use crate::config::Role;
use crate::domain::calendar::{Audience, instant_in_words};
use crate::domain::peers::Peer;
use crate::jobs::readiness::agreed_of;
use crate::store::nodes::ListNodes;
use crate::store::outbox::{CountOutbox, OutboxCount};
use crate::store::releases::{ListReleases, ReleaseRow};
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// One that was not seen for so long was taken away on purpose.
const GONE: SignedDuration = SignedDuration::from_hours(24);
/// Messages that wait for longer are stuck.
const MESSAGES_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// A release that opens so soon is to be approved.
const OPENS_SOON: SignedDuration = SignedDuration::from_hours(24);
/// A disk with less is as good as full: a journal's segment and a snapshot of the nation.
const DISK_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// What was seen.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

impl Finding {
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n   Next: {}", self.what, self.next)
    }
}

/// Tells everything that is wrong; exit code 1 when something is.
pub fn run(args: &SystemArgs) -> Result<(), Failure> {
    report(args, &look(args)?)
}

/// Looks at everything.
pub(super) fn look(args: &SystemArgs) -> Result<Vec<Finding>, Failure> {
    let mut found = Vec::new();
    let seen = check::look(args)?;
    found.extend(seen.problems.into_iter().map(|what| {
        Finding::new(what, "correct it; `daybreak check` says whether it is right before a start")
    }));
    found.extend(seen.away.into_iter().map(|what| {
        Finding::new(what, "bring it back; nodes go on from memory meanwhile, and nothing is lost")
    }));
    if let Ok(system) = System::open_for_owner(args) {
        found.extend(of_machine(&system));
        found.extend(runtime()?.block_on(keys::of_system(&system)));
        if let Ok(store) = system.store(Role::Owner) {
            found.extend(runtime()?.block_on(of_database(&store, system.clock.now())));
        }
    }
    Ok(found)
}

/// What is to be seen on this machine.
fn of_machine(system: &System) -> Vec<Finding> {
    let (server, mut found) = (&system.config.server, Vec::new());
    let wait = std::time::Duration::from_secs(2);
    if std::net::TcpStream::connect_timeout(&server.ops_address, wait).is_err() {
        let what = format!(
            "no node of this configuration runs here: nobody answers at {}",
            server.ops_address
        );
        found.push(Finding::new(
            what,
            "start it, and read the end of its log: it says why it ended",
        ));
    }
    match rustix::fs::statvfs(&server.state) {
        Ok(disk) if disk.f_bavail.saturating_mul(disk.f_frsize) < DISK_BYTES_MIN => {
            let what = format!("the disk of {} is nearly full", server.state.display());
            let next = "make room: a node that cannot write its journal lets nobody in; see DiskNearlyFull";
            found.push(Finding::new(what, next));
        }
        Ok(_) => (),
        Err(error) => {
            let what =
                format!("the state folder {} cannot be looked at: {error}", server.state.display());
            found.push(Finding::new(what, "give it to the user that the node runs as"));
        }
    }
    found
}

/// What the database tells; that it does not answer was found already.
async fn of_database(store: &Store, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let unread = |error: StoreError| {
        Finding::new(
            format!("the database answers, but not this: {}", chain(&error)),
            "run `daybreak migrate`; if that changes nothing, read the database's log",
        )
    };
    match store.run(now, &ListNodes).await {
        Ok(nodes) => found.extend(of_nodes(&nodes, now)),
        Err(error) if error.is_unreachable() => return found,
        Err(error) => found.push(unread(error)),
    }
    match store.run(now, &CountOutbox).await {
        Ok(outbox) => found.extend(of_outbox(&outbox, now)),
        Err(error) => found.push(unread(error)),
    }
    match store.run(now, &ListReleases).await {
        Ok(releases) => found.extend(of_releases(&releases, now)),
        Err(error) => found.push(unread(error)),
    }
    found
}

/// Nodes that are silent, or that say themselves why nobody should be sent to them.
fn of_nodes(nodes: &[Peer], now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    for peer in nodes {
        let (name, readiness, silent) = (&peer.name, &peer.readiness, peer.silent(now));
        if silent > GONE {
            continue;
        }
        if !peer.is_alive(now) {
            let what = format!("node `{name}` was last seen {} s ago", silent.as_secs());
            let next = "if it is there, it does not reach the database (DatabaseAway); else start it (NodeDown)";
            found.push(Finding::new(what, next));
            continue;
        }
        let reasons = readiness["reasons"].as_array().into_iter().flatten();
        found.extend(
            reasons.filter_map(Value::as_str).map(|reason| of_reason(name, reason, readiness)),
        );
        if readiness["database"] == "unsafe" {
            let what =
                format!("node `{name}` refuses the database and reads and writes nothing in it");
            found.push(Finding::new(
                what,
                "run `daybreak check` there: it names what is wrong with it (DatabaseUnsafe)",
            ));
        }
        if readiness["copied"] == true {
            let what =
                format!("two processes speak as node `{name}`: the state folder of one is a copy");
            let next = "stop the copy, empty its state folder, and start it again: it gets a name and a key of its own";
            found.push(Finding::new(what, next));
        }
    }
    found.extend(of_configurations(nodes, now));
    if !nodes.iter().any(|peer| peer.is_alive(now)) {
        found.push(Finding::new("no node has been seen lately", "start one: `daybreak serve`"));
    }
    found
}

/// Nodes that are configured otherwise than the first of those that are there.
fn of_configurations(nodes: &[Peer], now: Timestamp) -> Vec<Finding> {
    let alive = nodes.iter().filter(|peer| peer.is_alive(now));
    let mut told = alive.filter_map(|peer| Some((&peer.name, agreed_of(&peer.readiness)?)));
    let Some((first, agreed)) = told.next() else { return Vec::new() };
    told.filter_map(|(name, other)| {
        let contradictions = agreed.contradictions(&other, name);
        let differences = [contradictions, agreed.differences(&other)].concat();
        let what = format!(
            "nodes `{first}` and `{name}` are configured otherwise: {}",
            differences.join(", ")
        );
        let next =
            "give both the same configuration and program, and restart the one that has the old";
        (!differences.is_empty()).then(|| Finding::new(what, next))
    })
    .collect()
}

/// Why a node is not ready, in words.
fn of_reason(name: &str, reason: &str, readiness: &Value) -> Finding {
    let (what, next) = match reason {
        "draining" => {
            ("is ending".to_owned(), "wait until it is gone, and start it again if it is to stay")
        }
        "clock" => (
            format!(
                "does not trust its clock: {}",
                readiness["clock"].as_str().unwrap_or("unknown")
            ),
            "set the machine's clock right and watch `chronyc tracking` (ClockNotTrusted)",
        ),
        "preload" => (
            format!(
                "has {:.0} % of the release in memory",
                100.0 * readiness["preloaded"].as_f64().unwrap_or(0.0)
            ),
            "wait; if it does not rise, it does not reach the blob store (ReleaseNotInMemory)",
        ),
        other => (format!("is not ready: {other}"), "read its log (NodeNotReady)"),
    };
    Finding::new(format!("node `{name}` {what}"), next)
}

fn of_outbox(outbox: &OutboxCount, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(oldest) = outbox.oldest.filter(|oldest| now.duration_since(*oldest) > MESSAGES_WAIT)
    {
        let minutes = now.duration_since(oldest).as_mins();
        let what = format!("an email waits for {minutes} minutes");
        found.push(Finding::new(what, "`daybreak email list` says why (EmailsWait)"));
    }
    let failed =
        outbox.states.iter().filter(|(state, _)| ["failed", "bounced"].contains(&state.as_str()));
    for (state, count) in failed {
        let what = format!("{count} emails {state}");
        found.push(Finding::new(
            what,
            "`daybreak email list` says which; correct the address, then `daybreak email retry`",
        ));
    }
    found
}

fn of_releases(releases: &[ReleaseRow], now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    for release in releases {
        let opens = release.times.map(|times| times.of(Audience::School));
        let soon = opens.filter(|opens| *opens > now && *opens - OPENS_SOON <= now);
        if let Some(opens) = soon.filter(|_| release.stage == "proposed") {
            let what = format!(
                "release {} opens at {} and nobody has approved it",
                release.id,
                instant_in_words(opens)
            );
            found.push(Finding::new(
                what,
                "a second release officer approves it at /staff/releases",
            ));
        }
        if release.stage == "building" {
            let what = format!("release {} is not built to its end", release.id);
            found.push(Finding::new(
                what,
                "run the same `daybreak release build` again: it goes on where it stopped",
            ));
        }
    }
    found
}

fn report(args: &SystemArgs, found: &[Finding]) -> Result<(), Failure> {
    if args.json {
        let all = found.iter().map(|f| json!({ "what": f.what, "next": f.next }));
        print(&json!({ "findings": all.collect::<Vec<_>>() }).to_string())?;
    } else {
        for (number, finding) in found.iter().enumerate() {
            print(&format!("{}. {finding}", number + 1))?;
        }
    }
    match found.len() {
        0 if args.json => Ok(()),
        0 => print("Nothing is wrong."),
        count => Err(Failure::failed(format!("{count} things are wrong"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_720_000_000 + seconds).unwrap()
    }

    fn words(found: &[Finding]) -> String {
        found.iter().map(|finding| finding.what.clone() + "\n").collect()
    }

    #[test]
    fn nodes_that_are_silent_or_not_ready_are_named() {
        let ready = json!({ "reasons": [], "database": "up" });
        let clock = json!({ "reasons": ["clock", "preload"], "clock": "stepped", "preloaded": 0.25, "database": "unsafe" });
        let row = |name: &str, seen, said: &Value| Peer {
            name: name.to_owned(),
            seen_at: at(seen),
            readiness: said.clone(),
        };
        let nodes = [
            row("a", 0, &ready),
            row("b", -31, &ready),
            row("c", -2, &clock),
            row("d", -90_000, &clock),
        ];
        let found = of_nodes(&nodes, at(0));
        assert_eq!(
            words(&found),
            "node `b` was last seen 31 s ago\nnode `c` does not trust its clock: stepped\n\
             node `c` has 25 % of the release in memory\n\
             node `c` refuses the database and reads and writes nothing in it\n"
        );
        assert!(found.iter().all(|finding| !finding.next.is_empty()));
        let told = |year| {
            let (year, sections) = (json!(year), json!({ "sessions": "aa" }));
            json!({ "copied": true, "configuration": { "year": year, "sections": sections } })
        };
        let three = [row("e", 0, &told(2024)), row("f", 0, &told(2025)), row("g", 0, &ready)];
        let found = words(&of_nodes(&three, at(0)));
        assert!(found.contains("two processes speak as node `e`"), "{found}");
        assert!(found.contains(
            "`e` and `f` are configured otherwise: cycles.year is 2024 here and 2025 on node f"
        ));
        assert_eq!(
            found.matches("configured otherwise").count(),
            1,
            "a program of before tells nothing"
        );
        assert_eq!(of_nodes(&nodes[..1], at(1)), []);
        assert_eq!(words(&of_nodes(&[], at(0))), "no node has been seen lately\n");
    }

    #[test]
    fn messages_that_wait_or_failed_are_counted() {
        let outbox = |oldest, failed| OutboxCount {
            states: vec![("pending".to_owned(), 1), ("failed".to_owned(), failed)],
            oldest,
        };
        let found = of_outbox(&outbox(Some(at(-3_600)), 2), at(0));
        assert_eq!(words(&found), "an email waits for 60 minutes\n2 emails failed\n");
        let fresh = OutboxCount { states: vec![("pending".to_owned(), 3)], oldest: Some(at(-5)) };
        assert_eq!(of_outbox(&fresh, at(0)), []);
    }
}

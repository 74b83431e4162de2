//! The next release: approved by two people, and in the memory of every node.

use jiff::Timestamp;

use super::node::{Node, Nodes};
use super::part::{Name, Part};
use crate::domain::calendar::{Audience, instant_in_words};
use crate::store::releases::ReleaseRow;

/// Judges releases by the database and by every node, and tells when the next one opens to schools; `releases` is none
/// when the database did not answer.
pub(super) fn judge(
    releases: Option<&[ReleaseRow]>,
    nodes: &Nodes,
    now: Timestamp,
) -> (Part, Option<Timestamp>) {
    let mut part = Part::new(Name::Release);
    let Some(releases) = releases else {
        part.against("the database does not tell of releases", "see the part about the system");
        return (part, None);
    };
    let opens = next(&mut part, releases, now);
    if let Some(opens) = opens {
        for (name, node) in
            nodes.iter().filter_map(|(name, node)| Some((name, node.as_ref().ok()?)))
        {
            of_node(&mut part, name, node, opens);
        }
        let silent = nodes.values().filter(|node| node.is_err()).count();
        part.against_if(
            silent > 0 || nodes.is_empty(),
            "not every node tells what it has in memory",
            "see the part about nodes",
        );
    }
    (part, opens)
}

fn next(part: &mut Part, releases: &[ReleaseRow], now: Timestamp) -> Option<Timestamp> {
    let opens = |row: &ReleaseRow| row.times.map(|times| times.of(Audience::School));
    let later = releases.iter().filter(|row| opens(row).is_some_and(|opens| opens > now));
    let soonest = later.min_by_key(|row| opens(row));
    if let Some((row, opens)) = soonest.and_then(|row| Some((row, opens(row)?))) {
        let when = instant_in_words(opens);
        if row.stage == "approved" {
            part.saw(format!("Release {} is approved and opens at {when}", row.id));
            return Some(opens);
        }
        part.against(
            format!("release {} opens at {when} and nobody has approved it", row.id),
            "a second release officer approves it at /staff/releases",
        );
        return None;
    }
    let built = releases.iter().rfind(|row| row.stage == "built");
    match built {
        Some(row) => part.against(
            format!("release {} is built, and nobody has proposed when it opens", row.id),
            "a release officer proposes it: `daybreak release propose`",
        ),
        None => part.against(
            "no release waits to be opened",
            "build one: `daybreak release build`; after the morning there is nothing to rehearse",
        ),
    }
    None
}

fn of_node(part: &mut Part, name: &str, node: &Node, opens: Timestamp) {
    #[expect(clippy::cast_possible_truncation, reason = "a time in whole seconds")]
    let told = node.metric("daybreak_release_opens_timestamp_seconds").map(|at| at as i64);
    if told != Some(opens.as_second()) {
        let next = "see whether it reaches the database: it reads approvals there (SnapshotOld)";
        return part.against(format!("{name}: it does not know of this release"), next);
    }
    let ratio = node.readiness["preloaded"].as_f64().unwrap_or(0.0);
    part.against_if(
        ratio < 1.0,
        format!("{name}: {:.0}% of the release is in memory", (100.0 * ratio).floor()),
        "wait; if it does not rise, it does not reach the blob store (ReleaseNotInMemory)",
    );
    part.against_if(
        node.metric("daybreak_release_state") == Some(4.0),
        format!("{name}: the release is held"),
        "`daybreak release resume`, once it is known why (ReleaseHeld)",
    );
    let reasons = node.readiness["reasons"].as_array().into_iter().flatten();
    for reason in
        reasons.filter_map(serde_json::Value::as_str).filter(|reason| *reason != "preload")
    {
        part.against(format!("{name}: it is not ready: {reason}"), "see NodeNotReady");
    }
    if ratio >= 1.0 {
        part.saw(format!("{name}: all of it is in memory"));
    }
    let held = node.metric("daybreak_release_held_schools").filter(|held| *held > 0.0);
    if let Some(held) = held {
        part.saw(format!("{name}: {held:.0} schools of it are held back"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::node::tests::well;
    use super::super::part::Verdict;
    use super::*;
    use crate::domain::calendar::ReleaseTimes;

    const NOW: i64 = 1_720_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOW + seconds).unwrap()
    }

    fn release(id: &str, stage: &str, opens: Option<i64>) -> ReleaseRow {
        ReleaseRow {
            id: id.to_owned(),
            year: 2024,
            stage: stage.to_owned(),
            manifest_digest: None,
            loaded_by: String::new(),
            proposed_by: None,
            approved_by: None,
            times: opens.map(|opens| ReleaseTimes::new([at(opens); 4])),
            report: None,
            built_at: None,
        }
    }

    fn reasons(releases: &[ReleaseRow], node: Node) -> Vec<String> {
        let nodes: Nodes = [("node-1".to_owned(), Ok(node))].into();
        let (part, next) = judge(Some(releases), &nodes, at(0));
        assert_eq!(part.verdict() == Verdict::Go, part.reasons.is_empty());
        assert!(next.is_some() || part.verdict() == Verdict::NoGo);
        part.reasons.into_iter().map(|reason| reason.what).collect()
    }

    #[test]
    fn the_next_release_is_the_one_that_opens_first_and_must_be_approved() {
        let mut all = vec![
            release("2023-a", "approved", Some(-1)),
            release("2024-b", "approved", Some(3_600)),
            release("2025-c", "built", None),
        ];
        let node = well("one", at(3_600));
        assert_eq!(reasons(&all, node.clone()), [""; 0]);
        all[1].stage = "proposed".to_owned();
        let found = reasons(&all, node.clone());
        assert!(
            found[0].contains("2024-b opens at") && found[0].ends_with("nobody has approved it")
        );
        all.remove(1);
        let found = reasons(&all, node.clone());
        assert!(found[0].starts_with("release 2025-c is built"), "{found:?}");
        assert_eq!(reasons(&all[..1], node), ["no release waits to be opened"]);
        assert_eq!(judge(None, &Nodes::new(), at(0)).0.verdict(), Verdict::NoGo);
    }

    #[test]
    fn every_node_has_all_of_it_in_memory() {
        let all = [release("2024-b", "approved", Some(3_600))];
        let node = |opens, preloaded, state: f64, why: &[&str]| {
            let mut node = well("one", at(opens));
            node.readiness["preloaded"] = json!(preloaded);
            node.readiness["reasons"] = json!(why);
            node.metrics.insert("daybreak_release_state".to_owned(), state);
            reasons(&all, node)
        };
        assert_eq!(node(3_600, 1.0, 2.0, &[]), [""; 0]);
        let partly = ["node-1: 99% of the release is in memory"];
        assert_eq!(node(3_600, 0.9999, 2.0, &["preload"]), partly);
        assert_eq!(node(3_600, 1.0, 4.0, &[]), ["node-1: the release is held"]);
        assert_eq!(node(3_600, 1.0, 2.0, &["draining"]), ["node-1: it is not ready: draining"]);
        assert_eq!(node(7_200, 1.0, 2.0, &[]), ["node-1: it does not know of this release"]);
        let silent: Nodes = [("node-1".to_owned(), Err("no answer".to_owned()))].into();
        assert_eq!(judge(Some(&all), &silent, at(0)).0.reasons.len(), 1);
    }
}

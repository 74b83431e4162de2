//! What is judged from the figures of nodes alone: clocks, certificates, disks, the waiting room.

use jiff::Timestamp;

use super::node::{Node, Nodes};
use super::part::{Name, Part};
use super::plan::Limits;
use super::visits::{Measured, whole};

/// By so much the time in a node's answers may differ from this machine's: they name whole seconds.
const OUTSIDE_SECONDS_MAX: f64 = 2.0;
/// By so much its service time may: it is told once a second.
const SERVICE_SECONDS_MAX: f64 = 2.0;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// The nodes that answered; that others did not is told elsewhere, once.
fn told(nodes: &Nodes) -> impl Iterator<Item = (&String, &Node)> {
    nodes.iter().filter_map(|(name, node)| Some((name, node.as_ref().ok()?)))
}

/// A part without figures proves nothing.
fn nobody_told(part: &mut Part, nodes: &Nodes) {
    let none = told(nodes).next().is_none();
    part.against_if(none, "no node gave its figures", "see the part about nodes");
}

/// Clocks: compared with the database's, with this machine's, and service time.
pub(super) fn clocks(measured: &Measured, limits: &Limits) -> Part {
    let (mut part, next) =
        (Part::new(Name::Clocks), "watch `chronyc tracking` there; see ClockDrifts");
    nobody_told(&mut part, &measured.after);
    for (name, node) in told(&measured.after) {
        let trust = node.readiness["clock"].as_str().unwrap_or("unknown");
        let difference = node.readiness["clock_difference_ms"].as_f64();
        match difference.filter(|_| trust == "compared").map(|ms| ms / 1000.0) {
            None => part.against(format!("{name}: its clock is not trusted: {trust}"), next),
            Some(by) if by.abs() > limits.clock_difference_seconds_max => {
                part.against(
                    format!("{name}: the clock of the database is {by:+.3} s ahead"),
                    next,
                );
            }
            Some(by) => part.saw(format!("{name}: {by:+.3} s to the clock of the database")),
        }
        let ahead = node.ahead_seconds;
        part.against_if(
            ahead.is_nan() || ahead.abs() > SERVICE_SECONDS_MAX,
            format!("{name}: its service time is {ahead:+.1} s ahead of this machine's"),
            "look at both clocks, and at the offset in its state folder; see ClockNotTrusted",
        );
    }
    for (name, visited) in &measured.visits {
        if let Some(ahead) = visited.ahead_seconds.filter(|by| by.abs() > OUTSIDE_SECONDS_MAX) {
            let what = format!("{name}: the time in its answers is {ahead:+.1} s ahead");
            part.against(what, "see ObserverClockDiffers");
        }
    }
    part
}

/// Certificates as they were shown, and as nodes tell of them; `now` is this machine's time.
pub(super) fn certificates(measured: &Measured, limits: &Limits, now: Timestamp) -> Part {
    let mut part = Part::new(Name::Certificates);
    let min = f64::from(limits.certificate_days_min);
    let days =
        |at: i64| i32::try_from((at - now.as_second()).div_euclid(DAY)).map_or(0.0, f64::from);
    for (name, visited) in &measured.visits {
        let node = measured.after.get(name).and_then(|node| node.as_ref().ok());
        let told = node.and_then(|node| node.metric("daybreak_certificate_days_left"));
        // The lesser of the two: a file that was renewed and is not used yet helps nobody.
        let shown = visited.not_after.map(days);
        match shown.into_iter().chain(told).reduce(f64::min) {
            None => {
                part.against(
                    format!("{name}: no certificate was seen"),
                    "see the part about nodes",
                );
            }
            Some(days) if days < min => part.against(
                format!("{name}: its certificate ends in {days:.0} days"),
                "renew it: nodes read the file again by themselves; see CertificateEndsSoon",
            ),
            Some(days) => part.saw(format!("{name}: {days:.0} days")),
        }
    }
    part
}

/// Room where nodes keep state and journal.
pub(super) fn disks(nodes: &Nodes, limits: &Limits) -> Part {
    let mut part = Part::new(Name::Disks);
    nobody_told(&mut part, nodes);
    for (name, node) in told(nodes) {
        let free = node.metric("daybreak_state_free_bytes").map(|bytes| bytes / 1e9);
        match free {
            Some(free) if free >= limits.disk_free_gigabytes_min => {
                part.saw(format!("{name}: {free:.1} GB free"));
            }
            Some(free) => {
                let next = "make room: a node that cannot write its journal lets nobody in; see DiskNearlyFull";
                part.against(format!("{name}: {free:.1} GB free"), next);
            }
            None => part.against(format!("{name}: it does not tell"), "read its log"),
        }
    }
    part
}

/// The waiting room, as operators left it.
pub(super) fn queue(nodes: &Nodes) -> Part {
    let mut part = Part::new(Name::Queue);
    nobody_told(&mut part, nodes);
    for (name, node) in told(nodes) {
        let mode = node.metric("daybreak_waiting_room_mode").and_then(whole);
        let word = match mode {
            Some(0) => "open",
            Some(1) => "paused",
            Some(_) => "closed",
            None => "unknown",
        };
        let waiting = node.metric("daybreak_waiting_room_waiting").and_then(whole).unwrap_or(0);
        part.against_if(
            mode != Some(0),
            format!("{name}: the waiting room is {word}"),
            "`daybreak queue resume`, or `daybreak queue open`; see QueuePaused",
        );
        part.saw(format!("{name}: {word}, {waiting} waiting"));
    }
    if let Some(rate) = ceiling(nodes) {
        part.saw(format!("At most {rate:.1} sign-ins a second over all nodes"));
    }
    part
}

/// Sign-ins a second at the most, which all nodes know alike.
pub(super) fn ceiling(nodes: &Nodes) -> Option<f64> {
    let rates = told(nodes).filter_map(|(_, node)| node.metric("daybreak_waiting_room_ceiling"));
    rates.reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::node::tests::well;
    use super::super::visits::Visited;
    use super::*;

    fn measured(node: Node) -> Measured {
        let mut visited = Visited::default();
        visited.ahead_seconds = Some(1.9);
        visited.not_after = Some(Timestamp::UNIX_EPOCH.as_second() + 30 * DAY + 5);
        let nodes: Nodes = [("node-1".to_owned(), Ok(node))].into();
        Measured::seen([("node-1".to_owned(), visited)].into(), nodes)
    }

    fn node() -> Node {
        well("one", Timestamp::UNIX_EPOCH)
    }

    fn reasons(part: &Part) -> Vec<&str> {
        part.reasons.iter().map(|reason| reason.what.as_str()).collect()
    }

    #[test]
    fn a_clock_is_off_by_more_than_the_limit_and_not_by_as_much() {
        let off = |ms: f64| {
            let mut node = node();
            node.readiness["clock_difference_ms"] = json!(ms);
            clocks(&measured(node), &Limits::default())
        };
        for good in [0.0, 500.0, -500.0] {
            assert_eq!(reasons(&off(good)), [""; 0], "{good}");
        }
        assert_eq!(reasons(&off(-501.0)), ["node-1: the clock of the database is -0.501 s ahead"]);
        let mut stepped = node();
        stepped.readiness["clock"] = json!("stepped");
        stepped.ahead_seconds = 2.1;
        assert_eq!(
            reasons(&clocks(&measured(stepped), &Limits::default())),
            [
                "node-1: its clock is not trusted: stepped",
                "node-1: its service time is +2.1 s ahead of this machine's"
            ]
        );
        let mut outside = measured(node());
        outside.visits.get_mut("node-1").unwrap().ahead_seconds = Some(-2.1);
        assert_eq!(
            reasons(&clocks(&outside, &Limits::default())),
            ["node-1: the time in its answers is -2.1 s ahead"]
        );
    }

    #[test]
    fn a_certificate_counts_as_it_is_shown() {
        let of = |min| {
            let limits = Limits { certificate_days_min: min, ..Limits::default() };
            certificates(&measured(node()), &limits, Timestamp::UNIX_EPOCH)
        };
        assert_eq!(of(30).seen, ["node-1: 30 days"]);
        assert_eq!(reasons(&of(31)), ["node-1: its certificate ends in 30 days"]);
        let mut soon = node();
        soon.metrics.insert("daybreak_certificate_days_left".to_owned(), 3.0);
        let soon = certificates(&measured(soon), &Limits::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(reasons(&soon), ["node-1: its certificate ends in 3 days"]);
    }

    #[test]
    fn disks_and_the_waiting_room_are_as_nodes_tell() {
        let nodes = |name: &str, value| -> Nodes {
            let mut node = node();
            node.metrics.insert(name.to_owned(), value);
            [("node-1".to_owned(), Ok(node))].into()
        };
        let free = |bytes| disks(&nodes("daybreak_state_free_bytes", bytes), &Limits::default());
        assert_eq!(free(5e9).seen, ["node-1: 5.0 GB free"]);
        assert_eq!(reasons(&free(4.9e9)), ["node-1: 4.9 GB free"]);
        assert_eq!(reasons(&free(f64::NAN)), ["node-1: it does not tell"]);
        let mode = |mode| queue(&nodes("daybreak_waiting_room_mode", mode));
        assert_eq!(
            mode(0.0).seen,
            ["node-1: open, 0 waiting", "At most 100.0 sign-ins a second over all nodes"]
        );
        assert_eq!(reasons(&mode(1.0)), ["node-1: the waiting room is paused"]);
        assert_eq!(reasons(&mode(2.0)), ["node-1: the waiting room is closed"]);
    }

    #[test]
    fn no_figures_are_no_go() {
        let silent: Nodes = [("node-1".to_owned(), Err("no answer".to_owned()))].into();
        let parts = [disks(&silent, &Limits::default()), queue(&silent)];
        assert!(parts.iter().all(|part| reasons(part) == ["no node gave its figures"]));
    }
}

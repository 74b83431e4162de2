//! The synthetic school visits every node, several times at once, so that passwords are hashed as in the morning. While
//! somebody real waits it does not.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prometheus::Registry;

use super::ask::Asker;
use super::node::{Nodes, look};
use super::part::{Name, Part};
use super::plan::Plan;
use crate::cli::exit::Failure;
use crate::clock::Clock;
use crate::domain::wording::count;
use crate::observer::{Observer, ObserverMetrics, Outcome, Seen};

/// Visits of one address at once, at the most: as many as it has hashing threads, so that all of them work.
const AT_ONCE_MAX: usize = 8;
/// Passwords of a node that make a figure.
pub(super) const HASHES_MIN: u32 = 8;
/// Rounds of visits at the most; with one thread each of them is one password.
const ROUNDS_MAX: u32 = 12;
/// Looks at the most, with or without a round of visits: in so many pauses a quiet moment comes, or none will.
const LOOKS_MAX: u32 = 40;
/// From one round to the next, for everybody else. Nodes renew their figures each second.
const PAUSE: Duration = Duration::from_millis(1_100);

const MODE: &str = "daybreak_waiting_room_mode";
const WAITING: &str = "daybreak_waiting_room_waiting";
const THREADS: &str = "daybreak_password_hash_threads";
const HASHES: &str = "daybreak_password_hash_seconds_count";
const SECONDS: &str = "daybreak_password_hash_seconds_sum";

/// What the visits of one address met.
#[derive(Debug, Default)]
pub(super) struct Visited {
    /// Visits that found everything right.
    served: u32,
    /// What others met, each once: step and words.
    faults: Vec<(&'static str, String)>,
    /// Longest time from the password to the session, in seconds.
    sign_in_seconds: f64,
    /// Seconds by which its clock is ahead, as its answers name the time.
    pub(super) ahead_seconds: Option<f64>,
    /// The last moment of its certificate, in seconds since 1970.
    pub(super) not_after: Option<i64>,
}

/// What was measured.
#[derive(Debug)]
pub(super) struct Measured {
    /// By the name of the address.
    pub(super) visits: BTreeMap<String, Visited>,
    /// Nodes before the first visit, and after the last.
    pub(super) before: Nodes,
    /// The same afterwards.
    pub(super) after: Nodes,
    /// Different results that were given.
    digests: Vec<String>,
    /// Visits that waited in the queue, at the most at once.
    waited: u32,
    /// What stands in the way of visits.
    way: Option<Obstacle>,
}

/// What stands in the way of visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// Nobody is let in.
    Shut(&'static str),
    /// So many people are there, who come first.
    People(usize),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shut(how) => write!(f, "the waiting room is {how}"),
            Self::People(people) => {
                f.write_str(&count(*people, "person waits", "people wait"))?;
                f.write_str(" to sign in")
            }
        }
    }
}

/// How quickly a node hashes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    /// Passwords at once.
    pub(super) threads: u32,
    /// Passwords that were measured.
    pub(super) hashes: u32,
    /// Seconds of one.
    pub(super) seconds: f64,
}

/// Visits until every node has hashed enough or something is wrong. While somebody real is there, nobody is sent.
pub(super) async fn measure(
    plan: &Plan,
    asker: &Asker,
    clock: &Clock,
) -> Result<Measured, Failure> {
    let before = look(asker, &plan.ops, clock).await;
    let observers = (0..at_once(&before)).map(|_| observer(plan));
    let mut observers = observers.collect::<Result<Vec<_>, _>>()?;
    let mut measured = Measured {
        visits: plan
            .observed
            .nodes
            .iter()
            .map(|(name, _)| (name.clone(), Visited::default()))
            .collect(),
        way: in_the_way(&before, 0),
        after: before.clone(),
        before,
        digests: Vec::new(),
        waited: 0,
    };
    let mut rounds = 0;
    for _ in 0..LOOKS_MAX {
        if measured.is_over() || rounds == ROUNDS_MAX {
            break;
        }
        if measured.way.is_none() {
            let looks = observers.iter_mut().map(Observer::look);
            let seen = futures_util::future::join_all(looks).await;
            measured.note(seen.into_iter().flatten());
            rounds += 1;
        }
        tokio::time::sleep(PAUSE).await;
        measured.after = look(asker, &plan.ops, clock).await;
        measured.way = in_the_way(&measured.after, measured.waited);
    }
    Ok(measured)
}

fn observer(plan: &Plan) -> Result<Observer, Failure> {
    // Its metrics are read by nobody.
    let metrics = ObserverMetrics::register(&Registry::new(), &[]);
    Observer::new(&plan.observed, metrics)
        .map_err(|error| Failure::configuration(crate::telemetry::chain(&error)))
}

/// As many visits at once as the node with the most threads has of them.
fn at_once(nodes: &Nodes) -> usize {
    let threads = nodes.values().flatten().filter_map(|node| node.metric(THREADS).and_then(whole));
    threads.max().map_or(1, |threads| (threads as usize).clamp(1, AT_ONCE_MAX))
}

/// Why nobody is to be sent: somebody real waits, or may not come in. `ours` are visits of our own that waited.
fn in_the_way(nodes: &Nodes, ours: u32) -> Option<Obstacle> {
    let told = || nodes.values().flatten();
    let modes = told().filter_map(|node| node.metric(MODE).and_then(whole));
    match modes.max() {
        Some(1) => return Some(Obstacle::Shut("paused")),
        Some(2..) => return Some(Obstacle::Shut("closed")),
        Some(0) | None => (),
    }
    let waiting = told().filter_map(|node| node.metric(WAITING).and_then(whole));
    let waiting: usize = waiting.map(|people| people as usize).sum();
    (waiting > ours as usize).then_some(Obstacle::People(waiting))
}

/// A metric that counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within what is tested"
)]
pub(super) fn whole(value: f64) -> Option<u32> {
    (0.0..4e9).contains(&value).then_some(value.round() as u32)
}

impl Measured {
    /// Nodes that did not change meanwhile.
    #[cfg(test)]
    pub(super) fn seen(visits: BTreeMap<String, Visited>, nodes: Nodes) -> Self {
        let (way, before) = (in_the_way(&nodes, 0), nodes.clone());
        Self { visits, before, after: nodes, digests: Vec::new(), waited: 0, way }
    }

    fn is_over(&self) -> bool {
        let failed = self.visits.values().any(|visited| !visited.faults.is_empty());
        failed || matches!(self.way, Some(Obstacle::Shut(_))) || self.is_enough()
    }

    /// Every address was met, and every node that tells its figures has hashed enough.
    fn is_enough(&self) -> bool {
        let met = self.visits.values().all(|visited| visited.served > 0);
        let enough = |name: &String| self.pace(name).is_some_and(|pace| pace.hashes >= HASHES_MIN);
        let mut telling = self.after.iter().filter(|(_, node)| node.is_ok());
        met && telling.all(|(name, _)| enough(name))
    }

    fn note(&mut self, seen: impl Iterator<Item = (String, Seen)>) {
        let mut waited = 0;
        for (name, seen) in seen {
            let visited = self.visits.entry(name).or_default();
            match seen.outcome() {
                Outcome::Served => visited.served += 1,
                Outcome::Waiting => waited += 1,
                Outcome::Failed => (),
            }
            visited.ahead_seconds = seen.ahead_seconds.or(visited.ahead_seconds);
            visited.not_after = seen.not_after.or(visited.not_after);
            visited.sign_in_seconds =
                visited.sign_in_seconds.max(seen.sign_in_seconds.unwrap_or_default());
            for fault in seen.faults {
                let fault = (fault.step.label(), fault.what);
                if !visited.faults.contains(&fault) {
                    visited.faults.push(fault);
                }
            }
            self.digests.extend(seen.digest);
        }
        self.digests.sort();
        self.digests.dedup();
        self.waited = self.waited.max(waited);
    }

    /// How quickly a node hashed meanwhile; none if it hashed nothing, or does not say.
    pub(super) fn pace(&self, name: &str) -> Option<Pace> {
        let [before, after] =
            [&self.before, &self.after].map(|nodes| nodes.get(name).and_then(|n| n.as_ref().ok()));
        let (before, after) = (before?, after?);
        let more = |metric| Some(after.metric(metric)? - before.metric(metric)?);
        let hashes = more(HASHES)?;
        let threads = whole(after.metric(THREADS)?).filter(|threads| *threads > 0)?;
        let seconds = more(SECONDS).filter(|seconds| *seconds > 0.0 && hashes >= 1.0)?;
        Some(Pace { threads, hashes: whole(hashes)?, seconds: seconds / hashes })
    }

    /// Every address as the school met it; `alive` are nodes that the database knows to be there.
    pub(super) fn judge(&self, alive: Option<&[String]>) -> Part {
        let mut part = Part::new(Name::Nodes);
        for (name, visited) in &self.visits {
            self.judge_one(&mut part, name, visited);
        }
        part.against_if(
            self.digests.len() > 1,
            "nodes give different results of the same school",
            "hold the release (`daybreak release hold`) and see ObserverResultsDiffer",
        );
        if let Some(why) = self.way.filter(|_| !self.is_enough()) {
            let next = "run it again when nobody waits and the waiting room is open";
            part.against(format!("visits ended early: {why}"), next);
        }
        let known: Vec<&str> = self.before.values().flatten().map(|n| n.name.as_str()).collect();
        for name in alive.into_iter().flatten().filter(|name| !known.contains(&name.as_str())) {
            let next = "name its addresses in the files of observer and rehearsal";
            part.against(format!("node `{name}` is there and was not rehearsed"), next);
        }
        let different = known.iter().collect::<std::collections::BTreeSet<_>>().len();
        part.against_if(
            different < known.len(),
            "two addresses are of the same node",
            "correct the section `ops` of the file",
        );
        part
    }

    fn judge_one(&self, part: &mut Part, name: &str, visited: &Visited) {
        if let Some(Err(error)) = self.after.get(name) {
            let next = "start it, or correct its address in the section `ops`; see NodeDown";
            part.against(format!("{name}: its ops listener gives no figures: {error}"), next);
        }
        for (step, what) in &visited.faults {
            let next = "`daybreak observe --once` visits it again; see ObserverCannotGetIn";
            part.against(format!("{name}: {step}: {what}"), next);
        }
        if visited.served > 0 {
            let seconds = visited.sign_in_seconds;
            let visits = count(visited.served as usize, "visit", "visits");
            part.saw(format!("{name}: {visits} in and out, signed in within {seconds:.2} s"));
        } else if visited.faults.is_empty() && self.way.is_none() {
            let next = "see how the waiting room is: `daybreak queue status`";
            part.against(format!("{name}: the school never got out of the queue"), next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::Node;
    use super::super::node::tests::well;
    use super::super::part::Verdict;
    use super::*;
    use crate::observer::{Fault, Step};

    fn node(figures: &[(&str, f64)]) -> Node {
        let mut node = well("one", jiff::Timestamp::UNIX_EPOCH);
        node.metrics.extend(figures.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        node
    }

    fn nodes(figures: &[(&str, f64)]) -> Nodes {
        [("node-1".to_owned(), Ok(node(figures)))].into()
    }

    fn measured(before: Nodes, after: Nodes, seen: Vec<Seen>) -> Measured {
        let visits = [("node-1".to_owned(), Visited::default())].into();
        let mut measured = Measured { before, ..Measured::seen(visits, after) };
        measured.note(seen.into_iter().map(|seen| ("node-1".to_owned(), seen)));
        measured
    }

    fn reasons(measured: &Measured, alive: &[&str]) -> String {
        let alive: Vec<String> = alive.iter().map(|name| (*name).to_owned()).collect();
        let part = measured.judge(Some(&alive));
        assert_eq!(part.verdict() == Verdict::Go, part.reasons.is_empty());
        part.reasons.into_iter().map(|reason| reason.what + "\n").collect()
    }

    #[test]
    fn a_hash_is_measured_by_what_came_to_it() {
        let before = nodes(&[(HASHES, 100.0), (SECONDS, 50.0)]);
        let after = nodes(&[(HASHES, 108.0), (SECONDS, 50.16)]);
        let measured = measured(before.clone(), after, vec![Seen::default()]);
        let pace = measured.pace("node-1").unwrap();
        assert_eq!((pace.threads, pace.hashes), (2, 8));
        assert!((pace.seconds - 0.02).abs() < 1e-9);
        assert!(measured.is_over());
        assert_eq!(measured.pace("node-2"), None);
        // A node that began anew meanwhile, or one that hashed nothing.
        for after in [nodes(&[(HASHES, 2.0), (SECONDS, 0.1)]), before.clone()] {
            assert_eq!(self::measured(before.clone(), after, Vec::new()).pace("node-1"), None);
        }
    }

    #[test]
    fn somebody_real_ends_it_and_our_own_do_not() {
        assert_eq!(in_the_way(&nodes(&[]), 0), None);
        assert_eq!(in_the_way(&nodes(&[(WAITING, 2.0)]), 2), None);
        let three = in_the_way(&nodes(&[(WAITING, 3.0)]), 2);
        assert_eq!(three, Some(Obstacle::People(3)));
        assert_eq!(Obstacle::People(3).to_string(), "3 people wait to sign in");
        assert_eq!(in_the_way(&nodes(&[(MODE, 1.0)]), 0), Some(Obstacle::Shut("paused")));
        // For people it waits; where nobody is let in, it would wait for ever.
        for (metric, over) in [((WAITING, 3.0), false), ((MODE, 1.0), true)] {
            let measured = measured(nodes(&[metric]), nodes(&[metric]), Vec::new());
            assert_eq!(measured.is_over(), over, "{metric:?}");
            assert!(reasons(&measured, &["one"]).starts_with("visits ended early: "));
        }
        assert_eq!(at_once(&nodes(&[(THREADS, 64.0)])), AT_ONCE_MAX);
        assert_eq!(at_once(&Nodes::new()), 1);
    }

    #[test]
    fn what_the_school_met_is_told_by_address() {
        let served = || Seen { sign_in_seconds: Some(0.25), ..Seen::default() };
        let well = measured(nodes(&[]), nodes(&[]), vec![served(), served()]);
        assert_eq!(reasons(&well, &["one"]), "");
        assert_eq!(well.judge(None).seen, ["node-1: 2 visits in and out, signed in within 0.25 s"]);
        assert_eq!(reasons(&well, &["one", "two"]), "node `two` is there and was not rehearsed\n");

        let waiting = Seen { position: Some(4), ..Seen::default() };
        let stuck = measured(nodes(&[]), nodes(&[]), vec![waiting]);
        assert_eq!(reasons(&stuck, &[]), "node-1: the school never got out of the queue\n");

        let fault = Fault { step: Step::Embargo, what: "9 bytes too early".to_owned() };
        let early = Seen { faults: vec![fault.clone(), fault], ..Seen::default() };
        let early = measured(nodes(&[]), nodes(&[]), vec![early]);
        assert!(early.is_over());
        assert_eq!(reasons(&early, &[]), "node-1: embargo: 9 bytes too early\n");

        let silent = [("node-1".to_owned(), Err("no answer".to_owned()))];
        let silent = measured(silent.clone().into(), silent.into(), vec![served()]);
        assert_eq!(reasons(&silent, &[]), "node-1: its ops listener gives no figures: no answer\n");

        let digest = |text: &str| Seen { digest: Some(text.to_owned()), ..served() };
        let differ = measured(nodes(&[]), nodes(&[]), vec![digest("a"), digest("b")]);
        assert!(reasons(&differ, &[]).contains("different results"));

        let mut twice = measured(nodes(&[]), nodes(&[]), vec![served()]);
        twice.before.insert("node-2".to_owned(), Ok(node(&[])));
        assert_eq!(reasons(&twice, &[]), "two addresses are of the same node\n");
    }
}

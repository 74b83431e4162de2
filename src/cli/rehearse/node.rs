//! A node as its ops listener tells of it: readiness and metrics.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::ask::{Asker, NoAnswer};
use crate::clock::Clock;
use crate::telemetry::chain;

/// What a node tells of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// Its own name, as heartbeats have it.
    pub(super) name: String,
    /// What `/health/ready` says.
    pub(super) readiness: Value,
    /// Its metrics by name, with labels as they are written.
    pub(super) metrics: HashMap<String, f64>,
    /// Seconds that its service time is ahead of this machine's.
    pub(super) ahead_seconds: f64,
}

/// Every node by the name under which it is visited; or why it says nothing.
pub(super) type Nodes = BTreeMap<String, Result<Node, String>>;

impl Node {
    /// A metric; none when it is not there or has nothing to tell.
    pub(super) fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied().filter(|value| value.is_finite())
    }
}

/// Asks all nodes at the same time.
pub(super) async fn look(asker: &Asker, ops: &BTreeMap<String, String>, clock: &Clock) -> Nodes {
    let looks = ops.iter().map(|(name, base)| async {
        let told = one(asker, base, clock).await;
        (name.clone(), told.map_err(|error| chain(&error)))
    });
    futures_util::future::join_all(looks).await.into_iter().collect()
}

async fn one(asker: &Asker, base: &str, clock: &Clock) -> Result<Node, NoAnswer> {
    // 503 with its reasons is an answer as well.
    let (_, ready) = asker.text(&format!("{base}/health/ready")).await?;
    let readiness: Value = serde_json::from_str(&ready).map_err(|_| NoAnswer::NotMeant)?;
    let before = clock.now();
    let (_, text) = asker.text(&format!("{base}/metrics")).await?;
    let metrics = parse(&text);
    let name = readiness["node"].as_str().ok_or(NoAnswer::NotMeant)?.to_owned();
    let told = metrics.get("daybreak_service_timestamp_seconds").copied();
    let ahead_seconds = told.map_or(f64::NAN, |told| told - middle(before, clock.now()));
    Ok(Node { name, readiness, metrics, ahead_seconds })
}

fn middle(before: Timestamp, after: Timestamp) -> f64 {
    let seconds = |at: Timestamp| at.as_duration().as_secs_f64();
    seconds(before).midpoint(seconds(after))
}

/// Names with their values, as the text format of Prometheus writes them.
fn parse(text: &str) -> HashMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.rsplit_once(' '));
    pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A node that is well: two threads, a certificate of a year, a release in memory.
    pub(in crate::cli::rehearse) fn well(name: &str, opens: Timestamp) -> Node {
        let seconds = opens.as_duration().as_secs_f64();
        let metrics = [
            ("daybreak_release_opens_timestamp_seconds", seconds),
            ("daybreak_release_state", 2.0),
            ("daybreak_certificate_days_left", 365.0),
            ("daybreak_state_free_bytes", 50e9),
            ("daybreak_waiting_room_mode", 0.0),
            ("daybreak_waiting_room_waiting", 0.0),
            ("daybreak_waiting_room_ceiling", 100.0),
            ("daybreak_password_hash_threads", 2.0),
        ];
        Node {
            name: name.to_owned(),
            readiness: json!({ "ready": true, "reasons": [], "preloaded": 1.0, "clock": "compared",
                "clock_difference_ms": 12, "database": "up" }),
            metrics: metrics.map(|(name, value)| (name.to_owned(), value)).into(),
            ahead_seconds: -0.4,
        }
    }

    #[test]
    fn metrics_are_read_with_their_labels() {
        let text = "# HELP x y\n# TYPE x gauge\nx 1.5\ny{a=\"b c\"} 2\nz NaN\nbroken\n";
        let node = Node { metrics: parse(text), ..Node::default() };
        assert_eq!((node.metric("x"), node.metric("y{a=\"b c\"}")), (Some(1.5), Some(2.0)));
        assert_eq!((node.metric("z"), node.metric("none")), (None, None));
    }
}

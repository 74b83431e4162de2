//! The nodes of the service, as each last said of itself.

use jiff::Timestamp;

use super::words::{Level, spell};
use crate::domain::peers::Peer;

/// Nodes that have been away for longer are not shown.
const SHOWN_SECONDS: i64 = 24 * 3600;
/// Nodes that are shown at the most, those that were seen last.
const SHOWN_MAX: usize = 50;

/// One line of the table.
#[derive(Clone, Debug)]
pub(super) struct NodeLine {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) level: Level,
    pub(super) release: &'static str,
    pub(super) preloaded: String,
    pub(super) clock: String,
    pub(super) database: String,
    pub(super) waiting: String,
    pub(super) let_in: String,
}

impl NodeLine {
    /// Its cells in the order of the table, the level of the second one last.
    pub(super) fn cells(&self) -> [&str; 9] {
        [
            &self.name,
            &self.state,
            self.release,
            &self.preloaded,
            &self.clock,
            &self.database,
            &self.waiting,
            &self.let_in,
            self.level.key(),
        ]
    }
}

/// What a release is called in the metrics' order.
pub(super) const RELEASE: [&str; 5] = ["none", "built", "approved", "open", "held"];

/// A line for each node of the last day.
pub(super) fn lines(peers: &[Peer], own: &str, now: Timestamp) -> Vec<NodeLine> {
    let ago = |peer: &Peer| now.duration_since(peer.seen_at).as_secs().max(0);
    let mut shown: Vec<&Peer> = peers.iter().filter(|peer| ago(peer) < SHOWN_SECONDS).collect();
    shown.sort_by_key(|peer| (ago(peer), &peer.name));
    shown.truncate(SHOWN_MAX);
    shown.into_iter().map(|peer| line(peer, own, now)).collect()
}

fn line(peer: &Peer, own: &str, now: Timestamp) -> NodeLine {
    let told = &peer.readiness;
    let ago = now.duration_since(peer.seen_at).as_secs().max(0);
    let reasons = told["reasons"].as_array().into_iter().flatten().filter_map(|r| r.as_str());
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let (state, level) = if !peer.is_alive(now) {
        (format!("Away for {}", spell(ago.unsigned_abs())), Level::Bad)
    } else if told["ready"] == true {
        ("Ready".to_owned(), Level::Good)
    } else {
        (format!("Not ready: {reasons}"), Level::Bad)
    };
    let whole = |key: &str| told[key].as_u64().map_or("–".to_owned(), |n| n.to_string());
    let preloaded = told["preloaded"].as_f64().map(|ratio| format!("{:.0}%", 100.0 * ratio));
    let difference = told["clock_difference_ms"].as_i64();
    let release = told["release_state"].as_u64().and_then(|state| usize::try_from(state).ok());
    let mine = if peer.name == own { " (this one)" } else { "" };
    NodeLine {
        name: format!("{}{mine}", peer.name),
        state,
        level,
        release: release.and_then(|state| RELEASE.get(state)).unwrap_or(&"–"),
        preloaded: preloaded.unwrap_or_else(|| "–".to_owned()),
        clock: difference.map_or("never compared".to_owned(), |ms| format!("{ms} ms")),
        database: told["database"].as_str().unwrap_or("–").to_owned(),
        waiting: whole("waiting"),
        let_in: whole("let_in_last_minute"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_that_is_away_or_not_ready_is_told_apart() {
        let now: Timestamp = "2024-07-09T06:31:00Z".parse().unwrap();
        let peer = |name: &str, seconds, ready: bool| Peer {
            name: name.to_owned(),
            seen_at: now - SignedDuration::from_secs(seconds),
            readiness: json!({"ready": ready, "reasons": ["clock"], "release_state": 3}),
        };
        let peers =
            [peer("a", 90, true), peer("b", 2, true), peer("c", 3, false), peer("d", 90_000, true)];
        let shown = lines(&peers, "b", now);
        let states: Vec<_> = shown.iter().map(|l| (l.name.as_str(), l.state.as_str())).collect();
        let expected =
            [("b (this one)", "Ready"), ("c", "Not ready: clock"), ("a", "Away for 1 min 30 s")];
        assert_eq!(states, expected);
        assert_eq!(shown[0].release, "open");
    }
}

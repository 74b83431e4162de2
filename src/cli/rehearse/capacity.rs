//! Sign-ins a second of all nodes together, from the time of a hash as it was just measured.

use super::node::Nodes;
use super::part::{Name, Part};
use super::visits::{HASHES_MIN, Measured, Pace};

/// The part of a node's processors that hashing gets while everybody comes. On the first minute of the nation 274 of
/// 350 seconds of processor time went into hashing; the rest was handshakes and pages (docs/performance.md).
const HASHING_SHARE: f64 = 0.78;

/// What hashes passwords.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strength {
    /// Passwords at once.
    pub(super) permits: u32,
    /// Passwords a second while pages are served as well.
    pub(super) per_second: f64,
}

impl Strength {
    fn of(pace: Pace) -> Self {
        let per_second = f64::from(pace.threads) / pace.seconds * HASHING_SHARE;
        Self { permits: pace.threads, per_second }
    }

    /// Several nodes together.
    pub(super) fn sum(strengths: &[Self]) -> Self {
        let none = Self { permits: 0, per_second: 0.0 };
        strengths.iter().fold(none, |sum, one| Self {
            permits: sum.permits + one.permits,
            per_second: sum.per_second + one.per_second,
        })
    }
}

/// What each node can do, the strongest last; none of it counts unless every node is known.
pub(super) fn judge(measured: &Measured) -> (Part, Option<Vec<Strength>>) {
    let mut part = Part::new(Name::Capacity);
    let mut strengths = Vec::new();
    for name in measured.after.keys() {
        match measured.pace(name).filter(|pace| pace.hashes >= HASHES_MIN) {
            Some(pace) => {
                let strength = Strength::of(pace);
                part.saw(format!(
                    "{name}: {} passwords took {:.1} ms each on {} threads: {:.1} sign-ins a second beside pages",
                    pace.hashes,
                    pace.seconds * 1000.0,
                    pace.threads,
                    strength.per_second
                ));
                strengths.push(strength);
            }
            None => part.against(
                format!("{name}: fewer than {HASHES_MIN} passwords were measured"),
                "see the part about nodes, and run it again; an older program does not tell its threads",
            ),
        }
    }
    nobody(&mut part, &measured.after);
    strengths.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let whole = part.reasons.is_empty().then_some(strengths);
    if let Some(all) = whole.as_ref().filter(|all| all.len() > 1) {
        part.saw(format!("All together: {:.1} sign-ins a second", Strength::sum(all).per_second));
    }
    (part, whole)
}

fn nobody(part: &mut Part, nodes: &Nodes) {
    part.against_if(nodes.is_empty(), "no node is named", "name them in the section `ops`");
}

#[cfg(test)]
mod tests {
    use super::super::node::tests::well;
    use super::super::part::Verdict;
    use super::*;

    fn measured(hashes: f64, seconds: f64) -> Measured {
        let nodes = |hashes, seconds| -> Nodes {
            let mut node = well("one", jiff::Timestamp::UNIX_EPOCH);
            node.metrics.insert("daybreak_password_hash_seconds_count".to_owned(), hashes);
            node.metrics.insert("daybreak_password_hash_seconds_sum".to_owned(), seconds);
            [("node-1".to_owned(), Ok(node.clone())), ("node-2".to_owned(), Ok(node))].into()
        };
        let (before, after) = (nodes(0.0, 0.0), nodes(hashes, seconds));
        let mut measured = Measured::seen([].into(), after);
        measured.before = before;
        measured
    }

    #[test]
    fn a_node_does_threads_by_the_time_of_a_hash_less_what_pages_need() {
        let (part, strengths) = judge(&measured(8.0, 0.16));
        let strengths = strengths.unwrap();
        assert_eq!((part.verdict(), strengths.len()), (Verdict::Go, 2));
        let sum = Strength::sum(&strengths);
        assert_eq!(sum.permits, 4);
        assert!((sum.per_second - 2.0 * 100.0 * HASHING_SHARE).abs() < 1e-6, "{sum:?}");
        assert!(part.seen.last().unwrap().ends_with("together: 156.0 sign-ins a second"));
    }

    #[test]
    fn too_few_passwords_are_no_figure() {
        let (part, strengths) = judge(&measured(7.0, 0.14));
        assert_eq!((part.verdict(), strengths), (Verdict::NoGo, None));
        assert_eq!(part.reasons.len(), 2);
    }
}

//! The life of a key in its ring: it reads before it signs, and reads what it signed.

use jiff::{SignedDuration, Timestamp};

/// A ring gets a new key after this.
pub const RENEW_AFTER: SignedDuration = SignedDuration::from_hours(12);
/// A new key only reads for so long: by then every node has it, with polling alone and a clock that is off.
pub const READS_FIRST: SignedDuration = SignedDuration::from_mins(5);
/// A key is forgotten after this: it signs for twelve hours, and what it signed lives for twelve at the most.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(36);
/// The same of a ring whose keys also sign devices that are known for ninety days: 182 keys, if nobody makes more.
pub const FORGET_DEVICES_AFTER: SignedDuration = SignedDuration::from_hours(91 * 24);
/// Keys of a ring that are remembered at the most, the newest: what they sign names them in one byte.
pub const RING_KEYS_MAX: usize = 256;
/// A ring that has no new key so long after it should is renewed by no node: each asks every half minute.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It reads, and signs from this instant on.
    ToCome(Timestamp),
    /// It signs.
    Signs,
    /// It reads what it signed.
    Reads,
}

/// Which key of a ring signs, by the instants at which its keys were made, in the order of their numbers: the newest
/// that every node has had for a while, else the oldest.
pub fn signing(made: &[Timestamp], now: Timestamp) -> Option<usize> {
    let ready = made.iter().rposition(|made| *made + READS_FIRST <= now);
    ready.or(if made.is_empty() { None } else { Some(0) })
}

/// What each key of a ring does, by the instants at which they were made.
pub fn stages(made: &[Timestamp], now: Timestamp) -> Vec<Stage> {
    let signs = signing(made, now);
    let stage = |(place, made): (usize, &Timestamp)| match signs {
        Some(signs) if place < signs => Stage::Reads,
        Some(signs) if place > signs => Stage::ToCome(*made + READS_FIRST),
        _ => Stage::Signs,
    };
    made.iter().enumerate().map(stage).collect()
}

/// Whether a ring should have had a new key by now, its newest having been made then.
pub fn is_late(newest: Timestamp, now: Timestamp) -> bool {
    now > newest + RENEW_AFTER + LATE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        "2024-07-09T06:30:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_new_key_signs_when_every_node_has_had_it_for_five_minutes() {
        use Stage::{Reads, Signs, ToCome};
        assert_eq!(stages(&[], at(0)), []);
        assert_eq!(stages(&[at(0)], at(0)), [Signs], "the first key signs at once");
        assert_eq!(stages(&[at(0), at(720)], at(724)), [Signs, ToCome(at(725))]);
        assert_eq!(stages(&[at(0), at(720)], at(725)), [Reads, Signs]);
        assert_eq!(stages(&[at(720), at(722)], at(722)), [Signs, ToCome(at(727))], "all are new");
    }

    #[test]
    fn a_ring_is_late_when_no_node_has_renewed_it() {
        assert!(!is_late(at(0), at(720 + 15)) && is_late(at(0), at(720 + 16)));
    }
}

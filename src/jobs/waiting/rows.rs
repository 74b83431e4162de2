//! Rows of a queue as the waiting room understands them, and back.

use crate::admission::{ByHand, Gap, Kept, LANES, LaneRow, Member, Place, Presence, Shared, Zone};
use crate::store::queue::{QueueNodeRow, QueueRow, QueueRows};

/// Values of one gap in the row.
const GAP_VALUES: usize = 4;

/// Values of somebody at the door, and of a token that is kept.
const PLACE_VALUES: usize = 2;
const KEPT_VALUES: usize = 4;

/// What the rows say.
pub(super) fn shared((row, nodes): QueueRows) -> Shared {
    let lane = |at: usize| LaneRow {
        serving: row.serving.get(at).copied().map_or(0, count),
        next: row.next_seq.get(at).copied().map_or(0, count),
    };
    Shared {
        time_ms: count(row.time_ms),
        lanes: std::array::from_fn(lane),
        gaps: row.gaps.chunks_exact(GAP_VALUES).filter_map(gap).collect(),
        tokens: row.tokens,
        rate: row.rate,
        leader: row.leader,
        fence: count(row.fence),
        alone: row.alone,
        crowded: row.crowded,
        credits: count(row.credits),
        kept: row.kept.chunks_exact(KEPT_VALUES).filter_map(kept).collect(),
        members: nodes.into_iter().map(member).collect(),
    }
}

/// The rows that say it.
pub(super) fn rows(shared: Shared) -> QueueRows {
    let gap = |gap: &Gap| {
        let lane = u64::try_from(gap.lane).expect("few lanes");
        [lane, gap.zone.from, gap.zone.to, gap.zone.people].map(number)
    };
    let row = QueueRow {
        time_ms: number(shared.time_ms),
        next_seq: shared.lanes.iter().map(|lane| number(lane.next)).collect(),
        serving: shared.lanes.iter().map(|lane| number(lane.serving)).collect(),
        gaps: shared.gaps.iter().flat_map(gap).collect(),
        rate: shared.rate,
        tokens: shared.tokens,
        leader: shared.leader,
        fence: number(shared.fence),
        alone: shared.alone,
        crowded: shared.crowded,
        credits: number(shared.credits),
        kept: shared.kept.iter().flat_map(kept_values).collect(),
    };
    (row, shared.members.into_iter().map(node).collect())
}

fn gap(values: &[i64]) -> Option<Gap> {
    let [lane, from, to, people] = values else { return None };
    let lane = usize::try_from(*lane).ok().filter(|lane| *lane < LANES)?;
    Some(Gap { lane, zone: Zone { from: count(*from), to: count(*to), people: count(*people) } })
}

fn place(values: &[i64]) -> Option<Place> {
    let [lane, number] = values else { return None };
    let lane = usize::try_from(*lane).ok().filter(|lane| *lane < LANES)?;
    Some(Place { lane, number: count(*number) })
}

fn place_values(place: &Place) -> [i64; PLACE_VALUES] {
    [i64::try_from(place.lane).expect("few lanes"), number(place.number)]
}

fn kept(values: &[i64]) -> Option<Kept> {
    let (of, [until, used]) = values.split_at_checked(PLACE_VALUES)? else { return None };
    Some(Kept { place: place(of)?, until_ms: count(*until), used: *used != 0 })
}

fn kept_values(kept: &Kept) -> [i64; KEPT_VALUES] {
    let [lane, of] = place_values(&kept.place);
    [lane, of, number(kept.until_ms), i64::from(kept.used)]
}

fn member(row: QueueNodeRow) -> Member {
    Member {
        at_the_door: row.at_the_door.chunks_exact(PLACE_VALUES).filter_map(place).collect(),
        presence: presence(&row.presence),
        by_hand: by_hand(&row.by_hand),
        node: row.node,
        slot: u8::try_from(row.slot).unwrap_or_default(),
        seen_ms: count(row.seen_ms),
        gone: row.gone,
        capacity: row.capacity,
    }
}

fn node(member: Member) -> QueueNodeRow {
    let words = |bits: &[u64]| bits.iter().map(|word| word.cast_signed()).collect::<Vec<_>>();
    let lane = |seen: &Presence| {
        let length = i64::try_from(seen.there.len()).expect("a bounded stretch");
        let head = vec![number(seen.from), length];
        [head, words(&seen.there), words(&seen.near), words(&seen.entered)].concat()
    };
    let ByHand { process, granted, returned } = member.by_hand;
    QueueNodeRow {
        at_the_door: member.at_the_door.iter().flat_map(place_values).collect(),
        presence: member.presence.iter().flat_map(lane).collect(),
        node: member.node,
        slot: i16::from(member.slot),
        seen_ms: number(member.seen_ms),
        gone: member.gone,
        capacity: member.capacity,
        by_hand: vec![process.cast_signed(), number(granted), number(returned)],
    }
}

/// What a node had by hand; nothing of one of a version that did not say it.
fn by_hand(values: &[i64]) -> ByHand {
    let [process, granted, returned] = *values else { return ByHand::default() };
    let process = process.cast_unsigned();
    ByHand { process, granted: count(granted), returned: count(returned) }
}

/// A stretch of another node; what is not one, as of another version, is nobody.
fn presence(values: &[i64]) -> [Presence; LANES] {
    let mut left = values;
    std::array::from_fn(|_| {
        let read = |left: &mut &[i64]| {
            let [from, length, rest @ ..] = *left else { return None };
            let length = usize::try_from(*length).ok()?;
            let (there, rest) = rest.split_at_checked(length)?;
            let (near, rest) = rest.split_at_checked(length)?;
            let (entered, rest) = rest.split_at_checked(length)?;
            *left = rest;
            let words = |bits: &[i64]| bits.iter().map(|word| word.cast_unsigned()).collect();
            let (there, near, entered) = (words(there), words(near), words(entered));
            Some(Presence { from: count(*from), there, near, entered })
        };
        read(&mut left).unwrap_or_default()
    })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_they_were_told() {
        let (there, near, entered) = (vec![u64::MAX, 3], vec![1, 2], vec![0, 1 << 63]);
        let seen = Presence { from: 64, there, near, entered };
        let member = Member {
            node: "a".to_owned(),
            slot: 63,
            seen_ms: 17,
            gone: true,
            capacity: 31.5,
            presence: [Presence::default(), seen.clone(), seen, Presence::default()],
            by_hand: ByHand { process: u64::MAX, granted: 9, returned: 4 },
            at_the_door: vec![Place { lane: 1, number: 70 }, Place { lane: 3, number: 2 }],
        };
        let gap = Gap { lane: 2, zone: Zone { from: 5, to: 10_005, people: 3 } };
        let shared = Shared {
            time_ms: 99,
            lanes: [LaneRow { serving: 4, next: 9 }; LANES],
            gaps: vec![gap; 2],
            tokens: 1.25,
            rate: 27.0,
            leader: Some("a".to_owned()),
            fence: 3,
            alone: false,
            crowded: true,
            credits: 7,
            kept: vec![Kept { place: Place { lane: 1, number: 69 }, until_ms: 100, used: true }],
            members: vec![member],
        };
        assert_eq!(super::shared(rows(shared.clone())), shared);
        let gaps = vec![9, 1, 2, 3, 0, 1];
        let odd = QueueRow { gaps: gaps.clone(), kept: gaps, ..QueueRow::default() };
        let read = super::shared((odd, Vec::new()));
        assert!(read.gaps.is_empty() && read.kept.is_empty(), "no such lane, and a half one");
        assert_eq!(presence(&[5, 1_000, 0]), <[Presence; LANES]>::default());
    }
}

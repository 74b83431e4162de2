//! Rows of several nodes, without any room.

use super::*;
use crate::admission::room::LaneRow;

const SECOND: u64 = 1_000;

fn report(node: &str) -> Report {
    Report { node: node.to_owned(), capacity: 10.0, tokens: 100, ..Report::default() }
}

/// Comes by as a node that was last there so long ago.
fn comes(shared: &mut Shared, node: &str, ago_ms: u64, led: bool) -> Granted {
    let since = Some((shared.time_ms, ago_ms));
    shared.exchange(&Report { since, led, ..report(node) })
}

#[test]
fn a_node_that_is_alone_has_everything_until_it_knows_of_another() {
    let mut shared = Shared::default();
    assert_eq!(shared.exchange(&report("a")).role, Role::Alone);
    let newcomer = shared.exchange(&report("b"));
    assert_eq!(newcomer.role, Role::Follower { crowded: true });
    assert_eq!((newcomer.tokens, newcomer.numbers), (0, [None; LANES]));
    let leads = comes(&mut shared, "a", SECOND, true);
    assert!(matches!(leads.role, Role::Leader { .. }));
    assert_eq!(leads.lanes[0].next, JUMP, "it gave out numbers until it heard of the other");
    let granted = comes(&mut shared, "b", SECOND, false);
    assert!((granted.rate.per_second() - 20.0).abs() < 1e-9, "what both can do");
    assert!(granted.tokens > 0 && granted.slot == 1);
    shared.leave(&report("b"));
    assert_eq!(comes(&mut shared, "a", 250, true).role, Role::Alone);
}

#[test]
fn a_leader_that_dies_is_followed_and_its_unseen_numbers_are_left_out() {
    let mut shared = Shared::default();
    let lanes = [LaneRow { serving: 3, next: 10 }; LANES];
    shared.exchange(&Report { lanes, ..report("a") });
    comes(&mut shared, "b", 0, false);
    let mut granted = comes(&mut shared, "b", SECOND, false);
    assert!(matches!(granted.role, Role::Follower { .. }), "the leader may still be there");
    for _ in 0..5 {
        granted = comes(&mut shared, "b", 250, false);
    }
    assert!(matches!(granted.role, Role::Leader { .. }), "{granted:?}");
    assert!(granted.lanes[0].next >= 10 + JUMP && granted.lanes[0].serving == 3);
    assert_eq!(shared.fence, 2);
    // A second process of the same node after kill -9 is another one, too.
    let next = shared.lanes[0].next;
    shared.alone = true;
    let again = shared.exchange(&report("b"));
    assert_eq!(again.lanes[0].next, next + JUMP);
}

#[test]
fn shares_of_silent_nodes_are_held_back_and_an_outage_earns_nothing() {
    let mut shared = Shared { rate: 100.0, ..Shared::default() };
    let fixed = |node: &str, since, led| Report {
        since: Some(since),
        led,
        ceiling: Some(100.0),
        tokens: 1_000,
        ..report(node)
    };
    for node in ["a", "b", "a", "b"] {
        let time = shared.time_ms;
        shared.exchange(&fixed(node, (time, 100), node == "a"));
    }
    shared.tokens = 0.0;
    let time = shared.time_ms;
    let both = shared.exchange(&fixed("a", (time, 200), true)).tokens;
    assert_eq!(both, 20, "both are there");
    let outage = shared.exchange(&fixed("a", (shared.time_ms, 60 * SECOND), true)).tokens;
    assert!(outage <= 25, "one burst at the most: {outage}");
    let time = shared.time_ms;
    let half = shared.exchange(&fixed("a", (time, 200), true)).tokens;
    assert_eq!(half, 10, "the other may live on its share");
    for _ in 0..8 {
        let time = shared.time_ms;
        shared.exchange(&fixed("a", (time, SECOND), true));
    }
    assert!(shared.alone, "it is dead by now");
}

/// A wall clock has no part in it, and a steady clock that is behind does not turn time back.
#[test]
fn time_never_goes_back() {
    let mut shared = Shared { time_ms: 5_000, ..Shared::default() };
    shared.exchange(&Report { since: Some((1_000, 250)), ..report("a") });
    assert_eq!(shared.time_ms, 5_000);
    shared.exchange(&Report { since: Some((5_000, 250)), ..report("a") });
    assert_eq!(shared.time_ms, 5_250);
}

#[test]
fn people_let_in_by_hand_are_let_in_once() {
    let mut shared = Shared { credits: 5, ..Shared::default() };
    shared.members = vec![Member { node: "c".to_owned(), ..Member::default() }];
    let wants = |node: &str, granted, returned| {
        let by_hand = ByHand { process: 1, granted, returned };
        Report { credits: 4, by_hand, ..report(node) }
    };
    assert_eq!(shared.exchange(&wants("a", 0, 0)).credits, 4);
    let second = shared.exchange(&wants("b", 0, 0));
    assert_eq!((second.credits, second.credits_elsewhere), (1, 0));
    assert_eq!(shared.exchange(&wants("b", 1, 0)).credits, 0);
    // Said twice, since the first answer was late: they count once.
    for _ in 0..2 {
        shared.exchange(&Report { credits: 0, ..wants("a", 4, 2) });
    }
    assert_eq!(shared.exchange(&wants("b", 1, 0)).credits, 2);
}

#[test]
fn people_of_an_answer_that_never_came_are_let_in_by_others() {
    let mut shared = Shared { credits: 3, ..Shared::default() };
    shared.members = vec![Member { node: "c".to_owned(), ..Member::default() }];
    let says = |node: &str, process, granted, credits| {
        let by_hand = ByHand { process, granted, returned: 0 };
        Report { by_hand, credits, ..report(node) }
    };
    assert_eq!(shared.exchange(&says("a", 7, 0, 3)).credits, 3);
    assert_eq!(shared.exchange(&says("a", 7, 0, 0)).credits_elsewhere, 3, "it heard of none");
    assert_eq!(shared.exchange(&says("b", 8, 0, 3)).credits, 3);
    // A process that ended may have let them in: they are not let in again.
    assert_eq!(shared.exchange(&says("b", 9, 0, 3)).credits, 0);
}

#[test]
fn every_node_has_a_slot_of_its_own() {
    let mut shared = Shared::default();
    let slots: std::collections::BTreeSet<u8> =
        (0..NODES_MAX).map(|n| shared.exchange(&report(&n.to_string())).slot).collect();
    assert_eq!(slots.len() as u64, NODES_MAX);
    assert!(u64::from(shared.exchange(&report("one more")).slot) < NODES_MAX);
}

/// Whichever node they came by, the lowest number has the next token; one that is not fetched is there again.
#[test]
fn tokens_are_kept_for_the_lowest_numbers_and_come_back() {
    let mut shared = Shared::default();
    shared.exchange(&report("a"));
    comes(&mut shared, "b", 0, false);
    comes(&mut shared, "a", SECOND, true);
    let stands = |node: &str, since_ms, numbers: &[u64], came: &[u64]| {
        let places =
            |of: &[u64]| of.iter().map(|number| Place { lane: 2, number: *number }).collect();
        Report {
            since: Some(since_ms),
            led: node == "a",
            tokens: 0,
            ceiling: Some(10.0),
            at_the_door: places(numbers),
            came: places(came),
            ..report(node)
        }
    };
    let kept = |granted: &Granted| -> Vec<(u64, bool)> {
        granted.kept.iter().map(|kept| (kept.place.number, kept.used)).collect()
    };
    // Too few tokens for anybody yet: both speak for those who stand there.
    (shared.tokens, shared.rate) = (0.0, 10.0);
    let home = shared.exchange(&stands("b", (shared.time_ms, 0), &[9, 4], &[]));
    assert_eq!(kept(&home), []);
    let home = shared.exchange(&stands("a", (shared.time_ms, 250), &[5, 12], &[]));
    assert_eq!(kept(&home), [(4, false), (5, false)], "two and a half tokens");
    let home = shared.exchange(&stands("b", (shared.time_ms, 0), &[9], &[4]));
    assert_eq!(kept(&home), [(4, true), (5, false)]);
    shared.tokens = 0.0;
    // Nobody came for 5, and nobody stands there any more: that token is there again, 4's is spent.
    shared.exchange(&stands("a", (shared.time_ms, 0), &[], &[]));
    shared.exchange(&stands("b", (shared.time_ms, 1_400), &[], &[]));
    // As good as nothing is earned meanwhile.
    (shared.tokens, shared.rate) = (0.0, RATE_MIN);
    let home = shared.exchange(&stands("b", (shared.time_ms, 1_100), &[], &[]));
    assert_eq!(kept(&home), []);
    assert!((1.0..1.1).contains(&shared.tokens), "{}", shared.tokens);
}

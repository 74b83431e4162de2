//! The room as its callers see it, and against a plain model of a queue.

use proptest::prelude::*;

use super::*;
use crate::admission::ticket::Refused;

const QUEUE: Queue = Queue { event: 1, epoch: 1 };

pub(super) fn at(seconds: f64) -> Moment {
    let tick = Tick::new(Duration::from_secs_f64(seconds));
    Moment { tick, unix: 1_720_506_600 + tick.since_start().as_secs() }
}

pub(super) fn settings(rate: f64) -> Settings {
    Settings {
        queue: QUEUE,
        rate: Rate::new(rate).unwrap(),
        waiting_max: 1_000,
        permits: 2,
        service: Duration::from_millis(20),
        suspects: Suspects::Observe,
    }
}

pub(super) fn room(rate: f64) -> Room {
    Room::new(settings(rate), at(0.0).tick)
}

pub(super) fn stranger(nonce: u64) -> Visitor {
    Visitor { nonce, ..Visitor::default() }
}

/// Lets a room of a high rate work through its line, everybody asking as told.
fn drain(room: &Room, tickets: &[Ticket], from: f64) -> Vec<usize> {
    let mut due: Vec<Option<f64>> = vec![Some(from); tickets.len()];
    let mut entered = Vec::new();
    for step in 0..6_000_u32 {
        let now = from + f64::from(step) / 10.0;
        room.tick(at(now).tick);
        for (who, ticket) in tickets.iter().enumerate() {
            if due[who].is_some_and(|due| due <= now) {
                let answer = room.poll(ticket, None, at(now));
                let admitted = answer.standing == Standing::Admitted;
                due[who] = (!admitted).then_some(now + answer.refresh.as_secs_f64());
                if admitted {
                    entered.push(who);
                }
            }
        }
    }
    entered
}

#[test]
fn an_idle_room_is_not_seen() {
    let room = room(27.0);
    room.tick(at(1.0).tick);
    let answer = room.arrive(&stranger(1), at(1.0));
    assert_eq!(answer.standing, Standing::Admitted);
    let (ticket, pass) = (answer.ticket.unwrap(), answer.pass.unwrap());
    assert_eq!((pass.kind, pass.seq, pass.nonce), (Kind::Pass, ticket.seq, ticket.nonce));
    // The answer was lost: the same again, without a second token.
    assert_eq!(
        room.poll(&ticket, None, at(2.0)).pass,
        Some(Ticket { issued: pass.issued + 1, ..pass })
    );
    assert_eq!(room.figures(at(2.0).tick).admitted, 1);
}

/// I8: a copied ticket signs in once, and has six tries in all.
#[test]
fn i8_one_ticket_is_one_success() {
    let room = room(27.0);
    let pass = room.arrive(&stranger(1), at(1.0)).pass.unwrap();
    // What waited for a thread in vain is no try.
    room.attempt(&pass, at(2.0)).unwrap();
    room.try_again(&pass);
    room.refund(at(2.0).tick);
    for _ in 0..TRIES_MAX {
        room.attempt(&pass, at(3.0)).unwrap();
        room.finished(Duration::from_millis(20), at(3.1).tick);
    }
    assert_eq!(room.attempt(&pass, at(4.0)), Err(Spent::Tries));
    let other = room.arrive(&stranger(2), at(5.0)).pass.unwrap();
    room.attempt(&other, at(6.0)).unwrap();
    assert_eq!(room.redeem(&other, Some(3)), Redeemed::First);
    assert_eq!(room.redeem(&other, Some(3)), Redeemed::Again);
    assert_eq!(room.attempt(&other, at(6.0)), Err(Spent::Success));
    let ticket = other.turned_into(Kind::Ticket, at(5.0).unix);
    assert_eq!(room.poll(&ticket, None, at(7.0)).standing, Standing::Used);
    let known = Visitor { known_school: Some(3), nonce: 4, ..Visitor::default() };
    assert_eq!(room.arrive(&known, at(8.0)).ticket.unwrap().lane, Lane::Standard);
    let first = Visitor { known_school: Some(5), ..known };
    assert_eq!(room.arrive(&first, at(8.0)).ticket.unwrap().lane, Lane::Known);
}

/// I14: a full room refuses and remembers nothing.
#[test]
fn i14_a_full_room_refuses_without_state() {
    let room = room(0.001);
    room.tick(at(0.1).tick);
    for nonce in 0..1_004 {
        assert!(room.arrive(&stranger(nonce), at(0.2)).ticket.is_some(), "{nonce}");
    }
    let before = room.figures(at(0.3).tick);
    for nonce in 0..100 {
        let answer = room.arrive(&stranger(nonce), at(0.3));
        assert_eq!((answer.standing, answer.ticket), (Standing::Full, None));
    }
    let after = room.figures(at(0.3).tick);
    assert_eq!(
        (after.lanes, after.bytes, after.full),
        (before.lanes, before.bytes, before.full + 100)
    );
}

#[test]
fn paused_and_closed_rooms_keep_places() {
    let room = room(5.0);
    room.pause();
    let tickets: Vec<_> =
        (0..20).map(|n| room.arrive(&stranger(n), at(0.2)).ticket.unwrap()).collect();
    let answer = room.poll(&tickets[7], Some(6), at(1.0));
    assert_eq!((answer.standing, answer.position, answer.eta), (Standing::Paused, Some(6), None));
    room.close();
    assert_eq!(room.arrive(&stranger(99), at(1.0)).standing, Standing::Closed);
    assert_eq!(room.poll(&tickets[7], None, at(2.0)).standing, Standing::Closed);
    room.open();
    assert_eq!(drain(&room, &tickets, 3.0).len(), 20);
}

#[test]
fn a_pass_that_was_not_used_in_time_needs_a_token_again() {
    let room = room(27.0);
    let ticket = room.arrive(&stranger(1), at(1.0)).ticket.unwrap();
    room.pause();
    assert_eq!(room.poll(&ticket, None, at(800.0)).standing, Standing::Admitted);
    assert_eq!(room.poll(&ticket, None, at(902.0)).standing, Standing::Paused);
    room.open();
    assert_eq!(room.poll(&ticket, None, at(903.0)).standing, Standing::Admitted);
    assert_eq!(room.figures(at(903.0).tick).admitted, 2);
}

/// I2 and I3: what is restored from a snapshot answers no higher position, and new numbers are new.
#[test]
fn i2_a_snapshot_brings_back_places_and_uses() {
    let room = room(2.0);
    room.tick(at(0.1).tick);
    let tickets: Vec<_> =
        (0..900).map(|n| room.arrive(&stranger(n), at(0.2)).ticket.unwrap()).collect();
    for tenth in 2..30_u32 {
        room.tick(at(f64::from(tenth) / 10.0).tick);
    }
    room.note_redeemed(Lane::Standard, 3);
    let shown = room.poll(&tickets[800], None, at(3.0)).position.unwrap();
    let snapshot = room.snapshot(at(3.0));
    let again =
        Room::restore(Settings { waiting_max: 10_000, ..settings(5.0) }, &snapshot, at(0.5))
            .unwrap();
    assert!(again.poll(&tickets[800], None, at(1.0)).position.unwrap() <= shown);
    assert_eq!(again.poll(&tickets[3], None, at(1.0)).standing, Standing::Used);
    let newcomer = again.arrive(&stranger(9), at(1.0)).ticket.unwrap();
    assert!(newcomer.seq >= 900 + 10_000);
    let position = again.poll(&newcomer, None, at(1.0)).position.unwrap();
    assert!(position <= 900 + 2 * 900 + 1, "gaps are not people: {position}");
    assert_eq!(drain(&again, &tickets[4..], 2.0).len(), 896, "everybody comes in");
    let other = Settings { queue: Queue { epoch: 2, ..QUEUE }, ..settings(5.0) };
    assert!(matches!(Room::restore(other, &snapshot, at(0.5)), Err(BadSnapshot::Queue { .. })));
    let wrong = Snapshot { rate: f64::NAN, ..snapshot };
    assert!(matches!(Room::restore(settings(5.0), &wrong, at(0.5)), Err(BadSnapshot::Damaged(_))));
    assert_eq!(Refused::ALL.len(), 11);
}

/// I3: joins on many threads while the cursor runs: numbers are distinct, the cursor stays below them.
#[test]
fn i3_i6_numbers_are_distinct_under_concurrent_joins() {
    let room = Room::new(Settings { waiting_max: 100_000, ..settings(1_000.0) }, at(0.0).tick);
    let numbers = std::sync::Mutex::new(std::collections::BTreeSet::new());
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (room, numbers) = (&room, &numbers);
            scope.spawn(move || {
                for n in 0..2_000 {
                    let answer = room.arrive(&stranger(thread * 10_000 + n), at(0.5));
                    assert!(numbers.lock().unwrap().insert(answer.ticket.unwrap().seq));
                    room.tick(at(0.5).tick);
                }
            });
        }
    });
    let figures = room.figures(at(0.5).tick).lanes[Lane::Standard as usize];
    // Of 256 numbers 192 are leased.
    assert_eq!(figures.issued, 41 * 256 + 128);
    assert!(figures.serving <= figures.issued);
}

#[derive(Clone, Debug)]
enum Step {
    Arrive,
    Poll(usize),
    Vanish(usize),
    Wait(u32),
    Pause,
    Open,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Arrive),
        6 => any::<usize>().prop_map(Step::Poll),
        1 => any::<usize>().prop_map(Step::Vanish),
        4 => (1..40_u32).prop_map(Step::Wait),
        1 => Just(Step::Pause),
        2 => Just(Step::Open),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// I1, I3, I9 against a plain queue: positions count the people before who are not called, never rise;
    /// claims never exceed rate and burst; after the storm everybody who asks comes in, in the order of
    /// their numbers but for six seconds of admissions and a last interval.
    #[test]
    fn i3_i9_the_room_agrees_with_a_plain_queue(steps in proptest::collection::vec(step(), 1..250)) {
        let room = room(3.0);
        let (mut tenths, mut tickets, mut lowest) = (0_u32, Vec::new(), Vec::new());
        let (mut gone, mut entered) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        let mut claims = 0_u32;
        for step in steps {
            let now = at(f64::from(tenths) / 10.0);
            match step {
                Step::Arrive => {
                    let answer = room.arrive(&stranger(u64::from(tenths)), now);
                    tickets.push(answer.ticket.unwrap());
                    lowest.push(answer.position.unwrap_or(u64::MAX));
                    if answer.standing == Standing::Admitted {
                        claims += 1;
                        entered.insert(tickets.len() - 1);
                    }
                }
                Step::Poll(which) if !tickets.is_empty() => {
                    let who = which % tickets.len();
                    let ticket: Ticket = tickets[who];
                    let serving = room.figures(now.tick).lanes[Lane::Standard as usize].serving;
                    let answer = room.poll(&ticket, None, now);
                    if let Some(position) = answer.position {
                        prop_assert!(position <= lowest[who], "a position rose");
                        prop_assert_eq!(position, ticket.seq.saturating_sub(serving) + 1);
                        lowest[who] = position;
                    }
                    if answer.standing == Standing::Admitted && entered.insert(who) {
                        claims += 1;
                    }
                }
                Step::Vanish(which) if !tickets.is_empty() => {
                    gone.insert(which % tickets.len());
                }
                Step::Wait(more) => {
                    for _ in 0..more {
                        tenths += 1;
                        room.tick(at(f64::from(tenths) / 10.0).tick);
                    }
                }
                Step::Pause => room.pause(),
                Step::Open => room.open(),
                Step::Poll(_) | Step::Vanish(_) => (),
            }
            prop_assert!(f64::from(claims) <= f64::from(tenths) * 0.3 + 4.0, "I1: {} by {}", claims, tenths);
        }
        room.open();
        let left: Vec<Ticket> = (0..tickets.len())
            .filter(|who| !gone.contains(who) && !entered.contains(who))
            .map(|who| tickets[who])
            .collect();
        let order = drain(&room, &left, f64::from(tenths) / 10.0 + 0.1);
        prop_assert_eq!(order.len(), left.len(), "everybody who asks comes in");
    }
}

//! Everybody comes at once, stays or goes, and is let in at the rate.

use daybreak::admission::rehearsal::{Outcome, Random, World, people, tick};
use daybreak::admission::{Rate, Room};

use super::measured::{Judged, settings};

const RATE: f64 = 27.0;
const CROWD: usize = 17_000;

fn rush(
    seconds: f64,
    change: impl Fn(&mut Random, &mut daybreak::admission::rehearsal::Person),
) -> World {
    let mut people = people(CROWD, seconds, 7);
    let mut random = Random::new(8);
    for person in &mut people {
        change(&mut random, person);
    }
    World::new(Room::new(settings(RATE), tick(0.0)), people, 9)
}

/// I1: in any span no more than the rate and one burst.
#[track_caller]
fn i1_never_more_than_rate_and_burst(measured: &Outcome) {
    assert!(measured.within_1s <= 34, "{measured:?}");
    assert!(measured.within_10s <= 277, "{measured:?}");
    assert!(measured.within_60s <= 1_627, "{measured:?}");
}

#[test]
fn seventeen_thousand_in_a_minute() {
    let mut world = rush(60.0, |_, _| ());
    world.run();
    let measured = Outcome::of(&world);
    measured.print("17,000 in 60 s");
    i1_never_more_than_rate_and_burst(measured.always());
    assert_eq!((measured.admitted, measured.signed_in), (CROWD, CROWD));
    assert!(measured.per_second >= 26.5, "{measured:?}");
    assert!(measured.polls_each <= 15.0 && measured.polls_peak <= 800, "{measured:?}");
    assert!(measured.first_range >= 0.9, "{measured:?}");
    i4_first_come_first_served(&world);
    i14_sixteen_bytes_each(&world);
}

/// I4: nobody is let in later than six seconds of admissions after somebody who came later.
#[track_caller]
fn i4_first_come_first_served(world: &World) {
    let mut order: Vec<_> =
        world.people.iter().map(|p| (p.ticket.unwrap().seq, p.admitted.unwrap())).collect();
    order.sort_by_key(|(seq, _)| *seq);
    let mut latest_first = f64::INFINITY;
    let mut worst = 0.0_f64;
    // From the back: the earliest admission of all who came later.
    for (_, admitted) in order.iter().rev() {
        worst = worst.max(admitted - latest_first);
        latest_first = latest_first.min(*admitted);
    }
    super::measured::say(&format!("    i4: at most {worst:.2} s behind somebody who came later"));
    assert!(worst <= 6.0 + 2.9, "i4: {worst} s");
}

/// I14: what the room remembers of a waiter.
#[track_caller]
fn i14_sixteen_bytes_each(world: &World) {
    let bytes = world.figures().bytes;
    assert!(bytes <= 16 * CROWD, "i14: {bytes} bytes for {CROWD} people");
}

#[test]
fn seventeen_thousand_in_two_seconds() {
    let mut world = rush(2.0, |_, _| ());
    world.run();
    let measured = Outcome::of(&world);
    measured.print("17,000 in 2 s");
    i1_never_more_than_rate_and_burst(measured.always());
    assert!(world.people.iter().all(|person| person.ticket.is_some()), "a join was lost");
    assert_eq!(measured.signed_in, CROWD);
    assert!(measured.per_second >= 26.5, "{measured:?}");
    i4_first_come_first_served(&world);
}

#[test]
fn a_third_give_up() {
    let mut world = rush(60.0, |random, person| {
        if random.chance(0.3) {
            person.leaves = Some(random.unit() * 600.0);
        }
    });
    world.run();
    let measured = Outcome::of(&world);
    measured.print("30 % give up");
    i1_never_more_than_rate_and_burst(measured.always());
    assert!(measured.per_second >= 26.0, "{measured:?}");
    assert!(measured.admitted >= CROWD * 7 / 10);
}

/// I9: who is absent takes no token from those who are there.
#[test]
fn i9_robots_that_never_ask_again_cost_little() {
    let mut world = rush(60.0, |random, person| person.silent = random.chance(0.6));
    world.run();
    let measured = Outcome::of(&world);
    measured.print("60 % never ask again");
    i1_never_more_than_rate_and_burst(measured.always());
    let tens: Vec<_> = (0..12)
        .map(|t| world.claims.iter().filter(|at| (**at / 10.0) as usize == t).count())
        .collect();
    super::measured::say(&format!("    claims in tens of seconds: {tens:?}"));
    let people = world.people.iter().filter(|person| !person.silent).count();
    assert!(measured.admitted >= people);
    assert!(measured.per_second >= 25.0, "{measured:?}");
}

/// I1 with a rate that changes: the claims of any span stay below the integral of the rate and a burst.
#[test]
fn i1_the_rate_goes_up_and_down() {
    let mut world = rush(60.0, |_, _| ());
    world.slowness = |_| 0.2;
    for (at, rate) in [(100.0, 5.0), (200.0, 100.0), (260.0, 27.0)] {
        world.act(at, move |world| world.room.set_rate(Rate::new(rate).unwrap()));
    }
    world.run();
    let measured = Outcome::of(&world);
    measured.print("27, 5, 100, 27 a second");
    measured.always();
    assert_eq!(measured.signed_in, CROWD);
    let allowed = |at: f64| {
        27.0 * at.min(100.0)
            + 5.0 * (at - 100.0).clamp(0.0, 100.0)
            + 100.0 * (at - 200.0).clamp(0.0, 60.0)
            + 27.0 * (at - 260.0).max(0.0)
    };
    // Claims minus allowance must never rise by more than the burst: one pass finds the worst span.
    // A change of the rate takes effect with the next tick, a tenth of a second later.
    let burst = 25.0 + 0.1 * 73.0;
    let mut lowest = f64::INFINITY;
    for (before, at) in world.claims.iter().enumerate() {
        lowest = lowest.min(before as f64 - allowed(*at));
        let over = before as f64 + 1.0 - allowed(*at) - lowest;
        assert!(over <= burst + 1.0, "i1: {over} at {at}");
    }
    let fast = world.claims.iter().filter(|at| (205.0..255.0).contains(*at)).count();
    assert!(fast >= 50 * 95, "the new rate is used: {fast} in 50 s");
}

//! Who stands in which lane, and that no crowd of strangers changes what the others wait.

use daybreak::admission::rehearsal::{Outcome, Person, World, people, percentile, tick};
use daybreak::admission::{Lane, Limit, Limits, Room, Settings, Suspects};

use super::measured::{Judged, say, settings};

fn demoting() -> Settings {
    Settings { suspects: Suspects::Demote, ..settings(27.0) }
}

fn known(count: usize) -> Vec<Person> {
    let mut people = people(count, 60.0, 27);
    people.iter_mut().zip(0..).for_each(|(person, school)| person.school = Some(school));
    people
}

fn wait_p95(world: &World, lane: Lane) -> f64 {
    let of_lane = world.people.iter().filter(|person| person.lane() == Some(lane));
    percentile(of_lane.filter_map(Person::wait).collect(), 0.95)
}

/// A million joins of the last lane beside 6,000 known schools.
#[test]
fn a_flood_of_strangers_changes_little_for_schools() {
    let mut alone = World::new(Room::new(demoting(), tick(0.0)), known(6_000), 28);
    alone.run();
    let mut both = known(6_000);
    let mut strangers = people(1_000_000, 60.0, 29);
    for stranger in &mut strangers {
        (stranger.suspected, stranger.silent) = (true, true);
    }
    both.append(&mut strangers);
    let mut flooded = World::new(Room::new(demoting(), tick(0.0)), both, 28);
    flooded.until = 900.0;
    flooded.run();
    let measured = Outcome::of(&flooded);
    measured.print("1,000,000 strangers, 6,000 schools");
    let (quiet, loud) = (wait_p95(&alone, Lane::Known), wait_p95(&flooded, Lane::Known));
    say(&format!("    p95 wait of schools: {quiet:.1} s alone, {loud:.1} s beside them"));
    assert!(loud <= quiet * 1.2, "{quiet} became {loud}");
    let bytes = flooded.figures().bytes;
    assert!(bytes <= 16 * 1_006_000, "i14: {bytes}");
}

/// I5: strangers who behave are not starved by schools either.
#[test]
fn i5_everybody_is_called_in_every_lane() {
    let mut people = known(5_000);
    for (person, n) in people.iter_mut().zip(0..) {
        match n % 50 {
            0 => person.returning = true,
            1..=9 => person.school = None,
            10 => person.suspected = true,
            _ => (),
        }
    }
    let mut world = World::new(Room::new(demoting(), tick(0.0)), people, 31);
    world.run();
    let measured = Outcome::of(&world);
    measured.print("four lanes");
    measured.always();
    assert_eq!(measured.signed_in, 5_000);
    let ahead = |lane| world.people.iter().filter(|p| p.lane() == Some(lane)).count() as f64;
    let mut waits = Vec::new();
    for lane in Lane::ALL {
        let bound = ahead(lane) / (0.05 * 27.0) + 15.0;
        let of_lane = world.people.iter().filter(|person| person.lane() == Some(lane));
        let worst = percentile(of_lane.filter_map(Person::wait).collect(), 1.0);
        waits.push(format!("{} {worst:.0} s of {bound:.0}", lane.label()));
        assert!(worst <= bound, "i5: {lane:?} waited {worst} s, bound {bound}");
    }
    say(&format!("    worst waits and their bounds: {}", waits.join(", ")));
    assert!(wait_p95(&world, Lane::ReEntry) < wait_p95(&world, Lane::Known));
}

/// One person of each school before anyone's second.
#[test]
fn schools_first_serves_every_school_sooner() {
    let both = |by_school: bool| {
        let mut people = people(12_000, 60.0, 33);
        for (person, n) in people.iter_mut().zip(0_u64..) {
            // Two schools in five send two people more, earlier than the others come.
            let school = if n < 7_200 { n % 2_400 } else { n };
            person.school = by_school.then_some(school);
        }
        let mut world = World::new(Room::new(settings(27.0), tick(0.0)), people, 34);
        world.run();
        let mut first = std::collections::BTreeMap::new();
        for (person, n) in world.people.iter().zip(0_u64..) {
            let school = if n < 7_200 { n % 2_400 } else { n };
            let at = first.entry(school).or_insert(f64::INFINITY);
            *at = f64::min(*at, person.signed_in.unwrap());
        }
        percentile(first.into_values().collect(), 0.99)
    };
    let (plain, schools_first) = (both(false), both(true));
    say(&format!(
        "    99 % of schools have somebody in after {plain:.0} s in one lane, {schools_first:.0} s by school"
    ));
    assert!(schools_first < plain * 0.85, "{plain} {schools_first}");
}

/// A thousand people behind one address ask as they are told: no limit meets them, no lane demotes them.
#[test]
fn a_thousand_behind_one_address_are_not_limited() {
    let limits = Limits::default();
    let mut world = World::new(Room::new(demoting(), tick(0.0)), people(1_000, 5.0, 35), 36);
    world.run();
    let measured = Outcome::of(&world);
    measured.print("1,000 behind one address");
    for person in &world.people {
        let join = limits.check(Limit::Address, 1, tick(person.arrived.unwrap()));
        assert_eq!(join, Ok(()));
        assert_eq!(person.lane(), Some(Lane::Standard));
    }
    assert_eq!(measured.signed_in, 1_000);
    assert!(measured.per_second >= 26.0, "{measured:?}");
}

//! What a restart or a pause leaves of places and of the times at the door that were told.

use std::time::Duration;

use crate::admission::lanes::Lane;
use crate::admission::numbers::{JUMP, Zone};
use crate::admission::room::Room;
use crate::admission::room::tests::{at, room, settings, stranger};

/// Who was told a time at the door before a restart, or before a pause, may come in when they come.
#[test]
fn a_time_at_the_door_holds_in_its_own_process_only() {
    let room = room(2.0);
    let tickets: Vec<_> =
        (0..40).map(|n| room.arrive(&stranger(n), at(0.2)).ticket.unwrap()).collect();
    let told = |room: &Room, from: f64| {
        (0..20).for_each(|n| room.tick(at(from + f64::from(n) / 10.0).tick));
        let answers = tickets.iter().map(|ticket| room.poll(ticket, None, at(from + 2.0)));
        answers.map(|answer| answer.refresh).max().unwrap()
    };
    assert!(told(&room, 0.2) > Duration::from_secs(7), "the last were told a time");
    room.pause();
    told(&room, 2.2);
    room.open();
    let longest = Duration::from_secs(8);
    assert!(told(&room, 4.2) <= longest, "after a pause");
    let again = Room::restore(settings(2.0), &room.snapshot(at(6.2)), at(0.5)).unwrap();
    assert!(told(&again, 1.0) <= longest, "after a restart");
}

/// Numbers that nobody has cost no time: what is written down reaches over a gap to the people behind it.
#[test]
fn a_gap_holds_nobody_up() {
    let room = room(2.0);
    let line = room.line(Lane::Standard);
    line.zones.add(Zone { from: 4, to: 4 + JUMP, people: 0 }, 0);
    line.issue_to(4 + JUMP + 100);
    let reserve = room.snapshot(at(1.0)).lanes[Lane::Standard as usize].reserve;
    assert_eq!(line.zones.people(0, reserve), 256);
    assert!(reserve > line.issued());
}

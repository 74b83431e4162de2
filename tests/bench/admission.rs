//! What the waiting room costs for each ticket: prints nanoseconds and bytes. `cargo bench --bench admission`.

#![expect(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a bench prints a few counts, and may fail by unwrap"
)]

use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use daybreak::admission::{
    Kind, Moment, Queue, Rate, Room, Settings, Suspects, Tick, Ticket, TicketKeys, Visitor,
};
use daybreak::node::keys::{Purpose, RingKey};
use tokio::time::Instant;

const QUEUE: Queue = Queue { event: 2024, epoch: 1 };
const UNIX: u64 = 1_720_506_600;
/// Calls of one measurement, and measurements of which the quickest counts: others were disturbed.
const CALLS: u32 = 200_000;
const ROUNDS: u32 = 7;
/// Tickets of the large room.
const MANY: u32 = 1_000_000;

fn moment(milliseconds: u64) -> Moment {
    let tick = Tick::new(Duration::from_millis(milliseconds));
    Moment { tick, unix: UNIX + milliseconds / 1_000 }
}

fn settings() -> Settings {
    Settings {
        queue: QUEUE,
        rate: Rate::new(30.0).unwrap(),
        waiting_max: u64::from(2 * MANY),
        permits: 2,
        service: Duration::from_millis(20),
        suspects: Suspects::Observe,
    }
}

/// Nanoseconds of one call, at the quickest.
fn nanoseconds(mut call: impl FnMut(u32)) -> f64 {
    let round = |_| {
        let began = Instant::now();
        (0..CALLS).for_each(&mut call);
        began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    (0..ROUNDS).map(round).fold(f64::MAX, f64::min)
}

fn say(what: &str, figure: &str, goal: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| {what} | {figure} | {goal} |").unwrap();
}

/// A paused room with so many people in it, and their tickets.
fn crowded(people: u32) -> (Room, Vec<Ticket>) {
    let room = Room::new(settings(), Tick::default());
    room.pause();
    let arrive = |nonce: u32| {
        let visitor = Visitor { nonce: u64::from(nonce), ..Visitor::default() };
        room.arrive(&visitor, moment(1)).ticket.unwrap()
    };
    let tickets = (0..people).map(arrive).collect();
    (room, tickets)
}

fn main() {
    say("the waiting room", "measured", "to reach");
    say("---", "---", "---");
    let keys = TicketKeys::new(&[RingKey::new(Purpose::Queue, 1, [7; 32])]);
    let (room, tickets) = crowded(MANY);
    let sealed: Vec<String> = tickets[..1_000].iter().map(|t| keys.seal(t).unwrap()).collect();
    let open = nanoseconds(|call| {
        let text = sealed[call as usize % sealed.len()].as_bytes();
        black_box(keys.open(text, Kind::Ticket, QUEUE, UNIX).unwrap());
    });
    say("a ticket decoded and verified", &format!("{open:.0} ns"), "≤ 400 ns");
    room.open();
    let poll = nanoseconds(|call| {
        let far = &tickets[tickets.len() / 2 + call as usize % (tickets.len() / 2)];
        black_box(room.poll(far, None, moment(2)));
    });
    say(
        "position, time and next question of one of a million",
        &format!("{poll:.0} ns"),
        "≤ 50 ns",
    );
    let bytes = room.figures(moment(2).tick).bytes as f64 / f64::from(MANY);
    say("memory of each", &format!("{bytes:.1} bytes"), "≤ 16 bytes");
    let began = Instant::now();
    let snapshot = room.snapshot(moment(3));
    let restored = Room::restore(settings(), &snapshot, moment(4)).unwrap();
    black_box(restored.poll(&tickets[17], None, moment(5)));
    let took = began.elapsed().as_secs_f64() * 1e3;
    say(
        "a million places written down, read back, first question",
        &format!("{took:.0} ms"),
        "≤ 1 s",
    );
}

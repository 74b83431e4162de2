//! A rehearsal of the waiting room: people who do not exist, the room's own code, no real time.

use clap::Args;
use serde_json::json;

use super::super::SystemArgs;
use super::super::exit::Failure;
use super::super::print;
use super::super::system::System;
use super::look::figures;
use crate::admission::rehearsal::{Outcome, PEOPLE_MAX, World, people, settings, tick};
use crate::admission::{Rate, Room};
use crate::service::waiting::minutes;

/// Longest stretch in which they come, in seconds.
const WITHIN_MAX: u32 = 3_600;

/// Arguments of `queue rehearse`.
#[derive(Debug, Args)]
pub(super) struct RehearseArgs {
    /// People who come, up to 200,000.
    #[arg(long, default_value_t = 17_000)]
    people: u32,
    /// Seconds in which they come, evenly spread, up to 3,600.
    #[arg(long, default_value_t = 60)]
    within: u32,
    /// Sign-ins a second at the most; without it as the node has it now.
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// The same seed gives the same people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    pub(super) system: SystemArgs,
}

/// Runs a crowd through a room like the one of this machine's node: as quick as it is, at its rate. Nobody who
/// really waits notices.
pub(super) async fn rehearse(system: &System, args: &RehearseArgs) -> Result<(), Failure> {
    if args.people == 0 || args.people > PEOPLE_MAX || args.within == 0 || args.within > WITHIN_MAX
    {
        return Err(Failure::usage(format!(
            "rehearse 1 to {PEOPLE_MAX} people who come within 1 to {WITHIN_MAX} seconds"
        )));
    }
    let figures = figures(system).await?;
    let rate = Rate::new(args.rate.unwrap_or(figures.ceiling))
        .map_err(|bad| Failure::usage(bad.to_string()))?;
    if figures.capacity <= 0.0 || figures.permits == 0 {
        return Err(Failure::failed(
            "the node does not say how many passwords it checks in a second",
        ));
    }
    let settings = settings(rate, figures.permits, figures.capacity, u64::from(PEOPLE_MAX));
    let crowd = people(args.people as usize, f64::from(args.within), args.seed);
    let mut world = World::new(Room::new(settings, tick(0.0)), crowd, args.seed);
    world.run();
    report(args, rate, figures.capacity, &Outcome::of(&world))
}

fn report(
    args: &RehearseArgs,
    rate: Rate,
    capacity: f64,
    outcome: &Outcome,
) -> Result<(), Failure> {
    if args.system.json {
        let report = json!({
            "people": args.people, "within_seconds": args.within, "rate": rate.per_second(), "capacity": capacity,
            "signed_in": outcome.signed_in, "last_signed_in_seconds": outcome.last_signed_in,
            "wait_p50_seconds": outcome.wait_p50, "wait_worst_seconds": outcome.wait_worst,
            "first_promise_kept_ratio": outcome.first_range, "polls_each": outcome.polls_each,
            "polls_a_second_most": outcome.polls_peak, "password_p95_seconds": outcome.hash_p95,
        });
        return print(&report.to_string());
    }
    print(&format!(
        "{} people within {} s, at most {:.2} a second, {:.1} passwords a second:",
        args.people,
        args.within,
        rate.per_second(),
        capacity
    ))?;
    print(&format!(
        "  signed in          {}, the last after {}",
        outcome.signed_in,
        minutes(outcome.last_signed_in)
    ))?;
    print(&format!(
        "  wait               {} in the middle, {} at the longest",
        minutes(outcome.wait_p50),
        minutes(outcome.wait_worst)
    ))?;
    print(&format!("  first promise kept {:.0} %", outcome.first_range * 100.0))?;
    print(&format!(
        "  questions          {:.1} a person, at most {} a second",
        outcome.polls_each, outcome.polls_peak
    ))?;
    print(&format!("  password checked   within {:.1} s for 95 of 100", outcome.hash_p95))
}

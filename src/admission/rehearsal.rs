//! A morning that is only simulated: the room's own code, people who do not exist, no real time.
//!
//! Operators rehearse with it what a rate means (`daybreak queue rehearse`, `daybreak rehearse`), tests what the room promises.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts and seconds of one morning are small, and a part of a second matters to nobody"
)]

mod crowd;
mod events;
mod outcome;
mod world;

pub use crowd::{Person, Random, Stretch, people, people_in};
pub use outcome::{Outcome, most_within, percentile};
pub use world::{Act, BEGINS_UNIX, World, moment, tick};

use std::time::Duration;

use super::{Queue, Rate, Settings, Suspects};

/// Most people of a rehearsal: some seconds of one core.
pub const PEOPLE_MAX: u32 = 200_000;

/// A room that lets in at `rate` and hashes `permits` passwords at once, `capacity` of them a second.
pub fn settings(rate: Rate, permits: u32, capacity: f64, waiting_max: u64) -> Settings {
    Settings {
        queue: Queue { event: 0, epoch: 0 },
        rate,
        waiting_max,
        permits,
        service: Duration::from_secs_f64(f64::from(permits) / capacity),
        suspects: Suspects::Observe,
    }
}

//! A morning that is only simulated: the room's own code, people who do not exist, no real time.
//!
//! Operators rehearse with it what a rate means (`daybreak queue rehearse`), tests what the room promises.

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

pub use crowd::{Person, Random, people};
pub use outcome::{Outcome, most_within, percentile};
pub use world::{Act, BEGINS_UNIX, World, moment, tick};

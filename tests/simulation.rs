//! The waiting room against crowds: events in order, seeded, the room's own code. Every case prints what it measured.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "counts and seconds of a simulated morning are small; a test may fail by unwrap"
)]

#[path = "simulation/cluster.rs"]
mod cluster;
#[path = "simulation/faults.rs"]
mod faults;
#[path = "simulation/lanes.rs"]
mod lanes;
#[path = "simulation/measured.rs"]
mod measured;
#[path = "simulation/nodes.rs"]
mod nodes;
#[path = "simulation/rush.rs"]
mod rush;

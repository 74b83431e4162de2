//! What is true of schools, pupils, tests and releases: no IO, no clock, no randomness.

pub mod access;
pub mod calendar;
pub mod codes;
pub mod hex;
pub mod ids;
pub mod papers;
pub mod release;
pub mod rules;
pub mod scores;
pub mod wording;

//! What is true of schools, pupils, tests and releases: no IO, no clock, no randomness.

pub mod access;
pub mod agreed;
pub mod announced;
pub mod calendar;
pub mod codes;
pub mod contact;
pub mod devices;
pub mod forms;
pub mod gias;
pub mod hex;
pub mod ids;
pub mod keys;
pub mod papers;
pub mod passwords;
pub mod peers;
pub mod reason;
pub mod release;
pub mod rights;
pub mod roles;
pub mod rules;
pub mod schools;
pub mod scores;
pub mod turns;
pub mod users;
pub mod wording;

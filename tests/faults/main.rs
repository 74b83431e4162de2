//! What is done to a running system, and what must stay true of it.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[allow(dead_code, unreachable_pub, reason = "shared with other test programs, which use the rest")]
#[path = "../support/support.rs"]
mod support;

mod balanced;
mod database;
mod deliveries;
mod doctor;
mod email;
mod fits;
mod gias;
mod keys;
mod nodes;
mod objects;
mod observer;
mod passkeys;
mod rehearse;
mod server;
mod setup_code;
mod users;
mod waiting;

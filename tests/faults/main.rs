//! What is done to a running system, and what must stay true of it.

#[path = "../support/support.rs"]
mod support;

mod database;
mod deliveries;
mod nodes;
mod objects;
mod server;

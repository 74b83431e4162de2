//! Daybreak: the portal that schools open at 07:30 on results morning.
//!
//! Modules in reading order; `ARCHITECTURE.md` holds the map and `tests/architecture.rs` the directions.

pub mod domain;

pub mod clock;
pub mod cluster;
pub mod config;
pub mod telemetry;

pub mod blob;
pub mod intake;
pub mod node;
pub mod release;
pub mod service;

pub mod delivery;
pub mod edge;
pub mod sample;
pub mod store;
pub mod web;

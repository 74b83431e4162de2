//! Daybreak: the portal that schools open at 07:30 on results morning.
//!
//! Modules in reading order; `ARCHITECTURE.md` holds the map and `tests/architecture.rs` the directions.

pub mod domain;

pub mod clock;
pub mod telemetry;

pub mod intake;
pub mod sample;

pub mod blob;
pub mod node;
pub mod store;

pub mod admission;

pub mod letters;
pub mod mail;

pub mod delivery;
pub mod release;
pub mod service;

pub mod jobs;
pub mod web;

pub mod edge;

pub mod observer;

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;

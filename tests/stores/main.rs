//! The stores: the same demands on a folder, Azure and S3, and what happens when one of them fails.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

#[allow(dead_code, unreachable_pub, reason = "shared with other test programs, which use the rest")]
#[path = "../support/support.rs"]
mod support;

#[allow(dead_code, unreachable_pub, reason = "reads like a library")]
#[path = "../support/proxy.rs"]
mod proxy;

#[allow(unreachable_pub, reason = "reads like a library")]
mod emulators;

mod copies;
mod faults;
mod journeys;
mod operations;

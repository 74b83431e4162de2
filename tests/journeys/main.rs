//! Journeys through a working Daybreak: real HTTP, a real Postgres, real files.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
#![allow(
    clippy::similar_names,
    clippy::match_same_arms,
    reason = "tables of expectations read best row by row, in the words of their domain"
)]

#[allow(dead_code, unreachable_pub, reason = "shared with other test programs, which use the rest")]
#[path = "../support/support.rs"]
mod support;

#[allow(unreachable_pub, reason = "reads like a library")]
#[path = "../support/idp.rs"]
mod idp;

#[allow(unreachable_pub, reason = "reads like a library")]
mod expected;

#[allow(dead_code, unreachable_pub, reason = "shared with the program's own tests")]
#[path = "../support/sheet.rs"]
mod sheet;

/// On the demo that all share: these change nothing that another one looks at.
#[path = "."]
mod open {
    mod accounts;
    mod documents;
    mod downloads;
    mod isolation;
    mod journal;
    mod reconciliation;
    pub(crate) mod results;
    mod rights;
    mod rules;
    mod walls;
}

/// Each on a demo of its own, which it changes.
#[path = "."]
mod own {
    mod accesses;
    mod classes;
    mod corrections;
    mod embargo;
    mod factors;
    mod forms;
    mod getting_in;
    mod gias;
    mod gias_freeze;
    mod gias_nightly;
    mod guessing;
    mod lane;
    mod morning;
    mod oidc;
    mod organisation;
    mod passwords;
    mod queue;
    mod release;
    mod sessions;
    mod staff;
    mod tampering;
    mod users;
    mod view_as;
}

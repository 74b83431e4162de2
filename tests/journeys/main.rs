//! Journeys through a working Daybreak: real HTTP, a real Postgres, real files.

#[allow(dead_code, reason = "other test programs use the rest")]
#[path = "../support/support.rs"]
mod support;

mod expected;

/// On the demo that all share: these change nothing that another one looks at.
#[path = "."]
mod open {
    mod accounts;
    mod downloads;
    mod isolation;
    mod journal;
    mod results;
    mod walls;
}

/// Each on a demo of its own, which it changes.
#[path = "."]
mod own {
    mod embargo;
    mod release;
    mod tampering;
}

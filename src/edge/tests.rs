//! The sockets tried over real sockets, with the shortest timers that the settings allow.

mod drain;
mod limits;
mod requests;
mod support;
mod timers;
mod tls;

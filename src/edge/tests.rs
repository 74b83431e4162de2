//! The sockets tried over real sockets, with the shortest timers that the settings allow.

mod certificates;
mod drain;
mod limits;
mod proxied;
mod requests;
mod streams;
mod support;
mod timers;
mod tls;

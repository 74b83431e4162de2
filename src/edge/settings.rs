//! The limits and timers of the sockets, with defaults that fit a public portal.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// hyper refuses a smaller buffer than this.
const HEADER_BYTES_LEAST: usize = 8 * 1024;
/// hyper parses heads of at most this many headers without leaving the stack.
pub(super) const HEADERS_PARSED_MAX: usize = 100;
/// HTTP/2 forbids windows of 2 GiB or more.
const H2_WINDOW_BYTES_MOST: u32 = (1 << 31) - 1;

/// Which implementation encrypts the bulk of the bytes; handshakes are always aws-lc's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CipherChoice {
    /// The faster one on this machine, by a measurement of about 10 ms at the start.
    #[default]
    Measured,
    /// aws-lc alone: the choice where FIPS 140 is demanded.
    AwsLc,
    /// ring.
    Ring,
}

/// Limits and timers of one listener. Every value has a harmless default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Worker threads, each with sockets and a runtime of its own; 0 means one a core.
    pub workers: usize,
    /// Connections that the kernel keeps ready to be accepted, for each socket.
    pub backlog: i32,
    /// Open connections of all workers; accepting pauses above it; 0 means 80 % of the open files allowed.
    pub connections_max: usize,
    /// Open connections of one address (IPv6: one /64); 0 means no limit. Not held on plain listeners, whose peer is the balancer.
    pub connections_per_address_max: usize,
    /// Balancers that begin each connection with the PROXY protocol, version 2.
    pub balancers: Vec<IpAddr>,
    /// From the connection to the end of the TLS handshake.
    pub handshake_timeout_seconds: u64,
    /// From the first byte of a head (or the connection) to its last.
    pub header_timeout_seconds: u64,
    /// Longest head of a request.
    pub header_bytes_max: usize,
    /// Most headers of a request.
    pub headers_max: usize,
    /// Until the first byte of a request body.
    pub body_first_byte_seconds: u64,
    /// Least rate of a request body after its first byte.
    pub body_bytes_per_second_min: u64,
    /// Longest time in which a client takes nothing of what is written.
    pub write_stall_seconds: u64,
    /// Least rate at which a client takes what is written, over 60 seconds of waiting for it.
    pub write_bytes_per_second_min: u64,
    /// An HTTP/1 connection without a request is closed after this; a third of it when three quarters of `connections_max` are open.
    pub idle_h1_seconds: u64,
    /// An HTTP/2 connection without streams, or below the least rate, is asked to go away after this.
    pub idle_h2_seconds: u64,
    /// An HTTP/2 client that was silent for this long is pinged.
    pub h2_ping_seconds: u64,
    /// A ping is answered within this, or the connection is closed.
    pub h2_ping_timeout_seconds: u64,
    /// Requests at once on an HTTP/2 connection.
    pub h2_streams_max: u32,
    /// Bytes that an HTTP/2 client may send ahead, on a stream and on the connection.
    pub h2_window_bytes: u32,
    /// Bytes of an answer buffered for each HTTP/2 stream.
    pub h2_send_buffer_bytes: usize,
    /// Time that requests in flight get to finish at a drain.
    pub drain_seconds: u64,
    /// How often the certificate's files are looked at.
    pub certificate_check_seconds: u64,
    /// Which implementation encrypts.
    pub cipher: CipherChoice,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 0,
            backlog: 4096,
            connections_max: 0,
            connections_per_address_max: 20_000,
            balancers: Vec::new(),
            handshake_timeout_seconds: 5,
            header_timeout_seconds: 10,
            header_bytes_max: 32 * 1024,
            headers_max: 64,
            body_first_byte_seconds: 10,
            body_bytes_per_second_min: 1_000,
            write_stall_seconds: 30,
            write_bytes_per_second_min: 1_000,
            idle_h1_seconds: 15,
            idle_h2_seconds: 60,
            h2_ping_seconds: 30,
            h2_ping_timeout_seconds: 10,
            h2_streams_max: 64,
            h2_window_bytes: 256 * 1024,
            h2_send_buffer_bytes: 64 * 1024,
            drain_seconds: 15,
            certificate_check_seconds: 5,
            cipher: CipherChoice::Measured,
        }
    }
}

impl Settings {
    /// Every problem at once; empty when the settings can be used.
    pub fn check(&self) -> Vec<String> {
        let mut problems = self.zeros();
        if self.header_bytes_max < HEADER_BYTES_LEAST {
            problems.push(format!("header_bytes_max is below {HEADER_BYTES_LEAST}"));
        }
        if self.header_bytes_max > 1024 * 1024 {
            problems.push("header_bytes_max is above 1048576".to_owned());
        }
        if self.headers_max > HEADERS_PARSED_MAX {
            problems.push(format!("headers_max is above {HEADERS_PARSED_MAX}"));
        }
        if self.backlog < 1 {
            problems.push("backlog is below 1".to_owned());
        }
        if self.h2_window_bytes > H2_WINDOW_BYTES_MOST {
            problems.push(format!("h2_window_bytes is above {H2_WINDOW_BYTES_MOST}"));
        }
        if u32::try_from(self.h2_send_buffer_bytes).is_err() {
            problems.push(format!("h2_send_buffer_bytes is above {}", u32::MAX));
        }
        if self.handshake_timeout_seconds > self.header_timeout_seconds {
            problems.push("handshake_timeout_seconds is above header_timeout_seconds, which runs from the connection too".to_owned());
        }
        problems
    }

    /// The values that must not be zero and are.
    fn zeros(&self) -> Vec<String> {
        let durations = [
            ("handshake_timeout_seconds", self.handshake_timeout_seconds),
            ("header_timeout_seconds", self.header_timeout_seconds),
            ("headers_max", self.headers_max as u64),
            ("body_first_byte_seconds", self.body_first_byte_seconds),
            ("body_bytes_per_second_min", self.body_bytes_per_second_min),
            ("write_stall_seconds", self.write_stall_seconds),
            ("idle_h1_seconds", self.idle_h1_seconds),
            ("idle_h2_seconds", self.idle_h2_seconds),
            ("h2_ping_seconds", self.h2_ping_seconds),
            ("h2_ping_timeout_seconds", self.h2_ping_timeout_seconds),
            ("h2_streams_max", u64::from(self.h2_streams_max)),
            ("h2_window_bytes", u64::from(self.h2_window_bytes)),
            ("h2_send_buffer_bytes", self.h2_send_buffer_bytes as u64),
            ("certificate_check_seconds", self.certificate_check_seconds),
        ];
        let zero = durations.into_iter().filter(|(_, value)| *value == 0);
        zero.map(|(name, _)| format!("{name} is 0")).collect()
    }

    /// The idle time of a new HTTP/1 connection, shorter when places are short.
    pub(super) fn idle_h1(&self, pressed: bool) -> Duration {
        let whole = Duration::from_secs(self.idle_h1_seconds);
        if pressed { whole / 3 } else { whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_have_no_problem() {
        assert_eq!(Settings::default().check(), Vec::<String>::new());
    }

    #[test]
    fn all_problems_are_told_together() {
        let settings = Settings {
            header_bytes_max: 100,
            headers_max: 101,
            idle_h1_seconds: 0,
            backlog: 0,
            ..Settings::default()
        };
        assert_eq!(settings.check().len(), 4);
    }

    #[test]
    fn unknown_keys_are_refused_and_missing_ones_have_defaults() {
        assert!(toml::from_str::<Settings>("header_timeout = 3").is_err());
        let read: Settings = toml::from_str("cipher = 'aws_lc'\nworkers = 3").unwrap();
        let expected = Settings { cipher: CipherChoice::AwsLc, workers: 3, ..Settings::default() };
        assert_eq!(read, expected);
    }
}

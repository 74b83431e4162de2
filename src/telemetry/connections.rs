//! What the sockets report: open connections, failed handshakes, cuts, refusals and caught panics.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Registry};

use super::metrics::{int_counter, int_counters, int_gauges};

/// What an open connection speaks; the label of `daybreak_connections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1 over TLS.
    H1,
    /// HTTP/2 over TLS.
    H2,
    /// HTTP/1 without TLS: behind a balancer, or the ops listener.
    Plain,
}

impl Speaks {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::H1, Self::H2, Self::Plain];

    /// The value of the label.
    pub fn label(self) -> &'static str {
        match self {
            Self::H1 => "h1",
            Self::H2 => "h2",
            Self::Plain => "plain",
        }
    }
}

/// Why a TLS handshake came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFailure {
    /// Not finished within the limit.
    Slow,
    /// The client closed or reset the connection.
    Closed,
    /// The first bytes were no TLS record.
    NotTls,
    /// No version, suite, group or protocol in common.
    NothingInCommon,
    /// The client sent an alert, usually because it does not trust the certificate.
    Refused,
    /// A broken or hostile message.
    Invalid,
}

impl HandshakeFailure {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::Slow,
        Self::Closed,
        Self::NotTls,
        Self::NothingInCommon,
        Self::Refused,
        Self::Invalid,
    ];

    /// The value of the label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Closed => "closed",
            Self::NotTls => "not_tls",
            Self::NothingInCommon => "nothing_in_common",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
        }
    }
}

/// Which limit ended a connection or a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The head of a request took too long.
    SlowHead,
    /// The body of a request took too long.
    SlowBody,
    /// The client did not read for too long.
    StalledReader,
    /// The client read, but below the least rate.
    SlowReader,
    /// An HTTP/2 connection ignored the request to go away.
    StalledStreams,
    /// The drain was over.
    Drained,
}

impl Cut {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::SlowHead,
        Self::SlowBody,
        Self::StalledReader,
        Self::SlowReader,
        Self::StalledStreams,
        Self::Drained,
    ];

    /// The value of the label.
    pub fn label(self) -> &'static str {
        match self {
            Self::SlowHead => "slow_head",
            Self::SlowBody => "slow_body",
            Self::StalledReader => "stalled_reader",
            Self::SlowReader => "slow_reader",
            Self::StalledStreams => "stalled_streams",
            Self::Drained => "drained",
        }
    }
}

/// The families of this file; clones share them, so that several listeners may.
#[derive(Clone, Debug)]
pub struct ConnectionMetrics {
    open: IntGaugeVec,
    handshake_failures: IntCounterVec,
    cuts: IntCounterVec,
    refused: IntCounter,
    accept_errors: IntCounter,
    panics: IntCounter,
}

impl ConnectionMetrics {
    /// Registers the families, once a process.
    pub fn new(registry: &Registry) -> Self {
        let speaks = Speaks::ALL.map(Speaks::label);
        let failures = HandshakeFailure::ALL.map(HandshakeFailure::label);
        let cuts = Cut::ALL.map(Cut::label);
        let counter = |name, help| int_counter(registry, name, help);
        Self {
            open: int_gauges(registry, "connections", "Open connections.", "protocol", &speaks),
            handshake_failures: by_reason(
                registry,
                "handshake_failures_total",
                "TLS handshakes that came to nothing.",
                &failures,
            ),
            cuts: by_reason(
                registry,
                "connections_cut_total",
                "Connections and request bodies ended by a limit.",
                &cuts,
            ),
            refused: counter(
                "connections_refused_total",
                "Connections closed at once because their address holds too many.",
            ),
            accept_errors: counter(
                "accept_errors_total",
                "Connections that the kernel could not hand over.",
            ),
            panics: counter("handler_panics_total", "Panics caught while answering a request."),
        }
    }

    /// Counts a connection as open until the guard is dropped.
    pub fn opened(&self, speaks: Speaks) -> OpenConnection {
        let gauge = self.open.with_label_values(&[speaks.label()]);
        gauge.inc();
        OpenConnection(gauge)
    }

    /// Connections open now.
    pub fn open(&self, speaks: Speaks) -> i64 {
        self.open.with_label_values(&[speaks.label()]).get()
    }

    /// Counts a failed handshake.
    pub fn handshake_failed(&self, reason: HandshakeFailure) {
        self.handshake_failures.with_label_values(&[reason.label()]).inc();
    }

    /// Handshakes failed so far.
    pub fn handshakes_failed(&self, reason: HandshakeFailure) -> u64 {
        self.handshake_failures.with_label_values(&[reason.label()]).get()
    }

    /// Counts an end by a limit.
    pub fn cut(&self, reason: Cut) {
        self.cuts.with_label_values(&[reason.label()]).inc();
    }

    /// Ends by a limit so far.
    pub fn cuts(&self, reason: Cut) -> u64 {
        self.cuts.with_label_values(&[reason.label()]).get()
    }

    /// Counts a connection refused because its address holds too many.
    pub fn refused(&self) {
        self.refused.inc();
    }

    /// Connections refused so far.
    pub fn refusals(&self) -> u64 {
        self.refused.get()
    }

    /// Counts a connection that the kernel could not hand over.
    pub fn accept_failed(&self) {
        self.accept_errors.inc();
    }

    /// Counts a caught panic.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Panics caught so far.
    pub fn panics(&self) -> u64 {
        self.panics.get()
    }
}

/// Makes counters with a reason and touches every value once, so that a dashboard shows zero.
fn by_reason(registry: &Registry, name: &str, help: &str, reasons: &[&str]) -> IntCounterVec {
    let counters = int_counters(registry, name, help, &["reason"]);
    for reason in reasons {
        counters.with_label_values(&[*reason]);
    }
    counters
}

/// Keeps one connection counted as open.
#[derive(Debug)]
pub struct OpenConnection(prometheus::IntGauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

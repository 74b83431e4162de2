//! What one connection is doing, shared by its socket, its requests and its watch.
//!
//! All of them live on one worker thread; the atomics are only there so that tasks stay `Send`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::telemetry::connections::ConnectionMetrics;

/// The counters of one connection.
#[derive(Debug)]
pub(super) struct Activity {
    /// Requests begun so far.
    begun: AtomicU64,
    /// Requests whose answer is not completely handed over.
    in_flight: AtomicU32,
    /// Those of them that wait for the application rather than for the client.
    working: AtomicU32,
    /// Bytes that the kernel took.
    written: AtomicU64,
    /// Whether the socket times the heads of requests; HTTP/2 has a watch of its own.
    times_heads: AtomicBool,
    /// Whether a request body was left unread.
    unread: AtomicBool,
    /// Whether the kernel took less than it was given, so that bytes wait above it.
    is_blocked: AtomicBool,
    /// Whether the end of the connection has begun.
    is_ending: AtomicBool,
    /// Where cuts and panics are counted.
    pub(super) metrics: ConnectionMetrics,
}

/// One look at the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Requests begun so far.
    pub(super) begun: u64,
    /// Requests that wait for the application.
    pub(super) working: u32,
    /// Bytes that the kernel took.
    pub(super) written: u64,
}

impl Activity {
    /// Of a connection just accepted.
    pub(super) fn new(metrics: ConnectionMetrics) -> Arc<Self> {
        Arc::new(Self {
            begun: AtomicU64::new(0),
            in_flight: AtomicU32::new(0),
            working: AtomicU32::new(0),
            written: AtomicU64::new(0),
            times_heads: AtomicBool::new(true),
            unread: AtomicBool::new(false),
            is_blocked: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
            metrics,
        })
    }

    /// Begins a request; it ends when the flight is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Flight {
        self.begun.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        self.working.fetch_add(1, Relaxed);
        Flight { activity: Arc::clone(self), working: true }
    }

    /// Requests begun so far.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Relaxed)
    }

    /// Whether a head may be arriving: no request is in flight and heads are timed.
    pub(super) fn awaits_head(&self) -> bool {
        self.times_heads.load(Relaxed) && self.in_flight.load(Relaxed) == 0
    }

    /// Leaves the timing of heads to the watch of HTTP/2.
    pub(super) fn is_h2(&self) {
        self.times_heads.store(false, Relaxed);
    }

    /// Notes bytes that the kernel took.
    pub(super) fn wrote(&self, bytes: usize) {
        self.is_blocked.store(false, Relaxed);
        self.written.fetch_add(bytes as u64, Relaxed);
    }

    /// Notes that the kernel takes nothing now.
    pub(super) fn blocked(&self) {
        self.is_blocked.store(true, Relaxed);
    }

    /// Notes that the end of the connection has begun.
    pub(super) fn ends(&self) {
        self.is_ending.store(true, Relaxed);
    }

    /// Whether an HTTP/1 connection is between two requests, with all of its last answer written,
    /// all of its last request read, and nothing that speaks against another.
    pub(super) fn rests(&self) -> bool {
        let is_busy = self.in_flight.load(Relaxed) > 0 || self.is_blocked.load(Relaxed);
        let is_over = self.is_ending.load(Relaxed) || self.unread.load(Relaxed);
        self.begun() > 0 && !is_busy && !is_over
    }

    /// Notes that a request body was dropped before its end.
    pub(super) fn left_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Whether the close must wait for a client that may still be sending.
    pub(super) fn lingers(&self) -> bool {
        self.unread.load(Relaxed) && self.times_heads.load(Relaxed)
    }

    /// Looks at the counters.
    pub(super) fn reading(&self) -> Reading {
        Reading {
            begun: self.begun.load(Relaxed),
            working: self.working.load(Relaxed),
            written: self.written.load(Relaxed),
        }
    }
}

/// One request, from its head until its answer is handed over or given up.
#[derive(Debug)]
pub(super) struct Flight {
    activity: Arc<Activity>,
    working: bool,
}

impl Flight {
    /// Notes that the application works, and the client waits.
    pub(super) fn app_works(&mut self) {
        if !self.working {
            self.working = true;
            self.activity.working.fetch_add(1, Relaxed);
        }
    }

    /// Notes that the application gave something, and now waits for the client.
    pub(super) fn app_waits(&mut self) {
        if self.working {
            self.working = false;
            self.activity.working.fetch_sub(1, Relaxed);
        }
    }

    /// Counts a panic of the application.
    pub(super) fn panicked(&self) {
        self.activity.metrics.panicked();
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.app_waits();
        self.activity.in_flight.fetch_sub(1, Relaxed);
    }
}

//! Time as the waiting room is told it: a tick that only goes forward, and the service's unix seconds.

use std::time::Duration;

/// Monotonic time since the process began. Whatever is measured or waited for goes by this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(Duration);

/// One instant on both clocks. Callers read it once a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic: intervals, the bucket, who is still there.
    pub tick: Tick,
    /// Service time in unix seconds: when tickets were issued and when they end.
    pub unix: u64,
}

impl Tick {
    /// The tick that lies this long after the process began.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// Time since the process began.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// Time since an earlier tick; zero when that one is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The tick that lies this much later.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }
}

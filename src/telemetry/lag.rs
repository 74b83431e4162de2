//! How late the runtimes of the workers are by work of their own: the sign that there is more of it than
//! processors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often a worker looks: ten cheap wake-ups a second.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A worker that had less than one part in so many of the time since its last look was not held up by its own
/// work, but by whoever else is on the machine: to serve less would not help.
const OWN_PART: u32 = 3;

/// Lateness of one worker, in milliseconds, on a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Late(AtomicU64);

/// Lateness of every worker. Clones share it.
#[derive(Clone, Debug)]
pub struct Lag(Arc<[Late]>);

/// What one look found.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// How long the turn came after its time.
    late: Duration,
    /// Time since the look before.
    since: Duration,
    /// Of this, on a processor.
    worked: Duration,
}

impl Look {
    /// How late the worker is by its own work.
    fn by_own_work(self) -> Duration {
        if self.worked * OWN_PART >= self.since { self.late } else { Duration::ZERO }
    }
}

impl Lag {
    /// Of so many workers, none of which has begun.
    pub fn new(workers: usize) -> Self {
        Self(std::iter::repeat_with(Late::default).take(workers).collect())
    }

    /// Looks for as long as it is polled, as one task of many on the runtime of this worker.
    pub async fn keep(&self, worker: usize) {
        let Some(late) = self.0.get(worker) else { return };
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut at, mut before) = (Instant::now(), worked_so_far());
        loop {
            let due = ticks.tick().await;
            let (now, work) = (Instant::now(), worked_so_far());
            let look = Look {
                late: now.saturating_duration_since(due),
                since: now.saturating_duration_since(at),
                worked: work.saturating_sub(before),
            };
            let millis = u64::try_from(look.by_own_work().as_millis()).unwrap_or(u64::MAX);
            late.0.store(millis, Relaxed);
            (at, before) = (now, work);
        }
    }

    /// By how much the latest worker was late when it looked last.
    pub fn worst(&self) -> Duration {
        let late = self.0.iter().map(|late| late.0.load(Relaxed));
        Duration::from_millis(late.max().unwrap_or(0))
    }
}

/// Time that this thread has had a processor.
fn worked_so_far() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_work_makes_a_worker_late() {
        let ms = Duration::from_millis;
        let look = |late, since, worked| {
            Look { late: ms(late), since: ms(since), worked: ms(worked) }.by_own_work()
        };
        assert_eq!(look(300, 400, 390), ms(300), "busy all the time");
        assert_eq!(look(300, 400, 140), ms(300), "beside somebody else");
        assert_eq!(look(300, 400, 100), ms(0), "somebody else has the machine");
    }
}

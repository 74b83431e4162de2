//! What operators do: open, pause, close, set the rate, let in by hand.

use std::sync::atomic::Ordering;

use super::Room;
use crate::admission::door::Rate;
use crate::admission::interval::Stress;

impl Room {
    /// People are let in from now on; the bucket has earned no more than its burst meanwhile.
    pub fn open(&self) {
        self.mode.store(0, Ordering::Relaxed);
    }

    /// Places are given and kept, nobody is let in. Those who have a pass may sign in.
    pub fn pause(&self) {
        self.mode.store(1, Ordering::Relaxed);
    }

    /// No new places. Those that exist are kept until the room opens again.
    pub fn close(&self) {
        self.mode.store(2, Ordering::Relaxed);
    }

    /// Sets the ceiling of sign-ins per second over all nodes. Takes effect with the next tick, exactly:
    /// the time before counts at the old rate.
    pub fn set_rate(&self, rate: Rate) {
        let mut inner = self.lock();
        (inner.ceiling, inner.fixed) = (rate, true);
    }

    /// The ceiling is what all nodes together can do, until somebody sets one.
    #[must_use]
    pub fn with_rate_of_all(self) -> Self {
        self.lock().fixed = false;
        self
    }

    /// The ceiling that is set.
    pub fn rate(&self) -> Rate {
        self.lock().ceiling
    }

    /// Lets this many in beyond the rate, at most [`crate::admission::door::ADMIT_MAX`] at once, also while
    /// the room is paused.
    pub fn admit(&self, people: u32) {
        let mut inner = self.lock();
        inner.door.credit(people);
        self.credits.store(inner.door.credits(), Ordering::Relaxed);
    }

    /// How hard the node is pressed; intervals stretch with it.
    pub fn set_stress(&self, stress: Stress) {
        self.stress.store(stress as u8, Ordering::Relaxed);
    }
}

//! What the service said last: asked for again in time, and used for a while where it does not answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For how long what the service said is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetimes {
    /// It is asked again after this.
    pub(super) fresh: Duration,
    /// While it does not answer, what it said last is used for so long.
    pub(super) last_known: Duration,
    /// It is asked once in so long at the most.
    pub(super) rest: Duration,
}

/// What it said last of one thing.
#[derive(Debug)]
pub(super) struct Kept<T> {
    lives: Lifetimes,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    said: Option<(Arc<T>, Instant)>,
    asked: Option<Instant>,
}

impl<T> Kept<T> {
    /// Nothing yet.
    pub(super) fn new(lives: Lifetimes) -> Self {
        Self { lives, state: Mutex::new(State { said: None, asked: None }) }
    }

    /// What is known, unless it is too old for anything.
    pub(super) fn known(&self) -> Option<Arc<T>> {
        self.within(self.lives.last_known)
    }

    /// What is known, if it was said a moment ago: to ask again would tell nothing new.
    pub(super) fn recent(&self) -> Option<Arc<T>> {
        self.within(self.lives.rest)
    }

    fn within(&self, age: Duration) -> Option<Arc<T>> {
        let state = self.lock();
        let said = state.said.as_ref().filter(|(_, since)| since.elapsed() < age);
        said.map(|(value, _)| Arc::clone(value))
    }

    /// Whether it is time to ask again. Whoever is told so asks.
    pub(super) fn is_due(&self) -> bool {
        let mut state = self.lock();
        let is_fresh = state.said.as_ref().is_some_and(|(_, at)| at.elapsed() < self.lives.fresh);
        let rests = state.asked.is_some_and(|at| at.elapsed() < self.lives.rest);
        let is_due = !is_fresh && !rests;
        if is_due {
            state.asked = Some(Instant::now());
        }
        is_due
    }

    /// Keeps what it said.
    pub(super) fn keep(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        self.lock().said = Some((Arc::clone(&value), Instant::now()));
        value
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The run in equal stretches of time; when it outgrows them, each becomes twice as long.

use std::time::Duration;

use serde::Serialize;

/// Most stretches: as many as a chart can show.
const MOMENTS_MAX: usize = 480;

/// What happened in one stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Moment {
    /// People who came.
    pub(crate) arrived: u32,
    /// Schools that were served for the first time.
    pub(crate) served: u32,
    /// Answers that came whole.
    pub(crate) requests: u32,
    /// Faults.
    pub(crate) faults: u32,
    /// Bytes of bodies.
    pub(crate) bytes: u64,
    /// Most people in the queue when somebody joined it.
    pub(crate) waiting: u32,
}

impl Moment {
    fn with(self, other: Self) -> Self {
        Self {
            arrived: self.arrived + other.arrived,
            served: self.served + other.served,
            requests: self.requests + other.requests,
            faults: self.faults + other.faults,
            bytes: self.bytes + other.bytes,
            waiting: self.waiting.max(other.waiting),
        }
    }
}

/// All stretches, from the first arrival.
#[derive(Debug)]
pub(crate) struct Timeline {
    seconds_each: u64,
    moments: Vec<Moment>,
}

impl Timeline {
    /// Stretches of a second.
    pub(crate) fn new() -> Self {
        Self { seconds_each: 1, moments: Vec::new() }
    }

    /// The stretch that a moment of the run falls into.
    pub(crate) fn at(&mut self, at: Duration) -> &mut Moment {
        while self.index(at) >= MOMENTS_MAX {
            self.halve();
        }
        let index = self.index(at);
        if index >= self.moments.len() {
            self.moments.resize(index + 1, Moment::default());
        }
        &mut self.moments[index]
    }

    /// Seconds of each stretch.
    pub(crate) fn seconds_each(&self) -> u64 {
        self.seconds_each
    }

    /// All stretches in order.
    pub(crate) fn moments(&self) -> &[Moment] {
        &self.moments
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_secs() / self.seconds_each).unwrap_or(usize::MAX)
    }

    fn halve(&mut self) {
        let pairs = self.moments.chunks(2);
        self.moments =
            pairs.map(|pair| pair.iter().copied().fold(Moment::default(), Moment::with)).collect();
        self.seconds_each *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_sums_in_fewer_stretches() {
        let mut timeline = Timeline::new();
        for second in 0..5000 {
            timeline.at(Duration::from_secs(second)).requests += 1;
        }
        assert!(timeline.moments().len() <= MOMENTS_MAX);
        assert_eq!(timeline.moments().iter().map(|moment| moment.requests).sum::<u32>(), 5000);
        assert_eq!(timeline.seconds_each(), 16);
        assert_eq!(timeline.moments()[0].requests, 16);
    }

    #[test]
    fn a_soak_of_days_ends_in_a_moment() {
        let mut timeline = Timeline::new();
        timeline.at(Duration::from_secs(u64::MAX / 2)).faults += 1;
        assert!(timeline.moments().len() <= MOMENTS_MAX);
    }
}

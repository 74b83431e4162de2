//! What is counted while people are at it. One lock, held for well under a microsecond a request.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::fault::Fault;
use crate::kind::Kind;
use crate::plan::Wanted;
use crate::queue::Honesty;

mod timeline;

pub(crate) use timeline::{Moment, Timeline};

/// The longest time that is told apart from longer ones.
const TIME_MAX: Duration = Duration::from_hours(4);
/// Times are kept to three digits: 1.234 s and 1.235 s are one.
const DIGITS: u8 = 3;

/// Times of one sort, in bounded memory.
#[derive(Debug)]
pub(crate) struct Times(Histogram<u32>);

impl Times {
    /// No times yet.
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, micros(TIME_MAX), DIGITS).expect("bounds are in order"))
    }

    /// One more.
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.saturating_record(micros(time).max(1));
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time, in milliseconds, within which this part of all was done. None without any.
    pub(crate) fn within_ms(&self, part: f64) -> Option<f64> {
        (self.count() > 0).then(|| millis(self.0.value_at_quantile(part)))
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| millis(self.0.max()))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1000.0
}

/// What one kind of request came to.
#[derive(Debug)]
pub(crate) struct OfKind {
    /// From sending to the last byte.
    pub(crate) times: Times,
    /// Bytes of bodies, as they came.
    pub(crate) bytes: u64,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Tally {
    kinds: Vec<OfKind>,
    /// Faults by what was asked for.
    pub(crate) faults: BTreeMap<(Kind, Fault), u64>,
    /// The run, second by second.
    pub(crate) timeline: Timeline,
    /// How late people started, because all places were taken or this machine was busy.
    pub(crate) lateness: Times,
    /// From arrival to the first page or file with results, one for each school.
    pub(crate) until_served: Times,
    /// Time in the queue of those who had to wait.
    pub(crate) waits: Times,
    /// What the queue promised, and what happened.
    pub(crate) honesty: Honesty,
    /// Files that the profile wants and the pages do not offer.
    pub(crate) not_offered: BTreeMap<Wanted, u64>,
    /// When each school was served first, from the first arrival.
    pub(crate) served: Vec<Option<Duration>>,
    /// People in the queue now.
    pub(crate) waiting: u32,
    /// People who came, and who went.
    pub(crate) visits: [u64; 2],
}

impl Tally {
    /// Nothing yet, for so many school numbers.
    pub(crate) fn new(schools: usize) -> Self {
        let of_kind = |_| OfKind { times: Times::new(), bytes: 0 };
        Self {
            kinds: Kind::ALL.iter().map(of_kind).collect(),
            faults: BTreeMap::new(),
            timeline: Timeline::new(),
            lateness: Times::new(),
            until_served: Times::new(),
            waits: Times::new(),
            honesty: Honesty::default(),
            not_offered: BTreeMap::new(),
            served: vec![None; schools],
            waiting: 0,
            visits: [0; 2],
        }
    }

    /// One kind's figures.
    pub(crate) fn kind(&self, kind: Kind) -> &OfKind {
        &self.kinds[kind as usize]
    }

    /// An answer that came whole, at a moment of the run.
    pub(crate) fn answered(&mut self, kind: Kind, at: Duration, took: Duration, bytes: u64) {
        let of_kind = &mut self.kinds[kind as usize];
        of_kind.times.add(took);
        of_kind.bytes += bytes;
        let moment = self.timeline.at(at);
        moment.requests += 1;
        moment.bytes += bytes;
    }

    /// Something wrong.
    pub(crate) fn fault(&mut self, kind: Kind, at: Duration, fault: Fault) {
        *self.faults.entry((kind, fault)).or_default() += 1;
        self.timeline.at(at).faults += 1;
    }

    /// Somebody arrives, so much later than planned.
    pub(crate) fn arrived(&mut self, at: Duration, late: Duration) {
        self.visits[0] += 1;
        self.lateness.add(late);
        self.timeline.at(at).arrived += 1;
    }

    /// Somebody has a page or file with results; only the school's first one counts.
    pub(crate) fn served(&mut self, school: usize, at: Duration, after_arrival: Duration) {
        if self.served[school].is_none() {
            self.served[school] = Some(at);
            self.until_served.add(after_arrival);
            self.timeline.at(at).served += 1;
        }
    }

    /// Somebody begins to wait in the queue.
    pub(crate) fn queued(&mut self, at: Duration) {
        self.waiting += 1;
        let moment = self.timeline.at(at);
        moment.waiting = moment.waiting.max(self.waiting);
    }

    /// Somebody has left the queue.
    pub(crate) fn unqueued(&mut self, waited: Duration) {
        self.waiting -= 1;
        self.waits.add(waited);
    }

    /// Sum of all faults.
    pub(crate) fn errors(&self) -> u64 {
        self.faults.values().sum()
    }

    /// How often the position in the queue rose.
    pub(crate) fn rises(&self) -> u64 {
        self.faults.iter().filter(|((_, fault), _)| *fault == Fault::Rose).map(|(_, n)| n).sum()
    }

    /// The moment, from the first arrival, by which this part of `schools` was served. None when fewer were.
    pub(crate) fn served_by(&self, part: f64, schools: usize) -> Option<Duration> {
        let mut moments: Vec<Duration> = self.served.iter().flatten().copied().collect();
        moments.sort_unstable();
        let needed = (1..=schools).find(|count| at_least(*count, part, schools))?;
        moments.get(needed - 1).copied()
    }
}

/// Whether `count` of `whole` is at least this part.
#[expect(clippy::cast_precision_loss, reason = "schools are counted in thousands")]
fn at_least(count: usize, part: f64, whole: usize) -> bool {
    count as f64 >= part * whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn percentiles_are_those_of_the_times() {
        let mut times = Times::new();
        assert_eq!(times.within_ms(0.5), None);
        (1..=1000).for_each(|ms| times.add(Duration::from_millis(ms)));
        for (part, expected) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = times.within_ms(part).unwrap();
            assert!((found / expected - 1.0).abs() < 0.001, "{part}: {found}");
        }
        assert!((times.max_ms().unwrap() - 1000.0).abs() < 1.0);
    }

    #[test]
    fn a_time_beyond_all_bounds_counts_as_the_longest() {
        let mut times = Times::new();
        times.add(TIME_MAX * 3);
        assert!(times.max_ms().unwrap() >= millis(micros(TIME_MAX)));
    }

    #[test]
    fn a_school_is_served_once() {
        let mut tally = Tally::new(2);
        tally.served(1, s(3), s(1));
        tally.served(1, s(9), s(7));
        assert_eq!(tally.served, [None, Some(s(3))]);
        assert_eq!(tally.until_served.count(), 1);
    }

    #[test]
    fn parts_of_schools_are_served_at_their_moments() {
        let mut tally = Tally::new(10);
        (0..9_usize).for_each(|school| tally.served(school, s(10 + school as u64), s(1)));
        assert_eq!(tally.served_by(0.5, 10), Some(s(14)));
        assert_eq!(tally.served_by(0.9, 10), Some(s(18)));
        assert_eq!(tally.served_by(0.91, 10), None);
        assert_eq!(tally.served_by(1.0, 9), Some(s(18)));
    }

    #[test]
    fn faults_are_told_apart() {
        let mut tally = Tally::new(1);
        tally.fault(Kind::Page, s(1), Fault::Status(503));
        tally.fault(Kind::Poll, s(1), Fault::Rose);
        tally.fault(Kind::Poll, s(2), Fault::Rose);
        assert_eq!((tally.errors(), tally.rises(), tally.faults.len()), (3, 2, 2));
    }
}

//! Pressure: from signs of too much work to the number of classes that are given up.
//!
//! A single hiccup is nothing. What stands for a whole second gives up one class more, and each is taken
//! back only after five seconds without a sign: nobody is turned away and let in by turns.

use std::time::Duration;

use super::classes::GIVEN_UP_MAX;
use super::moment::Tick;

/// Runtimes that are late by so much give a class up: a page that has ten turns on a runtime then takes a
/// second. Results from memory are answered within milliseconds while it is below.
const LATE: Duration = Duration::from_millis(100);
/// Runtimes that are late by no more than this are well. Between the two nothing changes.
const PROMPT: Duration = Duration::from_millis(25);
/// Passwords that take longer than this together are a sign too: fifty for each thread.
const BACKLOG: Duration = Duration::from_secs(1);
/// None that takes longer than this is well.
const BACKLOG_SMALL: Duration = Duration::from_millis(250);
/// Classes that a long wait for hashing gives up at the most: reports and exports take processors from it,
/// everything else does not.
const FOR_HASHING: u8 = 2;
/// A sign that stands for so long gives up one class more.
const STANDS: Duration = Duration::from_secs(1);
/// So long without a sign takes one class back: several times as long, so that it does not swing.
const CALM: Duration = Duration::from_secs(5);

/// What a node shows of its load at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// By how much the latest runtime is late by its own work.
    pub late: Duration,
    /// How long hashing takes for those who wait for it.
    pub hashing: Duration,
}

/// How a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// Well.
    Calm,
    /// Neither.
    Between,
    /// Too much for more classes than this many that are given up.
    Pressed,
}

/// Follows the load of a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pressure {
    given_up: u8,
    sign: Option<(Sign, Tick)>,
}

impl Pressure {
    /// Takes in the load of this instant and gives how many classes are given up now. Call it several
    /// times a second.
    pub fn note(&mut self, load: Load, now: Tick) -> u8 {
        let sign = self.sign_of(load);
        let since = match self.sign {
            Some((same, since)) if same == sign => since,
            _ => now,
        };
        self.sign = Some((sign, since));
        let stood = now.since(since);
        let next = match sign {
            Sign::Pressed if stood >= STANDS => self.given_up + 1,
            Sign::Calm if stood >= CALM => self.given_up.saturating_sub(1),
            Sign::Calm | Sign::Between | Sign::Pressed => self.given_up,
        };
        if next != self.given_up {
            self.given_up = next;
            self.sign = Some((sign, now));
        }
        self.given_up
    }

    fn sign_of(&self, load: Load) -> Sign {
        let late = load.late >= LATE && self.given_up < GIVEN_UP_MAX;
        let behind = load.hashing >= BACKLOG && self.given_up < FOR_HASHING;
        if late || behind {
            Sign::Pressed
        } else if load.late <= PROMPT && load.hashing <= BACKLOG_SMALL {
            Sign::Calm
        } else {
            Sign::Between
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Load = Load { late: Duration::ZERO, hashing: Duration::ZERO };

    fn late(millis: u64) -> Load {
        Load { late: Duration::from_millis(millis), ..WELL }
    }

    fn hashing(millis: u64) -> Load {
        Load { hashing: Duration::from_millis(millis), ..WELL }
    }

    /// Ten looks a second at the same load, and what is given up after each whole second.
    fn seconds(pressure: &mut Pressure, from: u64, count: u64, load: Load) -> Vec<u8> {
        let look = |pressure: &mut Pressure, tenth: u64| {
            let now = Tick::new(Duration::from_millis(from * 1000 + tenth * 100));
            pressure.note(load, now)
        };
        let second = |s: u64| (s * 10 + 1..=s * 10 + 10).map(|t| look(pressure, t)).last();
        (0..count).filter_map(second).collect()
    }

    #[test]
    fn one_hiccup_gives_nothing_up() {
        let mut pressure = Pressure::default();
        for tenth in 0..600 {
            let load = if tenth % 10 == 0 { late(900) } else { WELL };
            let now = Tick::new(Duration::from_millis(tenth * 100));
            assert_eq!(pressure.note(load, now), 0, "after {tenth} tenths");
        }
    }

    #[test]
    fn what_stands_gives_up_one_class_a_second_and_all_but_results_at_the_most() {
        let mut pressure = Pressure::default();
        let given_up = seconds(&mut pressure, 0, 9, late(150));
        assert_eq!(given_up, [0, 1, 2, 3, 4, 5, 5, 5, 5]);
        // It comes back more slowly than it went, and a load between the two changes nothing.
        assert_eq!(seconds(&mut pressure, 9, 30, late(60)), [5; 30]);
        let back = seconds(&mut pressure, 39, 26, WELL);
        assert_eq!((back[4], back[5], back[10], back[25]), (5, 4, 3, 0), "{back:?}");
    }

    #[test]
    fn a_load_that_swings_around_the_mark_does_not_swing_the_classes() {
        let mut pressure = Pressure::default();
        seconds(&mut pressure, 0, 3, late(150));
        let mut seen = Vec::new();
        for second in 3..60 {
            let load = if second % 2 == 0 { late(150) } else { WELL };
            seen.extend(seconds(&mut pressure, second, 1, load));
        }
        assert!(seen.windows(2).all(|two| two[1] >= two[0]), "{seen:?}");
    }

    #[test]
    fn passwords_that_wait_give_up_reports_and_exports_only() {
        let mut pressure = Pressure::default();
        assert_eq!(seconds(&mut pressure, 0, 6, hashing(4_000)), [0, 1, 2, 2, 2, 2]);
        assert_eq!(seconds(&mut pressure, 6, 3, hashing(600)), [2; 3]);
        assert_eq!(seconds(&mut pressure, 9, 7, hashing(100))[6], 1);
    }
}

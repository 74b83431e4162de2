//! Outcomes as tests look at them: a line of the table, and what holds in every case.

use std::io::Write;
use std::time::Duration;

use daybreak::admission::rehearsal::Outcome;
use daybreak::admission::{Queue, Rate, Settings, Suspects};

pub(crate) const QUEUE: Queue = Queue { event: 2024, epoch: 1 };
/// Two hashes at once, a fifteenth of a second each: 30 sign-ins a second.
pub(crate) const SERVICE: f64 = 2.0 / 30.0;
const PERMITS: u32 = 2;

pub(crate) fn settings(rate: f64) -> Settings {
    Settings {
        queue: QUEUE,
        rate: Rate::new(rate).unwrap(),
        waiting_max: 2_000_000,
        permits: PERMITS,
        service: Duration::from_secs_f64(SERVICE),
        suspects: Suspects::Observe,
    }
}

/// What tests do with an outcome.
pub(crate) trait Judged {
    /// One line of the table, past the test's own capture: a passing run shows it too.
    fn print(&self, case: &str);
    /// What holds in every case.
    fn always(&self) -> &Self;
}

impl Judged for Outcome {
    fn print(&self, case: &str) {
        let line = format!(
            "{case:<34} in {:>6} signed {:>6} | 1/10/60 s {:>4}/{:>4}/{:>5} | {:>6.2}/s | polls {:>5.1} peak {:>5} | eta {:>3.0}% | wait p50 {:>5.0} worst {:>5.0} s | hash p95 {:>6.2} worst {:>6.2} s",
            self.admitted,
            self.signed_in,
            self.within_1s,
            self.within_10s,
            self.within_60s,
            self.per_second,
            self.polls_each,
            self.polls_peak,
            self.first_range * 100.0,
            self.wait_p50,
            self.wait_worst,
            self.hash_p95,
            self.hash_worst,
        );
        say(&line);
    }

    #[track_caller]
    fn always(&self) -> &Self {
        assert_eq!(self.position_rises, 0, "i3: a shown position rose");
        assert_eq!(self.work_oversteps, 0, "i13: let in at the limit of work");
        self
    }
}

/// Prints whatever the test harness does with output.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    writeln!(out, "{line}").expect("standard error is open");
}

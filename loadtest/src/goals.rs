//! Goals of a profile, and whether a run reached them.

use serde::{Deserialize, Serialize};

use crate::figures::time;
use crate::kind::Kind;
use crate::tally::Tally;

/// What a run must reach. A goal that is not written is not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Goals {
    /// Most faults of all kinds together.
    errors: Option<u64>,
    /// Most times that a position in the queue may rise.
    position_regressions: Option<u64>,
    /// Whether every school that came must have its results.
    all_served: Option<bool>,
    /// Least part of the queue's first promises that must be kept.
    promise_kept_ratio: Option<f64>,
    /// Seconds from the first arrival until 99 % of the schools must be served.
    served_99_s: Option<f64>,
    /// Seconds from the first arrival until all schools must be served.
    served_100_s: Option<f64>,
    /// How late 99 % of the people may start: a generator that is late measures itself.
    late_p99_ms: Option<f64>,
    /// Time of sign-ins.
    sign_in_p99_ms: Option<f64>,
    /// Time of pages with results.
    page_p99_ms: Option<f64>,
    /// Time of CSV files.
    csv_p99_ms: Option<f64>,
    /// Time of PDF files.
    pdf_p99_ms: Option<f64>,
    /// Time of `scripts.zip`.
    scripts_p99_ms: Option<f64>,
    /// Time of polls of the queue.
    poll_p99_ms: Option<f64>,
}

/// A goal and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    /// The key in the profile.
    pub(crate) goal: &'static str,
    /// The same in words.
    pub(crate) words: &'static str,
    /// What was wanted.
    pub(crate) wanted: String,
    /// What was reached.
    pub(crate) reached: String,
    /// Whether that is enough.
    pub(crate) kept: bool,
}

impl Goals {
    /// Compares a run, in which so many schools took part, with the goals.
    pub(crate) fn judge(&self, tally: &Tally, schools: usize) -> Vec<Verdict> {
        let mut verdicts = self.counts(tally, schools);
        if let Some(least) = self.promise_kept_ratio {
            verdicts.push(promise(least, tally.honesty.kept_ratio()));
        }
        let seconds = |part| tally.served_by(part, schools).map(|time| time.as_secs_f64() * 1000.0);
        verdicts.extend(
            [
                longest(
                    "served_99_s",
                    "99% of schools served",
                    self.served_99_s.map(ms),
                    seconds(0.99),
                ),
                longest(
                    "served_100_s",
                    "All schools served",
                    self.served_100_s.map(ms),
                    seconds(1.0),
                ),
            ]
            .into_iter()
            .flatten(),
        );
        let late = tally.lateness.within_ms(0.99);
        verdicts.extend(longest(
            "late_p99_ms",
            "People start on time, p99",
            self.late_p99_ms,
            late,
        ));
        verdicts.extend(self.times(tally));
        verdicts
    }

    fn counts(&self, tally: &Tally, schools: usize) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let served = tally.served.iter().flatten().count();
        if self.all_served == Some(true) {
            verdicts.push(Verdict {
                goal: "all_served",
                words: "Every school has its results",
                wanted: schools.to_string(),
                reached: served.to_string(),
                kept: served == schools,
            });
        }
        let most = [
            ("errors", "Errors", self.errors, tally.errors()),
            (
                "position_regressions",
                "Positions that rose",
                self.position_regressions,
                tally.rises(),
            ),
        ];
        for (goal, words, most, reached) in most {
            verdicts.extend(most.map(|most| Verdict {
                goal,
                words,
                wanted: if most == 0 { "none".to_owned() } else { format!("at most {most}") },
                reached: if reached == 0 { "none".to_owned() } else { reached.to_string() },
                kept: reached <= most,
            }));
        }
        verdicts
    }

    fn times(&self, tally: &Tally) -> Vec<Verdict> {
        let p99 = |kind| tally.kind(kind).times.within_ms(0.99);
        let limits = [
            ("sign_in_p99_ms", "Sign-in, p99", self.sign_in_p99_ms, Kind::SignIn),
            ("page_p99_ms", "Results page, p99", self.page_p99_ms, Kind::Page),
            ("csv_p99_ms", "CSV file, p99", self.csv_p99_ms, Kind::Csv),
            ("pdf_p99_ms", "PDF file, p99", self.pdf_p99_ms, Kind::Pdf),
            ("scripts_p99_ms", "scripts.zip, p99", self.scripts_p99_ms, Kind::Scripts),
        ];
        let mut verdicts: Vec<Verdict> = limits
            .into_iter()
            .filter_map(|(goal, words, most, kind)| longest(goal, words, most, p99(kind)))
            .collect();
        // Without a queue nobody polls: that is as it should be, and is said.
        let polls = longest("poll_p99_ms", "Queue poll, p99", self.poll_p99_ms, p99(Kind::Poll));
        verdicts.extend(polls.map(|verdict| match p99(Kind::Poll) {
            None => Verdict { reached: "nobody had to wait".to_owned(), kept: true, ..verdict },
            Some(_) => verdict,
        }));
        verdicts
    }
}

/// Seconds as milliseconds.
fn ms(seconds: f64) -> f64 {
    seconds * 1000.0
}

/// A time in milliseconds that must not be exceeded. What never happened has not been reached.
fn longest(
    goal: &'static str,
    words: &'static str,
    most: Option<f64>,
    reached: Option<f64>,
) -> Option<Verdict> {
    let most = most?;
    Some(Verdict {
        goal,
        words,
        wanted: format!("at most {}", time(most)),
        reached: reached.map_or("never".to_owned(), time),
        kept: reached.is_some_and(|reached| reached <= most),
    })
}

fn promise(least: f64, reached: Option<f64>) -> Verdict {
    Verdict {
        goal: "promise_kept_ratio",
        words: "The queue's first promise is kept",
        wanted: format!("at least {:.0}%", least * 100.0),
        reached: reached
            .map_or("nobody had to wait".to_owned(), |kept| format!("{:.1}%", kept * 100.0)),
        kept: reached.is_none_or(|kept| kept >= least),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fault::Fault;

    fn goals(text: &str) -> Goals {
        toml::from_str(text).unwrap()
    }

    /// One school of two served after 3 s, one page of 40 ms, one broken download.
    fn run() -> Tally {
        let mut tally = Tally::new(2);
        let second = Duration::from_secs(1);
        tally.answered(Kind::Page, second, Duration::from_millis(40), 9);
        tally.served(0, second * 3, second);
        tally.fault(Kind::Csv, second, Fault::Broken);
        tally
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, bool)]) {
        let verdicts = goals(text).judge(&run(), 2);
        let found: Vec<_> = verdicts.iter().map(|verdict| (verdict.goal, verdict.kept)).collect();
        assert_eq!(found, expected, "{verdicts:?}");
    }

    #[test]
    fn counts_are_compared() {
        check("errors = 0", &[("errors", false)]);
        check("errors = 1", &[("errors", true)]);
        check("all_served = true", &[("all_served", false)]);
        check("position_regressions = 0", &[("position_regressions", true)]);
    }

    #[test]
    fn times_are_compared() {
        check("page_p99_ms = 50", &[("page_p99_ms", true)]);
        check("page_p99_ms = 39", &[("page_p99_ms", false)]);
        check("served_100_s = 60", &[("served_100_s", false)]);
    }

    #[test]
    fn what_never_happened_is_missed_unless_there_was_no_queue() {
        check("csv_p99_ms = 50", &[("csv_p99_ms", false)]);
        check("poll_p99_ms = 50", &[("poll_p99_ms", true)]);
        check("promise_kept_ratio = 0.9", &[("promise_kept_ratio", true)]);
    }

    #[test]
    fn a_queue_that_breaks_promises_is_found() {
        let mut tally = run();
        (tally.honesty.made, tally.honesty.kept) = (10, 8);
        let verdicts = goals("promise_kept_ratio = 0.9").judge(&tally, 2);
        assert_eq!((verdicts[0].kept, verdicts[0].reached.as_str()), (false, "80.0%"));
    }

    #[test]
    fn no_goal_is_judged_that_is_not_asked_for() {
        check("", &[]);
    }
}

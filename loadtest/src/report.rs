//! The report of a run: what was reached, under which conditions, in numbers that others can check.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::cli::Cli;
use crate::cpu;
use crate::error::Error;
use crate::goals::Verdict;
use crate::ready::Target;
use crate::run::{Place, Run, unix_now};
use crate::tally::{Moment, Tally};

mod chart;
mod page;
mod parts;
mod words;

pub(crate) use parts::{FaultRow, KindRow, Percentiles, Queue, Served, Totals};

/// What the run was done with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Conditions {
    /// The profile's name or file.
    pub(crate) profile: String,
    /// Seed of arrivals and choices.
    pub(crate) seed: u64,
    /// How much faster than the profile.
    pub(crate) speed: f64,
    /// The server.
    pub(crate) server: String,
    /// Most people at once.
    pub(crate) users_at_once: usize,
    /// Processors of the machine that the load came from.
    pub(crate) processors: usize,
    /// When it began, in seconds of the machine's clock.
    pub(crate) began_unix: f64,
    /// From the first arrival to the last departure.
    pub(crate) lasted_s: f64,
    /// CPU time of the load test itself.
    pub(crate) own_cpu_s: Option<f64>,
    /// CPU time of the server's process, if it is on this machine.
    pub(crate) server_cpu_s: Option<f64>,
}

impl Conditions {
    /// Notes down how it begins.
    pub(crate) fn begin(cli: &Cli, target: &Target, place: &Place, users: usize) -> Self {
        Self {
            profile: cli.profile.clone(),
            seed: cli.seed,
            speed: cli.speed,
            server: place.base_url.clone(),
            users_at_once: users,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            began_unix: unix_now(),
            lasted_s: 0.0,
            own_cpu_s: seconds(cpu::used(std::process::id())),
            server_cpu_s: seconds(target.pid.and_then(cpu::used)),
        }
    }

    /// Notes down how it ended.
    pub(crate) fn end(&mut self, lasted: Duration, target: &Target) {
        self.lasted_s = lasted.as_secs_f64();
        let since = |before: Option<f64>, now: Option<f64>| Some(now? - before?);
        self.own_cpu_s = since(self.own_cpu_s, seconds(cpu::used(std::process::id())));
        self.server_cpu_s = since(self.server_cpu_s, seconds(target.pid.and_then(cpu::used)));
    }
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) passed: bool,
    pub(crate) conditions: Conditions,
    pub(crate) goals: Vec<Verdict>,
    pub(crate) totals: Totals,
    pub(crate) served: Served,
    pub(crate) kinds: Vec<KindRow>,
    pub(crate) faults: Vec<FaultRow>,
    pub(crate) queue: Queue,
    pub(crate) lateness: Percentiles,
    /// Files that were wanted and that no page offered.
    pub(crate) not_offered: Vec<(&'static str, u64)>,
    pub(crate) seconds_each: u64,
    pub(crate) timeline: Vec<Moment>,
}

impl Report {
    /// What a run came to.
    pub(crate) fn of(run: &Run, conditions: Conditions) -> Self {
        run.tally(|tally| Self::sum_up(run, tally, conditions))
    }

    fn sum_up(run: &Run, tally: &Tally, conditions: Conditions) -> Self {
        let schools = run.plan.schools;
        let goals = run.profile.goals.judge(tally, schools);
        let wanted = |(wanted, count): (&crate::plan::Wanted, &u64)| (wanted.file(), *count);
        Self {
            title: run.profile.title.clone(),
            about: run.profile.about.clone(),
            passed: goals.iter().all(|goal| goal.kept) && !goose::is_killswitch_triggered(),
            totals: parts::totals(tally, &conditions),
            conditions,
            goals,
            served: parts::served(tally, schools),
            kinds: parts::kinds(tally),
            faults: parts::faults(tally),
            queue: parts::queue(tally),
            lateness: Percentiles::of(&tally.lateness),
            not_offered: tally.not_offered.iter().map(wanted).collect(),
            seconds_each: tally.timeline.seconds_each(),
            timeline: tally.timeline.moments().to_vec(),
        }
    }

    /// Whether every goal was reached, and the run came to its end.
    pub(crate) fn passed(&self) -> bool {
        self.passed
    }

    /// The report for machines.
    pub(crate) fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a report is plain data");
        format!("{text}\n")
    }

    /// Writes `report.json` and `report.html`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        let failed =
            |error: std::io::Error| Error::Failed(format!("{}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(failed)?;
        fs::write(folder.join("report.json"), self.json()).map_err(failed)?;
        fs::write(folder.join("report.html"), page::html(self)).map_err(failed)
    }
}

#[cfg(test)]
mod tests;

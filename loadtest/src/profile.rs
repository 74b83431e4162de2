//! Profiles: what a load test does, as data. The ones of `profiles/` are part of the program.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::curve::Stretch;
use crate::error::Error;
use crate::goals::Goals;

/// Profiles that need no file: name and text.
pub(crate) const BUILT_IN: [(&str, &str); 6] = [
    ("small", include_str!("../profiles/small.toml")),
    ("0730", include_str!("../profiles/0730.toml")),
    ("first-minute", include_str!("../profiles/first-minute.toml")),
    ("cold-scripts", include_str!("../profiles/cold-scripts.toml")),
    ("angry", include_str!("../profiles/angry.toml")),
    ("soak", include_str!("../profiles/soak.toml")),
];

/// Most people that are served at once; each holds a connection, and so a file descriptor.
pub(crate) const USERS_AT_ONCE_MAX: usize = 20_000;

/// One kind of load.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Its name in the report.
    pub(crate) title: String,
    /// What it stands for, in a sentence or two.
    pub(crate) about: String,
    /// Most people at once; whoever comes when all places are taken starts late, and is counted.
    pub(crate) users_at_once: usize,
    /// How many people, and what they do.
    pub(crate) people: People,
    /// When they arrive.
    pub(crate) arrivals: Vec<Stretch>,
    /// What they download.
    pub(crate) files: Files,
    /// What they do when they are made to wait.
    pub(crate) patience: Patience,
    /// How closely answers are looked at.
    pub(crate) checks: Checks,
    /// What the run must reach.
    #[serde(default)]
    pub(crate) goals: Goals,
}

/// Figures of a nation; a test with fewer organisations takes its part of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct People {
    /// Roles of the accounts file that take part.
    pub(crate) roles: Vec<String>,
    /// Organisations that the figures below speak of.
    pub(crate) organisations: usize,
    /// Sign-ins by different accounts.
    pub(crate) sign_ins: usize,
    /// How often each of these accounts comes.
    #[serde(default = "once")]
    pub(crate) visits_each: usize,
    /// Views of pages with results, by all of them, for one visit each.
    pub(crate) page_views: usize,
    /// Downloads by all of them, for one visit each.
    pub(crate) downloads: usize,
    /// Shortest and longest pause between two acts, in seconds; `--speed` shortens it.
    pub(crate) think_s: [f64; 2],
}

fn once() -> usize {
    1
}

/// Weights of the files that are downloaded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Files {
    /// `results.csv`.
    pub(crate) csv: u32,
    /// `results-with-ta.csv`.
    pub(crate) csv_with_ta: u32,
    /// `results.xml`.
    pub(crate) xml: u32,
    /// `results.pdf`.
    pub(crate) pdf: u32,
    /// `results.xlsx`.
    pub(crate) xlsx: u32,
    /// One script.
    pub(crate) script: u32,
    /// `scripts.zip`.
    pub(crate) scripts: u32,
}

/// What people do when they are made to wait, or when something fails.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patience {
    /// Whether they wait as long as they are told to. Without it they reload every `reload_s`.
    pub(crate) obeys: bool,
    /// Seconds until they reload after a failure, or in spite of a queue.
    pub(crate) reload_s: f64,
    /// Reloads for one act, after which they give up.
    pub(crate) reloads_max: u32,
    /// Seconds in the queue or before a countdown, after which they give up.
    pub(crate) wait_s_max: f64,
}

/// How closely answers are looked at, beyond what every answer goes through.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// Part of the people who ask for their CSV again, in the other encoding and with its `ETag`.
    pub(crate) again: f64,
    /// Part of the people who ask for another school's file, which must be refused.
    pub(crate) foreign: f64,
    /// Entries of each `scripts.zip` whose digest is compared with its manifest.
    pub(crate) entries: u32,
    /// Whether the first page brings its style sheets, scripts and pictures.
    pub(crate) assets: bool,
}

impl Profile {
    /// A built-in profile by its name, or a file by its path.
    pub(crate) fn load(name: &str) -> Result<Self, Error> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let known = names.join(", ");
            return Err(Error::Usage(format!(
                "no profile is called `{name}`; there are {known}, or name a file that ends in .toml"
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| Error::data(name, error))?;
        Self::parse(name, &text)
    }

    fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let profile: Self = toml::from_str(text).map_err(|error| Error::data(file, error))?;
        let problems = profile.problems();
        if problems.is_empty() {
            return Ok(profile);
        }
        Err(Error::data(file, problems.join("; ")))
    }

    /// Everything that is wrong with it, each with its field.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut wrong = |bad: bool, field: &str, rule: &str| {
            if bad {
                problems.push(format!("{field} {rule}"));
            }
        };
        let people = &self.people;
        let places = 1..=USERS_AT_ONCE_MAX;
        wrong(!places.contains(&self.users_at_once), "users_at_once", "must be from 1 to 20000");
        wrong(people.roles.is_empty(), "people.roles", "must name a role of the accounts file");
        wrong(people.organisations == 0, "people.organisations", "must be above 0");
        wrong(people.sign_ins == 0, "people.sign_ins", "must be above 0");
        wrong(people.visits_each == 0, "people.visits_each", "must be above 0");
        wrong(
            people.page_views < people.sign_ins,
            "people.page_views",
            "must not be below sign_ins",
        );
        let [low, high] = people.think_s;
        wrong(!(0.0 <= low && low <= high), "people.think_s", "must be [shortest, longest]");
        wrong(people.downloads > 0 && self.files.sum() == 0, "files", "must give a weight");
        wrong(self.arrivals.is_empty(), "arrivals", "must have a stretch");
        for part in [("checks.again", self.checks.again), ("checks.foreign", self.checks.foreign)] {
            wrong(!(0.0..=1.0).contains(&part.1), part.0, "must be from 0 to 1");
        }
        wrong(self.patience.reload_s < 0.1, "patience.reload_s", "must be at least 0.1");
        for (number, stretch) in (1..).zip(&self.arrivals) {
            if let Some(problem) = stretch.problem() {
                wrong(true, &format!("arrivals, stretch {number}:"), problem);
            }
        }
        problems
    }
}

impl Files {
    /// Sum of all weights.
    pub(crate) fn sum(&self) -> u32 {
        let Self { csv, csv_with_ta, xml, pdf, xlsx, script, scripts } = self;
        csv + csv_with_ta + xml + pdf + xlsx + script + scripts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_are_right() {
        for (name, _) in BUILT_IN {
            Profile::load(name).unwrap();
        }
    }

    #[test]
    fn the_hour_of_2024_has_its_figures() {
        let people = Profile::load("0730").unwrap().people;
        assert_eq!(
            (people.sign_ins, people.page_views, people.downloads),
            (14_000, 25_000, 37_800)
        );
    }

    #[test]
    fn an_unknown_profile_is_a_wrong_usage_and_names_the_known_ones() {
        let error = Profile::load("0731").unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(error.to_string().contains("first-minute"));
    }

    #[test]
    fn all_problems_are_named_at_once() {
        let text = include_str!("../profiles/small.toml")
            .replace("share = ", "share = -")
            .replace("again = ", "again = 9");
        let error = Profile::parse("mine.toml", &text).unwrap_err();
        assert_eq!(error.code(), 65);
        let words = error.to_string();
        assert!(words.contains("mine.toml") && words.contains("checks.again"), "{words}");
        assert!(words.contains("stretch 1: share must be above 0"), "{words}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = format!("typo = 1\n{}", include_str!("../profiles/small.toml"));
        let words = Profile::parse("mine.toml", &text).unwrap_err().to_string();
        assert!(words.contains("line 1") && words.contains("typo"), "{words}");
    }
}

//! The plan of a run: who comes when, and what they will do. The same seed gives the same plan.

use std::collections::HashMap;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::curve::{after_first, arrivals, deal};
use crate::kind::Kind;
use crate::profile::{Files, Profile};
use crate::ready::{Account, Accounts};

/// A file that somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Wanted {
    /// `results.csv`.
    Csv,
    /// `results-with-ta.csv`.
    CsvWithTa,
    /// `results.xml`.
    Xml,
    /// `results.pdf`.
    Pdf,
    /// `results.xlsx`.
    Xlsx,
    /// One script, whichever the page of scripts offers.
    Script,
    /// `scripts.zip`.
    Scripts,
}

impl Wanted {
    /// Its name below `/results/{laestab}/`; a single script has none of its own.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Csv => "results.csv",
            Self::CsvWithTa => "results-with-ta.csv",
            Self::Xml => "results.xml",
            Self::Pdf => "results.pdf",
            Self::Xlsx => "results.xlsx",
            Self::Script => "scripts/",
            Self::Scripts => "scripts.zip",
        }
    }

    /// How the report counts it.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Csv | Self::CsvWithTa => Kind::Csv,
            Self::Xml => Kind::Xml,
            Self::Pdf => Kind::Pdf,
            Self::Xlsx => Kind::Xlsx,
            Self::Script => Kind::Script,
            Self::Scripts => Kind::Scripts,
        }
    }
}

/// One person's visit.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Their account, as an index into `Plan::people`.
    pub(crate) person: usize,
    /// Their school, as an index; one school is one index.
    pub(crate) school: usize,
    /// When they arrive, counted from the first arrival.
    pub(crate) due: Duration,
    /// Views of pages with results, the first included.
    pub(crate) pages: usize,
    /// Downloads, in order.
    pub(crate) files: Vec<Wanted>,
    /// Whether they ask for their CSV again.
    pub(crate) again: bool,
    /// Whether they ask for another school's file, and whose.
    pub(crate) foreign: Option<usize>,
    /// Seed of their pauses and smaller choices.
    pub(crate) seed: u64,
}

/// Everything that will happen, as far as people decide it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Who can sign in.
    pub(crate) people: Vec<Account>,
    /// Visits by time of arrival.
    pub(crate) visits: Vec<Visit>,
    /// Schools that somebody comes from.
    pub(crate) schools: usize,
    /// Seconds from the first arrival to the opening of the results, at the speed of the run.
    pub(crate) opening_s: f64,
}

impl Plan {
    /// Scales the profile's nation down to the accounts there are, and decides everything by the seed.
    /// `factor` is how much faster than the profile it goes.
    pub(crate) fn new(profile: &Profile, accounts: Accounts, seed: u64, factor: f64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let people = &profile.people;
        let part = |figure: usize| scaled(figure, accounts.schools, people.organisations);
        let sign_ins = part(people.sign_ins).clamp(1, accounts.people.len());
        let visits = sign_ins * people.visits_each;
        let order = shuffled(&accounts, &mut rng);
        let moments = arrivals(&profile.arrivals, visits, &mut rng);
        let pages = deal(part(people.page_views) * people.visits_each, visits, &mut rng);
        let downloads = deal(part(people.downloads) * people.visits_each, visits, &mut rng);
        let schools = school_numbers(&accounts.people);
        let due = after_first(&moments, factor);
        let visits: Vec<Visit> = (0..visits)
            .map(|number| {
                let person = order[number % sign_ins];
                Visit {
                    person,
                    school: schools[person],
                    due: due[number],
                    pages: pages[number].max(1),
                    files: choose(&profile.files, downloads[number], &mut rng),
                    again: rng.random_bool(profile.checks.again),
                    foreign: foreigner(&schools, person, profile.checks.foreign, &mut rng),
                    seed: rng.random(),
                }
            })
            .collect();
        let opening_s = -moments.first().copied().unwrap_or(0.0) / factor;
        let mut served: Vec<usize> = visits.iter().map(|visit| visit.school).collect();
        served.sort_unstable();
        served.dedup();
        Self { people: accounts.people, visits, schools: served.len(), opening_s }
    }
}

/// The part of a nation's figure that so many organisations make up; never more than the whole.
fn scaled(figure: usize, organisations: usize, nation: usize) -> usize {
    (figure * organisations.min(nation)).div_ceil(nation)
}

/// People in an order that the seed picks: one of each school before anyone's second.
fn shuffled(accounts: &Accounts, rng: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..accounts.people.len()).collect();
    let (first, further) = order.split_at_mut(accounts.schools);
    for part in [first, further] {
        for last in (1..part.len()).rev() {
            part.swap(last, rng.random_range(0..=last));
        }
    }
    order
}

/// The number of each person's school.
fn school_numbers(people: &[Account]) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let number = |account: &Account| {
        let next = numbers.len();
        *numbers.entry(account.laestab.clone()).or_insert(next)
    };
    people.iter().map(number).collect()
}

fn choose(files: &Files, count: usize, rng: &mut impl Rng) -> Vec<Wanted> {
    let weights = [
        (Wanted::Csv, files.csv),
        (Wanted::CsvWithTa, files.csv_with_ta),
        (Wanted::Xml, files.xml),
        (Wanted::Pdf, files.pdf),
        (Wanted::Xlsx, files.xlsx),
        (Wanted::Script, files.script),
        (Wanted::Scripts, files.scripts),
    ];
    let one = |_| {
        let mut left = rng.random_range(0..files.sum());
        let chosen = weights.iter().find(|(_, weight)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        chosen.map_or(Wanted::Csv, |(wanted, _)| *wanted)
    };
    (0..count).map(one).collect()
}

/// Somebody of another school, for a part of the people.
fn foreigner(schools: &[usize], person: usize, part: f64, rng: &mut impl Rng) -> Option<usize> {
    let (asks, other) = (rng.random_bool(part), rng.random_range(0..schools.len()));
    (asks && schools[other] != schools[person]).then_some(other)
}

#[cfg(test)]
mod tests;

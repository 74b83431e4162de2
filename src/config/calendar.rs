//! `calendar.toml`: the dates of one test cycle, checked for order and plausibility.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

mod activities;
mod holidays;
mod order;
mod values;

use super::document::Document;
use super::problem::Problems;
use super::unknown::unknown_keys;
use crate::domain::announced::Activity;
use crate::domain::calendar::{Audience, BankHolidays, ReleaseTimes};
use crate::domain::rules::Days;
use values::Values;

/// The dates of one test cycle. Instants are from London civil time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The year in which the tests are taken.
    pub year: u16,
    /// Weekdays on which schools in England are closed; none in a file from before they were asked for.
    pub bank_holidays: BankHolidays,
    /// Dated activities; none in a file from before there were any.
    pub activities: Vec<Activity>,
    /// The days of the tests.
    pub tests: TestDays,
    /// When schools register pupils.
    pub registration: Registration,
    /// The day of the results.
    pub results_day: Date,
    /// From when users may sign in and wait on the results day.
    pub doors_open: Timestamp,
    /// When each audience may see results.
    pub opens: ReleaseTimes,
    /// The last instant at which a school may ask for a marking review.
    pub reviews_close: Timestamp,
    /// The day by which this service promises to have resolved traced scripts and missing marks.
    pub promised_on: Date,
}

impl Calendar {
    /// Reads `<folder>/<year>/calendar.toml`.
    pub fn load(cycles_folder: &Path, year: u16) -> Result<Self, Problems> {
        let file = cycles_folder.join(year.to_string()).join("calendar.toml");
        Self::from_document(&Document::read(&file)?, year)
    }

    fn from_document(document: &Document, year: u16) -> Result<Self, Problems> {
        let mut known = values::KEYS.map(|(key, _)| key).to_vec();
        known.extend([holidays::KEY, activities::KEY]);
        let mut found = unknown_keys(document, &known);
        let (values, faults) = Values::read(document, year);
        found.extend(faults);
        let (bank_holidays, faults) = holidays::read(document, year);
        found.extend(faults);
        let (activities, faults) = activities::read(document, &values, year);
        found.extend(faults);
        found.extend(order::check(document, &values));
        Problems::or(found, ())?;
        Ok(Self { activities, ..Self::from_values(&values, bank_holidays, year) })
    }

    /// What decision tables count from.
    pub fn days(&self) -> Days {
        Days {
            first_test: self.tests.gps,
            last_test: self.tests.maths_paper_3,
            bank_holidays: self.bank_holidays.clone(),
        }
    }

    /// From values of which none is missing.
    fn from_values(values: &Values, bank_holidays: BankHolidays, year: u16) -> Self {
        let tests = TestDays {
            gps: values.date("tests.gps"),
            reading: values.date("tests.reading"),
            maths_papers_1_and_2: values.date("tests.maths_papers_1_and_2"),
            maths_paper_3: values.date("tests.maths_paper_3"),
        };
        let registration = Registration {
            opens: values.instant("registration.opens"),
            closes: values.instant("registration.closes"),
            updates_close: values.instant("registration.updates_close"),
        };
        let opens = Audience::ALL.map(|audience| values.instant(opens_key(audience)));
        Self {
            year,
            bank_holidays,
            activities: Vec::new(),
            tests,
            registration,
            results_day: values.date("results.day"),
            doors_open: values.instant("results.doors_open"),
            opens: ReleaseTimes::new(opens),
            reviews_close: values.instant("reviews.close"),
            promised_on: values.date("tracing.promised_on"),
        }
    }
}

/// The key of an audience's instant.
const fn opens_key(audience: Audience) -> &'static str {
    match audience {
        Audience::School => "results.opens.school",
        Audience::Authority => "results.opens.authority",
        Audience::Trust => "results.opens.trust",
        Audience::Secondary => "results.opens.secondary",
    }
}

/// The days of the key stage 2 tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestDays {
    /// Grammar, punctuation and spelling, both papers.
    pub gps: Date,
    /// Reading.
    pub reading: Date,
    /// Mathematics papers 1 and 2.
    pub maths_papers_1_and_2: Date,
    /// Mathematics paper 3.
    pub maths_paper_3: Date,
}

/// When schools register pupils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// First instant.
    pub opens: Timestamp,
    /// Last instant of the registration itself.
    pub closes: Timestamp,
    /// Last instant of changes to it.
    pub updates_close: Timestamp,
}

#[cfg(test)]
mod tests;

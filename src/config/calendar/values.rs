//! The keys of a calendar and their values, as London writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use toml::Value;
use toml::value::Datetime;

use crate::config::document::{Document, Entry, kind};
use crate::config::problem::Problem;
use crate::domain::calendar::instant;

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// The year of the folder.
    Year,
    /// A day.
    Day,
    /// A day and a time of day in London.
    Time,
}

/// Every key of the file; none may be left out.
pub(super) const KEYS: [(&str, Holds); 16] = [
    ("year", Holds::Year),
    ("registration.opens", Holds::Time),
    ("registration.closes", Holds::Time),
    ("registration.updates_close", Holds::Time),
    ("tests.gps", Holds::Day),
    ("tests.reading", Holds::Day),
    ("tests.maths_papers_1_and_2", Holds::Day),
    ("tests.maths_paper_3", Holds::Day),
    ("results.day", Holds::Day),
    ("results.doors_open", Holds::Time),
    ("results.opens.school", Holds::Time),
    ("results.opens.authority", Holds::Time),
    ("results.opens.trust", Holds::Time),
    ("results.opens.secondary", Holds::Time),
    ("reviews.close", Holds::Time),
    ("tracing.promised_on", Holds::Day),
];

/// The days and times that could be read; a day is its midnight.
#[derive(Debug)]
pub(super) struct Values(BTreeMap<&'static str, DateTime>);

/// What is wrong with a value, and what to do.
type Fault = (String, String);

impl Values {
    /// Reads every key of a year's file; each that is missing or does not fit is a problem.
    pub(super) fn read(document: &Document, year: u16) -> (Self, Vec<Problem>) {
        let mut values = BTreeMap::new();
        let mut found = Vec::new();
        for (key, holds) in KEYS {
            let outcome = match document.entries().get(key) {
                None => {
                    Err(("is missing".to_owned(), format!("write {}", example(key, holds, year))))
                }
                Some(entry) => value(key, holds, entry, year),
            };
            match outcome {
                Ok(Some(civil)) => drop(values.insert(key, civil)),
                Ok(None) => (),
                Err((what, way_out)) => found.push(document.problem(key, what, way_out)),
            }
        }
        (Self(values), found)
    }

    /// The day or time of a key, if it could be read.
    pub(super) fn get(&self, key: &str) -> Option<DateTime> {
        self.0.get(key).copied()
    }

    /// The day of a key that was read.
    pub(super) fn date(&self, key: &str) -> Date {
        self.get(key).expect("a calendar without problems has every key").date()
    }

    /// The instant of a key that was read.
    pub(super) fn instant(&self, key: &str) -> Timestamp {
        let civil = self.get(key).expect("a calendar without problems has every key");
        instant(civil).expect("a time was refused when it was read")
    }
}

/// The value of a key; none for the year, which is only compared.
fn value(key: &str, holds: Holds, entry: &Entry, year: u16) -> Result<Option<DateTime>, Fault> {
    let like = || format!("write {}", example(key, holds, year));
    if holds == Holds::Year {
        return match &entry.value {
            Value::Integer(number) if *number == i64::from(year) => Ok(None),
            Value::Integer(number) => Err((format!("is {number} in the folder of {year}"), like())),
            other => Err((format!("is {}, not a year", kind(other)), like())),
        };
    }
    let Value::Datetime(written) = &entry.value else {
        let way_out = format!("{}, without quotation marks", like());
        return Err((format!("is {}, not a date", kind(&entry.value)), way_out));
    };
    let civil = civil(written, holds).map_err(|what| (what, like()))?;
    if civil.year() != i16::try_from(year).unwrap_or(i16::MAX) {
        return Err((format!("is in {}, not in {year}", civil.year()), like()));
    }
    if instant(civil).is_err() {
        let way_out = "choose a time of day that London's clocks show once";
        return Err((format!("{civil} is skipped or repeated by summer time"), way_out.to_owned()));
    }
    Ok(Some(civil))
}

/// A date as TOML has it, as a day or a time in London.
fn civil(written: &Datetime, holds: Holds) -> Result<DateTime, String> {
    if written.offset.is_some() {
        return Err("has an offset from UTC; times here are those of London's clocks".to_owned());
    }
    let invalid = |_| format!("{written} is not a date");
    match (written.date, written.time, holds) {
        (Some(_), None, Holds::Day) => {
            written.to_string().parse::<Date>().map(DateTime::from).map_err(invalid)
        }
        (Some(_), Some(_), Holds::Time) => written.to_string().parse().map_err(invalid),
        (None, _, _) => Err(format!("{written} names no day")),
        (Some(_), Some(_), _) => Err(format!("{written} has a time of day, a day is wanted")),
        (Some(_), None, _) => Err(format!("{written} has no time of day")),
    }
}

/// How a key is written.
fn example(key: &str, holds: Holds, year: u16) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    match holds {
        Holds::Year => format!("{name} = {year}"),
        Holds::Day => format!("{name} = {year}-07-09, or its own day"),
        Holds::Time => format!("{name} = {year}-07-09T07:30:00, or its own time"),
    }
}

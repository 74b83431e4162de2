//! The list of bank holidays, each a weekday of the year.

use jiff::civil::Date;
use toml::Value;

use crate::config::document::{Document, kind};
use crate::config::problem::Problem;
use crate::domain::calendar::{BankHolidays, is_weekend};

/// The key of the list. It may be left out, as files of earlier versions do; what counts school days then refuses.
pub(super) const KEY: &str = "bank_holidays";

/// Reads the list; each day in it that cannot be one is a problem.
pub(super) fn read(document: &Document, year: u16) -> (BankHolidays, Vec<Problem>) {
    let Some(entry) = document.entries().get(KEY) else { return Default::default() };
    let Value::Array(items) = &entry.value else {
        let what = format!("is {}, not a list", kind(&entry.value));
        return (BankHolidays::default(), vec![refusal(document, what, year)]);
    };
    let mut days: Vec<Date> = Vec::new();
    let mut found = Vec::new();
    for item in items {
        match day(item, year, days.last()) {
            Ok(day) => days.push(day),
            Err(what) => found.push(refusal(document, what, year)),
        }
    }
    (BankHolidays::new(days), found)
}

fn refusal(document: &Document, what: String, year: u16) -> Problem {
    let way_out = format!(
        "list the days on which bank holidays are kept in England in {year}, the first first, as in [{year}-12-25]"
    );
    document.problem(KEY, what, way_out)
}

fn day(item: &Value, year: u16, before: Option<&Date>) -> Result<Date, String> {
    let Value::Datetime(written) = item else {
        return Err(format!("has {} in it, not a date", kind(item)));
    };
    let day = match (written.date, written.time, written.offset) {
        (Some(_), None, None) => written.to_string().parse::<Date>().ok(),
        _ => None,
    };
    let day = day.ok_or_else(|| format!("has {written} in it, which is not a day"))?;
    if day.year() != i16::try_from(year).unwrap_or(i16::MAX) {
        return Err(format!("has {day} in it, which is not in {year}"));
    }
    if is_weekend(day) {
        return Err(format!("has {day} in it, which is a {}", day.strftime("%A")));
    }
    if before.is_some_and(|before| *before >= day) {
        return Err(format!("has {day} in it after a day that is not before it"));
    }
    Ok(day)
}

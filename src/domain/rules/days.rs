//! The days that rules count from, and how they count.

use std::str::FromStr;

use jiff::Span;
use jiff::civil::Date;

use crate::domain::calendar::BankHolidays;

/// The name of the first day of the tests.
pub const FIRST_TEST_DAY: &str = "first_test_day";
/// The name of the last day of the tests.
pub const LAST_TEST_DAY: &str = "last_test_day";

/// What rules must know of a year's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// First day of the tests.
    pub first_test: Date,
    /// Last day of the tests.
    pub last_test: Date,
    /// Days on which schools in England are closed.
    pub bank_holidays: BankHolidays,
}

/// An end of a window: a day, or some time before or after it. `12 months before first_test_day`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// How far from the anchor; none for the day itself.
    pub shift: Option<Shift>,
    /// [`FIRST_TEST_DAY`], [`LAST_TEST_DAY`], or the name of a question that a date answers.
    pub anchor: String,
}

/// A distance in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// How many units; not more than [`Shift::COUNT_MAX`].
    pub count: u16,
    /// Of what.
    pub unit: Unit,
    /// In which direction.
    pub side: Side,
}

impl Shift {
    /// Above this a number is a slip: rules speak of months, not of decades.
    pub const COUNT_MAX: u16 = 400;
}

/// A unit of [`Shift`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of the calendar: the same day of another month, or its last day when it has no such day.
    Months,
    /// Seven days.
    Weeks,
    /// Any day.
    Days,
    /// Monday to Friday without bank holidays.
    SchoolDays,
}

/// The direction of [`Shift`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Into the past.
    Before,
    /// Into the future.
    After,
}

impl Bound {
    /// Whether it counts school days.
    pub(super) fn counts_school_days(&self) -> bool {
        self.shift.is_some_and(|shift| shift.unit == Unit::SchoolDays)
    }

    /// The day, with dates of answers by their name; none when such a date was not given.
    pub(in crate::domain) fn day(
        &self,
        days: &Days,
        date: impl Fn(&str) -> Option<Date>,
    ) -> Option<Date> {
        let anchor = match self.anchor.as_str() {
            FIRST_TEST_DAY => days.first_test,
            LAST_TEST_DAY => days.last_test,
            // A form may name the day itself.
            other => other.parse().ok().or_else(|| date(other))?,
        };
        Some(self.shift.map_or(anchor, |shift| shift.from(anchor, days)))
    }
}

impl Shift {
    /// The day at this distance; at the ends of the calendar its first or last day.
    fn from(self, anchor: Date, days: &Days) -> Date {
        let count = i64::from(self.count);
        let span = match self.unit {
            Unit::Months => Span::new().months(count),
            Unit::Weeks => Span::new().weeks(count),
            Unit::Days => Span::new().days(count),
            Unit::SchoolDays => return self.school_days(anchor, &days.bank_holidays),
        };
        match self.side {
            Side::Before => anchor.saturating_sub(span),
            Side::After => anchor.saturating_add(span),
        }
    }

    fn school_days(self, anchor: Date, bank_holidays: &BankHolidays) -> Date {
        let mut day = anchor;
        for _ in 0..self.count {
            day = match self.side {
                Side::Before => bank_holidays.school_day_before(day),
                Side::After => bank_holidays.school_day_after(day),
            };
        }
        day
    }
}

/// Text that names no day of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a day, as in \"last_test_day\" or \"5 school days after scheduled_date\"")]
pub struct BadBound;

impl FromStr for Bound {
    type Err = BadBound;

    fn from_str(text: &str) -> Result<Self, BadBound> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (count, unit, side, anchor) = match words[..] {
            [anchor] => return Ok(Self { shift: None, anchor: anchor.to_owned() }),
            [count, unit, side, anchor] => (count, unit, side, anchor),
            [count, "school", unit @ ("day" | "days"), side, anchor] => {
                (count, if unit == "day" { "school day" } else { "school days" }, side, anchor)
            }
            _ => return Err(BadBound),
        };
        let shift = Shift {
            count: count.parse().ok().filter(|count| *count <= Shift::COUNT_MAX).ok_or(BadBound)?,
            unit: unit_of(unit).ok_or(BadBound)?,
            side: match side {
                "before" => Side::Before,
                "after" => Side::After,
                _ => return Err(BadBound),
            },
        };
        Ok(Self { shift: Some(shift), anchor: anchor.to_owned() })
    }
}

fn unit_of(text: &str) -> Option<Unit> {
    Some(match text {
        "month" | "months" => Unit::Months,
        "week" | "weeks" => Unit::Weeks,
        "day" | "days" => Unit::Days,
        "school day" | "school days" => Unit::SchoolDays,
        _ => return None,
    })
}

/// How a date lies to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Before,
    Inside,
    After,
}

impl Position {
    pub(super) const ALL: [Self; 3] = [Self::Before, Self::Inside, Self::After];

    /// Where a date lies; a window that ends before it begins has no inside.
    pub(super) fn of(date: Date, from: Date, to: Date) -> Self {
        if date < from {
            Self::Before
        } else if date > to {
            Self::After
        } else {
            Self::Inside
        }
    }

    /// The word in conditions.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Inside => "inside",
            Self::After => "after",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// The day that a bound names when `event` was answered with this date.
    #[track_caller]
    fn check(bound: &str, event: &str, expected: &str) {
        let holidays = ["2024-05-06", "2024-05-27", "2024-12-25", "2024-12-26", "2025-01-01"];
        let days = Days {
            first_test: date("2024-05-13"),
            last_test: date("2024-05-16"),
            bank_holidays: BankHolidays::new(holidays.map(date)),
        };
        let event = |id: &str| (id == "event").then(|| date(event));
        let bound: Bound = bound.parse().unwrap();
        assert_eq!(bound.day(&days, event), Some(date(expected)), "{bound:?}");
        let unanswered = bound.anchor == "event";
        assert_eq!(bound.day(&days, |_| None).is_none(), unanswered, "{bound:?}");
    }

    #[test]
    fn windows_count_from_the_tests() {
        check("first_test_day", "2000-01-01", "2024-05-13");
        check("last_test_day", "2000-01-01", "2024-05-16");
        check("12 months before first_test_day", "2000-01-01", "2023-05-13");
        check("6 months before first_test_day", "2000-01-01", "2023-11-13");
        check("2 weeks before first_test_day", "2000-01-01", "2024-04-29");
        check("1 day after last_test_day", "2000-01-01", "2024-05-17");
    }

    #[test]
    fn a_month_that_is_too_short_gives_its_last_day() {
        for (bound, event, expected) in [
            ("6 months before event", "2024-08-31", "2024-02-29"),
            ("6 months before event", "2023-08-31", "2023-02-28"),
            ("12 months before event", "2024-02-29", "2023-02-28"),
            ("12 months before event", "2025-02-28", "2024-02-28"),
            ("1 month after event", "2024-01-31", "2024-02-29"),
            ("2 months before event", "2024-01-31", "2023-11-30"),
            ("2 weeks before event", "2024-03-01", "2024-02-16"),
        ] {
            check(bound, event, expected);
        }
    }

    #[test]
    fn school_days_pass_over_weekends_and_bank_holidays() {
        for (event, expected) in [
            ("2024-05-13", "2024-05-20"),
            ("2024-05-16", "2024-05-23"),
            // A weekend and the spring bank holiday lie between.
            ("2024-05-23", "2024-05-31"),
            ("2024-05-24", "2024-06-03"),
            // From a day without school.
            ("2024-05-18", "2024-05-24"),
            ("2024-05-27", "2024-06-03"),
            // Over the turn of the year.
            ("2024-12-24", "2025-01-03"),
        ] {
            check("5 school days after event", event, expected);
        }
        check("5 school days before event", "2024-05-20", "2024-05-13");
        check("1 school day before event", "2024-05-28", "2024-05-24");
        check("0 school days after event", "2024-05-18", "2024-05-18");
    }

    #[test]
    fn the_calendar_has_ends() {
        check("400 months after event", "9999-12-31", "9999-12-31");
        check("5 school days after event", "9999-12-31", "9999-12-31");
        check("5 school days before event", "-009999-01-01", "-009999-01-01");
    }

    #[test]
    fn other_words_are_no_bound() {
        for text in [
            "",
            "12 months first_test_day",
            "twelve months before first_test_day",
            "-1 days before first_test_day",
            "401 days before first_test_day",
            "2 years before first_test_day",
            "5 school weeks after first_test_day",
            "5 days around first_test_day",
            "1 day after last_test_day or so",
        ] {
            assert_eq!(text.parse::<Bound>(), Err(BadBound), "{text}");
        }
    }
}

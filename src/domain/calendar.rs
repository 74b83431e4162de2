//! Civil dates of a test cycle and the instants at which each audience may see results.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Where every civil time of the service lives.
pub const ZONE: &str = "Europe/London";

/// Who opens results, each at an instant of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// The school whose pupils they are.
    School,
    /// Its local authority.
    Authority,
    /// Its multi-academy trust.
    Trust,
    /// The secondary that takes a pupil into year 7.
    Secondary,
}

impl Audience {
    /// In the order of the calendar file.
    pub const ALL: [Self; 4] = [Self::School, Self::Authority, Self::Trust, Self::Secondary];

    /// The name in files and columns.
    pub const fn key(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Authority => "authority",
            Self::Trust => "trust",
            Self::Secondary => "secondary",
        }
    }
}

/// The instant at which each audience may see results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseTimes {
    /// In the order of [`Audience::ALL`].
    at: [Timestamp; 4],
}

impl ReleaseTimes {
    /// From one instant per audience, in the order of [`Audience::ALL`].
    pub fn new(at: [Timestamp; 4]) -> Self {
        Self { at }
    }

    /// The instant of one audience.
    pub fn of(&self, audience: Audience) -> Timestamp {
        self.at[audience as usize]
    }

    /// The first instant of any audience.
    pub fn first(&self) -> Timestamp {
        self.at.into_iter().min().expect("four instants")
    }

    /// All instants moved so that schools open at `school`.
    #[must_use]
    pub fn moved_to(&self, school: Timestamp) -> Self {
        let by: SignedDuration = school.duration_since(self.of(Audience::School));
        Self { at: self.at.map(|instant| instant + by) }
    }
}

/// The bank holidays of England: weekdays on which schools are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankHolidays(BTreeSet<Date>);

impl BankHolidays {
    /// From the days themselves.
    pub fn new(days: impl IntoIterator<Item = Date>) -> Self {
        Self(days.into_iter().collect())
    }

    /// Whether none is known, which is true of no year.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether schools are open: Monday to Friday without bank holidays. What a school adds is not known here.
    pub fn is_school_day(&self, day: Date) -> bool {
        !is_weekend(day) && !self.0.contains(&day)
    }

    /// The next school day after a day; the last day of all time where there is none.
    pub fn school_day_after(&self, day: Date) -> Date {
        let later = std::iter::successors(day.tomorrow().ok(), |day| day.tomorrow().ok());
        later.into_iter().find(|day| self.is_school_day(*day)).unwrap_or(Date::MAX)
    }

    /// The school day before a day; the first day of all time where there is none.
    pub fn school_day_before(&self, day: Date) -> Date {
        let earlier = std::iter::successors(day.yesterday().ok(), |day| day.yesterday().ok());
        earlier.into_iter().find(|day| self.is_school_day(*day)).unwrap_or(Date::MIN)
    }
}

/// Whether a day is a Saturday or a Sunday.
pub fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The zone of the service.
pub fn zone() -> TimeZone {
    london().clone()
}

/// The same, looked up once.
fn london() -> &'static TimeZone {
    static LONDON: LazyLock<TimeZone> =
        LazyLock::new(|| TimeZone::get(ZONE).expect("the time zone database knows Europe/London"));
    &LONDON
}

/// The instant of a civil time that London's clocks show exactly once: summer time skips an hour and repeats one.
pub fn instant(civil: DateTime) -> Result<Timestamp, jiff::Error> {
    zone().to_ambiguous_timestamp(civil).unambiguous()
}

/// The day in London at an instant.
pub fn day(instant: Timestamp) -> Date {
    instant.to_zoned(zone()).date()
}

/// A day as pages write it: "9 July 2024".
pub fn day_in_words(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A time of day as pages write it: "7:30am", "11:59pm".
pub fn time_in_words(instant: Timestamp) -> String {
    let time = london().to_datetime(instant).time();
    let (hour, minute) = (time.hour(), time.minute());
    let half = if hour < 12 { "am" } else { "pm" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let pad = if minute < 10 { ":0" } else { ":" };
    [&hour.to_string(), pad, &minute.to_string(), half].concat()
}

/// Day and time as pages write them: "7:30am on 9 July 2024".
pub fn instant_in_words(instant: Timestamp) -> String {
    format!("{} on {}", time_in_words(instant), day_in_words(day(instant)))
}

/// An instant as HTTP writes it: "Tue, 09 Jul 2024 06:30:00 GMT".
pub fn http_date(instant: Timestamp) -> String {
    instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_past_seven_is_london_time_in_summer_and_winter() {
        for (civil, utc) in [
            ("2024-07-09T07:30:00", "2024-07-09T06:30:00Z"),
            ("2025-01-09T07:30:00", "2025-01-09T07:30:00Z"),
            ("2026-03-29T07:30:00", "2026-03-29T06:30:00Z"),
            ("2026-10-25T07:30:00", "2026-10-25T07:30:00Z"),
        ] {
            assert_eq!(instant(civil.parse().unwrap()).unwrap().to_string(), utc);
        }
        for never_or_twice in ["2024-03-31T01:30:00", "2024-10-27T01:30:00"] {
            assert!(instant(never_or_twice.parse().unwrap()).is_err(), "{never_or_twice}");
        }
        let at = "2024-07-09T06:30:00Z".parse().unwrap();
        assert_eq!(instant_in_words(at), "7:30am on 9 July 2024");
    }

    #[test]
    fn a_moved_release_keeps_the_distance_between_audiences() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let school = at("2024-07-09T06:30:00Z");
        let times = ReleaseTimes::new([school, school, school, at("2024-07-10T06:30:00Z")]);
        let moved = times.moved_to(at("2024-07-16T06:30:00Z"));
        assert_eq!(moved.of(Audience::Secondary), at("2024-07-17T06:30:00Z"));
        assert_eq!(moved.first(), at("2024-07-16T06:30:00Z"));
    }
}

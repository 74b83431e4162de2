//! What is looked after by itself: terms and their reviews, dormant accounts, cover for the week of the release.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::domain::calendar::{day, zone};

/// What an agency has decided about users; all of it can be configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Month and day on which each term's review begins, in their order within a year.
    pub reviews: Vec<(i8, i8)>,
    /// Days that a review may take before it is overdue.
    pub review_days: u16,
    /// Days without a sign-in after which somebody is warned; none never.
    pub dormant_days: u16,
    /// Days from the warning to being suspended.
    pub warning_days: u16,
    /// The day of the results.
    pub results_day: Date,
    /// Nobody is suspended by itself so many days before and after it.
    pub freeze_days: (u16, u16),
    /// Days that somebody may stand in; none where nobody may.
    pub cover_days: u16,
    /// Days before and after the results within which somebody may stand in.
    pub cover_window: (u16, u16),
}

/// Days for which somebody is to stand in, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// A date of three fields as people type them.
pub fn typed_date([day, month, year]: [&str; 3]) -> Option<Date> {
    let year = year.trim().parse().ok().filter(|year| (2000..2100).contains(year))?;
    Date::new(year, month.trim().parse().ok()?, day.trim().parse().ok()?).ok()
}

/// Why days are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCover {
    /// The last is before the first.
    Backwards,
    /// The last is over already.
    Over,
    /// There are too many.
    TooLong,
    /// Some lie outside the window.
    Outside,
}

impl Policy {
    /// The term that a day lies in, by the day on which its review began; none when there are no reviews.
    pub fn term(&self, now: Timestamp) -> Option<Date> {
        let today = day(now);
        let begins = |year: i16| {
            let dates = self.reviews.iter();
            dates.filter_map(move |(month, day)| Date::new(year, *month, *day).ok())
        };
        let last_year = begins(today.year() - 1);
        last_year.chain(begins(today.year())).filter(|begins| *begins <= today).max()
    }

    /// The last day of a review that is not overdue.
    pub fn review_by(&self, term: Date) -> Date {
        term.saturating_add(i64::from(self.review_days).days())
    }

    /// Whether nobody is suspended by itself: around the results everybody must get in.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        let (before, after) = self.freeze_days;
        let (first, last) = around(self.results_day, before, after);
        (first..=last).contains(&day(now))
    }

    /// Who has not signed in since then is warned; none when nobody ever is.
    pub fn warned_before(&self, now: Timestamp) -> Option<Timestamp> {
        (self.dormant_days > 0).then(|| now - days(self.dormant_days))
    }

    /// Who was warned before then is suspended.
    pub fn suspended_before(&self, now: Timestamp) -> Timestamp {
        now - days(self.warning_days)
    }

    /// The first and the last day on which somebody may stand in; none where nobody may, or not any more.
    pub fn cover_dates(&self, now: Timestamp) -> Option<Cover> {
        let (before, after) = self.cover_window;
        let (first, last) = around(self.results_day, before, after);
        let is_there = self.cover_days > 0 && day(now) <= last;
        is_there.then_some(Cover { first, last })
    }

    /// From when until when somebody stands in, if the days may be taken.
    pub fn cover(&self, wanted: Cover, now: Timestamp) -> Result<(Timestamp, Timestamp), BadCover> {
        let Some(window) = self.cover_dates(now) else { return Err(BadCover::Outside) };
        if wanted.last < wanted.first {
            return Err(BadCover::Backwards);
        }
        if wanted.last < day(now) {
            return Err(BadCover::Over);
        }
        if wanted.first < window.first || window.last < wanted.last {
            return Err(BadCover::Outside);
        }
        let longest = wanted.first.saturating_add((i64::from(self.cover_days) - 1).days());
        if longest < wanted.last {
            return Err(BadCover::TooLong);
        }
        let midnight = |day: Date| {
            let there = day.to_zoned(zone()).map(|zoned| zoned.timestamp());
            there.map_err(|_| BadCover::Outside)
        };
        Ok((midnight(wanted.first)?, midnight(wanted.last.saturating_add(1.day()))?))
    }
}

fn around(day: Date, before: u16, after: u16) -> (Date, Date) {
    (day.saturating_sub(i64::from(before).days()), day.saturating_add(i64::from(after).days()))
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn policy() -> Policy {
        Policy {
            reviews: vec![(1, 13), (4, 22), (9, 16)],
            review_days: 28,
            dormant_days: 400,
            warning_days: 28,
            results_day: date(2024, 7, 9),
            freeze_days: (7, 14),
            cover_days: 14,
            cover_window: (7, 14),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_lies_in_the_term_that_began_last() {
        for (now, term) in [
            ("2024-01-12T12:00:00Z", date(2023, 9, 16)),
            ("2024-01-13T00:00:00Z", date(2024, 1, 13)),
            ("2024-07-09T06:30:00Z", date(2024, 4, 22)),
            ("2024-09-15T22:59:59Z", date(2024, 4, 22)),
            // Midnight of British summer time.
            ("2024-09-15T23:00:00Z", date(2024, 9, 16)),
        ] {
            assert_eq!(policy().term(at(now)), Some(term), "{now}");
        }
        assert_eq!(policy().review_by(date(2024, 4, 22)), date(2024, 5, 20));
        assert_eq!(
            Policy { reviews: Vec::new(), ..policy() }.term(at("2024-01-13T00:00:00Z")),
            None
        );
    }

    #[test]
    fn around_the_results_nobody_is_suspended() {
        for (now, frozen) in [
            ("2024-07-01T22:59:59Z", false),
            ("2024-07-01T23:00:00Z", true),
            ("2024-07-09T06:30:00Z", true),
            ("2024-07-23T22:59:59Z", true),
            ("2024-07-23T23:00:00Z", false),
        ] {
            assert_eq!(policy().is_frozen(at(now)), frozen, "{now}");
        }
    }

    #[test]
    fn somebody_stands_in_for_days_of_the_window() {
        let now = at("2024-07-01T12:00:00Z");
        let days = |first, last| policy().cover(Cover { first, last }, now);
        let taken = days(date(2024, 7, 8), date(2024, 7, 12)).unwrap();
        assert_eq!(taken, (at("2024-07-07T23:00:00Z"), at("2024-07-12T23:00:00Z")));
        assert!(days(date(2024, 7, 2), date(2024, 7, 15)).is_ok(), "fourteen days");
        assert_eq!(days(date(2024, 7, 2), date(2024, 7, 16)), Err(BadCover::TooLong));
        assert_eq!(days(date(2024, 7, 12), date(2024, 7, 8)), Err(BadCover::Backwards));
        assert_eq!(days(date(2024, 7, 1), date(2024, 7, 8)), Err(BadCover::Outside));
        assert_eq!(days(date(2024, 7, 20), date(2024, 7, 24)), Err(BadCover::Outside));
        let late = at("2024-07-13T12:00:00Z");
        let over = Cover { first: date(2024, 7, 8), last: date(2024, 7, 12) };
        assert_eq!(policy().cover(over, late), Err(BadCover::Over));
        assert_eq!(policy().cover_dates(at("2024-07-24T12:00:00Z")), None);
        assert_eq!(Policy { cover_days: 0, ..policy() }.cover_dates(now), None);
    }
}

//! Section `users`: cover for the week of the release, termly reviews, accounts that nobody uses.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Calendar;
use super::check::Checks;
use crate::domain::users::care::Policy;

/// Section `users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// Whether a school may have one more user for a while around the results.
    pub cover: bool,
    /// Days for which somebody may stand in.
    pub cover_days_max: u16,
    /// Days before the results from which they may.
    pub cover_days_before: u16,
    /// Days after the results until which they may.
    pub cover_days_after: u16,
    /// Month and day on which each term's review begins.
    pub reviews: Vec<String>,
    /// Days that a review may take.
    pub review_days: u16,
    /// Days without a sign-in after which somebody is warned; 0 is never.
    pub dormant_days: u16,
    /// Days from the warning to being suspended.
    pub dormant_warning_days: u16,
    /// Days before the results in which nobody is suspended.
    pub freeze_days_before: u16,
    /// Days after the results in which nobody is suspended.
    pub freeze_days_after: u16,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            cover: true,
            cover_days_max: 14,
            cover_days_before: 7,
            cover_days_after: 14,
            reviews: ["01-13", "04-22", "09-16"].map(str::to_owned).to_vec(),
            review_days: 28,
            dormant_days: 400,
            dormant_warning_days: 28,
            freeze_days_before: 14,
            freeze_days_after: 21,
        }
    }
}

impl Users {
    /// What was decided, for the cycle of a calendar.
    pub fn policy(&self, calendar: &Calendar) -> Policy {
        Policy {
            reviews: self.reviews.iter().filter_map(|text| month_and_day(text)).collect(),
            review_days: self.review_days,
            dormant_days: self.dormant_days,
            warning_days: self.dormant_warning_days,
            results_day: calendar.results_day,
            freeze_days: (self.freeze_days_before, self.freeze_days_after),
            cover_days: if self.cover { self.cover_days_max } else { 0 },
            cover_window: (self.cover_days_before, self.cover_days_after),
        }
    }
}

/// `MM-DD` of a day that every year has.
fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_two(month) || !is_two(day) {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // 2023 has no leap day.
    Date::new(2023, month, day).ok().map(|_| (month, day))
}

/// Days of the year as they are written, in order; a term is over before the next one is overdue.
pub(super) fn check(checks: &mut Checks<'_>) {
    let users = &checks.config.users;
    let way_out = "write each as \"MM-DD\", the first of the year first";
    let days: Vec<_> = users.reviews.iter().filter_map(|text| month_and_day(text)).collect();
    if days.len() < users.reviews.len() {
        checks.refuse(&["users.reviews"], "names a day that is none", way_out);
    } else if !days.is_sorted_by(|one, next| one < next) {
        checks.refuse(&["users.reviews"], "is not in the order of the year", way_out);
    }
}

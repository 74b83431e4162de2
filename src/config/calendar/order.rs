//! What must come before what, and on which days of the week.

use jiff::civil::{DateTime, Weekday};

use super::values::Values;
use crate::config::document::Document;
use crate::config::problem::Problem;

/// Pairs of keys of which the first must lie before the second.
const BEFORE: [(&str, &str); 11] = [
    ("registration.opens", "registration.closes"),
    ("registration.closes", "tests.gps"),
    ("registration.closes", "registration.updates_close"),
    ("registration.updates_close", "results.day"),
    ("tests.gps", "tests.reading"),
    ("tests.reading", "tests.maths_papers_1_and_2"),
    ("tests.maths_papers_1_and_2", "tests.maths_paper_3"),
    ("tests.maths_paper_3", "results.day"),
    ("results.doors_open", "results.opens.school"),
    ("results.opens.school", "reviews.close"),
    ("results.day", "tracing.promised_on"),
];

/// Pairs of keys of which the second must not lie before the first: a school is never the last to know.
const NOT_AFTER: [(&str, &str); 3] = [
    ("results.opens.school", "results.opens.authority"),
    ("results.opens.school", "results.opens.trust"),
    ("results.opens.school", "results.opens.secondary"),
];

/// Keys of times that must lie on the day of the results.
const ON_RESULTS_DAY: [&str; 2] = ["results.doors_open", "results.opens.school"];

const TEST_DAYS: [&str; 4] =
    ["tests.gps", "tests.reading", "tests.maths_papers_1_and_2", "tests.maths_paper_3"];

/// Every contradiction between the values that could be read.
pub(super) fn check(document: &Document, values: &Values) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut refuse = |key: &str, what: String, way_out: &str| {
        found.push(document.problem(key, what, way_out));
    };
    let both = |(first, second)| Some((first, values.get(first)?, second, values.get(second)?));
    for (first, early, second, late) in BEFORE.into_iter().filter_map(both) {
        if early >= late {
            refuse(second, format!("is not after {first}"), "correct one of them");
        }
    }
    for (first, early, second, late) in NOT_AFTER.into_iter().filter_map(both) {
        if early > late {
            refuse(
                second,
                format!("is before {first}"),
                "let nobody see results before the school",
            );
        }
    }
    for key in ON_RESULTS_DAY {
        if let Some((_, day, _, time)) = both(("results.day", key))
            && day.date() != time.date()
        {
            let what = format!("is on {}, and results.day is {}", time.date(), day.date());
            refuse(key, what, "correct one of them");
        }
    }
    if let Some((key, what)) = implausible_tests(values) {
        refuse(
            key,
            what,
            "the four days are Monday to Thursday, or Tuesday to Friday after a bank holiday",
        );
    }
    if let Some(day) = values.get("results.day")
        && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    {
        refuse(
            "results.day",
            format!("is a {}", name(day)),
            "choose a day on which schools are open",
        );
    }
    found
}

/// The first test day that is not the day after the one before, or on which no test week begins.
fn implausible_tests(values: &Values) -> Option<(&'static str, String)> {
    let days = TEST_DAYS.map(|key| values.get(key).map(|day| (key, day)));
    if let Some((key, first)) = days[0]
        && !matches!(first.weekday(), Weekday::Monday | Weekday::Tuesday)
    {
        return Some((key, format!("is a {}", name(first))));
    }
    days.windows(2).find_map(|pair| {
        let [Some((_, before)), Some((key, after))] = pair else { return None };
        let next = before.date().tomorrow().ok()?;
        let late = after.date() > next;
        late.then(|| (*key, format!("is a {}, days after the test before", name(*after))))
    })
}

fn name(day: DateTime) -> String {
    day.strftime("%A").to_string()
}

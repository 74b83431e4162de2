//! Tests of the calendar: the shipped years, and each kind of problem at its line.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn cycles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cycles")
}

/// The problems of the calendar of 2024 after replacements of text, each with its line.
fn found(replacements: &[(&str, &str)]) -> Vec<String> {
    let mut text = fs::read_to_string(cycles().join("2024/calendar.toml")).unwrap();
    for (old, new) in replacements {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let document = Document::parse(Path::new("c"), &text).unwrap();
    let Err(problems) = Calendar::from_document(&document, 2024) else { return Vec::new() };
    let place =
        |line: usize| text.lines().nth(line - 1).unwrap().split(' ').next().unwrap().to_owned();
    for problem in &problems {
        if let Some(line) = problem.line {
            // The line is that of the key, whatever the file looks like; without one that of its section.
            let (key, place) = (problem.key.rsplit('.').next().unwrap(), place(line));
            assert!(key == place || place == "[[activities]]", "{problem}");
        }
    }
    problems.iter().map(|problem| format!("{}: {}", problem.key, problem.what)).collect()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(found(&[(old, new)]), expected);
}

#[test]
fn the_shipped_calendars_have_no_problem() {
    for (year, school, secondary) in [
        (2024, "2024-07-09T06:30:00Z", "2024-07-10T06:30:00Z"),
        (2025, "2025-07-08T06:30:00Z", "2025-07-09T06:30:00Z"),
    ] {
        let calendar = Calendar::load(&cycles(), year).unwrap_or_else(|found| panic!("{found}"));
        assert_eq!(calendar.opens.of(Audience::School).to_string(), school);
        assert_eq!(calendar.opens.of(Audience::Authority).to_string(), school);
        assert_eq!(calendar.opens.of(Audience::Trust).to_string(), school);
        assert_eq!(calendar.opens.of(Audience::Secondary).to_string(), secondary);
        let days = |days: i64| calendar.results_day.saturating_add(jiff::Span::new().days(days));
        assert_eq!(crate::domain::calendar::day(calendar.reviews_close), days(10));
        assert_eq!(calendar.promised_on, days(17));
    }
}

#[test]
fn a_calendar_says_what_its_file_says() {
    let calendar = Calendar::load(&cycles(), 2024).unwrap();
    assert_eq!(calendar.year, 2024);
    assert_eq!(calendar.tests.gps.to_string(), "2024-05-13");
    let days = calendar.days();
    assert_eq!(
        (days.first_test, days.last_test),
        (calendar.tests.gps, calendar.tests.maths_paper_3)
    );
    for (day, open) in [("2024-05-06", false), ("2024-05-07", true), ("2024-05-11", false)] {
        assert_eq!(calendar.bank_holidays.is_school_day(day.parse().unwrap()), open, "{day}");
    }
    assert_eq!(calendar.tests.maths_paper_3.to_string(), "2024-05-16");
    // Winter and summer time.
    assert_eq!(calendar.registration.opens.to_string(), "2024-02-12T00:00:00Z");
    assert_eq!(calendar.registration.closes.to_string(), "2024-03-08T23:59:00Z");
    assert_eq!(calendar.registration.updates_close.to_string(), "2024-05-23T22:59:00Z");
    assert_eq!(calendar.doors_open.to_string(), "2024-07-09T05:00:00Z");
    assert_eq!(calendar.reviews_close.to_string(), "2024-07-19T22:59:00Z");
}

#[test]
fn every_key_has_a_comment() {
    for year in ["2024", "2025"] {
        let text = fs::read_to_string(cycles().join(year).join("calendar.toml")).unwrap();
        // Of the activities the first explains its keys.
        let (text, activities) = text.split_once("[[activities]]").unwrap();
        let first = activities.split("[[activities]]").next().unwrap();
        for key in ["name = ", "for = ", "opens = ", "closes = "] {
            let mut lines = first.lines().zip(first.lines().skip(1));
            assert!(lines.any(|(a, b)| a.starts_with("# ") && b.starts_with(key)), "{year} {key}");
        }
        let lines: Vec<&str> = text.lines().collect();
        let keys = lines.windows(2).filter(|pair| pair[1].contains(" = "));
        assert_eq!(keys.clone().count(), values::KEYS.len() + 1);
        keys.for_each(|pair| assert!(pair[0].starts_with("# "), "{year}: {}", pair[1]));
    }
}

#[test]
fn an_activity_that_does_not_fit_is_told_at_its_line() {
    let first = "name = \"Pupil registration\"";
    check(
        first,
        "nam = \"Pupil registration\"",
        &["activities.1.name: is missing", "activities.1.nam: unknown key"],
    );
    let opens = |new: &str| found(&[("opens = \"registration.opens\"", new)]);
    let no_date = "activities.1.opens: is no date, and no name of one";
    for new in
        ["opens = \"registration.open\"", "opens = 12", "opens = \"year\"", "opens = 07:30:00"]
    {
        assert_eq!(opens(new), [no_date], "{new}");
    }
    assert_eq!(opens("opens = 2022-10-01T00:00:00"), ["activities.1.opens: is in 2022"]);
    assert_eq!(
        opens("opens = 2024-03-31T01:30:00"),
        ["activities.1.opens: 2024-03-31T01:30:00 is skipped or repeated by summer time"]
    );
    assert_eq!(opens("opens = 2024-04-01T00:00:00"), ["activities.1.closes: is not after opens"]);
    assert_eq!(opens("on = \"tests.gps\""), ["activities.1.opens: does not say when it is"]);
}

#[test]
fn unknown_and_missing_keys_are_told() {
    check("gps = ", "grammar = ", &["tests.gps: is missing", "tests.grammar: unknown key"]);
    check(
        "secondary = ",
        "secondry = ",
        &["results.opens.secondary: is missing", "results.opens.secondry: unknown key"],
    );
}

#[test]
fn values_of_another_kind_are_told() {
    check("day = 2024-07-09", "day = '2024-07-09'", &["results.day: is text, not a date"]);
    check(
        "reading = 2024-05-14",
        "reading = 2024-05-14T09:00:00",
        &["tests.reading: 2024-05-14T09:00:00 has a time of day, a day is wanted"],
    );
    check(
        "close = 2024-07-19T23:59:00",
        "close = 2024-07-19",
        &["reviews.close: 2024-07-19 has no time of day"],
    );
    check(
        "close = 2024-07-19T23:59:00",
        "close = 23:59:00",
        &["reviews.close: 23:59:00 names no day"],
    );
    check(
        "school = 2024-07-09T07:30:00",
        "school = 2024-07-09T06:30:00Z",
        &["results.opens.school: has an offset from UTC; times here are those of London's clocks"],
    );
}

#[test]
fn times_that_london_skips_or_repeats_are_refused() {
    for time in ["2024-03-31T01:30:00", "2024-10-27T01:30:00"] {
        let new = format!("closes = {time}");
        let expected = format!("registration.closes: {time} is skipped or repeated by summer time");
        check("closes = 2024-03-08T23:59:00", &new, &[&expected]);
    }
}

#[test]
fn dates_of_another_year_are_refused() {
    check("day = 2024-07-09", "day = 2025-07-09", &["results.day: is in 2025, not in 2024"]);
    check("year = 2024", "year = 2025", &["year: is 2025 in the folder of 2024"]);
    check("year = 2024", "year = '2024'", &["year: is text, not a year"]);
}

#[test]
fn what_comes_before_what_is_checked() {
    check(
        "opens = 2024-02-12",
        "opens = 2024-03-09",
        &["registration.closes: is not after registration.opens"],
    );
    check(
        "closes = 2024-03-08",
        "closes = 2024-05-13",
        &["tests.gps: is not after registration.closes"],
    );
    check(
        "doors_open = 2024-07-09T06",
        "doors_open = 2024-07-09T08",
        &["results.opens.school: is not after results.doors_open"],
    );
    check(
        "secondary = 2024-07-10",
        "secondary = 2024-07-08",
        &["results.opens.secondary: is before results.opens.school"],
    );
    check(
        "authority = 2024-07-09T07:30",
        "authority = 2024-07-09T07:29",
        &["results.opens.authority: is before results.opens.school"],
    );
    check(
        "promised_on = 2024-07-26",
        "promised_on = 2024-07-09",
        &["tracing.promised_on: is not after results.day"],
    );
}

#[test]
fn results_open_on_their_day() {
    check(
        "day = 2024-07-09",
        "day = 2024-07-10",
        &[
            "results.doors_open: is on 2024-07-09, and results.day is 2024-07-10",
            "results.opens.school: is on 2024-07-09, and results.day is 2024-07-10",
        ],
    );
    let saturday = found(&[("2024-07-09", "2024-07-13"), ("2024-07-10", "2024-07-13")]);
    assert_eq!(saturday, ["results.day: is a Saturday"]);
}

#[test]
fn a_test_week_is_four_school_days_in_a_row() {
    let moved = |[gps, reading, maths, last]: [u8; 4]| {
        found(&[
            ("gps = 2024-05-13", &format!("gps = 2024-05-{gps}")),
            ("reading = 2024-05-14", &format!("reading = 2024-05-{reading}")),
            (
                "maths_papers_1_and_2 = 2024-05-15",
                &format!("maths_papers_1_and_2 = 2024-05-{maths}"),
            ),
            ("maths_paper_3 = 2024-05-16", &format!("maths_paper_3 = 2024-05-{last}")),
        ])
    };
    assert_eq!(moved([14, 15, 16, 17]), Vec::<String>::new());
    assert_eq!(moved([15, 16, 17, 18]), ["tests.gps: is a Wednesday"]);
    let gap = "tests.maths_paper_3: is a Friday, days after the test before";
    assert_eq!(moved([13, 14, 15, 17]), [gap]);
    assert_eq!(moved([13, 14, 14, 15]), ["tests.maths_papers_1_and_2: is not after tests.reading"]);
}

#[test]
fn a_year_without_a_folder_is_a_problem() {
    let problems = Calendar::load(&cycles(), 2031).unwrap_err();
    assert!(problems.to_string().contains("2031/calendar.toml: cannot be read"), "{problems}");
}

#[test]
fn bank_holidays_are_weekdays_of_the_year_in_order() {
    let first = "2024-01-01, 2024-03-29";
    for (new, what) in [
        ("2024-01-01, 2024-03-30", "has 2024-03-30 in it, which is a Saturday"),
        ("2023-12-25, 2024-03-29", "has 2023-12-25 in it, which is not in 2024"),
        ("2024-03-29, 2024-03-29", "has 2024-03-29 in it after a day that is not before it"),
        ("2024-01-01, 'Good Friday'", "has text in it, not a date"),
        ("2024-01-01, 09:00:00", "has 09:00:00 in it, which is not a day"),
    ] {
        check(first, new, &[&format!("bank_holidays: {what}")]);
    }
    check(
        "bank_holidays = [",
        "bank_holidays = 1\nother = [",
        &["bank_holidays: is a whole number, not a list", "other: unknown key"],
    );
}

#[test]
fn a_calendar_from_before_bank_holidays_still_reads() {
    let text = fs::read_to_string(cycles().join("2024/calendar.toml")).unwrap();
    let (before, rest) = text.split_once("bank_holidays = [").unwrap();
    let old = format!("{before}{}", rest.split_once(']').unwrap().1);
    let document = Document::parse(Path::new("c"), &old).unwrap();
    let calendar = Calendar::from_document(&document, 2024).unwrap();
    assert!(calendar.bank_holidays.is_empty());
}

//! Special consideration: every confirmation, and both ends of every window.

use super::*;

const CONFIRMATIONS: [&str; 4] = ["took_tests", "programme_complete", "at_standard", "fit"];
const REASONS: [&str; 5] =
    ["death", "terminal_illness", "traumatic_incident", "injury_or_surgery", "earlier_incident"];
const APPROVED: &str = "approved all - [] []";
const MANUAL: &str = "manual none - [] []";

/// The outcome with everything confirmed.
fn confirmed(rules: &Rules, more: &[(&str, &str)]) -> String {
    evaluated(rules, &[&CONFIRMATIONS.map(|id| (id, "yes"))[..], more].concat())
}

#[test]
fn what_is_not_confirmed_goes_to_a_person() {
    for year in YEARS {
        let rules = rules(year, Form::SpecialConsideration);
        let date = format!("{year}-05-12");
        for answers in combinations(&CONFIRMATIONS) {
            let all = answers.iter().all(|(_, word)| *word == "yes");
            for reason in REASONS {
                let case = [
                    &answers[..],
                    &[("reason", reason), ("event_date", &date), ("second_date", &date)],
                ];
                let expected = if all { APPROVED } else { MANUAL };
                assert_eq!(evaluated(&rules, &case.concat()), expected, "{case:?}");
            }
        }
    }
}

#[test]
fn both_ends_of_each_window_belong_to_it() {
    for (year, reason, day_before, first, last, day_after) in [
        (2024, "death", "2023-05-12", "2023-05-13", "2024-05-16", "2024-05-17"),
        (2024, "traumatic_incident", "2024-04-28", "2024-04-29", "2024-05-16", "2024-05-17"),
        (2024, "injury_or_surgery", "2023-11-12", "2023-11-13", "2024-05-16", "2024-05-17"),
        (2025, "death", "2024-05-11", "2024-05-12", "2025-05-15", "2025-05-16"),
        (2025, "traumatic_incident", "2025-04-27", "2025-04-28", "2025-05-15", "2025-05-16"),
        (2025, "injury_or_surgery", "2024-11-11", "2024-11-12", "2025-05-15", "2025-05-16"),
    ] {
        let rules = rules(year, Form::SpecialConsideration);
        let at = |date| confirmed(&rules, &[("reason", reason), ("event_date", date)]);
        assert_eq!([at(first), at(last)], [APPROVED; 2], "{year} {reason}");
        assert_eq!([at(day_before), at(day_after)], [MANUAL; 2], "{year} {reason}");
    }
}

#[test]
fn an_earlier_diagnosis_asks_about_the_end_of_life() {
    let rules = rules(2024, Form::SpecialConsideration);
    let at = |date, more: &[(&str, &str)]| {
        let illness = [("reason", "terminal_illness"), ("event_date", date)];
        confirmed(&rules, &[&illness[..], more].concat())
    };
    for date in ["2023-11-12", "2001-01-01"] {
        assert_eq!(at(date, &[("approaching_end", "yes")]), APPROVED);
        assert_eq!(at(date, &[("approaching_end", "no")]), MANUAL);
        let missing = "approaching_end is missing; answer with \"yes\" or \"no\"";
        assert_eq!(at(date, &[]), missing);
    }
    for date in ["2023-11-13", "2024-05-16"] {
        assert_eq!(at(date, &[]), APPROVED);
        assert_eq!(at(date, &[("approaching_end", "perhaps")]), APPROVED);
    }
    // A diagnosis after the tests is no earlier one.
    assert_eq!(at("2024-05-17", &[("approaching_end", "yes")]), MANUAL);
}

#[test]
fn a_related_incident_has_a_window_of_its_own() {
    let rules = rules(2024, Form::SpecialConsideration);
    let at = |first, second| {
        let dates = [("event_date", first), ("second_date", second)];
        confirmed(&rules, &[&[("reason", "earlier_incident")], &dates[..]].concat())
    };
    for first in ["2023-11-13", "2024-05-16"] {
        for second in ["2024-04-29", "2024-05-16"] {
            assert_eq!(at(first, second), APPROVED, "{first} {second}");
        }
        for second in ["2024-04-28", "2024-05-17"] {
            assert_eq!(at(first, second), MANUAL, "{first} {second}");
        }
    }
    for first in ["2023-11-12", "2024-05-17"] {
        assert_eq!(at(first, "2024-05-01"), MANUAL, "{first}");
    }
}

#[test]
fn dates_are_asked_where_they_count() {
    let rules = rules(2024, Form::SpecialConsideration);
    let date = "a date as YYYY-MM-DD";
    for reason in REASONS {
        let missing = confirmed(&rules, &[("reason", reason)]);
        assert_eq!(missing, format!("event_date is missing; answer with {date}"));
        let bad = confirmed(&rules, &[("reason", reason), ("event_date", "13/05/2024")]);
        let expected = format!("event_date is not an answer to this question; answer with {date}");
        assert_eq!(bad, expected);
    }
    let event = ("event_date", "2024-05-13");
    let missing = confirmed(&rules, &[("reason", "earlier_incident"), event]);
    assert_eq!(missing, format!("second_date is missing; answer with {date}"));
    let ignored = confirmed(&rules, &[("reason", "death"), event, ("second_date", "soon")]);
    assert_eq!(ignored, APPROVED);
}

//! Timetable variation: every reason with every way to confirm, and the days that are allowed.

use super::*;

const CONFIRMATIONS: [&str; 5] =
    ["back_and_fit", "no_contact", "no_internet", "security_kept", "authorised"];
const AUTOMATIC: [&str; 3] = ["illness", "funeral", "religious_or_cultural"];
const MANUAL: [&str; 2] = ["appointment", "other"];

#[test]
fn every_reason_with_every_confirmation() {
    for year in YEARS {
        let rules = rules(year, Form::TimetableVariation);
        for confirmed in combinations(&CONFIRMATIONS) {
            let denied: Vec<&str> =
                confirmed.iter().filter(|(_, word)| *word == "no").map(|(id, _)| *id).collect();
            for reason in AUTOMATIC {
                let answers = [&[("reason", reason)], &confirmed[..]].concat();
                let expected = if denied.is_empty() {
                    "approved all - [] []".to_owned()
                } else {
                    format!("rejected none - [] [{}]", denied.join(" "))
                };
                assert_eq!(evaluated(&rules, &answers), expected, "{answers:?}");
            }
            for reason in MANUAL {
                let answers = [&[("reason", reason)], &confirmed[..]].concat();
                assert_eq!(evaluated(&rules, &answers), "manual none - [] []", "{answers:?}");
            }
        }
    }
}

#[test]
fn a_person_decides_the_last_two_reasons_whatever_was_confirmed() {
    let rules = rules(2024, Form::TimetableVariation);
    for reason in MANUAL {
        assert_eq!(evaluated(&rules, &[("reason", reason)]), "manual none - [] []");
        let odd = [("reason", reason), ("authorised", "perhaps")];
        assert_eq!(evaluated(&rules, &odd), "manual none - [] []");
    }
    let missing = evaluated(&rules, &[("reason", "illness")]);
    assert_eq!(missing, "back_and_fit is missing; answer with \"yes\" or \"no\"");
    let unknown = evaluated(&rules, &[("reason", "holiday")]);
    assert!(unknown.starts_with("reason is not an answer to this question"), "{unknown}");
}

/// The outcome of an illness with all confirmed and these two days.
fn moved(year: u16, dates: &[(&str, &str)]) -> String {
    let rules = rules(year, Form::TimetableVariation);
    let confirmed = CONFIRMATIONS.map(|id| (id, "yes"));
    evaluated(&rules, &[&[("reason", "illness")], &confirmed[..], dates].concat())
}

#[test]
fn a_test_is_moved_by_five_school_days_at_the_most() {
    let allowed = |year, scheduled: &str, new: &str| {
        let dates = [("scheduled_date", scheduled), ("new_date", new)];
        match moved(year, &dates).as_str() {
            "approved all - [] []" => true,
            "blocked none - [] []" => false,
            other => panic!("{other}"),
        }
    };
    for (year, scheduled, last, too_late) in [
        (2024, "2024-05-13", "2024-05-20", "2024-05-21"),
        (2024, "2024-05-14", "2024-05-21", "2024-05-22"),
        (2024, "2024-05-15", "2024-05-22", "2024-05-23"),
        (2024, "2024-05-16", "2024-05-23", "2024-05-24"),
        (2025, "2025-05-15", "2025-05-22", "2025-05-23"),
        // Over the spring bank holiday, and over the early May one.
        (2024, "2024-05-23", "2024-05-31", "2024-06-01"),
        (2025, "2025-05-22", "2025-05-30", "2025-05-31"),
        (2024, "2024-05-01", "2024-05-09", "2024-05-10"),
    ] {
        assert!(allowed(year, scheduled, last), "{scheduled} to {last}");
        assert!(!allowed(year, scheduled, too_late), "{scheduled} to {too_late}");
        assert!(allowed(year, scheduled, scheduled), "{scheduled}");
    }
    assert!(!allowed(2024, "2024-05-13", "2024-05-12"));
    assert!(!allowed(2024, "2024-05-13", "2023-05-20"));
}

#[test]
fn a_day_that_is_not_allowed_comes_before_everything_else() {
    let rules = rules(2024, Form::TimetableVariation);
    let dates = [("scheduled_date", "2024-05-13"), ("new_date", "2024-05-10")];
    let manual = [&[("reason", "other")], &dates[..]].concat();
    assert_eq!(evaluated(&rules, &manual), "blocked none - [] []");
    let denied = CONFIRMATIONS.map(|id| (id, "no"));
    let rejected = [&[("reason", "funeral")], &denied[..], &dates].concat();
    assert_eq!(evaluated(&rules, &rejected), "blocked none - [] []");
}

#[test]
fn one_day_alone_is_not_compared_but_must_be_one() {
    let approved = "approved all - [] []";
    assert_eq!(moved(2024, &[("scheduled_date", "2024-05-13")]), approved);
    assert_eq!(moved(2024, &[("new_date", "1999-01-01")]), approved);
    for id in ["scheduled_date", "new_date"] {
        let expected = "is not an answer to this question; answer with a date as YYYY-MM-DD";
        assert_eq!(moved(2024, &[(id, "2024-02-30")]), format!("{id} {expected}"));
    }
}

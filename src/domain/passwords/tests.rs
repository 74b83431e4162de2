//! What must hold of any password, and the end of one around a results day.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::ReleaseTimes;

fn profile(kinds: Kinds) -> Profile {
    Profile {
        name: "test".to_owned(),
        length_min: 8,
        length_min_second_factor: 8,
        length_max: 128,
        kinds,
        expiry: None,
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer_and_its_length_is_counted_in_characters(text in any::<String>()) {
        let guessable = Guessable::new(["password"]);
        let reasons = profile(Kinds::Any).reasons(&text, &Context::default(), &guessable);
        let length = normalised(&text).chars().count();
        prop_assert_eq!(reasons.contains(&Reason::TooShort(8)), length < 8);
        prop_assert_eq!(reasons.contains(&Reason::TooLong(128)), length > 128);
        // Typed apart, it is the same password with the same answer.
        let apart: String = text.nfd().collect();
        prop_assert_eq!(normalised(&apart), normalised(&text));
        prop_assert_eq!(profile(Kinds::Any).reasons(&apart, &Context::default(), &guessable), reasons);
    }

    #[test]
    fn what_stands_around_a_common_word_does_not_hide_it(
        before in "[0-9!?£]{0,6}", after in "[0-9!?&]{0,6}", capital in any::<bool>(),
    ) {
        let word = if capital { "P@SSW0RD" } else { "passWord" };
        let guessable = Guessable::new(["password"]);
        let password = format!("{before}{word}{after}");
        prop_assert!(guessable.is_common(&password), "{}", password);
    }

    #[test]
    fn with_all_four_kinds_nothing_is_missing(words in "[a-z]{8,20}", number in "[0-9]{1,4}") {
        let password = format!("{words}{number}É£");
        let reasons = profile(Kinds::AllFour).reasons(&password, &Context::default(), &Guessable::default());
        let kinds = [Reason::NoCapital, Reason::NoSmall, Reason::NoDigit, Reason::NoOther];
        prop_assert!(!reasons.iter().any(|reason| kinds.contains(reason)));
    }

    #[test]
    fn nothing_ends_while_it_rests(changed in 0_i64..200, later in 0_i64..400) {
        let (rule, release) = (rule(), release());
        let changed_at = at("2024-03-01T09:00:00Z") + SignedDuration::from_hours(24 * changed);
        let now = changed_at + SignedDuration::from_hours(later);
        let expiry = rule.expiry(changed_at, now, Some(&release));
        let rests = now >= at("2024-07-02T06:30:00Z") && now < at("2024-07-13T06:30:00Z");
        prop_assert!(!(rests && expiry.is_due));
        prop_assert!(expiry.at >= changed_at + SignedDuration::from_hours(24 * 60));
        prop_assert!(expiry.reminder.is_none() || !expiry.is_due);
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule() -> ExpiryRule {
    ExpiryRule { days: 60, reminders: vec![14, 7, 1], rest_days_before: 7, rest_days_after: 3 }
}

fn release() -> ReleaseTimes {
    let (school, secondary) = (at("2024-07-09T06:30:00Z"), at("2024-07-10T06:30:00Z"));
    ReleaseTimes::new([school, school, school, secondary])
}

#[test]
fn reminders_come_before_the_end_and_none_during_the_rest() {
    let told = |changed: &str, now: &str| {
        let expiry = rule().expiry(at(changed), at(now), Some(&release()));
        (expiry.at.to_string(), expiry.is_due, expiry.reminder)
    };
    let (january, end) = ("2024-01-01T09:00:00Z", "2024-03-01T09:00:00Z".to_owned());
    for (now, is_due, reminder) in [
        ("2024-01-01T09:00:00Z", false, None),
        ("2024-02-16T08:59:00Z", false, None),
        ("2024-02-16T09:00:00Z", false, Some(14)),
        ("2024-02-23T09:00:00Z", false, Some(7)),
        ("2024-02-29T09:00:00Z", false, Some(1)),
        ("2024-03-01T08:59:59Z", false, Some(1)),
        ("2024-03-01T09:00:00Z", true, None),
    ] {
        assert_eq!(told(january, now), (end.clone(), is_due, reminder), "{now}");
    }
    let rested = "2024-07-13T06:30:00Z".to_owned();
    // Would end on the results day; ended the day before the rest; ends after it.
    assert_eq!(
        told("2024-05-10T06:30:00Z", "2024-07-09T06:30:00Z"),
        (rested.clone(), false, Some(7))
    );
    assert_eq!(
        told("2024-05-02T06:30:00Z", "2024-07-09T06:30:00Z"),
        (rested.clone(), false, Some(7))
    );
    assert!(told("2024-05-02T06:30:00Z", "2024-07-13T06:30:00Z").1);
    assert_eq!(told("2024-06-01T06:30:00Z", "2024-07-09T06:30:00Z").0, "2024-07-31T06:30:00Z");
}

#[test]
fn reasons_are_told_in_plain_words() {
    for (reason, words) in [
        (Reason::TooShort(15), "Use at least 15 characters"),
        (Reason::NoOther, "Add a character that is no letter or digit, for example ? ! & or £"),
        (Reason::Word("hillside".to_owned()), "Choose a password with more in it than “hillside”"),
    ] {
        assert_eq!(reason.to_string(), words);
    }
}

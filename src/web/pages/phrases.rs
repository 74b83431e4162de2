//! Small wordings that several pages share: subjects, judgements, what is not there.

use jiff::Timestamp;

use crate::domain::papers::Subject;
use crate::domain::wording::grouped;
use crate::node::served::Count;
use crate::web::components::Html;

/// Where a table has nothing to show: a dash to see, a word to hear.
pub(super) fn none() -> Html {
    const NONE: &str =
        r#"<span aria-hidden="true">–</span><span class="govuk-visually-hidden">None</span>"#;
    Html::trusted(NONE)
}

/// A subject within a sentence.
pub(super) fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Gps => "grammar, punctuation and spelling",
        Subject::Reading => "English reading",
        Subject::Maths => "mathematics",
    }
}

/// A subject at the head of columns.
pub(super) fn short_subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Gps => "GPS",
        Subject::Reading => "Reading",
        Subject::Maths => "Maths",
    }
}

/// A teacher assessment in words.
pub(super) fn judgement(code: &str) -> &'static str {
    match code {
        "GDS" => "Working at greater depth",
        "EXS" => "Working at the expected standard",
        "WTS" => "Working towards the expected standard",
        "HNM" => "Has not met the standard",
        "PK6" => "Pre-key-stage standard 6",
        "PK5" => "Pre-key-stage standard 5",
        "PK4" => "Pre-key-stage standard 4",
        "PK3" => "Pre-key-stage standard 3",
        "PK2" => "Pre-key-stage standard 2",
        "PK1" => "Pre-key-stage standard 1",
        "EM" => "Engagement model",
        "A" => "Absent for long, or too little to judge",
        "L" => "Left the school",
        "F" => "Assessed in a future year",
        "P" => "Assessed in a past year",
        _ => "Unknown code",
    }
}

/// "11,240 of 16,800 schools have": whom a release has reached; nothing before the first. A count that is not of this
/// moment is the least that it can be.
pub(super) fn schools_with(count: &Count, now: Timestamp) -> String {
    if count.schools == 0 {
        return String::new();
    }
    let least = if count.is_fresh(now) { "" } else { "At least " };
    let served = grouped(count.schools);
    let verb = if count.schools == 1 { "has" } else { "have" };
    let schools = if count.schools_expected == 1 { "school" } else { "schools" };
    let expected = grouped(count.schools_expected.max(count.schools));
    [least, &served, " of ", &expected, " ", schools, " ", verb].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::TaCode;
    use crate::domain::scores::Outcome;

    #[test]
    fn every_code_has_words() {
        for code in TaCode::ALL {
            assert_ne!(judgement(code.key()), "Unknown code", "{code:?}");
        }
        for (code, _) in Outcome::CODE_TABLE {
            assert_ne!(Outcome::short_words(code), "Unknown code");
        }
    }
}

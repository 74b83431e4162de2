//! Small wordings that several pages share: names, counts, sizes, outcomes.

use crate::delivery::PupilLine;
use crate::domain::papers::Subject;
use crate::domain::scores::Outcome;
use crate::web::components::Html;

/// A name as lists have it: "Ade, Tola Marie".
pub(super) fn listed_name(pupil: &PupilLine) -> String {
    let names = [pupil.forename.trim(), pupil.middle_names.trim()];
    let first = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    match (pupil.surname.trim(), first.as_str()) {
        (surname, "") => surname.to_owned(),
        ("", first) => first.to_owned(),
        (surname, first) => format!("{surname}, {first}"),
    }
}

/// A name as people say it: "Tola Ade".
pub(super) fn spoken_name(pupil: &PupilLine) -> String {
    format!("{} {}", pupil.forename.trim(), pupil.surname.trim()).trim().to_owned()
}

/// A DfE number as schools write it: "888/2045".
pub(super) fn dfe_number(laestab: u32) -> String {
    format!("{:03}/{:04}", laestab / 10_000, laestab % 10_000)
}

/// A number with a comma before each third digit: "1,234".
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: "1 pupil", "1,234 pupils".
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { many })
}

/// A length as people read it: "34 kB", "24.1 MB".
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..950 => "1 kB".to_owned(),
        950..999_500 => format!("{} kB", (bytes + 500) / 1000),
        _ => {
            let tenths = (bytes + 50_000) / 100_000;
            format!("{}.{} MB", grouped(tenths / 10), tenths % 10)
        }
    }
}

/// "30 (73%)", or only the number where there is nobody to take a part of.
pub(super) fn share(part: u32, whole: u32) -> String {
    match percent(part, whole) {
        Some(percent) => format!("{part} ({percent}%)"),
        None => part.to_string(),
    }
}

/// A part in whole per cent.
pub(super) fn percent(part: u32, whole: u32) -> Option<u32> {
    (part * 100 + whole / 2).checked_div(whole)
}

/// An outcome in few words, for narrow columns.
pub(super) fn outcome(code: &str) -> &'static str {
    match code {
        "AS" => "Met",
        "NS" => "Not met",
        "N" => "Too few marks",
        "M" => "Mark missing: being traced",
        _ => Outcome::words(code),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::TaCode;

    #[test]
    fn numbers_and_sizes_read_well() {
        let sizes = [0, 949, 1_499, 34_400, 999_499, 999_500, 24_140_000, 1_234_560_000];
        let expected =
            ["1 kB", "1 kB", "1 kB", "34 kB", "999 kB", "1.0 MB", "24.1 MB", "1,234.6 MB"];
        assert_eq!(sizes.map(size), expected);
        assert_eq!([1, 999, 1_000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [count(1, "pupil", "pupils"), count(0, "pupil", "pupils")],
            ["1 pupil", "0 pupils"]
        );
        assert_eq!([share(30, 41), share(0, 0), share(1, 200)], ["30 (73%)", "0", "1 (1%)"]);
        assert_eq!(dfe_number(8_882_045), "888/2045");
    }

    #[test]
    fn every_code_has_words() {
        for code in TaCode::ALL {
            assert_ne!(judgement(code.key()), "Unknown code", "{code:?}");
        }
        for (code, _) in Outcome::CODE_TABLE {
            assert_ne!(outcome(code), "Unknown code");
        }
    }
}

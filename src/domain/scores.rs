//! Raw marks to scaled scores and outcomes: the year's conversion table and the order of the codes.

use super::codes::{Attendance, Registration};
use super::papers::Subject;

/// Lowest raw mark that has a scaled score; below it the outcome is `N`.
pub const LEAST_SCORED_RAW: u16 = 3;
/// The expected standard.
pub const EXPECTED_STANDARD: u8 = 100;
/// The higher standard of the national statistics.
pub const HIGHER_STANDARD: u8 = 110;
/// The range of scaled scores.
pub const SCALED: std::ops::RangeInclusive<u8> = 80..=120;

/// A year's table for one subject: complete and monotonic once built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionTable {
    subject: Subject,
    /// Scaled score of each raw mark from [`LEAST_SCORED_RAW`] on.
    scaled: Vec<u8>,
}

/// Why rows are not a conversion table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// Not every raw mark has one row, in order.
    #[error("raw mark {raw} is missing, doubled or out of order (the table runs from 3 to {max})")]
    Incomplete {
        /// The first raw mark that is not where it should be.
        raw: u16,
        /// The last raw mark of the subject.
        max: u16,
    },
    /// A scaled score outside 80–120.
    #[error("scaled score {scaled} of raw mark {raw} is not between 80 and 120")]
    OutOfRange {
        /// The raw mark of the row.
        raw: u16,
        /// Its score.
        scaled: u8,
    },
    /// More marks, lower score.
    #[error("scaled score falls at raw mark {raw}")]
    Falls {
        /// The raw mark of the row.
        raw: u16,
    },
}

impl ConversionTable {
    /// Builds the table from `(raw, scaled)` rows, lowest raw mark first.
    pub fn new(subject: Subject, rows: &[(u16, u8)]) -> Result<Self, BadTable> {
        let max = subject.max_raw();
        let expected = LEAST_SCORED_RAW..=max;
        let mut scaled: Vec<u8> = Vec::with_capacity(rows.len());
        for (index, raw) in expected.enumerate() {
            let row = rows.get(index).filter(|row| row.0 == raw);
            let &(_, score) = row.ok_or(BadTable::Incomplete { raw, max })?;
            if !SCALED.contains(&score) {
                return Err(BadTable::OutOfRange { raw, scaled: score });
            }
            if scaled.last().is_some_and(|&before| before > score) {
                return Err(BadTable::Falls { raw });
            }
            scaled.push(score);
        }
        match rows.get(scaled.len()) {
            Some(&(raw, _)) => Err(BadTable::Incomplete { raw, max }),
            None => Ok(Self { subject, scaled }),
        }
    }

    /// The subject it converts.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// The scaled score of a raw mark; none below [`LEAST_SCORED_RAW`] or above the maximum.
    pub fn scaled(&self, raw: u16) -> Option<u8> {
        raw.checked_sub(LEAST_SCORED_RAW).and_then(|i| self.scaled.get(usize::from(i)).copied())
    }

    /// Every `(raw, scaled)` pair that has a score, lowest first.
    pub fn rows(&self) -> impl Iterator<Item = (u16, u8)> + '_ {
        (LEAST_SCORED_RAW..).zip(self.scaled.iter().copied())
    }
}

/// What a pupil's result in one subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Expected standard met.
    Achieved,
    /// Expected standard not met.
    NotAchieved,
    /// Too few marks for a scaled score.
    TooFewMarks,
    /// A mark is missing on at least one paper: the script is being traced.
    MarkMissing,
    /// The register or STA gave a code.
    Attendance(Attendance),
    /// The pupil was not registered to sit.
    NotSitting(NotSitting),
}

/// Registrations that are an outcome of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotSitting {
    /// Below the standard of the test.
    Below,
    /// In a later year.
    Future,
    /// In an earlier year.
    Previous,
    /// Left the school.
    Left,
}

impl Outcome {
    /// The code in files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Achieved => "AS",
            Self::NotAchieved => "NS",
            Self::TooFewMarks => "N",
            Self::MarkMissing => "M",
            Self::Attendance(code) => code.key(),
            Self::NotSitting(NotSitting::Below) => "B",
            Self::NotSitting(NotSitting::Future) => "F",
            Self::NotSitting(NotSitting::Previous) => "P",
            Self::NotSitting(NotSitting::Left) => "L",
        }
    }

    /// Whether a pupil with this code counts in the percentages: the others say nothing about the pupil.
    pub fn counts(code: &str) -> bool {
        !matches!(code, "M" | "L" | "F" | "P" | "")
    }

    /// Who counts, in words.
    pub const WHO_COUNTS: &'static str = "Percentages are of the pupils who count. Left out are pupils who left, take the test in another year, are not tested, or have a mark missing.";

    /// The meaning of each code, in the order of the code table shown under results.
    pub const CODE_TABLE: [(&'static str, &'static str); 14] = [
        ("AS", "Expected standard met"),
        ("NS", "Expected standard not met"),
        ("N", "Too few marks for a scaled score"),
        ("M", "A mark is missing: the script is being traced"),
        ("A", "Absent"),
        ("B", "Working below the standard of the test"),
        ("U", "Working at the standard but unable to access the test"),
        ("J", "Just arrived: performance not established"),
        ("F", "Takes the test in a future year"),
        ("P", "Took the test in a past year"),
        ("L", "Left the school"),
        ("H", "Result annulled: pupil cheating"),
        ("Q", "Result annulled: maladministration"),
        ("", "Not tested in this subject"),
    ];

    /// The meaning of a code in words, for pages.
    pub fn words(code: &str) -> &'static str {
        let row = Self::CODE_TABLE.iter().find(|(known, _)| *known == code);
        row.map_or("Unknown code", |(_, words)| words)
    }

    /// The meaning of a code in few words, for narrow columns.
    pub fn short_words(code: &str) -> &'static str {
        match code {
            "AS" => "Met",
            "NS" => "Not met",
            "N" => "Too few marks",
            "M" => "Mark missing: being traced",
            _ => Self::words(code),
        }
    }
}

/// A pupil's result in one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectResult {
    /// Sum of the papers, where the pupil's result stands on marks.
    pub raw: Option<u16>,
    /// The year's scaled score of `raw`.
    pub scaled: Option<u8>,
    /// The outcome.
    pub outcome: Outcome,
}

impl SubjectResult {
    /// The first that applies: attendance code, registration code, a missing mark, too few marks, the score.
    /// `marks` has one place for each paper of the table's subject. A missing script plays no part.
    pub fn decide(
        table: &ConversionTable,
        registration: Registration,
        attendance: Option<Attendance>,
        marks: &[Option<u8>],
    ) -> Self {
        let without_score = |outcome| Self { raw: None, scaled: None, outcome };
        if let Some(code) = attendance {
            return without_score(Outcome::Attendance(code));
        }
        if let Some(reason) = not_sitting(registration) {
            return without_score(Outcome::NotSitting(reason));
        }
        let Some(raw) = marks.iter().map(|m| m.map(u16::from)).sum::<Option<u16>>() else {
            return without_score(Outcome::MarkMissing);
        };
        let scaled = table.scaled(raw);
        let outcome = match scaled {
            None => Outcome::TooFewMarks,
            Some(score) if score >= EXPECTED_STANDARD => Outcome::Achieved,
            Some(_) => Outcome::NotAchieved,
        };
        Self { raw: Some(raw), scaled, outcome }
    }
}

fn not_sitting(registration: Registration) -> Option<NotSitting> {
    match registration {
        Registration::Registered => None,
        Registration::Below => Some(NotSitting::Below),
        Registration::Future => Some(NotSitting::Future),
        Registration::Previous => Some(NotSitting::Previous),
        // Unregistered is refused by the reader unless it holds for all subjects; then there is no row.
        Registration::Left | Registration::Unregistered => Some(NotSitting::Left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ConversionTable {
        let rows: Vec<(u16, u8)> =
            (3..=50).map(|raw| (raw, u8::try_from((77 + raw).min(120)).unwrap())).collect();
        ConversionTable::new(Subject::Reading, &rows).unwrap()
    }

    #[track_caller]
    fn check(
        registration: Registration,
        attendance: Option<Attendance>,
        mark: Option<u8>,
        expected: (&str, Option<u16>, Option<u8>),
    ) {
        let result = SubjectResult::decide(&table(), registration, attendance, &[mark]);
        assert_eq!((result.outcome.code(), result.raw, result.scaled), expected);
    }

    #[test]
    fn the_first_code_that_applies_wins() {
        use Registration::{Below, Left, Registered};
        check(Registered, None, Some(23), ("AS", Some(23), Some(100)));
        check(Registered, None, Some(22), ("NS", Some(22), Some(99)));
        check(Registered, None, Some(2), ("N", Some(2), None));
        check(Registered, None, Some(0), ("N", Some(0), None));
        check(Registered, None, None, ("M", None, None));
        check(Registered, Some(Attendance::Absent), None, ("A", None, None));
        check(Below, Some(Attendance::Maladministration), Some(40), ("Q", None, None));
        check(Below, None, Some(40), ("B", None, None));
        check(Left, None, None, ("L", None, None));
    }

    #[test]
    fn one_missing_paper_leaves_the_subject_without_a_score() {
        let rows: Vec<(u16, u8)> = (3..=70).map(|raw| (raw, 80)).collect();
        let gps = ConversionTable::new(Subject::Gps, &rows).unwrap();
        let result = SubjectResult::decide(&gps, Registration::Registered, None, &[Some(40), None]);
        assert_eq!(result.outcome, Outcome::MarkMissing);
        assert_eq!(result.raw, None);
    }

    #[test]
    fn a_wrong_table_is_refused_at_its_first_wrong_row() {
        let good: Vec<(u16, u8)> = (3..=50).map(|raw| (raw, 90)).collect();
        let refused =
            |rows: &[(u16, u8)]| ConversionTable::new(Subject::Reading, rows).unwrap_err();
        assert_eq!(refused(&good[1..]), BadTable::Incomplete { raw: 3, max: 50 });
        assert_eq!(refused(&good[..40]), BadTable::Incomplete { raw: 43, max: 50 });
        let mut long = good.clone();
        long.push((51, 120));
        assert_eq!(refused(&long), BadTable::Incomplete { raw: 51, max: 50 });
        let mut falls = good.clone();
        falls[10].1 = 89;
        assert_eq!(refused(&falls), BadTable::Falls { raw: 13 });
        let mut high = good;
        high[47].1 = 121;
        assert_eq!(refused(&high), BadTable::OutOfRange { raw: 50, scaled: 121 });
    }
}

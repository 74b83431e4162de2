//! The summary by subject: how many met which standard, and the average.

use super::PupilLine;
use crate::domain::papers::Subject;
use crate::domain::scores::{HIGHER_STANDARD, Outcome};
use crate::domain::wording::share;

/// The summary of one subject.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Pupils with a scaled score.
    pub scored: u32,
    /// Their scaled scores together.
    pub points: u32,
    /// Pupils who count in percentages.
    pub counted: u32,
    /// Pupils at the expected standard.
    pub expected: u32,
    /// Pupils at the higher standard.
    pub higher: u32,
}

impl Sums {
    /// What the columns of a summary are called. What matters most comes first: a phone shows two or three.
    pub const HEAD: [&'static str; 5] = [
        "Expected standard (100 or more)",
        "Higher standard (110 or more)",
        "Average scaled score",
        "Pupils who count",
        "With a scaled score",
    ];

    /// Counts the pupils of a page in one subject.
    pub fn of(pupils: &[PupilLine], subject: Subject) -> Self {
        let mut sums = Self::default();
        for result in pupils.iter().map(|pupil| &pupil.results[subject as usize]) {
            sums.counted += u32::from(Outcome::counts(&result.outcome));
            sums.expected += u32::from(result.outcome == "AS");
            if let Some(scaled) = result.scaled {
                sums.scored += 1;
                sums.points += u32::from(scaled);
                sums.higher += u32::from(scaled >= HIGHER_STANDARD);
            }
        }
        sums
    }

    /// What stands below [`Self::HEAD`].
    pub fn row(&self) -> [String; 5] {
        [
            share(self.expected, self.counted),
            share(self.higher, self.counted),
            self.average().unwrap_or_else(|| "None yet".to_owned()),
            self.counted.to_string(),
            self.scored.to_string(),
        ]
    }

    /// With one decimal; none without a score.
    fn average(&self) -> Option<String> {
        let tenths = (self.points * 10 + self.scored / 2).checked_div(self.scored)?;
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    }
}

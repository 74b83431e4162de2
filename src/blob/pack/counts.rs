//! The reconciliation of a school: what was expected, what came, what became of it. Counts, no results.

use serde::{Deserialize, Serialize};

/// Counts of one paper, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperCounts {
    /// Scripts that are expected: the pupil sat the paper.
    pub expected: u32,
    /// Scripts that were delivered.
    pub received: u32,
    /// Delivered scripts that belong to an expected one.
    pub matched: u32,
    /// Pupils whose outcome is a mark.
    pub marked: u32,
    /// Pupils whose outcome is a code: absent, below the standard of the test, and the like.
    pub coded: u32,
    /// Pupils whose mark is missing.
    pub unmarked: u32,
}

impl PaperCounts {
    /// The sum of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            expected: self.expected + other.expected,
            received: self.received + other.received,
            matched: self.matched + other.matched,
            marked: self.marked + other.marked,
            coded: self.coded + other.coded,
            unmarked: self.unmarked + other.unmarked,
        }
    }

    /// Scripts that are expected and did not come.
    pub fn missing(&self) -> u32 {
        self.expected.saturating_sub(self.matched)
    }
}

/// The reconciliation of a school: each of its pupils has exactly one outcome in each paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// Pupils in its results.
    pub pupils: u32,
    /// By paper, in the order of `Paper::ALL`.
    pub papers: [PaperCounts; 6],
    /// Whether scripts were delivered for this release at all.
    pub scripts: bool,
}

impl Reconciliation {
    /// All papers together.
    pub fn all(&self) -> PaperCounts {
        self.papers.iter().fold(PaperCounts::default(), |sum, paper| sum.and(*paper))
    }

    /// Whether every expected script is here, every mark too, and every outcome is one.
    pub fn is_complete(&self) -> bool {
        let all = self.all();
        all.unmarked == 0 && self.is_whole() && (!self.scripts || all.missing() == 0)
    }

    /// Whether each pupil has exactly one outcome in each paper.
    pub fn is_whole(&self) -> bool {
        self.papers.iter().all(|p| p.marked + p.coded + p.unmarked == self.pupils)
    }
}

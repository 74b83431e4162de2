//! Subjects and papers of the tests: their names, marks and order (`domain` notes §2.11).

use std::fmt;
use std::str::FromStr;

/// A tested subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Grammar, punctuation and spelling.
    Gps,
    /// English reading.
    Reading,
    /// Mathematics.
    Maths,
}

impl Subject {
    /// In the order of the test week.
    pub const ALL: [Self; 3] = [Self::Gps, Self::Reading, Self::Maths];

    /// The name in files and addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Gps => "gps",
            Self::Reading => "reading",
            Self::Maths => "maths",
        }
    }

    /// The name on pages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gps => "Grammar, punctuation and spelling",
            Self::Reading => "English reading",
            Self::Maths => "Mathematics",
        }
    }

    /// Its papers in order.
    pub const fn papers(self) -> &'static [Paper] {
        match self {
            Self::Gps => &[Paper::Gps1, Paper::Gps2],
            Self::Reading => &[Paper::Reading],
            Self::Maths => &[Paper::Maths1, Paper::Maths2, Paper::Maths3],
        }
    }

    /// Highest raw mark: the sum of its papers.
    pub fn max_raw(self) -> u16 {
        self.papers().iter().map(|paper| u16::from(paper.max_mark())).sum()
    }
}

impl FromStr for Subject {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|s| s.key() == text)
            .ok_or(UnknownName { expected: "gps, reading or maths" })
    }
}

/// One paper, which gives one script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Paper {
    /// GPS paper 1: questions.
    Gps1,
    /// GPS paper 2: spelling.
    Gps2,
    /// Reading.
    Reading,
    /// Mathematics paper 1: arithmetic.
    Maths1,
    /// Mathematics paper 2: reasoning.
    Maths2,
    /// Mathematics paper 3: reasoning.
    Maths3,
}

impl Paper {
    /// In the order of the test week.
    pub const ALL: [Self; 6] =
        [Self::Gps1, Self::Gps2, Self::Reading, Self::Maths1, Self::Maths2, Self::Maths3];

    /// The name in files and addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Gps1 => "gps1",
            Self::Gps2 => "gps2",
            Self::Reading => "reading",
            Self::Maths1 => "maths1",
            Self::Maths2 => "maths2",
            Self::Maths3 => "maths3",
        }
    }

    /// The name on pages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gps1 => "GPS paper 1: questions",
            Self::Gps2 => "GPS paper 2: spelling",
            Self::Reading => "Reading paper",
            Self::Maths1 => "Mathematics paper 1: arithmetic",
            Self::Maths2 => "Mathematics paper 2: reasoning",
            Self::Maths3 => "Mathematics paper 3: reasoning",
        }
    }

    /// The subject it belongs to.
    pub const fn subject(self) -> Subject {
        match self {
            Self::Gps1 | Self::Gps2 => Subject::Gps,
            Self::Reading => Subject::Reading,
            Self::Maths1 | Self::Maths2 | Self::Maths3 => Subject::Maths,
        }
    }

    /// Highest mark.
    pub const fn max_mark(self) -> u8 {
        match self {
            Self::Gps1 | Self::Reading => 50,
            Self::Gps2 => 20,
            Self::Maths1 => 40,
            Self::Maths2 | Self::Maths3 => 35,
        }
    }

    /// Its place in [`Paper::ALL`], 0–5.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl FromStr for Paper {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|p| p.key() == text)
            .ok_or(UnknownName { expected: "gps1, gps2, reading, maths1, maths2 or maths3" })
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A word that is none of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct UnknownName {
    /// The list, in words.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_add_up_to_the_published_totals() {
        assert_eq!(Subject::ALL.map(Subject::max_raw), [70, 50, 110]);
        for (index, paper) in Paper::ALL.into_iter().enumerate() {
            assert_eq!(paper.index(), index);
            assert!(paper.subject().papers().contains(&paper));
            assert_eq!(paper.key().parse(), Ok(paper));
        }
    }
}

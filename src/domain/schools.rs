//! Schools, trusts and authorities as the national register names them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::ids::{GroupUid, LaCode, Laestab, Urn};
use super::papers::UnknownName;

/// What a school is, as its users would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Nature {
    /// A mainstream school with pupils up to year 6, or to the middle years.
    Primary,
    /// A school that pupils leave before year 6.
    Infant,
    /// A school that takes pupils into year 7.
    Secondary,
    /// A special school, maintained or an academy.
    Special,
    /// A pupil referral unit or alternative provision.
    PupilReferral,
    /// An independent school.
    Independent,
    /// Anything else that has a DfE number: nurseries, colleges, secure units.
    Other,
}

impl Nature {
    /// Every nature.
    pub const ALL: [Self; 7] = [
        Self::Primary,
        Self::Infant,
        Self::Secondary,
        Self::Special,
        Self::PupilReferral,
        Self::Independent,
        Self::Other,
    ];

    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Infant => "infant",
            Self::Secondary => "secondary",
            Self::Special => "special",
            Self::PupilReferral => "pupil_referral",
            Self::Independent => "independent",
            Self::Other => "other",
        }
    }

    /// The words on pages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Primary => "Primary school",
            Self::Infant => "Infant school",
            Self::Secondary => "Secondary school",
            Self::Special => "Special school",
            Self::PupilReferral => "Pupil referral unit or alternative provision",
            Self::Independent => "Independent school",
            Self::Other => "Other establishment",
        }
    }

    /// From the codes of the extract: type of establishment, ages, and whether it takes pupils into year 7.
    fn of(kind: &str, ages: (u8, u8), is_secondary: bool) -> Self {
        match kind {
            "07" | "08" | "10" | "12" | "33" | "36" | "44" => Self::Special,
            "14" | "38" | "42" | "43" => Self::PupilReferral,
            "11" => Self::Independent,
            _ if is_secondary => Self::Secondary,
            _ if (6..=8).contains(&ages.1) => Self::Infant,
            _ if ages.0 <= 10 && ages.1 > 8 => Self::Primary,
            _ => Self::Other,
        }
    }
}

impl std::str::FromStr for Nature {
    type Err = UnknownName;
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let expected = "a nature of a school";
        Self::ALL.into_iter().find(|n| n.key() == text).ok_or(UnknownName { expected })
    }
}

/// A school as GIAS names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// Stable number.
    pub urn: Urn,
    /// DfE number.
    pub laestab: Laestab,
    /// Name.
    pub name: String,
    /// Authority.
    pub authority: LaCode,
    /// Name of the authority.
    pub authority_name: String,
    /// Code of the type of establishment.
    pub kind: String,
    /// Lowest and highest age.
    pub ages: (u8, u8),
    /// Phase of education code.
    pub phase: String,
    /// Lines of its address, joined by commas.
    pub address: String,
    /// Its telephone number there; what the school itself says goes before.
    pub phone: String,
    /// When it opened; of old schools nobody knows.
    pub opened_on: Option<Date>,
    /// Whether it has closed.
    pub is_closed: bool,
    /// When it closed; of schools that closed long ago nobody knows.
    pub closed_on: Option<Date>,
    /// Multi-academy trusts that it is a member of, with the day of joining.
    pub trusts: Vec<(GroupUid, Date)>,
}

impl School {
    /// Takes pupils into year 7 (`domain` notes §1.4).
    pub fn is_secondary(&self) -> bool {
        self.ages.1 >= 12 && self.ages.0 <= 11 && matches!(self.phase.as_str(), "4" | "5" | "7")
    }

    /// What it is.
    pub fn nature(&self) -> Nature {
        Nature::of(&self.kind, self.ages, self.is_secondary())
    }

    /// The trust that it belonged to on a day: the one joined last.
    pub fn trust_on(&self, day: Date) -> Option<GroupUid> {
        let joined = self.trusts.iter().filter(|(_, joined)| *joined <= day);
        joined.max_by_key(|(_, joined)| *joined).map(|(group, _)| *group)
    }
}

/// What the files of an extract say together.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// Schools by DfE number: the open one where a closed one had the same.
    pub schools: BTreeMap<Laestab, School>,
    /// Closed schools whose DfE number another one has since.
    pub replaced: BTreeMap<Urn, School>,
    /// Names of open multi-academy trusts.
    pub trusts: BTreeMap<GroupUid, String>,
    /// Multi-academy trusts that closed, and when.
    pub closed_trusts: BTreeMap<GroupUid, Option<Date>>,
    /// Names of authorities.
    pub authorities: BTreeMap<LaCode, String>,
    /// Which school went on as which: the closed one, then its only successor.
    pub successors: BTreeMap<Urn, Urn>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, ages: (u8, u8), is_secondary: bool, expected: Nature) {
        assert_eq!(Nature::of(kind, ages, is_secondary), expected, "{kind} {ages:?}");
    }

    #[test]
    fn what_a_school_is_follows_from_type_and_ages() {
        check("01", (3, 11), false, Nature::Primary);
        check("34", (7, 11), false, Nature::Primary);
        check("01", (4, 7), false, Nature::Infant);
        check("34", (11, 18), true, Nature::Secondary);
        check("44", (11, 19), true, Nature::Special);
        check("14", (5, 16), true, Nature::PupilReferral);
        check("11", (3, 11), false, Nature::Independent);
        check("15", (2, 5), false, Nature::Other);
        check("18", (16, 99), false, Nature::Other);
        for nature in Nature::ALL {
            assert_eq!(nature.key().parse(), Ok(nature));
        }
    }
}

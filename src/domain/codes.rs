//! Codes of registration, attendance and teacher assessment (`domain` notes §2.6, §2.10, §2.12).

use std::str::FromStr;

use super::papers::UnknownName;

/// Declares a closed list of words with its reading and writing.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $expected:literal, { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in files.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownName { expected: $expected }),
                }
            }
        }
    };
}

words!(
    /// Registration of a pupil for one subject.
    Registration, "Registered, Below, Future, Previous, Left or Unregistered", {
    /// Expected to sit.
    Registered = "Registered",
    /// Works below the standard of the test.
    Below = "Below",
    /// Takes it in a later year.
    Future = "Future",
    /// Took it in an earlier year.
    Previous = "Previous",
    /// Has left the school.
    Left = "Left",
    /// Listed by mistake.
    Unregistered = "Unregistered",
});

words!(
    /// Why a pupil did not sit a subject, or why its result does not stand.
    Attendance, "A, B, U, J, F, P, L, H or Q", {
    /// Absent.
    Absent = "A",
    /// Working below the standard of the test.
    Below = "B",
    /// At the standard but unable to access the test.
    UnableToAccess = "U",
    /// Just arrived, performance not established.
    JustArrived = "J",
    /// Takes it in a future year.
    Future = "F",
    /// Took it in a past year.
    Past = "P",
    /// Left the school.
    Left = "L",
    /// Annulled: pupil cheating.
    Cheating = "H",
    /// Annulled: maladministration.
    Maladministration = "Q",
});

words!(
    /// A subject of teacher assessment.
    TaSubject, "writing, science, reading or maths", {
    /// English writing.
    Writing = "writing",
    /// Science.
    Science = "science",
    /// English reading: only for pupils below the standard of the test.
    Reading = "reading",
    /// Mathematics: only for pupils below the standard of the test.
    Maths = "maths",
});

words!(
    /// A teacher assessment judgement.
    TaCode, "a teacher assessment code such as EXS or PK6", {
    /// Working at greater depth.
    Gds = "GDS",
    /// Working at the expected standard.
    Exs = "EXS",
    /// Working towards the expected standard.
    Wts = "WTS",
    /// Has not met the standard.
    Hnm = "HNM",
    /// Pre-key-stage standard 6.
    Pk6 = "PK6",
    /// Pre-key-stage standard 5.
    Pk5 = "PK5",
    /// Pre-key-stage standard 4.
    Pk4 = "PK4",
    /// Pre-key-stage standard 3.
    Pk3 = "PK3",
    /// Pre-key-stage standard 2.
    Pk2 = "PK2",
    /// Pre-key-stage standard 1.
    Pk1 = "PK1",
    /// Engagement model.
    Em = "EM",
    /// Absent for long, or not enough information.
    Absent = "A",
    /// Left the school.
    Left = "L",
    /// Assessed in a future year.
    Future = "F",
    /// Assessed in a past year.
    Past = "P",
});

impl TaCode {
    /// Whether the code may be given in the subject (statutory table, `domain` notes §2.10).
    pub fn allowed_in(self, subject: TaSubject) -> bool {
        let pre_key_stage = matches!(
            self,
            Self::Pk1 | Self::Pk2 | Self::Pk3 | Self::Pk4 | Self::Pk5 | Self::Pk6 | Self::Em
        );
        let elsewhere = matches!(self, Self::Left | Self::Future | Self::Past);
        match subject {
            TaSubject::Writing => self != Self::Hnm,
            TaSubject::Science => matches!(self, Self::Exs | Self::Hnm | Self::Absent) || elsewhere,
            TaSubject::Reading | TaSubject::Maths => pre_key_stage || self == Self::Absent,
        }
    }
}

words!(
    /// Sex as schools record it.
    Sex, "M or F", {
    /// Male.
    Male = "M",
    /// Female.
    Female = "F",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judgements_are_held_to_their_subjects() {
        let allowed = |subject| TaCode::ALL.iter().filter(|c| c.allowed_in(subject)).count();
        assert_eq!(allowed(TaSubject::Writing), 14);
        assert_eq!(allowed(TaSubject::Science), 6);
        assert_eq!(allowed(TaSubject::Reading), 8);
        assert!(!TaCode::Exs.allowed_in(TaSubject::Maths));
        assert!("Registred".parse::<Registration>().is_err());
    }
}

//! Identifiers of schools, pupils and groups, each a type of its own (`domain` notes §1.2–1.3).

use std::fmt;
use std::str::FromStr;

/// The 23 check letters of a UPN, in order of their value.
const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// Unique pupil number: 13 characters whose first is a check letter. `Debug` shows nothing of the pupil.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Upn([u8; 13]);

/// Why a text is not a UPN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUpn {
    /// Not 13 characters; holds how many there were.
    #[error("a UPN has 13 characters, this has {0}")]
    Length(usize),
    /// A character that cannot stand at its place.
    #[error("a UPN is a letter, 11 digits, and a digit or a letter other than I, O and S")]
    Characters,
    /// The first letter does not fit the other twelve.
    #[error("the check letter should be {expected}")]
    CheckLetter {
        /// The letter that would fit.
        expected: char,
    },
}

impl Upn {
    /// Puts the right check letter in front of twelve characters (year, school and serial).
    pub fn with_check_letter(twelve: &str) -> Result<Self, BadUpn> {
        let body: [u8; 12] =
            twelve.as_bytes().try_into().map_err(|_| BadUpn::Length(twelve.len() + 1))?;
        let mut upn = [check_letter(&body)?; 13];
        upn[1..].copy_from_slice(&body);
        Ok(Self(upn))
    }

    /// The 13 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("parsed from ASCII letters and digits")
    }

    /// A temporary UPN ends in a letter and is to be replaced by a permanent one.
    pub fn is_temporary(&self) -> bool {
        self.0[12].is_ascii_uppercase()
    }
}

fn check_letter(body: &[u8; 12]) -> Result<u8, BadUpn> {
    let mut sum = 0;
    for (index, &byte) in body.iter().enumerate() {
        let value = match byte {
            b'0'..=b'9' => usize::from(byte - b'0'),
            letter if index == 11 => {
                LETTERS.iter().position(|&l| l == letter).ok_or(BadUpn::Characters)?
            }
            _ => return Err(BadUpn::Characters),
        };
        sum += value * (index + 2);
    }
    Ok(LETTERS[sum % LETTERS.len()])
}

impl FromStr for Upn {
    type Err = BadUpn;

    /// Trims and upper-cases first, as every reader of UPNs does.
    fn from_str(text: &str) -> Result<Self, BadUpn> {
        let text = text.trim().to_ascii_uppercase();
        if text.chars().count() != 13 {
            return Err(BadUpn::Length(text.chars().count()));
        }
        if !text.is_ascii() || !LETTERS.contains(&text.as_bytes()[0]) {
            return Err(BadUpn::Characters);
        }
        let upn = Self::with_check_letter(&text[1..])?;
        if upn.0[0] == text.as_bytes()[0] {
            Ok(upn)
        } else {
            Err(BadUpn::CheckLetter { expected: char::from(upn.0[0]) })
        }
    }
}

impl fmt::Debug for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upn(..)")
    }
}

/// DfE number: three digits of local authority, four of establishment. It can change; `Urn` is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Laestab(u32);

/// A text that is not the identifier it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct BadId {
    /// What the identifier looks like, in words.
    pub expected: &'static str,
}

const BAD_LAESTAB: BadId = BadId { expected: "a DfE number of seven digits, such as 8882045" };

impl Laestab {
    /// Joins an authority code and an establishment number (0–9999).
    pub fn new(authority: LaCode, establishment: u16) -> Result<Self, BadId> {
        if establishment > 9999 {
            return Err(BadId { expected: "an establishment number of four digits" });
        }
        Ok(Self(u32::from(authority.0) * 10_000 + u32::from(establishment)))
    }

    /// From the number itself.
    pub fn from_number(number: u32) -> Result<Self, BadId> {
        match number {
            1_000_000..10_000_000 => Ok(Self(number)),
            _ => Err(BAD_LAESTAB),
        }
    }

    /// The authority that the number names (not always the one that maintains the school).
    pub fn authority(self) -> LaCode {
        LaCode(u16::try_from(self.0 / 10_000).expect("seven digits"))
    }

    /// The number itself, 1,000,000–9,999,999.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl FromStr for Laestab {
    type Err = BadId;

    /// Accepts `8882045` and `888/2045`.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let number = match text.split_once('/') {
            Some((authority, establishment)) if authority.len() == 3 => {
                digits_between(&format!("{authority}{establishment}"), 7, 1_000_000)
            }
            Some(_) => None,
            None => digits_between(text, 7, 1_000_000),
        };
        number.map(Self).ok_or(BAD_LAESTAB)
    }
}

impl fmt::Display for Laestab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Unique reference number of a school: six digits, given at opening, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Urn(u32);

impl Urn {
    /// The number itself, 100,000–999,999.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl FromStr for Urn {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        digits_between(text, 6, 100_000)
            .map(Self)
            .ok_or(BadId { expected: "a URN of six digits that does not begin with 0" })
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Code of a local authority: three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaCode(u16);

impl LaCode {
    /// The number itself, 100–999.
    pub fn number(self) -> u16 {
        self.0
    }
}

impl FromStr for LaCode {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        digits_between(text, 3, 100)
            .and_then(|n| u16::try_from(n).ok())
            .map(Self)
            .ok_or(BadId { expected: "a local authority code of three digits" })
    }
}

impl fmt::Display for LaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `Group UID` of a trust in GIAS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupUid(u32);

impl GroupUid {
    /// The number itself.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl FromStr for GroupUid {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId { expected: "a group UID, a whole number" };
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad);
        }
        text.parse().map(Self).map_err(|_| bad)
    }
}

impl fmt::Display for GroupUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Reads exactly `length` digits whose value is at least `least`.
fn digits_between(text: &str, length: usize, least: u32) -> Option<u32> {
    if text.len() != length || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&n| n >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_upns_have_their_letters() {
        for (body, whole) in [
            ("888204517042", "E888204517042"),
            ("330218917105", "R330218917105"),
            ("20136142304K", "N20136142304K"),
            ("201100018042", "R201100018042"),
            ("20110001804V", "T20110001804V"),
        ] {
            assert_eq!(Upn::with_check_letter(body).unwrap().as_str(), whole);
            assert_eq!(whole.parse::<Upn>().unwrap().as_str(), whole);
        }
    }

    #[test]
    fn a_damaged_upn_says_what_is_wrong() {
        assert_eq!("A888204517042".parse::<Upn>(), Err(BadUpn::CheckLetter { expected: 'E' }));
        assert_eq!("E88820451704".parse::<Upn>(), Err(BadUpn::Length(12)));
        assert_eq!("E88820451704I".parse::<Upn>(), Err(BadUpn::Characters));
        assert_eq!("E8882O4517042".parse::<Upn>(), Err(BadUpn::Characters));
        assert_eq!("É88820451704".parse::<Upn>(), Err(BadUpn::Length(12)));
        assert_eq!("É888204517042".parse::<Upn>(), Err(BadUpn::Characters));
        assert_eq!(" n20136142304k ".parse::<Upn>().map(|u| u.is_temporary()), Ok(true));
    }

    #[test]
    fn dfe_numbers_are_read_with_and_without_a_slash() {
        let plain: Laestab = "8882045".parse().unwrap();
        assert_eq!("888/2045".parse(), Ok(plain));
        assert_eq!(plain.authority().to_string(), "888");
        for bad in ["", "888204", "88820455", "0882045", "88/82045", "888-2045", "８８８２０４５"]
        {
            assert!(bad.parse::<Laestab>().is_err(), "{bad}");
        }
    }
}

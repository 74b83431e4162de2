//! What something that was sent is called by people: `HD4-7KQ-M9X`.

use std::fmt;
use std::str::FromStr;

/// Characters of a reference: none that sounds or looks like another.
const SPOKEN: &[u8; 24] = b"ACDEFHJKMNPQRTVWXY346789";
/// Characters, without the dashes.
const LENGTH: usize = 9;

/// A reference, made by chance. It opens nothing: whoever knows it can only ask about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference(String);

/// Text that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reference has nine characters, such as HD4-7KQ-M9X")]
pub struct BadReference;

impl Reference {
    /// Makes one of random bytes: 24⁹ are as many as 41 bits tell apart.
    pub fn of(random: [u8; 8]) -> Self {
        let mut rest = u64::from_be_bytes(random);
        let mut letter = || {
            let at = usize::try_from(rest % SPOKEN.len() as u64).expect("below 24");
            rest /= SPOKEN.len() as u64;
            char::from(SPOKEN[at])
        };
        let mut three = || [letter(), letter(), letter()].iter().collect::<String>();
        Self([three(), three(), three()].join("-"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reference {
    type Err = BadReference;

    /// Spaces, dashes and small letters are all right.
    fn from_str(text: &str) -> Result<Self, BadReference> {
        let said = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
        let letters: Vec<u8> = said.take(LENGTH + 1).map(|b| b.to_ascii_uppercase()).collect();
        if letters.len() != LENGTH || !letters.iter().all(|letter| SPOKEN.contains(letter)) {
            return Err(BadReference);
        }
        let text = String::from_utf8(letters).map_err(|_| BadReference)?;
        Ok(Self(format!("{}-{}-{}", &text[..3], &text[3..6], &text[6..])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_as_it_is_written_or_said() {
        let made = Reference::of([7; 8]);
        assert_eq!(made.as_str().len(), 11);
        assert_eq!(made.as_str().parse(), Ok(made.clone()));
        assert_eq!(made.as_str().to_lowercase().replace('-', " ").parse(), Ok(made));
        assert_ne!(Reference::of([0; 8]), Reference::of([1; 8]));
        for bad in ["", "HD4-7KQ-M9", "HD4-7KQ-M9XX", "HD4-7KQ-M9O", "HD4-7KQ-M9é"] {
            assert_eq!(bad.parse::<Reference>(), Err(BadReference), "{bad}");
        }
    }
}

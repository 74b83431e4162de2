//! What somebody who waits reads to the helpline, such as `QF7-3KD`: their lane and number, and back again.

use std::fmt;
use std::str::FromStr;

use super::lanes::{LANES, Lane};
use super::words::NUMBERS_MAX;

/// Characters of a reference: none that sounds or looks like another.
const SPOKEN: &[u8; 24] = b"ACDEFHJKMNPQRTVWXY346789";
/// Characters that are said, without the dash.
const LENGTH: usize = 6;
/// References that there are.
const SPACE: u64 = 24_u64.pow(6);
/// Spreads neighbours, so that a slip of the tongue names nobody rather than somebody else. It has no
/// factor in common with the space, and `UNSPREAD` is its inverse there.
const SPREAD: u64 = 118_107_865;
const UNSPREAD: u64 = 156_856_681;
const _: () = assert!(SPREAD * UNSPREAD % SPACE == 1);
const _: () = assert!(LANES as u64 * NUMBERS_MAX <= SPACE);

/// Which place in the queue is meant. It opens nothing: whoever knows it can only ask the helpline about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The lane.
    pub lane: Lane,
    /// The number in it.
    pub seq: u64,
}

/// What was read out is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reference has six characters, such as QF7-3KD; it has none of 0 1 2 5 B G I L O S U Z")]
pub struct BadReference;

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = u64::from(self.lane.number()) * NUMBERS_MAX + self.seq % NUMBERS_MAX;
        // Below 2^28 each: the product fits.
        let mut rest = place * SPREAD % SPACE;
        let count = SPOKEN.len() as u64;
        let mut text = [0; LENGTH];
        for letter in &mut text {
            *letter = SPOKEN[usize::try_from(rest % count).expect("below 24")];
            rest /= count;
        }
        let text = std::str::from_utf8(&text).expect("letters and digits");
        write!(f, "{}-{}", &text[..3], &text[3..])
    }
}

impl FromStr for Reference {
    type Err = BadReference;

    /// Reads what somebody typed: spaces, dashes and small letters are all right.
    fn from_str(text: &str) -> Result<Self, BadReference> {
        let said = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
        let letters: Vec<u8> =
            said.take(LENGTH + 1).map(|byte| byte.to_ascii_uppercase()).collect();
        if letters.len() != LENGTH {
            return Err(BadReference);
        }
        let mut whole = 0;
        for letter in letters.iter().rev() {
            let at = SPOKEN.iter().position(|known| known == letter).ok_or(BadReference)?;
            whole = whole * SPOKEN.len() as u64 + at as u64;
        }
        let place = whole * UNSPREAD % SPACE;
        let lane = u8::try_from(place / NUMBERS_MAX).ok().and_then(Lane::from_number);
        Ok(Self { lane: lane.ok_or(BadReference)?, seq: place % NUMBERS_MAX })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_place_has_one_that_leads_back(lane in 0..4_u8, seq in 0..NUMBERS_MAX) {
            let made = Reference { lane: Lane::from_number(lane).unwrap(), seq };
            let spoken = made.to_string();
            prop_assert_eq!(spoken.len(), LENGTH + 1);
            prop_assert_eq!(spoken.parse(), Ok(made));
            prop_assert_eq!(spoken.to_lowercase().replace('-', " ").parse(), Ok(made));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(text: String) {
            if let Ok(read) = text.parse::<Reference>() {
                prop_assert_eq!(read.to_string().parse(), Ok(read));
            }
        }
    }

    #[test]
    fn neighbours_look_nothing_alike() {
        let of = |seq| Reference { lane: Lane::Standard, seq }.to_string();
        for seq in 0..1_000 {
            let (one, next) = (of(seq), of(seq + 1));
            let alike = one.bytes().zip(next.bytes()).filter(|(a, b)| a == b && *a != b'-').count();
            assert!(alike <= 3, "{one} and {next}");
        }
    }

    #[test]
    fn what_sounds_alike_is_not_used_and_not_read() {
        for text in ["", "QF7", "QF7-3KDA", "QF7-3K0", "QF7-3KS", "QF7_3KD", "ÄÖÜ-ÄÖÜ"] {
            assert_eq!(text.parse::<Reference>(), Err(BadReference), "{text}");
        }
    }
}

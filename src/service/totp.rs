//! Codes of authenticator apps (RFC 6238): six digits, half a minute, SHA-1, which is what every app knows.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// Bytes of a secret, as the standard advises.
pub const SECRET_BYTES: usize = 20;
/// Seconds of one step.
const STEP_SECONDS: i64 = 30;
/// Clocks of telephones are off by so many steps at the most, to either side.
const STEPS_OFF: i64 = 1;
/// Letters of base 32.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base 32 without padding, as apps take secrets.
pub fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(LETTERS[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// The step in which an instant lies.
pub fn step_of(unix_seconds: i64) -> i64 {
    unix_seconds.div_euclid(STEP_SECONDS)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let four = tag[at..at + 4].try_into().expect("twenty bytes, of which four from the fifteenth");
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// The step whose code was typed, if it is one of now. Looks at every step, whichever it is.
pub fn step_typed(secret: &[u8], typed: &str, unix_seconds: i64) -> Option<i64> {
    let now = step_of(unix_seconds);
    let same =
        |step: &i64| verify_slices_are_equal(code(secret, *step).as_bytes(), typed.as_bytes());
    let steps = now - STEPS_OFF..=now + STEPS_OFF;
    steps.filter(|step| same(step).is_ok()).fold(None, |_, step| Some(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the standard's examples.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // Appendix B, the last six of eight digits.
        for (at, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, step_of(at)), expected);
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b"foo"), "MZXW6");
    }

    #[test]
    fn a_clock_may_be_off_by_half_a_minute() {
        let typed = |at| step_typed(SECRET, "287082", at);
        assert_eq!(
            (typed(29), typed(30), typed(59), typed(89)),
            (Some(1), Some(1), Some(1), Some(1))
        );
        assert_eq!((typed(-1), typed(90)), (None, None));
        assert_eq!(step_typed(SECRET, "28708", 59), None);
    }
}

//! Bytes as hexadecimal text.

/// Digits by value.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| DIGITS[usize::from(half)];
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(text).expect("digits and letters")
}

/// The bytes of lower-case hexadecimal, exactly so many.
pub fn parse<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| DIGITS.iter().position(|known| *known == byte);
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_two_digits() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert_eq!(parse("000fff"), Some([0, 15, 255]));
        assert_eq!(
            (parse::<3>("000ff"), parse::<3>("000ffg"), parse::<1>("é")),
            (None, None, None)
        );
    }
}

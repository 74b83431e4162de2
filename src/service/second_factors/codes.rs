//! Recovery codes as people read and type them.

use crate::node::keys::random;

/// Codes that somebody gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Letters and digits that nobody takes for others; the 9 stands twice, to make them thirty-two.
const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567899";
/// Signs of a code: sixty bits, which nobody tries out within any limit.
const LENGTH: usize = 12;
/// Signs of a group.
const GROUP: usize = 4;

/// A code in groups.
pub(super) fn new() -> String {
    let sign = |byte: u8| char::from(SIGNS[usize::from(byte & 31)]);
    readable(&random::<LENGTH>().map(sign).iter().collect::<String>())
}

/// A text in groups of four.
pub fn readable(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let groups = signs.chunks(GROUP).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// A code as it was typed, without what people put between its groups.
pub fn tidy(typed: &str) -> String {
    let kept = typed.chars().filter(|sign| sign.is_alphanumeric()).take(64);
    kept.flat_map(char::to_lowercase).collect()
}

/// Bytes of a text in base 32, of whatever case.
pub(super) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for sign in text.bytes() {
        let value = match sign.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        held = (held << 5 | u32::from(value)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).expect("eight bits"));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::totp::base32;

    #[test]
    fn a_code_may_be_typed_with_or_without_its_groups() {
        let code = new();
        assert_eq!((code.len(), code.matches('-').count()), (14, 2));
        let bare = code.replace('-', "");
        assert_eq!(tidy(&code), bare);
        assert_eq!(tidy(&bare.to_uppercase()), bare);
        assert_eq!(tidy(" 123 456 "), "123456");
        assert_ne!(new(), new());
    }

    #[test]
    fn base_32_comes_back() {
        for bytes in [b"".as_slice(), b"f", b"fo", b"foo", b"foob", b"fooba", &[255; 45]] {
            assert_eq!(from_base32(&base32(bytes)).unwrap(), bytes);
        }
        assert_eq!(from_base32("A!"), None);
    }
}

//! The part of CBOR (RFC 8949) that authenticators write: integers, bytes, texts, lists, maps, all of known length.

/// Maps and lists lie in each other so deep at the most.
const DEPTH_MAX: u8 = 6;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Pairs in the order written.
    Map(Vec<(Value, Value)>),
    /// False, true, nothing.
    Simple(u8),
}

impl Value {
    /// What a map holds under a key.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The bytes that a map holds under a key.
    pub fn bytes(&self, key: &Value) -> Option<&[u8]> {
        match self.get(key)? {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads one value, and gives what follows it. None where it is cut short, or not of this part.
pub fn read(bytes: &[u8]) -> Option<(Value, &[u8])> {
    value(bytes, DEPTH_MAX)
}

fn value(bytes: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (kind, low) = (first >> 5, first & 31);
    let (number, rest) = argument(low, rest)?;
    let length = || usize::try_from(number).ok();
    match kind {
        0 => Some((Value::Int(i64::try_from(number).ok()?), rest)),
        1 => Some((Value::Int(-1 - i64::try_from(number).ok()?), rest)),
        2 => rest.split_at_checked(length()?).map(|(own, rest)| (Value::Bytes(own.to_vec()), rest)),
        3 => {
            let (own, rest) = rest.split_at_checked(length()?)?;
            Some((Value::Text(String::from_utf8(own.to_vec()).ok()?), rest))
        }
        4 | 5 if depth > 0 => many(kind, number, rest, depth - 1),
        7 if low < 24 => Some((Value::Simple(low), rest)),
        _ => None,
    }
}

fn many(kind: u8, number: u64, mut rest: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let (mut list, mut map) = (Vec::new(), Vec::new());
    // Each takes a byte at the least: a length that is not there ends soon.
    for _ in 0..number {
        let (first, after) = value(rest, depth)?;
        rest = after;
        if kind == 4 {
            list.push(first);
            continue;
        }
        let (second, after) = value(rest, depth)?;
        rest = after;
        map.push((first, second));
    }
    Some((if kind == 4 { Value::List(list) } else { Value::Map(map) }, rest))
}

/// The number beside a kind, in as many bytes as it says.
fn argument(low: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let bytes = match low {
        0..=23 => return Some((low.into(), rest)),
        24..=27 => 1 << (low - 24),
        _ => return None,
    };
    let (own, rest) = rest.split_at_checked(bytes)?;
    Some((own.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_standard() {
        // Appendix A.
        let long = [0x1b, 0x7f, 255, 255, 255, 255, 255, 255, 255];
        for (bytes, expected) in [
            (&[0x17][..], Value::Int(23)),
            (&[0x19, 3, 0xe8], Value::Int(1000)),
            (&[0x38, 0x63], Value::Int(-100)),
            (&long, Value::Int(i64::MAX)),
            (&[0x44, 1, 2, 3, 4], Value::Bytes(vec![1, 2, 3, 4])),
            (&[0x64, 0x49, 0x45, 0x54, 0x46], Value::Text("IETF".to_owned())),
            (&[0x82, 1, 0xf5], Value::List(vec![Value::Int(1), Value::Simple(21)])),
            (&[0xa1, 1, 2], Value::Map(vec![(Value::Int(1), Value::Int(2))])),
        ] {
            assert_eq!(read(bytes), Some((expected, &[][..])), "{bytes:02x?}");
        }
        assert_eq!(read(&[0x01, 0x02]), Some((Value::Int(1), &[2][..])));
    }

    #[test]
    fn what_is_cut_short_or_endless_is_refused() {
        let whole = [0xa2, 0x01, 0x42, 7, 7, 0x20, 0x61, 0x61];
        assert!(read(&whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{end}");
        }
        let huge = [0x1b, 255, 255, 255, 255, 255, 255, 255, 255];
        for bytes in [
            &[0x5f, 0x41, 1, 0xff][..],
            &[0x1c],
            &[0xc0, 1],
            &huge,
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x81; 20],
        ] {
            assert_eq!(read(bytes), None, "{bytes:02x?}");
        }
    }
}

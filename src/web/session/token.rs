//! What the cookie of a session holds, before it is sealed.

use jiff::Timestamp;

/// Bytes of a token before sealing.
const TOKEN_BYTES: usize = 16 + 8 + 4 + 8 + 8 + 8;
/// The byte behind them, of a session that came through the identity service. A server of before knows no token of
/// that length, or not each of these, and takes none: it never gives such a session more than is due.
const ON_ROLES: u8 = 1;
const THROUGH_SERVICE: u8 = 2;
/// Bytes of a sealed token at the most: key id, nonce and tag are added.
pub(super) const SEALED_BYTES_MAX: usize = 1 + 12 + TOKEN_BYTES + 1 + 16;
/// The bit of the epoch that says that another password is asked for first: epochs never come near it, and a
/// server of before knows no such epoch.
const MUST_CHANGE: u32 = 1 << 31;

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// With their password.
    WithPassword,
    /// Through the identity service, where roles are not looked up.
    ThroughService,
    /// Through the identity service, and for as long as it gives access.
    OnRoles,
}

impl Came {
    const fn byte(self) -> Option<u8> {
        match self {
            Self::WithPassword => None,
            Self::ThroughService => Some(THROUGH_SERVICE),
            Self::OnRoles => Some(ON_ROLES),
        }
    }

    const fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [] => Some(Self::WithPassword),
            [THROUGH_SERVICE] => Some(Self::ThroughService),
            [ON_ROLES] => Some(Self::OnRoles),
            _ => None,
        }
    }
}

/// A session as its token holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Id of the session.
    pub id: [u8; 16],
    pub(super) user: i64,
    pub(super) epoch: u32,
    /// Nothing but another password may be set with it.
    pub must_change: bool,
    /// How its owner came in.
    pub came: Came,
    pub(super) organisation: i64,
    /// When it began.
    pub began: Timestamp,
    pub(super) seen: Timestamp,
}

impl Token {
    /// Row id of the organisation for which its owner acts.
    pub fn organisation(&self) -> i64 {
        self.organisation
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES + 1);
        bytes.extend(self.id);
        bytes.extend(self.user.to_be_bytes());
        let limited = if self.must_change { MUST_CHANGE } else { 0 };
        bytes.extend((self.epoch & !MUST_CHANGE | limited).to_be_bytes());
        bytes.extend(self.organisation.to_be_bytes());
        bytes.extend(self.began.as_millisecond().to_be_bytes());
        bytes.extend(self.seen.as_millisecond().to_be_bytes());
        bytes.extend(self.came.byte());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (bytes, more) = bytes.split_first_chunk::<TOKEN_BYTES>()?;
        let came = Came::of(more)?;
        let number = |at: usize| i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight"));
        let epoch = u32::from_be_bytes(bytes[24..28].try_into().expect("four"));
        Some(Self {
            id: bytes[..16].try_into().expect("sixteen"),
            user: number(16),
            epoch: epoch & !MUST_CHANGE,
            must_change: epoch & MUST_CHANGE != 0,
            came,
            organisation: number(28),
            began: Timestamp::from_millisecond(number(36)).ok()?,
            seen: Timestamp::from_millisecond(number(44)).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_keeps_what_it_was_given() {
        let at = |text: &str| text.parse().unwrap();
        let token = Token {
            id: [9; 16],
            user: 17,
            epoch: 3,
            must_change: true,
            came: Came::WithPassword,
            organisation: 40,
            began: at("2024-07-09T06:00:00.123Z"),
            seen: at("2024-07-09T06:29:59.999Z"),
        };
        let bytes = token.encode();
        assert_eq!(bytes.len(), TOKEN_BYTES, "as servers of before write it and read it");
        assert_eq!(Token::decode(&bytes), Some(token));
        assert_eq!(Token::decode(&bytes[1..]), None);
        for (came, byte) in [(Came::OnRoles, 1), (Came::ThroughService, 2)] {
            let through = Token { came, ..token };
            assert_eq!(through.encode()[TOKEN_BYTES..], [byte], "as servers of before read it");
            assert_eq!(Token::decode(&through.encode()), Some(through));
        }
        for more in [[0].as_slice(), &[3], &[1, 1], &[2, 1]] {
            assert_eq!(Token::decode(&[&bytes, more].concat()), None, "{more:?}");
        }
    }
}

//! Bytes in the JSON of an index: base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A digest as base64 text.
pub(in crate::blob) mod digest_text {
    use super::{Engine, STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::blob) fn serialize<S: Serializer>(
        digest: &[u8; 32],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(digest))
    }

    pub(in crate::blob) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<[u8; 32], D::Error> {
        let bytes = super::bytes_text::deserialize(from)?;
        bytes.try_into().map_err(|_| D::Error::custom("a digest has 32 bytes"))
    }

    pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        String::deserialize(from)
    }
}

/// Bytes as base64 text.
pub(in crate::blob) mod bytes_text {
    use super::{Engine, STANDARD};
    use serde::{Deserializer, Serializer, de::Error};

    pub(in crate::blob) fn serialize<S: Serializer>(
        bytes: &[u8],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(in crate::blob) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = super::digest_text::text(from)?;
        STANDARD.decode(text).map_err(|_| D::Error::custom("not base64"))
    }
}

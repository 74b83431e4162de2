//! Bodies of answers: read to their end, counted, and looked at on the way.

use std::fmt;
use std::io::Read;

use aws_lc_rs::digest::{Context, SHA256};
use flate2::read::GzDecoder;

use crate::archive::Archive;
use crate::fault::Fault;

/// The largest page or small file: the workbook of the largest school is a tenth of it.
pub(crate) const SMALL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// SHA-256.
pub(crate) type Digest = [u8; 32];

/// The digest of a text.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let mut hash = Hash::new();
    hash.take(bytes);
    hash.finish()
}

/// A digest that is being made.
pub(crate) struct Hash(Context);

impl Hash {
    /// Of nothing yet.
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything it was given.
    pub(crate) fn finish(self) -> Digest {
        self.0.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash(..)")
    }
}

/// What becomes of a body.
#[derive(Debug)]
pub(crate) enum Sink {
    /// Kept whole, up to `SMALL_BYTES_MAX`.
    Kept(Vec<u8>),
    /// Looked at as it passes, and forgotten.
    Archive(Box<Archive>),
}

impl Sink {
    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Kept(kept) if kept.len() + bytes.len() > SMALL_BYTES_MAX => Err(Fault::TooLarge),
            Self::Kept(kept) => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            Self::Archive(archive) => archive.take(bytes),
        }
    }
}

/// The text of a body that came gzipped.
pub(crate) fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    let limit = u64::try_from(SMALL_BYTES_MAX).unwrap_or(u64::MAX);
    GzDecoder::new(bytes).take(limit).read_to_end(&mut text).map_err(|_| Fault::Format)?;
    if text.len() == SMALL_BYTES_MAX { Err(Fault::TooLarge) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_gzipped_text_is_inflated_and_a_broken_one_refused() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"DfENumber").unwrap();
        let bytes = gzip.finish().unwrap();
        assert_eq!(inflated(&bytes), Ok(b"DfENumber".to_vec()));
        assert_eq!(inflated(&bytes[..bytes.len() - 4]), Err(Fault::Format));
    }

    #[test]
    fn a_body_has_a_limit() {
        let mut sink = Sink::Kept(vec![0; SMALL_BYTES_MAX - 1]);
        assert_eq!(sink.take(b"a"), Ok(()));
        assert_eq!(sink.take(b"b"), Err(Fault::TooLarge));
    }

    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}

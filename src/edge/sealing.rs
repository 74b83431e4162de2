//! TLS 1.3 records sealed straight out of the body: one pass over the bytes instead of two.
//!
//! rustls copies each record's plaintext and then encrypts the copy in place. A download is
//! mostly cold memory, so that copy costs as much as the cipher. aws-lc can read the plaintext
//! where it lies and write the ciphertext where it belongs; everything else stays with rustls.

use std::iter::repeat_n;
use std::sync::LazyLock;

use aws_lc_rs::aead::{self, AES_128_GCM, AES_256_GCM, Aad, TlsProtocolId, TlsRecordSealingKey};
use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::aws_lc_rs::cipher_suite;
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, Nonce, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm, UnsupportedOperationError,
    make_tls13_aad,
};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite,
    Tls13CipherSuite,
};

/// Bytes of an AES-GCM tag.
const TAG_BYTES: usize = 16;
/// The content type, which TLS 1.3 hides behind the plaintext, and the tag.
const TRAILER_BYTES: usize = 1 + TAG_BYTES;
/// Most plaintext of a record.
const PLAIN_BYTES_MAX: usize = 16 * 1024;

static AES_128: LazyLock<Tls13CipherSuite> =
    LazyLock::new(|| suite(cipher_suite::TLS13_AES_128_GCM_SHA256, &AES_128_GCM));
static AES_256: LazyLock<Tls13CipherSuite> =
    LazyLock::new(|| suite(cipher_suite::TLS13_AES_256_GCM_SHA384, &AES_256_GCM));

/// The suites of TLS 1.3 with AES that seal without a copy, in the place of aws-lc's own.
pub(super) fn without_copy(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    match suite.suite() {
        rustls::CipherSuite::TLS13_AES_128_GCM_SHA256 => SupportedCipherSuite::Tls13(&AES_128),
        rustls::CipherSuite::TLS13_AES_256_GCM_SHA384 => SupportedCipherSuite::Tls13(&AES_256),
        _ => suite,
    }
}

/// aws-lc's suite with another way to seal.
fn suite(of_aws_lc: SupportedCipherSuite, algorithm: &'static aead::Algorithm) -> Tls13CipherSuite {
    let base = of_aws_lc.tls13().expect("both are suites of TLS 1.3");
    let common = CipherSuiteCommon {
        suite: base.common.suite,
        hash_provider: base.common.hash_provider,
        confidentiality_limit: base.common.confidentiality_limit,
    };
    let aead_alg = Box::leak(Box::new(Sealing { base: base.aead_alg, algorithm }));
    Tls13CipherSuite { common, hkdf_provider: base.hkdf_provider, aead_alg, quic: None }
}

/// An algorithm that seals by itself and leaves the rest to aws-lc's.
struct Sealing {
    base: &'static dyn Tls13AeadAlgorithm,
    algorithm: &'static aead::Algorithm,
}

impl Tls13AeadAlgorithm for Sealing {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        let key = TlsRecordSealingKey::new(self.algorithm, TlsProtocolId::TLS13, key.as_ref());
        Box::new(Sealer { key: key.expect("rustls gives keys of `key_len`"), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.base.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.base.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.base.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        // The way of sealing is outside what was validated.
        false
    }
}

/// Seals the records of one connection.
struct Sealer {
    key: TlsRecordSealingKey,
    iv: Iv,
}

impl Sealer {
    /// Seals one piece of plaintext from where it lies.
    fn seal(
        &mut self,
        plain: &[u8],
        content_type: [u8; 1],
        nonce: aead::Nonce,
    ) -> Result<PrefixedPayload, Error> {
        if plain.len() > PLAIN_BYTES_MAX {
            return Err(Error::EncryptError);
        }
        let sealed_bytes = plain.len() + TRAILER_BYTES;
        let mut payload = PrefixedPayload::with_capacity(sealed_bytes);
        // Zeros are laid down without a look at the plaintext, which is what is cold.
        payload.extend(repeat_n(&0, sealed_bytes));
        let (sealed, trailer) = payload.as_mut().split_at_mut(plain.len());
        let aad = Aad::from(make_tls13_aad(sealed_bytes));
        self.key
            .seal_out_of_place_scatter(nonce, aad, plain, sealed, &content_type, trailer)
            .map_err(|_| Error::EncryptError)?;
        Ok(payload)
    }

    /// Seals plaintext that lies in several pieces: a head with the begin of its body. It is small
    /// beside the rest, so it is copied.
    fn seal_copied(
        &mut self,
        plain: &OutboundChunks<'_>,
        content_type: [u8; 1],
        nonce: aead::Nonce,
    ) -> Result<PrefixedPayload, Error> {
        let sealed_bytes = plain.len() + TRAILER_BYTES;
        let mut payload = PrefixedPayload::with_capacity(sealed_bytes);
        payload.extend_from_chunks(plain);
        payload.extend_from_slice(&content_type);
        let aad = Aad::from(make_tls13_aad(sealed_bytes));
        self.key
            .seal_in_place_append_tag(nonce, aad, &mut payload)
            .map_err(|_| Error::EncryptError)?;
        Ok(payload)
    }
}

impl MessageEncrypter for Sealer {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let nonce = aead::Nonce::assume_unique_for_key(Nonce::new(&self.iv, number).0);
        let content_type = [u8::from(message.typ)];
        let payload = match one_piece(&message.payload) {
            Some(plain) => self.seal(plain, content_type, nonce),
            None => self.seal_copied(&message.payload, content_type, nonce),
        }?;
        let version = ProtocolVersion::TLSv1_2;
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, version, payload))
    }

    fn encrypted_payload_len(&self, plain_bytes: usize) -> usize {
        plain_bytes + TRAILER_BYTES
    }
}

/// The plaintext, where all of it lies in one of the pieces.
fn one_piece<'a>(plain: &OutboundChunks<'a>) -> Option<&'a [u8]> {
    let (chunks, mut start, mut end) = match *plain {
        OutboundChunks::Single(piece) => return Some(piece),
        OutboundChunks::Multiple { chunks, start, end } => (chunks, start, end),
    };
    for chunk in chunks {
        if start < chunk.len() {
            return chunk.get(start..end);
        }
        start -= chunk.len();
        end -= chunk.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key as long as rustls lets outsiders make one.
    const KEY: [u8; 32] = [7; 32];

    fn sealed(suite: SupportedCipherSuite, plain: OutboundChunks<'_>, number: u64) -> Vec<u8> {
        let algorithm = suite.tls13().unwrap().aead_alg;
        let mut sealer = algorithm.encrypter(AeadKey::from(KEY), Iv::new([9; 12]));
        let typ = ContentType::ApplicationData;
        let version = ProtocolVersion::TLSv1_3;
        let message = OutboundPlainMessage { typ, version, payload: plain };
        sealer.encrypt(message, number).unwrap().encode()
    }

    #[test]
    fn records_are_those_of_aws_lc_however_the_plaintext_lies() {
        let theirs = cipher_suite::TLS13_AES_256_GCM_SHA384;
        let ours = without_copy(theirs);
        let body: Vec<u8> = (0..16_384_u32).map(|place| place.to_le_bytes()[0]).collect();
        for bytes in [0, 1, 15, 16, 17, 1_000, 16_384] {
            let plain = &body[..bytes];
            let expected = sealed(theirs, plain.into(), 3);
            assert_eq!(sealed(ours, plain.into(), 3), expected, "{bytes}");
            for cut in [0, 1, bytes / 2, bytes].map(|cut| cut.min(bytes)) {
                let pieces = [&body[..7], &plain[..cut], &plain[cut..], &body[..9]];
                let chunks = OutboundChunks::Multiple { chunks: &pieces, start: 7, end: 7 + bytes };
                assert_eq!(sealed(ours, chunks, 3), expected, "{bytes} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_record_beyond_the_standard_is_an_error() {
        let suite = without_copy(cipher_suite::TLS13_AES_128_GCM_SHA256);
        assert!(!suite.fips());
        let mut sealer = Sealer {
            key: TlsRecordSealingKey::new(&AES_128_GCM, TlsProtocolId::TLS13, &KEY[..16]).unwrap(),
            iv: Iv::new([9; 12]),
        };
        let nonce = aead::Nonce::assume_unique_for_key([1; 12]);
        assert!(sealer.seal(&vec![0; 16_385], [23], nonce).is_err());
    }
}

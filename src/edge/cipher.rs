//! The cryptography provider: aws-lc's handshakes, and the bulk ciphers of whoever is faster here.

use std::time::Duration;

use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::cipher::{AeadKey, Iv, OutboundPlainMessage};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, ContentType, ProtocolVersion, SupportedCipherSuite};
use tokio::time::Instant;

use super::CipherChoice;
use super::sealing::without_copy;

/// How long each implementation is measured.
const MEASURE: Duration = Duration::from_millis(5);
/// Bytes of a full TLS record.
const RECORD_BYTES: usize = 16 * 1024;
/// Bytes that are measured: more than the caches of a core hold.
const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Suite that is measured; its key is as long as rustls lets outsiders make one.
const MEASURED_SUITE: CipherSuite = CipherSuite::TLS13_AES_256_GCM_SHA384;

/// Groups of the key exchange, strongest first.
const GROUPS: [&dyn rustls::crypto::SupportedKxGroup; 3] =
    [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1];

/// The provider with the bulk ciphers of the choice.
///
/// ring has an AES for machines with VAES but without AVX-512 that aws-lc lacks, worth a quarter to
/// a third of the whole server there; elsewhere aws-lc is the faster one, the more so without a
/// copy. So it is measured.
pub(super) fn provider(choice: CipherChoice) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = GROUPS.to_vec();
    provider.cipher_suites = match choice {
        CipherChoice::AwsLc => provider.cipher_suites,
        CipherChoice::Ring => ring::default_provider().cipher_suites,
        CipherChoice::Measured => faster(provider.cipher_suites),
    };
    // Ten rounds instead of fourteen protect a download as well, at three quarters of the cost.
    provider.cipher_suites.sort_by_key(|suite| !is_aes_128(suite.suite()));
    provider
}

fn is_aes_128(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
}

/// The suites of aws-lc sealing without a copy, or those of ring.
fn faster(of_aws_lc: Vec<SupportedCipherSuite>) -> Vec<SupportedCipherSuite> {
    let of_aws_lc: Vec<_> = of_aws_lc.into_iter().map(without_copy).collect();
    let of_ring = ring::default_provider().cipher_suites;
    let (aws_lc, ring) = (records_sealed(&of_aws_lc), records_sealed(&of_ring));
    tracing::info!(aws_lc, ring, "records sealed in {} ms", MEASURE.as_millis());
    if ring > aws_lc { of_ring } else { of_aws_lc }
}

/// How many full records are sealed within [`MEASURE`].
fn records_sealed(suites: &[SupportedCipherSuite]) -> u32 {
    let suite = suites.iter().filter_map(SupportedCipherSuite::tls13);
    let Some(suite) = suite.into_iter().find(|one| one.common.suite == MEASURED_SUITE) else {
        return 0;
    };
    let mut sealer = suite.aead_alg.encrypter(AeadKey::from([7; 32]), Iv::new([7; 12]));
    // A download is colder than one record again and again: what copies it first pays for it.
    let body = vec![7; BODY_BYTES];
    let mut plain = body.chunks_exact(RECORD_BYTES).cycle();
    let start = Instant::now();
    let mut records = 0;
    while start.elapsed() < MEASURE {
        let Some(plain) = plain.next() else { return records };
        let message = OutboundPlainMessage {
            typ: ContentType::ApplicationData,
            version: ProtocolVersion::TLSv1_3,
            payload: plain.into(),
        };
        if sealer.encrypt(message, u64::from(records)).is_err() {
            return 0;
        }
        records += 1;
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_implementations_can_be_measured() {
        assert!(records_sealed(&aws_lc_rs::default_provider().cipher_suites) > 0);
        assert!(records_sealed(&ring::default_provider().cipher_suites) > 0);
    }

    #[test]
    fn only_modern_suites_are_offered() {
        for choice in [CipherChoice::AwsLc, CipherChoice::Ring, CipherChoice::Measured] {
            let suites = provider(choice).cipher_suites;
            assert_eq!(suites.len(), 9);
            for suite in suites {
                let name = format!("{:?}", suite.suite());
                let is_modern = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
                assert!(is_modern && !name.contains("CBC"), "{name}");
            }
        }
    }
}

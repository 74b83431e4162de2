//! The demo's own authority and a certificate for this machine's names.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};

use super::folder::Folder;
use crate::cli::exit::Failure;
use crate::clock::machine_now;

/// Names that the certificate is good for.
const ADDRESSES: [&str; 2] = ["127.0.0.1", "::1"];
/// How long it is good for, in days.
const DAYS: i64 = 90;

/// Makes authority and certificate on the first call.
pub(super) fn ensure(folder: &Folder) -> Result<(), Failure> {
    if folder.path().join("tls/server.key").exists() {
        return Ok(());
    }
    make(folder).map_err(|error| Failure::failed(format!("certificate: {error}")))
}

fn make(folder: &Folder) -> Result<(), Box<dyn std::error::Error>> {
    let now = OffsetDateTime::from_unix_timestamp(machine_now().as_second())?;
    let period = |params: &mut CertificateParams| {
        params.not_before = now - Duration::days(1);
        params.not_after = now + Duration::days(DAYS);
    };
    let mut authority = CertificateParams::new(Vec::new())?;
    period(&mut authority);
    authority.distinguished_name.push(DnType::CommonName, "Daybreak demo authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate()?;
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut server = CertificateParams::new(vec!["localhost".to_owned()])?;
    period(&mut server);
    server.distinguished_name.push(DnType::CommonName, "localhost");
    for address in ADDRESSES {
        server.subject_alt_names.push(SanType::IpAddress(address.parse::<IpAddr>()?));
    }
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_key = KeyPair::generate()?;
    let server_pem = server.signed_by(&server_key, &issuer)?.pem();
    let keep =
        |name: &str, text: &str| folder.write(name, text.as_bytes()).map_err(Failure::into_message);
    keep("tls/ca.pem", &authority_pem)?;
    keep("tls/server.pem", &format!("{server_pem}{authority_pem}"))?;
    keep("tls/server.key", &server_key.serialize_pem())?;
    Ok(())
}

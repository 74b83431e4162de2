//! Certificates of tests, and TLS clients that trust one of them.

use std::fs;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::support::Server;
use crate::edge::TlsFiles;

/// Every version that we offer.
pub(super) const ALL: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

/// A self-signed certificate of localhost.
pub(super) struct Issued {
    pub(super) der: CertificateDer<'static>,
    pub(super) certificate_pem: String,
    pub(super) key_pem: String,
}

/// Issues one that ends on new year's day.
pub(super) fn issue(year: i32) -> Issued {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Issued {
        der: certificate.der().clone(),
        certificate_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    }
}

/// A folder with a certificate's files.
pub(super) struct Folder(pub(super) TempDir);

impl Folder {
    pub(super) fn with(issued: &Issued) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.files().certificate, &issued.certificate_pem).unwrap();
        fs::write(folder.files().key, &issued.key_pem).unwrap();
        folder
    }

    pub(super) fn files(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.0.path().join("chain.pem"),
            key: self.0.path().join("key.pem"),
        }
    }
}

/// A client that trusts one certificate.
pub(super) fn client_config(
    trusted: &Issued,
    alpn: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// The same, ready to connect.
pub(super) fn client(
    trusted: &Issued,
    alpn: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> TlsConnector {
    TlsConnector::from(Arc::new(client_config(trusted, alpn, versions)))
}

/// Connects and shakes hands.
pub(super) async fn shake(
    server: &Server,
    client: &TlsConnector,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").unwrap();
    client.connect(name, server.connect().await).await
}

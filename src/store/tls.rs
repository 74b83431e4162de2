//! TLS to the database: who signs the certificate of its server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It cannot be read, or is no PEM.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// A certificate in it is none.
    #[error("{} holds no certificate of an authority", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
}

/// Who signs the certificate of the database's server: nobody else is believed to be it.
#[derive(Clone)]
pub struct Authority(MakeRustlsConnect);

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Reads the certificates of one or more authorities.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has no certificate in it.
    pub fn read(path: &Path) -> Result<Self, AuthorityError> {
        let unreadable = |source| AuthorityError::Unreadable { path: path.to_owned(), source };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
            let added = roots.add(certificate.map_err(unreadable)?);
            added.map_err(|_| AuthorityError::NoCertificate { path: path.to_owned() })?;
        }
        if roots.is_empty() {
            return Err(AuthorityError::NoCertificate { path: path.to_owned() });
        }
        Ok(Self(MakeRustlsConnect::new(trusting(roots))))
    }
}

/// Connects with TLS when there is an authority; without one the settings say that there is none to be.
pub(super) fn connector(authority: Option<&Authority>) -> MakeRustlsConnect {
    static NOBODY: LazyLock<MakeRustlsConnect> =
        LazyLock::new(|| MakeRustlsConnect::new(trusting(RootCertStore::empty())));
    authority.map_or_else(|| NOBODY.clone(), |authority| authority.0.clone())
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Whether a connection failed since the server is not whom the configuration trusts, and not since it is away.
pub(super) fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    let refused = |error: &rustls::Error| {
        matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_))
    };
    std::iter::successors(Some(error), |error| error.source()).any(|error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.and_then(|inner| inner.downcast_ref()).is_some_and(refused)
            // The library has no other word for it.
            || error.to_string() == NO_TLS
    })
}

/// What the library says of a server that was asked for TLS and has none.
const NO_TLS: &str = "server does not support TLS";

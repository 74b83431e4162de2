//! The certificate in use, replaced while running when its files change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{TlsFiles, expiry};

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The chain has no certificate in it.
    #[error("{path} holds no PEM certificate")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key's file has no key in it.
    #[error("{path} holds no PEM private key")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is of an unknown kind, or not the certificate's.
    #[error("certificate and key do not belong together")]
    Mismatch(#[source] rustls::Error),
}

/// The pair of files as they were read.
#[derive(PartialEq, Eq)]
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate in use; handshakes take it, the files replace it.
pub(super) struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    /// What was last looked at, good or bad: the same bytes are judged once.
    seen: RwLock<Pair>,
    current: RwLock<Arc<CertifiedKey>>,
    is_watched: AtomicBool,
}

impl Certificate {
    /// Reads the files for the first time.
    pub(super) fn load(
        files: &TlsFiles,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<Self>, CertificateError> {
        let pair = read(files)?;
        let current = parse(files, &pair, provider)?;
        Ok(Arc::new(Self {
            files: files.clone(),
            provider: Arc::clone(provider),
            seen: RwLock::new(pair),
            current: RwLock::new(Arc::new(current)),
            is_watched: AtomicBool::new(false),
        }))
    }

    /// Looks at the files; a bad pair is refused and the old one kept.
    pub(super) fn refresh(&self) -> Refresh {
        let replaced = read(&self.files).and_then(|pair| {
            if pair == *self.seen.read().unwrap_or_else(PoisonError::into_inner) {
                return Ok(Refresh::Same);
            }
            let parsed = parse(&self.files, &pair, &self.provider);
            *self.seen.write().unwrap_or_else(PoisonError::into_inner) = pair;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parsed?);
            Ok(Refresh::Replaced)
        });
        match replaced {
            Ok(refresh) => refresh,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the new certificate is refused, the old one stays");
                Refresh::Refused
            }
        }
    }

    /// Refreshes for as long as it is polled; returns at once when somebody else does already.
    pub(super) async fn keep_fresh(self: Arc<Self>, every: Duration) {
        if self.is_watched.swap(true, Relaxed) {
            return;
        }
        loop {
            tokio::time::sleep(every).await;
            let this = Arc::clone(&self);
            if let Ok(Refresh::Replaced) = tokio::task::spawn_blocking(move || this.refresh()).await
            {
                tracing::info!("the certificate was replaced");
            }
        }
    }

    /// Whole days until it expires; negative when it has.
    pub(super) fn days_left(&self, now: SystemTime) -> Option<i64> {
        let now = now.duration_since(UNIX_EPOCH).ok()?;
        let not_after = expiry::not_after_unix(self.key().end_entity_cert().ok()?)?;
        Some(expiry::days_left(not_after, i64::try_from(now.as_secs()).ok()?))
    }

    fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a look at the files found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresh {
    /// The same as before.
    Same,
    /// A new pair, now in use.
    Replaced,
    /// A new pair that cannot be used.
    Refused,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key())
    }
}

fn read(files: &TlsFiles) -> Result<Pair, CertificateError> {
    let read = |path: &Path| {
        fs::read(path)
            .map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
    };
    Ok(Pair { certificate: read(&files.certificate)?, key: read(&files.key)? })
}

fn parse(
    files: &TlsFiles,
    pair: &Pair,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, CertificateError> {
    let no_certificate = || CertificateError::NoCertificate { path: files.certificate.clone() };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pair.certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| no_certificate())?;
    if chain.is_empty() {
        return Err(no_certificate());
    }
    let key = PrivateKeyDer::from_pem_slice(&pair.key)
        .map_err(|_| CertificateError::NoKey { path: files.key.clone() })?;
    CertifiedKey::from_der(chain, key, provider).map_err(CertificateError::Mismatch)
}

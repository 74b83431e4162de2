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
    /// What was last looked at, good or bad, none if unreadable: the same is judged once.
    seen: RwLock<Option<Pair>>,
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
            seen: RwLock::new(Some(pair)),
            current: RwLock::new(Arc::new(current)),
            is_watched: AtomicBool::new(false),
        }))
    }

    /// Looks at the files; a bad pair is refused and the old one kept.
    pub(super) fn refresh(&self) -> Refresh {
        let (pair, parsed) = match read(&self.files) {
            Ok(pair) => {
                let parsed = parse(&self.files, &pair, &self.provider);
                (Some(pair), parsed)
            }
            Err(error) => (None, Err(error)),
        };
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if pair == *seen {
            return Refresh::Same;
        }
        *seen = pair;
        match parsed {
            Ok(parsed) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parsed);
                tracing::info!("the certificate was replaced");
                Refresh::Replaced
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the new certificate is refused, the old one stays");
                Refresh::Refused
            }
        }
    }

    /// Refreshes for as long as it is polled; returns at once when somebody else does already.
    pub(super) async fn keep_fresh(self: &Arc<Self>, every: Duration) {
        if self.is_watched.swap(true, Relaxed) {
            return;
        }
        loop {
            tokio::time::sleep(every).await;
            let this = Arc::clone(self);
            let looked = tokio::task::spawn_blocking(move || this.refresh()).await;
            if let Err(error) = looked {
                tracing::error!(%error, "the certificate could not be looked at");
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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use rustls::crypto::aws_lc_rs::default_provider;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn files(&self) -> TlsFiles {
            let path = |name| self.0.path().join(name);
            TlsFiles { certificate: path("chain.pem"), key: path("key.pem") }
        }

        fn issue(&self, year: i32) {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, 1, 1);
            let key = KeyPair::generate().unwrap();
            fs::write(self.files().certificate, params.self_signed(&key).unwrap().pem()).unwrap();
            fs::write(self.files().key, key.serialize_pem()).unwrap();
        }
    }

    #[test]
    fn each_change_is_judged_once() {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.issue(2098);
        let certificate =
            Certificate::load(&folder.files(), &Arc::new(default_provider())).unwrap();
        let new_year_2097 = UNIX_EPOCH + Duration::from_hours(1_113_288);
        assert_eq!(certificate.days_left(new_year_2097), Some(365));
        assert_eq!(certificate.refresh(), Refresh::Same);

        fs::write(folder.files().certificate, "no certificate").unwrap();
        assert_eq!(certificate.refresh(), Refresh::Refused);
        assert_eq!(certificate.refresh(), Refresh::Same);
        fs::remove_file(folder.files().certificate).unwrap();
        assert_eq!(certificate.refresh(), Refresh::Refused);
        assert_eq!(certificate.refresh(), Refresh::Same);
        assert_eq!(certificate.days_left(new_year_2097), Some(365));

        folder.issue(2099);
        assert_eq!(certificate.refresh(), Refresh::Replaced);
        assert_eq!(certificate.days_left(new_year_2097), Some(730));
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = Folder(tempfile::tempdir().unwrap());
        let provider = Arc::new(default_provider());
        let load = || Certificate::load(&folder.files(), &provider).map(drop);
        assert!(matches!(load(), Err(CertificateError::Unreadable { .. })));
        folder.issue(2098);
        let key = fs::read(folder.files().key).unwrap();
        fs::write(folder.files().key, "no key").unwrap();
        assert!(matches!(load(), Err(CertificateError::NoKey { .. })));
        folder.issue(2098);
        fs::write(folder.files().key, key).unwrap();
        assert!(matches!(load(), Err(CertificateError::Mismatch(_))));
    }
}

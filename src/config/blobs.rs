//! Section `blobs`: a folder, Azure Blob Storage or S3, and perhaps a second copy of the same.

use std::path::{Path, PathBuf};

use prometheus::Registry;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::secret;
use crate::blob::stores::{AzureCredential, AzurePlace, Place, S3Place};
use crate::telemetry::Hidden;

mod checks;

pub(super) use checks::{check, check_secrets};

/// Section `blobs`: exactly one of a folder, `blobs.azure` and `blobs.s3`. What is empty is not set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blobs {
    /// The folder of the store.
    pub folder: PathBuf,
    /// A container of Azure Blob Storage.
    pub azure: Azure,
    /// A bucket of S3.
    pub s3: S3,
    /// A second store that holds the same.
    pub second: SecondBlobs,
}

/// Section `blobs.second`: at most one of a folder, `blobs.second.azure` and `blobs.second.s3`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondBlobs {
    /// The folder of the store.
    pub folder: PathBuf,
    /// A container of Azure Blob Storage.
    pub azure: Azure,
    /// A bucket of S3.
    pub s3: S3,
}

/// Section `azure` of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Azure {
    /// Storage account.
    pub account: String,
    /// Container.
    pub container: String,
    /// Another address than the account's public one.
    pub endpoint: String,
    /// File with a key of the account.
    pub access_key_file: PathBuf,
    /// File with a shared access signature.
    pub signature_file: PathBuf,
}

/// Section `s3` of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3 {
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Another address than the region's public one.
    pub endpoint: String,
    /// File with the id of the access key.
    pub access_key_id_file: PathBuf,
    /// File with the access key.
    pub secret_access_key_file: PathBuf,
}

impl Default for Blobs {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("/var/lib/daybreak/blobs"),
            azure: Azure::default(),
            s3: S3::default(),
            second: SecondBlobs::default(),
        }
    }
}

/// A store of the configuration and the section that it is in.
#[derive(Clone, Copy)]
struct Section<'a> {
    name: &'static str,
    folder: &'a Path,
    azure: &'a Azure,
    s3: &'a S3,
}

/// Why the stores cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A secret cannot be read.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// A folder cannot be made, or an address is none.
    #[error(transparent)]
    Blob(#[from] crate::blob::BlobError),
}

impl Blobs {
    /// Opens what the section names, with the secrets of its files. No store is asked anything yet.
    pub fn open(&self, registry: &Registry) -> Result<crate::blob::Blobs, OpenError> {
        let first = self.first().place()?;
        let second = if self.second().is_set() { Some(self.second().place()?) } else { None };
        Ok(crate::blob::Blobs::open(&first, second.as_ref(), registry)?)
    }

    /// Whether the results are in Azure or S3.
    pub fn is_remote(&self) -> bool {
        self.azure.is_set() || self.s3.is_set()
    }

    /// Files with the secrets of the first store, 0, and of the second, 1, each with the key that names it.
    pub(super) fn secret_files(&self) -> Vec<(usize, String, &Path)> {
        let mut files = Vec::new();
        for (place, section) in [self.first(), self.second()].into_iter().enumerate() {
            let own = section.secret_files().into_iter();
            files.extend(own.map(|(name, file)| (place, section.key(name), file)));
        }
        files
    }

    fn first(&self) -> Section<'_> {
        Section { name: "blobs", folder: &self.folder, azure: &self.azure, s3: &self.s3 }
    }

    fn second(&self) -> Section<'_> {
        let SecondBlobs { folder, azure, s3 } = &self.second;
        Section { name: "blobs.second", folder, azure, s3 }
    }

    /// Every path of the section.
    pub(super) fn paths(&mut self) -> [&mut PathBuf; 10] {
        let Self { folder, azure, s3, second } = self;
        [
            folder,
            &mut azure.access_key_file,
            &mut azure.signature_file,
            &mut s3.access_key_id_file,
            &mut s3.secret_access_key_file,
            &mut second.folder,
            &mut second.azure.access_key_file,
            &mut second.azure.signature_file,
            &mut second.s3.access_key_id_file,
            &mut second.s3.secret_access_key_file,
        ]
    }
}

impl Azure {
    fn is_set(&self) -> bool {
        *self != Self::default()
    }
}

impl S3 {
    fn is_set(&self) -> bool {
        *self != Self::default()
    }
}

impl<'s> Section<'s> {
    fn key(self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    fn is_set(self) -> bool {
        !self.folder.as_os_str().is_empty() || self.azure.is_set() || self.s3.is_set()
    }

    fn place(self) -> Result<Place, Problem> {
        let endpoint = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let secret = |name: &str, file: &Path| self.secret(name, file);
        if self.azure.is_set() {
            let Azure { account, container, .. } = self.azure.clone();
            let credential = if self.azure.signature_file.as_os_str().is_empty() {
                let file = &self.azure.access_key_file;
                AzureCredential::AccessKey(secret("azure.access_key_file", file)?)
            } else {
                let file = &self.azure.signature_file;
                AzureCredential::Signature(secret("azure.signature_file", file)?)
            };
            let endpoint = endpoint(&self.azure.endpoint);
            return Ok(Place::Azure(AzurePlace { account, container, endpoint, credential }));
        }
        if self.s3.is_set() {
            let s3 = self.s3;
            return Ok(Place::S3(S3Place {
                bucket: s3.bucket.clone(),
                region: s3.region.clone(),
                endpoint: endpoint(&s3.endpoint),
                access_key_id: secret("s3.access_key_id_file", &s3.access_key_id_file)?,
                secret_access_key: secret("s3.secret_access_key_file", &s3.secret_access_key_file)?,
            }));
        }
        Ok(Place::Folder(self.folder.to_owned()))
    }

    fn secret(self, name: &str, file: &Path) -> Result<Hidden<String>, Problem> {
        secret::read(file).map_err(|unusable| Problem {
            file: file.to_owned(),
            line: None,
            key: self.key(name),
            what: unusable.what,
            way_out: unusable.way_out,
        })
    }

    /// Name and file of every secret that the store needs.
    fn secret_files(self) -> Vec<(&'static str, &'s Path)> {
        let (azure, s3) = (self.azure, self.s3);
        if azure.is_set() && azure.signature_file.as_os_str().is_empty() {
            vec![("azure.access_key_file", &azure.access_key_file)]
        } else if azure.is_set() {
            vec![("azure.signature_file", &azure.signature_file)]
        } else if s3.is_set() {
            vec![
                ("s3.access_key_id_file", &s3.access_key_id_file),
                ("s3.secret_access_key_file", &s3.secret_access_key_file),
            ]
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;

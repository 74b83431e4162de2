//! Section `blobs`: a folder, Azure Blob Storage or S3, and perhaps a second copy of the same.

use std::path::{Path, PathBuf};

use prometheus::Registry;
use serde::{Deserialize, Serialize};

use super::check::Checks;
use super::problem::Problem;
use super::secret;
use crate::blob::stores::{AzureCredential, AzurePlace, Place, S3Place};
use crate::telemetry::Hidden;

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

/// Looks for the secrets of both stores.
pub(super) fn check_secrets(checks: &mut Checks<'_>) {
    let blobs = &checks.config.blobs;
    for section in [blobs.first(), blobs.second()] {
        for (name, file) in section.secret_files() {
            // An empty name is told by `check`.
            if !file.as_os_str().is_empty()
                && let Err(unusable) = secret::read(file)
            {
                checks.refuse(&[&section.key(name)], unusable.what, unusable.way_out);
            }
        }
    }
}

/// Everything that the values alone can show.
pub(super) fn check(checks: &mut Checks<'_>) {
    let blobs = &checks.config.blobs;
    let (first, second) = (blobs.first(), blobs.second());
    if !first.is_set() {
        let way_out = "set it, or a section [blobs.azure] or [blobs.s3]";
        checks.refuse(&["blobs.folder"], "is empty, and no other store is named", way_out);
    }
    for section in [first, second] {
        one_store(checks, section);
        azure(checks, section);
        s3(checks, section);
    }
    if second.is_set() && first.same_place() == second.same_place() {
        let way_out = "name another place, or remove the section";
        checks.refuse(&["blobs.second"], "is the first store again", way_out);
    }
}

/// Where a store is, without as whom to come to it.
type SamePlace<'a> = (&'a Path, [&'a str; 3], [&'a str; 3]);

impl<'s> Section<'s> {
    fn same_place(self) -> SamePlace<'s> {
        let (azure, s3) = (self.azure, self.s3);
        (
            self.folder,
            [&azure.account, &azure.container, &azure.endpoint],
            [&s3.bucket, &s3.region, &s3.endpoint],
        )
    }
}

fn one_store(checks: &mut Checks<'_>, section: Section<'_>) {
    let set = [
        (!section.folder.as_os_str().is_empty(), "folder"),
        (section.azure.is_set(), "azure"),
        (section.s3.is_set(), "s3"),
    ];
    let keys: Vec<String> =
        set.iter().filter(|(set, _)| *set).map(|(_, name)| section.key(name)).collect();
    if let [_, _, ..] = keys.as_slice() {
        let what = format!("is set, and so is {}", keys[1..].join(", and "));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        checks.refuse(&keys, what, "leave one store, and empty or remove the others");
    }
}

fn azure(checks: &mut Checks<'_>, section: Section<'_>) {
    let azure = section.azure;
    if !azure.is_set() {
        return;
    }
    required(checks, section, "azure.account", &azure.account, "name the storage account");
    required(checks, section, "azure.container", &azure.container, "name the container");
    endpoint(checks, &section.key("azure.endpoint"), &azure.endpoint);
    let empty = [&azure.access_key_file, &azure.signature_file].map(|f| f.as_os_str().is_empty());
    let keys = [section.key("azure.access_key_file"), section.key("azure.signature_file")];
    match empty {
        [true, true] => {
            let way_out = format!("set it, or {}", keys[1]);
            checks.refuse(&[&keys[0], &section.key("azure")], "is empty", way_out);
        }
        [false, false] => {
            let what = format!("is set, and so is {}", keys[1]);
            checks.refuse(&[&keys[0], &keys[1]], what, "leave the one that shall be used");
        }
        [true, false] | [false, true] => (),
    }
}

fn s3(checks: &mut Checks<'_>, section: Section<'_>) {
    let s3 = section.s3;
    if !s3.is_set() {
        return;
    }
    required(checks, section, "s3.bucket", &s3.bucket, "name the bucket");
    required(checks, section, "s3.region", &s3.region, "name the region, as in \"eu-west-2\"");
    endpoint(checks, &section.key("s3.endpoint"), &s3.endpoint);
    for (name, file) in section.secret_files() {
        let set = if file.as_os_str().is_empty() { "" } else { "set" };
        required(checks, section, name, set, "name a file that holds it alone");
    }
}

fn required(checks: &mut Checks<'_>, section: Section<'_>, name: &str, value: &str, way_out: &str) {
    if value.is_empty() {
        let outer = section.key(name.split('.').next().unwrap_or(name));
        checks.refuse(&[&section.key(name), &outer], "is empty", way_out);
    }
}

/// Results are not for everybody: without TLS they may only go to this machine.
fn endpoint(checks: &mut Checks<'_>, key: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let (plain, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            let way_out = "write it as https://host, or https://host:port";
            return checks.refuse(&[key], "does not begin with https://", way_out);
        }
    };
    let authority = rest.split('/').next().unwrap_or(rest).parse::<http::uri::Authority>().ok();
    let Some(authority) = authority.filter(|authority| !authority.host().is_empty()) else {
        return checks.refuse(&[key], "has no valid host", "write it as https://host");
    };
    let own = ["localhost", "127.0.0.1", "[::1]"].contains(&authority.host());
    if plain && !own {
        let way_out = "write https://: plain HTTP is for this machine alone";
        checks.refuse(&[key], "would send results in the clear", way_out);
    }
}

#[cfg(test)]
mod tests;

//! The kinds of store and how each is reached: a folder, Azure Blob Storage, S3.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::SpawnedReqwestConnector;
use object_store::local::LocalFileSystem;
use object_store::multipart::MultipartStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use tokio::runtime::Handle;

use super::BlobError;
use super::retry::Budget;
use crate::telemetry::Hidden;

/// Longest wait for a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// Where a store is, and as whom to come to it.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder that all nodes share.
    Folder(PathBuf),
    /// A container of Azure Blob Storage.
    Azure(AzurePlace),
    /// A bucket of S3, or of what speaks its protocol.
    S3(S3Place),
}

/// A container of Azure Blob Storage.
#[derive(Clone, Debug)]
pub struct AzurePlace {
    /// Storage account.
    pub account: String,
    /// Container.
    pub container: String,
    /// Another address than the account's public one.
    pub endpoint: Option<String>,
    /// As whom to come.
    pub credential: AzureCredential,
}

/// As whom to come to Azure.
#[derive(Clone, Debug)]
pub enum AzureCredential {
    /// A key of the account.
    AccessKey(Hidden<String>),
    /// A shared access signature: rights, and a time at which they end.
    Signature(Hidden<String>),
}

/// A bucket of S3.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Another address than the region's public one.
    pub endpoint: Option<String>,
    /// Id of the access key.
    pub access_key_id: Hidden<String>,
    /// The access key.
    pub secret_access_key: Hidden<String>,
}

/// One copy of everything.
#[derive(Clone)]
pub(super) struct Copy {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The store's own uploads in parts, whose parts can be sent again; a folder has none.
    pub(super) parts: Option<Arc<dyn MultipartStore>>,
    pub(super) budget: Budget,
    /// Follows the key in messages, so that they tell the copies apart.
    pub(super) label: &'static str,
}

impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Copy({})", self.objects)
    }
}

impl Copy {
    /// A copy at a place. Nothing is asked of a store yet: a node starts without it.
    pub(super) fn at(place: &Place, label: &'static str) -> Result<Self, BlobError> {
        let (objects, parts): (Arc<dyn ObjectStore>, Option<Arc<dyn MultipartStore>>) = match place
        {
            Place::Folder(path) => (folder(path)?, None),
            Place::Azure(place) => {
                let store = azure(place).map_err(named(&place.container))?;
                (Arc::clone(&store) as Arc<dyn ObjectStore>, Some(store))
            }
            Place::S3(place) => {
                let store = s3(place).map_err(named(&place.bucket))?;
                (Arc::clone(&store) as Arc<dyn ObjectStore>, Some(store))
            }
        };
        Ok(Self { objects, parts, budget: Budget::full(), label })
    }

    /// The name of an object in messages.
    pub(super) fn named(&self, key: &str) -> String {
        format!("{key}{}", self.label)
    }
}

fn named(key: &str) -> impl Fn(object_store::Error) -> BlobError {
    move |source| BlobError::Store { key: key.to_owned(), source }
}

/// A local folder, made when it is not there.
fn folder(path: &Path) -> Result<Arc<LocalFileSystem>, BlobError> {
    let shown = path.display().to_string();
    std::fs::create_dir_all(path).map_err(|source| {
        named(&shown)(object_store::Error::Generic { store: "folder", source: source.into() })
    })?;
    Ok(Arc::new(LocalFileSystem::new_with_prefix(path).map_err(named(&shown))?))
}

fn azure(
    place: &AzurePlace,
) -> Result<Arc<object_store::azure::MicrosoftAzure>, object_store::Error> {
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(&place.account)
        .with_container_name(&place.container)
        .with_client_options(client(place.endpoint.as_deref()))
        .with_http_connector(SpawnedReqwestConnector::new(io()?))
        .with_retry(no_retries());
    if let Some(endpoint) = &place.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    builder = match &place.credential {
        AzureCredential::AccessKey(key) => builder.with_access_key(key.expose()),
        AzureCredential::Signature(signature) => {
            builder.with_config(AzureConfigKey::SasKey, signature.expose())
        }
    };
    builder.build().map(Arc::new)
}

fn s3(place: &S3Place) -> Result<Arc<object_store::aws::AmazonS3>, object_store::Error> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&place.bucket)
        .with_region(&place.region)
        .with_access_key_id(place.access_key_id.expose())
        .with_secret_access_key(place.secret_access_key.expose())
        .with_client_options(client(place.endpoint.as_deref()))
        .with_http_connector(SpawnedReqwestConnector::new(io()?))
        .with_retry(no_retries());
    if let Some(endpoint) = &place.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder.build().map(Arc::new)
}

/// The deadlines of operations are ours, not the client's. Plain HTTP is for this machine alone, which
/// the configuration has made sure of.
fn client(endpoint: Option<&str>) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")))
        .with_connect_timeout(CONNECT_DEADLINE)
        .with_timeout_disabled()
}

/// `retry` is the only policy: retries within retries multiply.
fn no_retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, retry_timeout: Duration::ZERO }
}

/// A thread for the connections of all stores. They live longer than the runtime of whoever asks first: a
/// build has one a thread, and a connection would end with it in the middle of another's read.
fn io() -> Result<Handle, object_store::Error> {
    static IO: OnceLock<Handle> = OnceLock::new();
    if let Some(handle) = IO.get() {
        return Ok(handle.clone());
    }
    let failed = |source: std::io::Error| object_store::Error::Generic {
        store: "thread of connections",
        source: source.into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let handle = runtime.handle().clone();
    let thread = std::thread::Builder::new().name("blobs".to_owned());
    thread.spawn(move || runtime.block_on(std::future::pending::<()>())).map_err(failed)?;
    // Of two that were first, both threads work; one of them has nothing to do.
    Ok(IO.get_or_init(|| handle).clone())
}

//! Azurite and moto, started when a test needs them and ended with the last one that does.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use daybreak::blob::stores::{AzureCredential, AzurePlace, Place, S3Place};
use daybreak::telemetry::Hidden;

/// How long a stand-in may take until it listens, in looks.
const LOOKS: u32 = 600;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// The account of the stand-in for Azure.
const ACCOUNT: &str = "daybreak";
/// Its key.
const KEY: &[u8] = b"a key that opens nothing but the stand-in of this test";
/// A date as requests carry it; the stand-in asks for no particular one.
const DATE: &str = "Tue, 09 Jul 2024 06:30:00 GMT";

/// The kinds of store that speak over the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Azure,
    S3,
}

/// A running stand-in.
#[derive(Debug)]
pub struct Emulator {
    kind: Kind,
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    _folder: tempfile::TempDir,
}

static AZURE: Mutex<Weak<Emulator>> = Mutex::new(Weak::new());
static S3: Mutex<Weak<Emulator>> = Mutex::new(Weak::new());

impl Emulator {
    /// The one of its kind, shared by the tests that run now.
    pub fn of(kind: Kind) -> Arc<Self> {
        let place = if kind == Kind::Azure { &AZURE } else { &S3 };
        let mut shared = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(Self::start(kind));
        *shared = Arc::downgrade(&started);
        started
    }

    fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = free.port().to_string();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = match kind {
            Kind::Azure => {
                let mut command = Command::new(root.join("node_modules/.bin/azurite-blob"));
                command.args(["--silent", "--inMemoryPersistence", "--skipApiVersionCheck"]);
                command.args(["--disableTelemetry", "--blobHost", "127.0.0.1", "--blobPort"]);
                let account = format!("{ACCOUNT}:{}", STANDARD.encode(KEY));
                command.arg(&port).env("AZURITE_ACCOUNTS", account);
                command
            }
            Kind::S3 => {
                let mut command = Command::new(root.join(".venv/bin/moto_server"));
                command.args(["-H", "127.0.0.1", "-p", &port]);
                command
            }
        };
        command.current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("`deploy/setup test` has installed it");
        let mut emulator = Self { kind, child, address: free, _folder: folder };
        emulator.wait();
        emulator
    }

    fn wait(&mut self) {
        for _ in 0..LOOKS {
            if TcpStream::connect(self.address).is_ok() {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the stand-in for {:?} ended with {status}", self.kind);
            }
            std::thread::sleep(LOOK);
        }
        panic!("the stand-in for {:?} does not listen", self.kind);
    }

    /// An empty bucket or container, as reached through `by` (the stand-in itself, or a proxy).
    pub async fn empty(&self, name: &str, by: SocketAddr) -> Place {
        self.create(name).await;
        match self.kind {
            Kind::Azure => Place::Azure(AzurePlace {
                account: ACCOUNT.to_owned(),
                container: name.to_owned(),
                endpoint: Some(format!("http://{by}/{ACCOUNT}")),
                credential: AzureCredential::AccessKey(Hidden::new(STANDARD.encode(KEY))),
            }),
            Kind::S3 => Place::S3(S3Place {
                bucket: name.to_owned(),
                region: "us-east-1".to_owned(),
                endpoint: Some(format!("http://{by}")),
                access_key_id: Hidden::new("tests".to_owned()),
                secret_access_key: Hidden::new("tests".to_owned()),
            }),
        }
    }

    /// The client of stores makes no containers: this is the one request that does.
    async fn create(&self, name: &str) {
        // The second call finds the first one's choice.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = self.address;
        let request = match self.kind {
            Kind::S3 => client.put(format!("http://{address}/{name}")),
            Kind::Azure => {
                let headers = format!("x-ms-date:{DATE}\nx-ms-version:2021-12-02\n");
                let resource = format!("/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container");
                let text = format!("PUT{}{headers}{resource}", "\n".repeat(12));
                let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), text.as_bytes());
                let signature = STANDARD.encode(signed.as_ref());
                client
                    .put(format!("http://{address}/{ACCOUNT}/{name}?restype=container"))
                    .header("x-ms-date", DATE)
                    .header("x-ms-version", "2021-12-02")
                    .header("authorization", format!("SharedKey {ACCOUNT}:{signature}"))
            }
        };
        let answer = request.header("content-length", 0).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status}: {}", answer.text().await.unwrap());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// A configuration for a demo whose results are at a place, with its secrets beside it.
pub fn configuration(folder: &Path, place: &Place) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let secret = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.join(name), private).unwrap();
    };
    let text = match place {
        Place::Folder(path) => format!("[blobs.second]\nfolder = '{}'\n", path.display()),
        Place::Azure(place) => {
            let AzureCredential::AccessKey(key) = &place.credential else { panic!("a key") };
            secret("key", key.expose());
            let AzurePlace { account, container, endpoint, .. } = place;
            let endpoint = endpoint.as_ref().unwrap();
            format!(
                "[blobs.azure]\naccount = {account:?}\ncontainer = {container:?}\n\
                 endpoint = {endpoint:?}\naccess_key_file = 'key'\n"
            )
        }
        Place::S3(place) => {
            secret("id", place.access_key_id.expose());
            secret("key", place.secret_access_key.expose());
            let S3Place { bucket, region, endpoint, .. } = place;
            let endpoint = endpoint.as_ref().unwrap();
            format!(
                "[blobs.s3]\nbucket = {bucket:?}\nregion = {region:?}\nendpoint = {endpoint:?}\n\
                 access_key_id_file = 'id'\nsecret_access_key_file = 'key'\n"
            )
        }
    };
    let file = folder.join("start.toml");
    std::fs::write(&file, text).unwrap();
    file
}

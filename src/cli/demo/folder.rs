//! The demo's folder: what it keeps between starts.

use std::cell::RefCell;
use std::fs;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::DemoArgs;
use crate::cli::exit::Failure;
use crate::cluster;
use crate::node::keys::random;

/// Name of the file that keeps the facts.
const FILE: &str = "demo.json";

/// Facts of a demo, the same at every start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Cycle.
    pub(super) year: u16,
    /// Password of every sample account.
    pub(super) password: String,
    /// Password of the database roles.
    pub(super) database_password: String,
    /// The release, once built.
    pub(super) release: Option<String>,
    /// Port of the portal.
    pub(super) port: u16,
    /// Port of the ops listener.
    pub(super) ops_port: u16,
    /// Where the delivery is.
    pub(super) delivery: PathBuf,
    /// The machine's boot at which Postgres was last started by the demo; none after it was stopped by it.
    pub(super) postgres_boot: Option<String>,
}

/// An open demo folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    kept: RefCell<Kept>,
    /// Held while the demo runs: two on one folder would stop each other's Postgres.
    _lock: fs::File,
}

impl Folder {
    /// Opens the folder, made on the first call.
    pub(super) fn open(args: &DemoArgs) -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::failed(format!("{}: {error}", args.data.display()));
        let exists = args.data.join(FILE).exists();
        let mut held = lock(&args.data)?;
        if args.fresh && exists {
            super::database::stop_left_behind(&args.data)?;
            cluster::forget(&args.data).map_err(failed)?;
            fs::remove_dir_all(&args.data).map_err(failed)?;
            held = lock(&args.data)?;
        } else if exists && args.as_of.is_some() {
            return Err(Failure::usage(
                "--as-of is fixed at the first start; add --fresh to begin anew",
            ));
        }
        let path = args.data.canonicalize().map_err(failed)?;
        let kept = match fs::read_to_string(path.join(FILE)) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Failure::failed(format!(
                    "{}: {error}; add --fresh to begin anew",
                    path.join(FILE).display()
                ))
            })?,
            Err(_) => new(args, &path)?,
        };
        let folder = Self { path, kept: RefCell::new(kept), _lock: held };
        folder.keep(|_| ())?;
        Ok(folder)
    }

    /// The folder itself, absolute.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it keeps.
    pub(super) fn kept(&self) -> Kept {
        self.kept.borrow().clone()
    }

    /// Changes what it keeps, on disk before anything else happens.
    pub(super) fn keep(&self, change: impl FnOnce(&mut Kept)) -> Result<(), Failure> {
        let mut kept = self.kept.borrow_mut();
        change(&mut kept);
        let text = serde_json::to_string_pretty(&*kept).expect("plain data");
        self.write(FILE, text.as_bytes())
    }

    /// Replaces a file of the folder by rename; only its owner may read it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        replace(&self.path.join(name), bytes)
    }
}

/// Makes the folder and takes its lock; a demo that was killed has given it back.
fn lock(data: &Path) -> Result<fs::File, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", data.display()));
    fs::create_dir_all(data).map_err(failed)?;
    let file = fs::File::create(data.join("demo.lock")).map_err(failed)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| Failure::unavailable(format!("another demo runs on {}", data.display())))?;
    Ok(file)
}

/// Replaces a file by rename; only its owner may read it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
    let next = path.with_extension("next");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&next).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&next, path).map_err(failed)
}

fn new(args: &DemoArgs, path: &Path) -> Result<Kept, Failure> {
    Ok(Kept {
        year: args.year,
        password: format!("Sunrise-{}", URL_SAFE_NO_PAD.encode(random::<6>())),
        database_password: URL_SAFE_NO_PAD.encode(random::<18>()),
        release: None,
        port: free(args.port)?,
        ops_port: free(args.ops_port)?,
        delivery: delivery(args, path)?,
        postgres_boot: None,
    })
}

/// Ports that are chosen for a demo: below those that the kernel gives to outgoing connections, which would
/// otherwise take a port between the choice and the start, or while the demo is away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Ports that are looked at before giving up.
const PORTS_TRIED: usize = 100;

/// The port asked for, or one that is free now on both families of addresses.
fn free(port: u16) -> Result<u16, Failure> {
    if port != 0 {
        return Ok(port);
    }
    let chosen = || PORTS.start + u16::from_be_bytes(random()) % (PORTS.end - PORTS.start);
    let is_free = |port: &u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
            && !matches!(TcpListener::bind((Ipv6Addr::LOCALHOST, *port)), Err(error) if error.kind() == ErrorKind::AddrInUse)
    };
    std::iter::repeat_with(chosen)
        .take(PORTS_TRIED)
        .find(is_free)
        .ok_or_else(|| Failure::failed(format!("no free port in {PORTS:?}")))
}

/// The delivery given, or the place of the sample one.
fn delivery(args: &DemoArgs, path: &Path) -> Result<PathBuf, Failure> {
    let Some(given) = &args.delivery else { return Ok(path.join("delivery")) };
    given.canonicalize().map_err(|error| Failure::usage(format!("{}: {error}", given.display())))
}

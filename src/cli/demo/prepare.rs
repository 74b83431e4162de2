//! What must be there before the demo serves: schema, configuration, sample data, release.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::database::Database;
use super::folder::{Folder, Kept};
use super::{DemoArgs, accounts, certificate, open_system, start_time};
use crate::cli::exit::Failure;
use crate::cli::release::{approve, build, propose};
use crate::cli::sample_data::generate;
use crate::cli::system::{System, lines, runtime};
use crate::cli::{cycle, say};
use crate::cluster::DATABASE;
use crate::config::Config;
use crate::config::email::SenderKind;
use crate::domain::calendar::Audience;
use crate::domain::hex::hex;
use crate::node::keys::random;
use crate::sample::{Plan, Scripts};

/// Where emails go, in the folder of the demo.
const MAIL: &str = "mail";

/// Brings everything to where serving can begin. What an earlier start has done stays.
pub(super) fn prepare(
    args: &DemoArgs,
    folder: &Folder,
    database: &Database,
) -> Result<Kept, Failure> {
    database.set_up()?;
    certificate::ensure(folder)?;
    write_configuration(args, folder, database)?;
    let system = open_system(folder)?;
    std::fs::create_dir_all(folder.path().join(MAIL))
        .map_err(|error| Failure::failed(format!("mail: {error}")))?;
    if folder.kept().release.is_none() {
        let release = load(args, folder, &system)?;
        folder.keep(|kept| kept.release = Some(release))?;
    }
    Ok(folder.kept())
}

/// So long before the demo's clock begins its release was made, in service time.
const PREPARED_BEFORE: SignedDuration = SignedDuration::from_hours(12);

fn load(args: &DemoArgs, folder: &Folder, system: &System) -> Result<String, Failure> {
    let kept = folder.kept();
    let opens = system.calendar(kept.year)?.opens;
    let begins = start_time(args, opens.of(Audience::School), opens.of(Audience::Secondary))?;
    system.clock.set(begins - PREPARED_BEFORE);
    if args.delivery.is_none() && !kept.delivery.exists() {
        say(&format!("Writing {} sample schools.", args.schools));
        let plan = Plan {
            year: kept.year,
            schools: args.schools,
            seed: args.seed,
            scripts: Scripts::Sparse,
        };
        generate(&plan, &system.config.cycles.folder, &kept.delivery)?;
    }
    say("Building the release.");
    let outcome = build(system, kept.year, &kept.delivery, "data operator")?;
    let report = outcome.report;
    let Some(delivery) = outcome.delivery else {
        return Err(Failure::data(lines(&report.problems)));
    };
    say(&format!(
        "{} schools, {} pupils, {} scripts; {} scripts are being traced.",
        report.schools,
        report.pupils,
        report.scripts,
        report.missing_scripts.len()
    ));
    runtime()?.block_on(async {
        let (loaded, _) = cycle::load(system, kept.year, &delivery).await?;
        let refused: BTreeSet<String> = report.refused.iter().cloned().collect();
        let made = accounts::make(system, &delivery, &loaded, &refused, &kept.password).await?;
        accounts::write(folder, &made)?;
        let officers = accounts::release_officers();
        let at = opens.of(Audience::School);
        propose(system, &report.release, at, &officers[0], &report.refused).await?;
        approve(system, &report.release, &officers[1]).await
    })?;
    Ok(report.release)
}

/// The demo's configuration is a file like any other: commands read it with `--data`.
fn write_configuration(
    args: &DemoArgs,
    folder: &Folder,
    database: &Database,
) -> Result<(), Failure> {
    let path = folder.path();
    let kept = folder.kept();
    let base = match &args.config {
        None => Config::default(),
        Some(file) => {
            Config::read(file).map_err(|problems| Failure::configuration(problems.to_string()))?
        }
    };
    let secret = |role: &str| -> Result<PathBuf, Failure> {
        let name = format!("secrets/{role}.password");
        folder.write(&name, kept.database_password.as_bytes())?;
        Ok(path.join(name))
    };
    let mut config = base;
    config.server.addresses = addresses(kept.port);
    config.admission.rate = args.admission_rate.unwrap_or(config.admission.rate);
    config.server.origin = format!("https://localhost:{}", kept.port);
    config.server.certificate = path.join("tls/server.pem");
    config.server.key = path.join("tls/server.key");
    config.server.ops_address = SocketAddr::from((Ipv4Addr::LOCALHOST, kept.ops_port));
    config.server.state = path.join("state");
    "127.0.0.1".clone_into(&mut config.database.host);
    config.database.port = database.cluster.port();
    DATABASE.clone_into(&mut config.database.name);
    config.database.owner_password_file = secret("owner")?;
    config.database.app_password_file = secret("app")?;
    config.database.node_password_file = secret("node")?;
    config.database.worker_password_file = secret("worker")?;
    if !config.blobs.is_remote() {
        config.blobs.folder = path.join("blobs");
    }
    if config.email.sender == SenderKind::None {
        config.email.sender = SenderKind::Folder;
    }
    config.second_factor.key_file = second_factor_key(folder)?;
    config.email.folder = path.join(MAIL);
    config.email.templates = shipped("emails", &config.email.templates)?;
    config.cycles.folder = shipped("cycles", &config.cycles.folder)?;
    config.cycles.year = kept.year;
    folder.write(crate::cli::system::DEMO_CONFIG, config.to_toml().as_bytes())
}

/// The key that seals secrets of apps: made once.
fn second_factor_key(folder: &Folder) -> Result<PathBuf, Failure> {
    const NAME: &str = "secrets/second-factor.key";
    let path = folder.path().join(NAME);
    if !path.exists() {
        folder.write(NAME, hex(&random::<32>()).as_bytes())?;
    }
    Ok(path)
}

/// A folder that ships: as configured, in the working folder, or beside the program's sources.
fn shipped(name: &str, configured: &Path) -> Result<PathBuf, Failure> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    [configured.to_owned(), Path::new("config").join(name), built_from]
        .into_iter()
        .find(|folder| folder.is_dir())
        .and_then(|folder| folder.canonicalize().ok())
        .ok_or_else(|| {
            Failure::configuration(format!(
                "no folder config/{name}: run from the project's folder or name it with --config"
            ))
        })
}

/// Both loopback addresses, or IPv4 alone where the machine has no other.
fn addresses(port: u16) -> Vec<SocketAddr> {
    let v4 = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let has_v6 = TcpListener::bind((v6, 0)).is_ok();
    let chosen = if has_v6 && port != 0 { vec![v4, v6] } else { vec![v4] };
    chosen.into_iter().map(|address| SocketAddr::new(address, port)).collect()
}

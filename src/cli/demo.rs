//! `daybreak demo`: everything on one machine, for real: private Postgres, release, server, mailbox.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

mod accounts;
mod certificate;
mod database;
mod folder;
mod prepare;
mod ready;

use super::exit::Failure;
use super::serve::{not_started, until_told_to_end};
use super::system::{CLOCK_FILE, System, runtime};
use super::{SystemArgs, say};
use crate::app::{App, Purpose};
use crate::domain::calendar::{Audience, instant};
use crate::jobs::{preload, snapshots};
use crate::telemetry::chain;
use crate::telemetry::logging::{LogTo, begin};
use folder::{Folder, Kept};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak demo                            200 schools, results open in two minutes
  daybreak demo --released --schools 20    results are open
  daybreak demo --as-of 2024-03-05T09:00   the registration season")]
pub struct DemoArgs {
    /// Folder of the demo; kept between starts.
    #[arg(long, value_name = "DIR", default_value = "var/demo")]
    pub data: PathBuf,
    /// Cycle.
    #[arg(long, default_value_t = 2024)]
    pub year: u16,
    /// Sample schools with key stage 2 results.
    #[arg(long, default_value_t = 200)]
    pub schools: u32,
    /// The same seed gives the same schools.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Time until results open, such as `2m` or `90s`.
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with_all = ["released", "as_of"])]
    pub release_in: Option<SignedDuration>,
    /// Results are open to everybody.
    #[arg(long, conflicts_with = "as_of")]
    pub released: bool,
    /// Port of the portal; 0 chooses one.
    #[arg(long, default_value_t = 8443)]
    pub port: u16,
    /// Port of metrics and probes; 0 chooses one.
    #[arg(long, default_value_t = 9090)]
    pub ops_port: u16,
    /// A delivery instead of sample schools.
    #[arg(long, value_name = "DIR")]
    pub delivery: Option<PathBuf>,
    /// Service time at the start, in London, such as `2024-07-09T07:00`.
    #[arg(long, value_name = "LOCALTIME")]
    pub as_of: Option<DateTime>,
    /// Sign-ins a second at the most, a decimal above zero; without it what this machine can do.
    #[arg(long, value_name = "RATE", value_parser = admission_rate)]
    pub admission_rate: Option<f64>,
    /// Begin anew: the folder is removed first.
    #[arg(long)]
    pub fresh: bool,
    /// Where to write addresses and accounts once the server answers; default `ready.json` in the folder.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Configuration to start from: limits, sessions, passwords, cache, and a store in Azure or S3.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// A rate that the waiting room can have.
fn admission_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "write a decimal above zero".to_owned())?;
    crate::admission::Rate::new(rate)
        .map(crate::admission::Rate::per_second)
        .map_err(|bad| bad.to_string())
}

/// Reads `2m`, `90s`, `1h`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let span: SignedDuration =
        text.parse().map_err(|_| "expected a time such as 2m or 90s".to_owned())?;
    if span.is_negative() { Err("expected a time from now on".to_owned()) } else { Ok(span) }
}

/// Time until results open when nothing else is asked for.
const RELEASE_IN: SignedDuration = SignedDuration::from_mins(2);

/// Runs the demo until SIGTERM or Ctrl-C.
pub fn run(args: &DemoArgs) -> Result<(), Failure> {
    let folder = Folder::open(args)?;
    begin_log(&folder)?;
    let database = database::open(&folder)?;
    let outcome = run_with(args, &folder, &database);
    database::stop(&folder, &database);
    outcome
}

fn begin_log(folder: &Folder) -> Result<(), Failure> {
    use std::io::IsTerminal;
    let to = if std::io::stderr().is_terminal() {
        let path = folder.path().join("server.log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        LogTo::File(file.map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?)
    } else {
        LogTo::Stderr
    };
    begin(to, "info");
    Ok(())
}

fn run_with(
    args: &DemoArgs,
    folder: &Folder,
    database: &database::Database,
) -> Result<(), Failure> {
    let prepared = if database.running || folder.kept().release.is_none() {
        prepare::prepare(args, folder, database)?
    } else {
        folder.kept().clone()
    };
    let system = open_system(folder)?;
    let calendar = system.calendar(prepared.year)?;
    let first_start = !has_clock(&system);
    let begin = || {
        let opens = |audience| calendar.opens.of(audience);
        start_time(args, opens(Audience::School), opens(Audience::Secondary))
    };
    if first_start {
        // Nothing may be dated by the machine's clock; the exact beginning is when the server answers.
        system.clock.set(begin()?);
    }
    let app = App::new(&system.config, &calendar, system.clock.clone(), Purpose::Demo)
        .map_err(not_started)?;
    runtime()?.block_on(async {
        if let Err(error) = snapshots::refresh(&app.jobs, &snapshots::What::all()).await {
            say(&format!("Starting from what this node knows: {}", chain(&error)));
        }
        preload::load(&app.jobs).await;
        if first_start {
            system.clock.set(begin()?);
            let offset = i64::try_from(system.clock.offset().as_millis()).unwrap_or_default();
            let kept = app.jobs.node.state().write(CLOCK_FILE, &offset);
            kept.map_err(|error| Failure::of(&error))?;
        }
        ready::write(args, folder, &app, &calendar, &system.clock, database)?;
        until_told_to_end(app, std::time::Duration::ZERO).await
    })
}

/// Service time at the first start.
fn start_time(
    args: &DemoArgs,
    school: Timestamp,
    secondary: Timestamp,
) -> Result<Timestamp, Failure> {
    if let Some(local) = args.as_of {
        return instant(local).map_err(|error| Failure::usage(format!("--as-of: {error}")));
    }
    if args.released {
        return Ok(secondary + SignedDuration::from_mins(30));
    }
    Ok(school - args.release_in.unwrap_or(RELEASE_IN))
}

fn open_system(folder: &Folder) -> Result<System, Failure> {
    let data = Some(folder.path().to_owned());
    System::open(&SystemArgs { config: PathBuf::new(), data, json: false })
}

fn has_clock(system: &System) -> bool {
    system.config.server.state.join(CLOCK_FILE).exists()
}

/// A path of the folder as text for a file that others read.
fn text(path: &Path) -> String {
    path.display().to_string()
}

impl Kept {
    /// The release, once there is one.
    fn release(&self) -> &str {
        self.release.as_deref().unwrap_or_default()
    }
}

//! `daybreak cycle load`: a cycle's pupils and registrations into the database.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::Failure;
use super::load::Loaded;
use super::system::{System, lines, runtime};
use super::{SystemArgs, load, print};
use crate::config::Role;
use crate::domain::gias::Waiting;
use crate::intake::delivery::{self, Delivery};
use crate::intake::problems::Problems;

/// Arguments of `cycle`.
#[derive(Debug, Args)]
pub struct CycleArgs {
    #[command(subcommand)]
    command: CycleCommand,
}

#[derive(Debug, Subcommand)]
enum CycleCommand {
    /// Load pupils and registrations of a delivery.
    Load {
        /// Cycle.
        #[arg(long)]
        year: u16,
        /// Folder of the delivery.
        #[arg(long, value_name = "DIR")]
        delivery: PathBuf,
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Loads the cycle.
pub fn run(args: &CycleArgs) -> Result<(), Failure> {
    let CycleCommand::Load { year, delivery: folder, system: args } = &args.command;
    let system = System::open(args)?;
    let delivery = read(folder)?;
    let (loaded, pupils) = runtime()?.block_on(load(&system, *year, &delivery))?;
    let waiting = loaded.waiting.as_ref().map(Waiting::words);
    let counts = serde_json::json!({
        "schools": loaded.schools.len(), "pupils": pupils, "waiting": waiting,
    });
    print(&counts.to_string())
}

/// Reads a delivery whose every row is right.
fn read(folder: &Path) -> Result<Delivery, Failure> {
    let mut problems = Problems::default();
    let delivery = delivery::read(folder, &mut problems);
    match delivery {
        Some(delivery) if problems.errors() == 0 => Ok(delivery),
        _ => Err(Failure::data(lines(problems.list()))),
    }
}

/// Saves organisations and pupils.
pub async fn load(
    system: &System,
    year: u16,
    delivery: &Delivery,
) -> Result<(Loaded, u64), Failure> {
    let with_pupils: BTreeSet<_> = delivery.schools.keys().copied().collect();
    let loaded = load::organisations(system, year, &delivery.register, with_pupils).await?;
    let worker = system.store(Role::Worker)?;
    let pupils = load::pupils(&worker, system, year, delivery, &loaded).await?;
    Ok((loaded, pupils))
}

//! `daybreak release`: build, verify, list, status, propose, approve, hold, resume.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

mod build;
mod control;
mod show;

pub use build::{BuildOutcome, build};
pub use control::{approve, propose};

use super::SystemArgs;
use super::exit::Failure;
use super::system::System;

/// Arguments of `release`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak release build --year 2024 --delivery var/delivery
  daybreak release propose 2024-1f3a9c20 --at 2024-07-09T07:30:00+01:00 --actor first@agency.example
  daybreak release approve 2024-1f3a9c20 --actor second@agency.example
  daybreak release hold 2024-1f3a9c20 --school 8882045 --actor first@agency.example")]
pub struct ReleaseArgs {
    #[command(subcommand)]
    command: ReleaseCommand,
}

#[derive(Debug, Subcommand)]
enum ReleaseCommand {
    /// Score, reconcile, pack and verify a delivery.
    Build {
        /// Cycle.
        #[arg(long)]
        year: u16,
        /// Folder of the delivery.
        #[arg(long, value_name = "DIR")]
        delivery: PathBuf,
        /// Who loads the data: may neither propose nor approve it.
        #[arg(long, default_value = "data operator")]
        actor: String,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Re-read every digest of a release.
    Verify(Target),
    /// List all releases.
    List {
        #[command(flatten)]
        system: SystemArgs,
    },
    /// How ready each node is.
    Status(Target),
    /// Propose the instant at which schools may see a release.
    Propose {
        #[command(flatten)]
        target: Target,
        /// Instant for schools; other audiences keep their distance of the calendar.
        #[arg(long)]
        at: Timestamp,
        /// Who proposes: a release officer.
        #[arg(long)]
        actor: String,
        /// Schools that were refused and are knowingly left out.
        #[arg(long, num_args = 1.., value_name = "LAESTAB")]
        without: Vec<String>,
    },
    /// Approve what somebody else proposed.
    Approve {
        #[command(flatten)]
        target: Target,
        /// Who approves: another release officer.
        #[arg(long)]
        actor: String,
    },
    /// Stop serving a release, or one school of it.
    Hold(HoldArgs),
    /// Serve again.
    Resume(HoldArgs),
}

/// A release of a system.
#[derive(Debug, Args)]
struct Target {
    /// Release.
    id: String,
    #[command(flatten)]
    system: SystemArgs,
}

/// What to hold or to resume.
#[derive(Debug, Args)]
struct HoldArgs {
    #[command(flatten)]
    target: Target,
    /// One school only.
    #[arg(long, value_name = "LAESTAB")]
    school: Option<String>,
    /// Who does it: a release officer. Without a name it is recorded as the operator of the machine.
    #[arg(long)]
    actor: Option<String>,
}

/// Runs the subcommand.
pub fn run(args: &ReleaseArgs) -> Result<(), Failure> {
    use crate::store::releases::Hold;
    match &args.command {
        ReleaseCommand::Build { year, delivery, actor, system } => {
            build::run(&System::open(system)?, *year, delivery, actor, system.json)
        }
        ReleaseCommand::Verify(Target { id, system }) => {
            show::verify(&System::open(system)?, id, system.json)
        }
        ReleaseCommand::List { system } => show::list(&System::open(system)?, system.json),
        ReleaseCommand::Status(Target { id, system }) => {
            show::status(&System::open(system)?, id, system.json)
        }
        ReleaseCommand::Propose { target: Target { id, system }, at, actor, without } => {
            control::run_propose(&System::open(system)?, id, *at, actor, without)
        }
        ReleaseCommand::Approve { target: Target { id, system }, actor } => {
            control::run_approve(&System::open(system)?, id, actor)
        }
        ReleaseCommand::Hold(args) => control::run_hold(args, Hold::Place),
        ReleaseCommand::Resume(args) => control::run_hold(args, Hold::Lift),
    }
}

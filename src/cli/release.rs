//! `daybreak release`: build, verify, list, status, propose, approve, hold, resume.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

mod build;
mod control;
mod correct;
mod revision;
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
  daybreak release correct 2024-1f3a9c20 --school 8882045 --delivery var/found --reason \"Script found\"
  daybreak release propose 2024-1f3a9c20 --revision 2 --actor first@agency.example
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
    /// Build the next revision of an approved release for a few schools: a found script, a changed mark.
    Correct {
        #[command(flatten)]
        target: Target,
        /// Folder of a delivery that is complete for these schools. One without scripts leaves theirs as they are.
        #[arg(long, value_name = "DIR")]
        delivery: PathBuf,
        /// The schools.
        #[arg(long, num_args = 1.., required = true, value_name = "LAESTAB")]
        school: Vec<String>,
        /// Why; it is kept with the release.
        #[arg(long)]
        reason: String,
        /// Who loads the data: may neither propose nor approve it.
        #[arg(long, default_value = "data operator")]
        actor: String,
    },
    /// Every revision of a release: who, when, why.
    History(Target),
    /// Propose the instant at which schools may see a release.
    Propose {
        #[command(flatten)]
        target: Target,
        /// Instant for schools; other audiences keep their distance of the calendar.
        #[arg(long, required_unless_present = "revision")]
        at: Option<Timestamp>,
        /// A correction, which is served as soon as it is approved.
        #[arg(long, conflicts_with_all = ["at", "without"])]
        revision: Option<u32>,
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
        /// A correction.
        #[arg(long)]
        revision: Option<u32>,
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
    /// Why; it is kept with the hold.
    #[arg(long)]
    reason: Option<String>,
}

/// Runs the subcommand.
pub fn run(args: &ReleaseArgs) -> Result<(), Failure> {
    use crate::service::release_control::Hold;
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
        ReleaseCommand::Correct {
            target: Target { id, system },
            delivery,
            school,
            reason,
            actor,
        } => {
            let wanted = correct::Wanted { id, delivery, schools: school, reason, actor };
            correct::run(&System::open(system)?, &wanted, system.json)
        }
        ReleaseCommand::History(Target { id, system }) => {
            correct::history(&System::open(system)?, id, system.json)
        }
        ReleaseCommand::Propose { target, at, revision, actor, without } => {
            let system = System::open(&target.system)?;
            match (at, revision) {
                (_, Some(revision)) => revision::propose(&system, &target.id, *revision, actor),
                (Some(at), None) => control::run_propose(&system, &target.id, *at, actor, without),
                (None, None) => Err(Failure::usage("give --at, or --revision")),
            }
        }
        ReleaseCommand::Approve { target: Target { id, system }, revision, actor } => {
            let system = System::open(system)?;
            match revision {
                Some(revision) => revision::approve(&system, id, *revision, actor),
                None => control::run_approve(&system, id, actor),
            }
        }
        ReleaseCommand::Hold(args) => control::run_hold(args, Hold::Place),
        ReleaseCommand::Resume(args) => control::run_hold(args, Hold::Lift),
    }
}

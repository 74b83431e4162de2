//! `daybreak gias`: schools, trusts and memberships from GIAS extracts, and those that wait for a person.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::control::holder;
use super::exit::Failure;
use super::system::{System, lines, runtime};
use super::{SystemArgs, print};
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::calendar::day;
use crate::domain::gias::Freeze;
use crate::intake::gias::{Extract, Register};
use crate::intake::problems::Problems;
use crate::store::gias::{Mode, TakeOver, TakenOver};

mod decide;
mod despite;
mod report;

use despite::Despite;

/// Arguments of `gias`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak gias import var/delivery --dry-run
  daybreak gias import var/delivery --actor operator@agency.example
  daybreak gias import var/delivery --despite-freeze --actor data.operator@agency.example --reason \"Wrong trust\"
  daybreak gias show
  daybreak gias approve 12 --actor data.operator@agency.example")]
pub struct GiasArgs {
    #[command(subcommand)]
    command: GiasCommand,
}

#[derive(Debug, Subcommand)]
enum GiasCommand {
    /// Take over what the extracts of a folder say; all of it or, when a row is wrong, nothing.
    Import {
        /// Folder with `gias/edubasealldata.csv`, `gias/groups.csv` and `gias/grouplinks.csv`; and
        /// `gias/links.csv`, if somebody says which school went on as which.
        folder: PathBuf,
        /// Only report what would change.
        #[arg(long)]
        dry_run: bool,
        /// Who takes it over; it is kept in the audit.
        #[arg(long, default_value = "operator")]
        actor: String,
        #[command(flatten)]
        despite: Despite,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// What became of the extracts that the nightly job found, or what one of them changes.
    Show {
        /// Number of the run; without one, the last runs.
        run: Option<i64>,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Take over an extract that waits because it changes more than may be changed without a person.
    Approve {
        /// Number of the run.
        run: i64,
        /// Who has looked at it: a data operator.
        #[arg(long)]
        actor: String,
        #[command(flatten)]
        despite: Despite,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Do not take over an extract that waits; the next night looks anew.
    Drop {
        /// Number of the run.
        run: i64,
        /// Who has looked at it: a data operator.
        #[arg(long)]
        actor: String,
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Runs the subcommand.
pub fn run(args: &GiasArgs) -> Result<(), Failure> {
    match &args.command {
        GiasCommand::Import { folder, dry_run, actor, despite, system: args } => {
            let register = Arc::new(read(folder)?);
            let system = System::open(args)?;
            let mode = if *dry_run { Mode::Look } else { Mode::Apply };
            runtime()?.block_on(async {
                let freeze = despite.freeze(&system, actor).await?;
                import(&system, &register, actor, (mode, freeze), args.json).await
            })
        }
        GiasCommand::Show { run, system } => {
            let (system, json) = (System::open_for_owner(system)?, system.json);
            runtime()?.block_on(decide::show(&system, *run, json))
        }
        GiasCommand::Approve { run, actor, despite, system } => {
            let system = System::open_for_owner(system)?;
            runtime()?.block_on(decide::approve(&system, *run, actor, despite))
        }
        GiasCommand::Drop { run, actor, system } => {
            let system = System::open_for_owner(system)?;
            runtime()?.block_on(decide::drop(&system, *run, actor))
        }
    }
}

/// The name of an active data operator.
async fn operator(system: &System, actor: &str) -> Result<String, Failure> {
    holder(system, actor, Permission::DataOperator, "data operator").await
}

/// Reads an extract; a missing column or an unreadable row stops everything.
fn read(folder: &Path) -> Result<Register, Failure> {
    let mut problems = Problems::default();
    let register = Extract::in_delivery(folder).read(&mut problems);
    if problems.errors() > 0 {
        return Err(Failure::data(lines(problems.list())));
    }
    Ok(register)
}

/// Says what will change, then changes it. What changes meanwhile is told by the second report.
async fn import(
    system: &System,
    register: &Arc<Register>,
    actor: &str,
    (mode, freeze): (Mode, Freeze),
    json: bool,
) -> Result<(), Failure> {
    let owner = system.store(Role::Owner)?;
    let now = system.clock.now();
    let look = TakeOver {
        register: Arc::clone(register),
        with_pupils: None,
        day: day(now),
        now,
        actor: actor.to_owned(),
        mode: Mode::Look,
        freeze,
    };
    let seen = owner.run(now, &look).await?;
    if matches!(mode, Mode::Look) {
        return tell(register, &seen, json);
    }
    if !json {
        print(&report::words(&seen.difference))?;
    }
    let applied = owner.run(now, &TakeOver { mode, ..look }).await?;
    if json || applied.difference != seen.difference {
        return tell(register, &applied, json);
    }
    print("Taken over.")
}

fn tell(register: &Register, taken: &TakenOver, json: bool) -> Result<(), Failure> {
    if json {
        return print(&report::json(register, taken).to_string());
    }
    print(&report::words(&taken.difference))?;
    print(if taken.applied { "Taken over." } else { "Nothing was changed." })
}

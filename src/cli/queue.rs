//! `daybreak queue`: the waiting room, on every node that can be reached.

use super::SystemArgs;
use super::exit::Failure;
use super::system::{System, runtime};
use crate::admission::Rate;
use crate::service::queue_control::Steer;
use clap::{Args, Subcommand};
use rehearse::RehearseArgs;

mod look;
mod rehearse;
mod report;
mod steer;

/// Arguments of `queue`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak queue status --data var/demo
  daybreak queue pause --actor first@agency.example --reason \"a slow database\"
  daybreak queue rate 12.5 --actor first@agency.example
  daybreak queue message \"The marks of one school are being checked.\"
  daybreak queue approve 7 --actor second@agency.example
  daybreak queue find QF7-3KD
  daybreak queue what-if 30
  daybreak queue rehearse --people 17000 --within 60
  daybreak queue report --json")]
pub struct QueueArgs {
    #[command(subcommand)]
    command: QueueCommand,
}

/// Which system, and who acts.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    system: SystemArgs,
    /// Who does it: a queue operator. They pause and tell at once; the rest waits until another one approves it.
    /// Without a name it is done at once and recorded as the operator of the machine.
    #[arg(long)]
    actor: Option<String>,
    /// Why; it is kept with the act, for the report afterwards.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// How many wait, at which rate they are let in, and which acts nobody has approved.
    Status(Common),
    /// Let people in.
    Open(Common),
    /// Keep every place, let nobody in.
    Pause(Common),
    /// Let people in again.
    Resume(Common),
    /// Sign-ins a second at the most, over all nodes.
    Rate {
        /// A decimal above zero.
        #[arg(allow_negative_numbers = true)]
        per_second: f64,
        #[command(flatten)]
        common: Common,
    },
    /// Let so many people in beyond the rate.
    Admit {
        /// People, 1 to 10,000.
        people: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Tell those who wait something; an empty text takes it away.
    Message {
        /// At most 500 bytes.
        text: String,
        #[command(flatten)]
        common: Common,
    },
    /// Give out no new places.
    Close(Common),
    /// Where the caller stands who reads out the reference on their page.
    Find {
        /// Six characters, such as QF7-3KD.
        reference: String,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// What another rate would mean for those who wait.
    WhatIf {
        /// Sign-ins a second.
        #[arg(allow_negative_numbers = true)]
        per_second: f64,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Run people who do not exist through a room like this one; nobody who waits notices.
    Rehearse(RehearseArgs),
    /// What became of a morning: waits, promises, sign-ins by minute, when schools had their results.
    Report {
        /// The release; without a name the one that opened last.
        release: Option<String>,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Approve what another operator did, or do what another proposed.
    Approve {
        /// Number of the act, as the status names it.
        act: i64,
        #[command(flatten)]
        common: Common,
    },
}

/// Runs the subcommand.
pub fn run(args: &QueueArgs) -> Result<(), Failure> {
    let opened = System::open_for_owner;
    match &args.command {
        QueueCommand::Status(common) => {
            runtime()?.block_on(look::status(&opened(&common.system)?, common.system.json))
        }
        QueueCommand::Report { release, system } => {
            runtime()?.block_on(report::report(&opened(system)?, release.as_deref(), system.json))
        }
        QueueCommand::Approve { act, common } => {
            let system = opened(&common.system)?;
            runtime()?.block_on(steer::approve(&system, *act, common.actor.as_deref()))
        }
        QueueCommand::Find { reference, system } => {
            runtime()?.block_on(look::find(&opened(system)?, reference, system.json))
        }
        QueueCommand::WhatIf { per_second, system } => {
            let rate = limit(*per_second)?;
            runtime()?.block_on(look::what_if(&opened(system)?, rate, system.json))
        }
        QueueCommand::Rehearse(args) => {
            runtime()?.block_on(rehearse::rehearse(&opened(&args.system)?, args))
        }
        command => change(command),
    }
}

/// What changes the room.
fn change(command: &QueueCommand) -> Result<(), Failure> {
    let (common, steer) = match command {
        QueueCommand::Open(common) => (common, Steer::Open),
        QueueCommand::Pause(common) => (common, Steer::Pause),
        QueueCommand::Resume(common) => (common, Steer::Resume),
        QueueCommand::Close(common) => (common, Steer::Close),
        QueueCommand::Rate { per_second, common } => (common, Steer::rate(*per_second)?),
        QueueCommand::Admit { people, common } => (common, Steer::admit(*people)?),
        QueueCommand::Message { text, common } => (common, Steer::message(text)?),
        _ => return Err(Failure::usage("this changes nothing")),
    };
    let system = System::open_for_owner(&common.system)?;
    let (actor, reason) = (common.actor.as_deref(), common.reason.as_deref());
    runtime()?.block_on(steer::change(&system, &steer, actor, reason))
}

/// A rate that can be set.
fn limit(per_second: f64) -> Result<Rate, Failure> {
    Rate::new(per_second).map_err(|bad| Failure::usage(bad.to_string()))
}

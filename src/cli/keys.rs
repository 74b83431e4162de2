//! `daybreak keys`: every key, what it is for and how it stands; a new one before its time, one that leaked.

use clap::{Args, Subcommand, ValueEnum};

mod act;
mod known;
mod look;
mod problems;
mod reseal;

use super::SystemArgs;
use super::exit::Failure;
use super::system::{System, runtime};
use crate::node::keys::Purpose;

pub(super) use problems::of_system;

/// Arguments of `keys`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    before_help = "Examples:
  daybreak keys --data var/demo
  daybreak keys rotate session --actor first@agency.example
  daybreak keys revoke session 7 --reason \"A backup was lost\" --actor first@agency.example
  daybreak keys approve 3 --actor second@agency.example
  daybreak keys reseal
docs/keys.md says what each key is for, and what to do when one is lost or leaks."
)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: Option<KeysCommand>,
    #[command(flatten)]
    system: SystemArgs,
}

/// Which system, and who acts.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    system: SystemArgs,
    /// Who does it: a security administrator. Without a name it is recorded as the operator of the machine.
    #[arg(long)]
    actor: Option<String>,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a new key of a ring now; those before it still read.
    Rotate {
        /// The ring.
        ring: Ring,
        #[command(flatten)]
        common: Common,
    },
    /// Take a key that somebody else may have out of its ring, at once. A named person asks for it, another does it.
    Revoke {
        /// The ring.
        ring: Ring,
        /// Number of the key, or "all".
        key: Key,
        /// Why; it is kept in the audit.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        common: Common,
    },
    /// Do what somebody else has asked for.
    Approve {
        /// Number that `daybreak keys` names.
        id: i64,
        #[command(flatten)]
        common: Common,
    },
    /// Seal again, under the newest key of columns, what older ones have sealed.
    Reseal(Common),
}

/// A ring that operators rotate.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ring {
    /// Seals session cookies.
    Session,
    /// Signs forms.
    Form,
    /// Signs places in the queue.
    Queue,
}

impl Ring {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Session => Purpose::Session,
            Self::Form => Purpose::Form,
            Self::Queue => Purpose::Queue,
        }
    }
}

/// One key of a ring, or each of them.
#[derive(Clone, Copy, Debug)]
struct Key(Option<i16>);

impl std::str::FromStr for Key {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self(None));
        }
        text.parse().map(|id| Self(Some(id))).map_err(|_| "write the number of a key, or \"all\"")
    }
}

/// Lists all keys, or runs the subcommand.
pub fn run(args: &KeysArgs) -> Result<(), Failure> {
    let opened = System::open_for_owner;
    let Some(command) = &args.command else {
        return look::run(&opened(&args.system)?, args.system.json);
    };
    match command {
        KeysCommand::Rotate { ring, common } => {
            let system = opened(&common.system)?;
            let actor = common.actor.as_deref();
            runtime()?.block_on(act::rotate(&system, ring.purpose(), actor, common.system.json))
        }
        KeysCommand::Revoke { ring, key, reason, common } => {
            let system = opened(&common.system)?;
            let wanted = act::Wanted { purpose: ring.purpose(), key: key.0, reason };
            runtime()?.block_on(act::revoke(&system, &wanted, common.actor.as_deref()))
        }
        KeysCommand::Approve { id, common } => {
            let system = opened(&common.system)?;
            runtime()?.block_on(act::approve(&system, *id, common.actor.as_deref()))
        }
        KeysCommand::Reseal(common) => {
            let system = opened(&common.system)?;
            let actor = common.actor.as_deref();
            runtime()?.block_on(reseal::run(&system, actor, common.system.json))
        }
    }
}

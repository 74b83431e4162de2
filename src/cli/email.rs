//! `daybreak email`: which messages are stuck and why, sending one again, addresses that give messages back.

use clap::{Args, Subcommand};

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, print};
use crate::config::Role;
use crate::domain::calendar::instant_in_words;
use crate::store::outbox::{ListMessages, Listed, NoteBounce, RetryMessage, ShowMessage, Shown};

/// Messages that one list shows at the most.
const LISTED_MAX: i64 = 1_000;
/// States of messages that are not through.
const STUCK: [&str; 4] = ["pending", "sending", "bounced", "failed"];
/// Every state.
const STATES: [&str; 6] = ["pending", "sending", "sent", "delivered", "bounced", "failed"];

/// Arguments of `email`.
#[derive(Debug, Args)]
#[command(before_help = "Examples:
  daybreak email list                 what is not sent, came back or failed, and why
  daybreak email show 1042            the life of one message
  daybreak email retry 1042           send it again now
  daybreak email bounced head@school.example")]
pub struct EmailArgs {
    #[command(subcommand)]
    command: EmailCommand,
}

#[derive(Debug, Subcommand)]
enum EmailCommand {
    /// List messages that are not through, the newest first.
    List {
        /// Only this state; may be given again: pending, sending, sent, delivered, bounced, failed.
        #[arg(long, value_parser = STATES)]
        state: Vec<String>,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Show one message and what became of it.
    Show {
        /// Its number.
        id: i64,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Send a message again now, and trust its address again.
    Retry {
        /// Its number.
        id: i64,
        #[command(flatten)]
        system: SystemArgs,
    },
    /// Note that messages to an address come back; no more are sent there.
    Bounced {
        /// Email address.
        address: String,
        /// What the note says that came back.
        #[arg(long, default_value = "a note came back")]
        why: String,
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Runs the subcommand.
pub fn run(args: &EmailArgs) -> Result<(), Failure> {
    match &args.command {
        EmailCommand::List { state, system } => list(system, state),
        EmailCommand::Show { id, system } => show(system, *id),
        EmailCommand::Retry { id, system } => retry(&System::open(system)?, *id),
        EmailCommand::Bounced { address, why, system } => {
            bounced(&System::open(system)?, address, why)
        }
    }
}

fn list(args: &SystemArgs, states: &[String]) -> Result<(), Failure> {
    let system = System::open(args)?;
    let states = match states {
        [] => STUCK.map(str::to_owned).to_vec(),
        some => some.to_vec(),
    };
    let work = ListMessages { states, limit: LISTED_MAX };
    let store = system.store(Role::Owner)?;
    let messages = runtime()?.block_on(store.run(system.clock.now(), &work))?;
    for message in &messages {
        if args.json {
            print(&json(message).to_string())?;
        } else {
            print(&line(message))?;
        }
    }
    Ok(())
}

fn json(message: &Listed) -> serde_json::Value {
    serde_json::json!({
        "id": message.id,
        "state": message.state,
        "template": message.template,
        "recipient": message.recipient,
        "organisation": message.organisation,
        "attempts": message.attempts,
        "queued_at": message.queued_at.to_string(),
        "detail": message.detail,
        "maybe_twice": message.maybe_twice,
        "reference": message.reference,
    })
}

fn line(message: &Listed) -> String {
    let Listed { id, state, template, recipient, detail, attempts, .. } = message;
    let twice = if message.maybe_twice { "\tmay have been sent twice" } else { "" };
    format!("{id}\t{state}\t{template}\t{recipient}\t{attempts} tries\t{detail}{twice}")
}

fn show(args: &SystemArgs, id: i64) -> Result<(), Failure> {
    let system = System::open(args)?;
    let store = system.store(Role::Owner)?;
    let shown = runtime()?.block_on(store.run(system.clock.now(), &ShowMessage(id)))?;
    let Shown { message, bounced_at, history } =
        shown.ok_or_else(|| Failure::failed(format!("there is no message {id}")))?;
    if args.json {
        let mut whole = json(&message);
        whole["address_bounced_at"] = bounced_at.map(|at| at.to_string()).into();
        let past = history.iter().map(|past| {
            serde_json::json!({ "at": past.at.to_string(), "state": past.state, "detail": past.detail })
        });
        whole["history"] = past.collect();
        return print(&whole.to_string());
    }
    print(&line(&message))?;
    print(&format!("queued\t{}", instant_in_words(message.queued_at)))?;
    for past in history {
        print(&format!("{}\t{}\t{}", past.state, instant_in_words(past.at), past.detail))?;
    }
    match bounced_at {
        Some(at) => {
            print(&format!("messages to this address come back since {}", instant_in_words(at)))
        }
        None => Ok(()),
    }
}

fn retry(system: &System, id: i64) -> Result<(), Failure> {
    let now = system.clock.now();
    if runtime()?.block_on(system.store(Role::Owner)?.run(now, &RetryMessage { id, now }))? {
        print(&format!("Message {id} is sent again."))
    } else {
        Err(Failure::failed(format!("there is no message {id} that waits, came back or failed")))
    }
}

fn bounced(system: &System, address: &str, why: &str) -> Result<(), Failure> {
    let (now, address) = (system.clock.now(), address.trim().to_lowercase());
    let work = NoteBounce { address: address.clone(), why: why.to_owned(), now };
    if runtime()?.block_on(system.store(Role::Owner)?.run(now, &work))? {
        print(&format!("No more is sent to {address}; `daybreak email retry` trusts it again."))
    } else {
        Err(Failure::failed(format!("nobody has the address {address}")))
    }
}

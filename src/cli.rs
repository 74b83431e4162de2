//! Commands: data to stdout, messages to stderr, documented exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub mod audit;
pub mod check;
mod control;
pub mod cycle;
pub mod demo;
pub mod doctor;
pub mod email;
pub mod exit;
pub mod gias;
pub mod keys;
pub mod load;
pub mod migrate;
pub mod observe;
pub mod progress;
pub mod queue;
pub mod rehearse;
pub mod release;
pub mod rules;
pub mod sample_data;
pub mod serve;
pub mod system;
pub mod user;

use exit::Failure;

/// The portal that schools open at 07:30 on results morning.
#[derive(Debug, Parser)]
#[command(name = "daybreak", version, before_help = EXAMPLES, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  daybreak demo                       everything, with 200 sample schools; results open in two minutes
  daybreak serve --config config/daybreak.toml
  daybreak release status 2024-1f3a9c20 --data var/demo
  daybreak check                      every problem of the configuration at once";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything with sample schools: database, release, server, mailbox.
    Demo(demo::DemoArgs),
    /// Run the server as in production.
    Serve(SystemArgs),
    /// Bring the schema to the newest version.
    Migrate(migrate::MigrateArgs),
    /// Check configuration, tables, calendar, rules, certificate, database and blob store.
    Check(SystemArgs),
    /// Tell what is wrong with a running system, and what to do next.
    Doctor(SystemArgs),
    /// Write a synthetic national delivery.
    SampleData(sample_data::SampleArgs),
    /// Take over schools, trusts and memberships.
    Gias(gias::GiasArgs),
    /// Load a cycle's pupils and registrations.
    Cycle(cycle::CycleArgs),
    /// Watch and steer the waiting room.
    Queue(queue::QueueArgs),
    /// Build, propose, approve, hold, resume, verify releases.
    Release(release::ReleaseArgs),
    /// Try the decision tables of a year.
    Rules(rules::RulesArgs),
    /// Create, unlock and list users.
    User(user::UserArgs),
    /// See which messages are stuck and why, and send them again.
    Email(email::EmailArgs),
    /// List every key, rotate and revoke them.
    Keys(keys::KeysArgs),
    /// Look at every node from outside, as a school that does not exist.
    Observe(observe::ObserveArgs),
    /// Run tomorrow's morning on the real nodes, and say go or no-go with reasons.
    Rehearse(rehearse::RehearseArgs),
    /// Verify the hash chains of audit and journals.
    Audit(audit::AuditArgs),
}

/// On which system a command works.
#[derive(Clone, Debug, Args)]
pub struct SystemArgs {
    /// Configuration file.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "config/daybreak.toml",
        conflicts_with = "data"
    )]
    pub config: PathBuf,
    /// Folder of a demo, instead of a configuration.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Machine-readable output.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command of the arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::SampleData(args) => sample_data::run(&args),
        Command::Gias(args) => gias::run(&args),
        Command::Cycle(args) => cycle::run(&args),
        Command::Queue(args) => queue::run(&args),
        Command::Release(args) => release::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::User(args) => user::run(&args),
        Command::Email(args) => email::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Observe(args) => observe::run(&args),
        Command::Rehearse(args) => rehearse::run(&args),
        Command::Audit(args) => audit::run(&args),
    };
    crate::telemetry::logging::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Says something to the person at the terminal.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    // A closed terminal is no reason to stop.
    let _closed = writeln!(std::io::stderr(), "{text}");
}

/// Writes data to stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| Failure::failed(format!("stdout: {error}")))
}

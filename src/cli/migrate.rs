//! `daybreak migrate`: the schema to its newest version.

use clap::Args;

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, print};
use crate::config::Role;
use crate::store::migrate::migrate;

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    system: SystemArgs,
    /// Host name that the portal had before, when its address has changed: the database becomes the new one's.
    #[arg(long, value_name = "HOST")]
    moved_from: Option<String>,
}

/// Migrates and names what ran. A database of another portal, or of a newer program, is left alone.
pub fn run(args: &MigrateArgs) -> Result<(), Failure> {
    let system = System::open_for_owner(&args.system)?;
    let portal = system.config.server.host();
    let owner = system.store(Role::Owner)?.guarded(args.moved_from.as_deref().unwrap_or(portal));
    let ran = runtime()?.block_on(async {
        owner.checked(system.clock.now()).await?;
        migrate(owner.access(), portal).await
    })?;
    if args.system.json {
        return print(&serde_json::json!({ "migrations": ran }).to_string());
    }
    match ran.as_slice() {
        [] => print("The schema is the newest."),
        ran => print(&format!("Ran {}.", ran.join(", "))),
    }
}

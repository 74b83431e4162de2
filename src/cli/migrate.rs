//! `daybreak migrate`: the schema to its newest version.

use super::exit::Failure;
use super::system::{System, runtime};
use super::{SystemArgs, print};
use crate::config::Role;

/// Migrates and names what ran.
pub fn run(args: &SystemArgs) -> Result<(), Failure> {
    let system = System::open_for_owner(args)?;
    let owner = system.store(Role::Owner)?;
    let ran = runtime()?.block_on(crate::store::migrate::migrate(owner.access()))?;
    if args.json {
        return print(&serde_json::json!({ "migrations": ran }).to_string());
    }
    match ran.as_slice() {
        [] => print("The schema is the newest."),
        ran => print(&format!("Ran {}.", ran.join(", "))),
    }
}

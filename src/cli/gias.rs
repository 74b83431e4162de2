//! `daybreak gias import`: schools, trusts and memberships from GIAS extracts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Failure;
use super::system::{System, lines, runtime};
use super::{SystemArgs, load, print};
use crate::intake::problems::Problems;

/// Arguments of `gias`.
#[derive(Debug, Args)]
pub struct GiasArgs {
    #[command(subcommand)]
    command: GiasCommand,
}

#[derive(Debug, Subcommand)]
enum GiasCommand {
    /// Take over what the extracts of a folder say.
    Import {
        /// Folder with `gias/edubasealldata.csv`, `gias/groups.csv` and `gias/grouplinks.csv`.
        folder: PathBuf,
        #[command(flatten)]
        system: SystemArgs,
    },
}

/// Imports the extracts; a missing column or an unreadable row stops everything.
pub fn run(args: &GiasArgs) -> Result<(), Failure> {
    let GiasCommand::Import { folder, system: args } = &args.command;
    let mut problems = Problems::default();
    let register = crate::intake::gias::read(folder, &mut problems);
    if problems.errors() > 0 {
        return Err(Failure::data(lines(problems.list())));
    }
    let system = System::open(args)?;
    let without_pupils = BTreeSet::new();
    let loading = load::organisations(&system, &register, &without_pupils);
    let loaded = runtime()?.block_on(loading)?;
    let counts = serde_json::json!({
        "schools": loaded.schools.len(), "authorities": loaded.authorities.len(),
        "trusts": loaded.trusts.len(),
    });
    print(&counts.to_string())
}

//! `daybreak release propose` and `approve` of a correction.

use super::control::desk;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::cli::system::{System, runtime};
use crate::service::release_control::corrections;

/// Proposes a correction that was built.
pub(super) fn propose(
    system: &System,
    id: &str,
    revision: u32,
    actor: &str,
) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let desk = desk(system, Some(actor)).await?;
        corrections::propose(&desk, id, revision).await.map_err(Failure::from)
    })?;
    print(&format!("Proposed revision {revision} of {id}. Another release officer approves it."))
}

/// Approves what somebody else proposed; nodes serve it from then on.
pub(super) fn approve(
    system: &System,
    id: &str,
    revision: u32,
    actor: &str,
) -> Result<(), Failure> {
    let approved = runtime()?.block_on(async {
        let desk = desk(system, Some(actor)).await?;
        corrections::approve(&desk, id, revision).await.map_err(Failure::from)
    })?;
    print(&format!(
        "Approved revision {revision} of {id}; {} messages are queued. `release status {id}` says which nodes serve it.",
        approved.messages
    ))
}

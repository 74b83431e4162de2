//! What commands share that steer a running system: who may, and which schools.

use super::exit::Failure;
use super::system::System;
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::ids::Laestab;
use crate::store::people::PermissionsOf;

/// The name of somebody active who holds a permission; `what` says as what they act.
pub(super) async fn holder(
    system: &System,
    actor: &str,
    permission: Permission,
    what: &str,
) -> Result<String, Failure> {
    let username = actor.trim().to_lowercase();
    let work = PermissionsOf { username: username.clone() };
    let permissions = system.store(Role::Owner)?.run(system.clock.now(), &work).await?;
    if permissions.iter().any(|word| word == permission.key()) {
        return Ok(username);
    }
    Err(Failure::failed(format!("{username} is no active {what}")))
}

/// A DfE number as it is typed.
pub(super) fn laestab(text: &str) -> Result<Laestab, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("{text} is no DfE number")))
}

//! What commands share that steer a running system: who may, which schools, which nodes have it.

use jiff::SignedDuration;

use super::exit::Failure;
use super::system::System;
use crate::config::Role;
use crate::domain::access::Permission;
use crate::domain::ids::Laestab;
use crate::store::nodes::ListNodes;
use crate::store::people::PermissionsOf;

/// A node that was seen within this time is there.
const ALIVE: SignedDuration = SignedDuration::from_secs(15);

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

/// Names of the nodes that are there, for people to read.
pub(super) async fn nodes_alive(system: &System) -> Result<String, Failure> {
    let now = system.clock.now();
    let nodes = system.store(Role::Owner)?.run(now, &ListNodes).await?;
    let alive = nodes.iter().filter(|(_, seen, _)| now.duration_since(*seen) < ALIVE);
    Ok(alive.map(|(name, _, _)| name.as_str()).collect::<Vec<_>>().join(", "))
}

/// A DfE number as it is typed.
pub(super) fn laestab(text: &str) -> Result<Laestab, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("{text} is no DfE number")))
}

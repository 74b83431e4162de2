//! What the database knows: releases, nodes that are there, organisations of which somebody may sign in.

use jiff::Timestamp;

use crate::cli::system::System;
use crate::config::Role;
use crate::domain::calendar::day;
use crate::store::nodes::ListNodes;
use crate::store::organisations::CountActive;
use crate::store::releases::{ListReleases, ReleaseRow};
use crate::store::{Store, StoreError};

/// What the database knows.
#[derive(Debug)]
pub(super) struct Known {
    /// Releases of all years.
    pub(super) releases: Vec<ReleaseRow>,
    /// Names of the nodes that are there.
    pub(super) alive: Vec<String>,
    /// Organisations of which somebody may sign in, but for the agencies.
    pub(super) organisations: u32,
}

/// Reads it; none where the database does not answer, which the part about the system tells.
pub(super) async fn read(system: &System, now: Timestamp) -> Option<Known> {
    let store = system.store(Role::Owner).ok()?;
    all(&store, now).await.ok()
}

async fn all(store: &Store, now: Timestamp) -> Result<Known, StoreError> {
    let nodes = store.run(now, &ListNodes).await?.into_iter();
    let alive = nodes.filter(|peer| peer.is_alive(now));
    let organisations = store.run(now, &CountActive(day(now))).await?;
    Ok(Known {
        releases: store.run(now, &ListReleases).await?,
        alive: alive.map(|peer| peer.name).collect(),
        organisations: u32::try_from(organisations).unwrap_or(u32::MAX),
    })
}

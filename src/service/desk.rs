//! As whom acts of staff reach the database: at a page as the member of staff, by a command as the machine's owner.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::access::{OrganisationKind, Permissions};
use crate::domain::calendar::ReleaseTimes;
use crate::domain::rights::Action;
use crate::node::Node;
use crate::service::results::Actor;
use crate::store::nodes::ListNodes;
use crate::store::staff::AsStaff;
use crate::store::{Store, StoreError, Work};
use crate::telemetry::chain;

/// Who acts by a command without a name, in the audit.
const OPERATOR: &str = "operator";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Whoever asks may not, or not any more.
    #[error("whoever asks may not do this")]
    NoRight,
    /// The database.
    #[error("the database did not do it")]
    Store(#[from] StoreError),
}

/// From where somebody acts, and as whom.
#[derive(Clone, Debug)]
pub struct Desk {
    store: Arc<Store>,
    actor: String,
    by: By,
    now: Timestamp,
}

#[derive(Clone, Copy, Debug)]
enum By {
    /// A member of staff, who needs any of these permissions.
    Page { user: i64, organisation: i64, any: Permissions },
    /// Somebody whom a command has looked up.
    Named,
    /// Whoever owns the machine.
    Owner,
}

impl Desk {
    /// A command's: `store` is the database as its owner, `actor` somebody whose permission was looked up.
    pub fn of_command(store: Store, actor: Option<String>, now: Timestamp) -> Self {
        let by = if actor.is_some() { By::Named } else { By::Owner };
        let actor = actor.unwrap_or_else(|| OPERATOR.to_owned());
        Self { store: Arc::new(store), actor, by, now }
    }

    /// Who acts, as the audit names them.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether whoever acts is a person with a name, who is bound by what takes two.
    pub fn is_named(&self) -> bool {
        !matches!(self.by, By::Owner)
    }

    /// Service time of the act.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Does work as whoever acts.
    pub async fn run<W: Work>(&self, work: W) -> Result<W::Output, NotDone> {
        match self.by {
            By::Named | By::Owner => Ok(self.store.run(self.now, &work).await?),
            By::Page { user, organisation, any } => {
                let work = AsStaff { user, organisation, any, work };
                let done = self.store.run(self.now, &work).await.inspect_err(|error| {
                    tracing::warn!(error = %chain(error), "a page for staff cannot do its work");
                })?;
                done.ok_or(NotDone::NoRight)
            }
        }
    }

    /// Names of the nodes that are there, for people to read.
    pub async fn nodes_alive(&self) -> Result<String, NotDone> {
        let nodes = self.run(ListNodes).await?;
        let alive = nodes.iter().filter(|peer| peer.is_alive(self.now));
        Ok(alive.map(|peer| peer.name.as_str()).collect::<Vec<_>>().join(", "))
    }
}

/// Where members of staff act from, at pages. Clones share it.
#[derive(Clone, Debug)]
pub struct Desks {
    node: Node,
    store: Arc<Store>,
    cycle: (u16, ReleaseTimes),
}

impl Desks {
    /// `store` is the database as the role that serves users, `cycle` the year that this server runs, and when its
    /// calendar lets results open.
    pub fn new(node: Node, store: Store, cycle: (u16, ReleaseTimes)) -> Self {
        Self { node, store: Arc::new(store), cycle }
    }

    /// When the calendar of a year lets its results open; none of a year that this server does not run.
    pub fn opens(&self, year: i16) -> Option<ReleaseTimes> {
        let (own, opens) = self.cycle;
        (i32::from(own) == i32::from(year)).then_some(opens)
    }

    /// The desk of a member of staff, if an action is open to them.
    pub fn of(&self, actor: &Actor, action: Action) -> Option<Desk> {
        let any = action.opened_by(OrganisationKind::Staff)?;
        let is_open = actor.organisation.kind == OrganisationKind::Staff && actor.may(action);
        is_open.then(|| Desk {
            store: Arc::clone(&self.store),
            actor: actor.user.username.clone(),
            by: By::Page { user: actor.user.id, organisation: actor.organisation.id, any },
            now: self.node.clock.now(),
        })
    }
}

//! An organisation's details: who sees them, and who may say how it can be reached.

use std::sync::Arc;

use crate::domain::access::OrganisationKind;
use crate::domain::calendar::day;
use crate::domain::contact::Contact;
use crate::domain::rights::{Action, Reach};
use crate::node::Node;
use crate::service::away::{Away, reach};
use crate::service::results::Actor;
use crate::store::organisations::{IsMember, ReadDetails, SaveContact, Which};
use crate::store::{Store, Work};

pub use crate::store::organisations::Details;

/// Details of organisations, read and written behind the row policies. Clones share it.
#[derive(Clone, Debug)]
pub struct Organisations {
    node: Node,
    store: Arc<Store>,
}

/// Why somebody does not see an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSeen {
    /// There is none, or they may not know of it.
    Unknown,
    /// The database does not answer.
    Away,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is kept.
    Kept,
    /// Somebody else changed it meanwhile.
    Overtaken,
}

impl Organisations {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store) -> Self {
        Self { node, store: Arc::new(store) }
    }

    /// The details of the actor's own organisation.
    pub async fn own(&self, actor: &Actor) -> Result<Details, NotSeen> {
        self.read(Which::Id(actor.organisation.id)).await
    }

    /// The details of a school: its own people's, its authority's, its trust's of today, and staff's.
    pub async fn school(&self, actor: &Actor, laestab: u32) -> Result<Details, NotSeen> {
        let (own, number) = (&actor.organisation, laestab.cast_signed());
        if own.laestab == Some(laestab) {
            return self.own(actor).await;
        }
        let reach = Action::Details.reach(own.kind, actor.permissions);
        let sees = match (reach, own.kind) {
            (Some(Reach::Every), _) | (Some(Reach::Below), OrganisationKind::Authority) => true,
            (Some(Reach::Below), OrganisationKind::Trust) => {
                let Some(group) = own.group_uid else { return Err(NotSeen::Unknown) };
                let day = day(self.node.clock.now());
                let work = IsMember { laestab: number, group_uid: group.cast_signed(), day };
                self.run(&work).await.map_err(|Away| NotSeen::Away)?
            }
            _ => false,
        };
        if !sees {
            return Err(NotSeen::Unknown);
        }
        let details = self.read(Which::Laestab(number)).await?;
        let code = own.la_code.and_then(|code| i16::try_from(code).ok());
        let elsewhere = own.kind == OrganisationKind::Authority && details.la_code != code;
        if elsewhere { Err(NotSeen::Unknown) } else { Ok(details) }
    }

    /// Keeps what the actor's organisation says of itself, unless it is not what they saw any more.
    pub async fn save(&self, actor: &Actor, old: Contact, new: Contact) -> Result<Saved, Away> {
        let work = SaveContact {
            organisation: actor.organisation.id,
            old,
            new,
            actor: actor.user.username.clone(),
            now: self.node.clock.now(),
        };
        let kept = self.run(&work).await?;
        Ok(if kept { Saved::Kept } else { Saved::Overtaken })
    }

    async fn read(&self, which: Which) -> Result<Details, NotSeen> {
        let details = self.run(&ReadDetails(which)).await.map_err(|Away| NotSeen::Away)?;
        details.ok_or(NotSeen::Unknown)
    }

    async fn run<W: Work>(&self, work: &W) -> Result<W::Output, Away> {
        reach(&self.store, &self.node, work, "details of an organisation are out of reach").await
    }
}

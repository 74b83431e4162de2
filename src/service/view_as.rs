//! Staff look at the portal as an organisation sees it: for a while, for a reason, and the organisation hears of it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::away::{Away, reach};
use super::results::Actor;
use crate::domain::calendar::instant_in_words;
use crate::domain::reason::Reason;
use crate::domain::rights::Action;
use crate::domain::users::grantable;
use crate::node::Node;
use crate::node::directory::Organisation;
use crate::node::keys::random;
use crate::store::Store;
use crate::store::view_as::{BeginViewing, EndViewing};

/// So long a look lasts at the most: a call to the helpline, not a morning.
pub const VIEWING_LASTS: SignedDuration = SignedDuration::from_mins(15);

/// A look: the browser carries it, sealed, so that every node knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewing {
    /// Its id. It is ended like a session, on every node.
    id: [u8; 16],
    /// The session that it is of.
    session: [u8; 16],
    /// Row id of who looks.
    user: i64,
    /// Row id of the organisation.
    organisation: i64,
    /// Why.
    pub reason: String,
    began: Timestamp,
    /// When it ends by itself.
    pub ends: Timestamp,
}

impl Viewing {
    /// The real person with the eyes of the organisation's users: all that any of them may. None when the look is
    /// over, is of another session, or whoever looks may not any more.
    pub fn actor(&self, node: &Node, own: &Actor) -> Option<Actor> {
        let is_own = self.session == own.session && self.user == own.user.id;
        let is_over =
            node.clock.now() >= self.ends || node.is_ended(&self.id, self.user, self.began);
        if !is_own || is_over || !own.may(Action::ViewAs) {
            return None;
        }
        let directory = node.directory();
        let organisation = Arc::clone(directory.organisation(self.organisation)?);
        let permissions = grantable(organisation.kind).iter().copied().collect();
        Some(Actor { organisation, permissions, ..own.clone() })
    }
}

/// Looks that begin and end. Clones share them.
#[derive(Clone, Debug)]
pub struct ViewAs {
    node: Node,
    store: Arc<Store>,
}

impl ViewAs {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store) -> Self {
        Self { node, store: Arc::new(store) }
    }

    /// Begins a look, once it is audited and the organisation's account managers are written to.
    pub async fn begin(
        &self,
        actor: &Actor,
        organisation: &Organisation,
        reason: Reason,
    ) -> Result<Viewing, Away> {
        let now = self.node.clock.now();
        let viewing = Viewing {
            id: random(),
            session: actor.session,
            user: actor.user.id,
            organisation: organisation.id,
            reason: reason.as_str().to_owned(),
            began: now,
            ends: now + VIEWING_LASTS,
        };
        let work = BeginViewing {
            id: viewing.id,
            organisation: viewing.organisation,
            viewer: (actor.user.username.clone(), actor.user.full_name.clone()),
            reason: viewing.reason.clone(),
            now,
            ends: viewing.ends,
            until: instant_in_words(viewing.ends),
        };
        let what = "nobody looks as an organisation: it cannot be audited";
        reach(&self.store, &self.node, &work, what).await?;
        Ok(viewing)
    }

    /// Ends a look, on every node; also when the database is away: then the audit tells of its end when its time is
    /// up.
    pub async fn end(&self, actor: &Actor, viewing: &Viewing) {
        self.node.revoke(viewing.id, viewing.ends);
        let work = EndViewing {
            id: viewing.id,
            organisation: viewing.organisation,
            viewer: actor.user.username.clone(),
            now: self.node.clock.now(),
        };
        // What is not noted now is noted when its time is up.
        let _noted =
            reach(&self.store, &self.node, &work, "the end of a look is noted later").await;
    }
}

//! A person's sessions: which there are, and ending one or all of them on every node.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::node::Node;
use crate::node::sessions::LIFE_MAX;
use crate::service::away::{Away, reach};
use crate::service::results::Actor;
use crate::store::sessions::{EndSessions, ReadSessions, Which};
use crate::store::{Store, Work};

/// The time of last use that the database knows is so much older than the last use at the most: a session is
/// noted once a minute, and told a little later.
const NOTED_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// Sessions of people, behind the row policies. Clones share it.
#[derive(Clone, Debug)]
pub struct Sessions {
    node: Node,
    store: Arc<Store>,
}

/// A session of somebody.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its id.
    pub id: [u8; 16],
    /// When it began.
    pub began: Timestamp,
    /// When it was last used.
    pub seen: Timestamp,
    /// Browser and system.
    pub device: String,
    /// For which organisation.
    pub organisation: String,
}

impl Sessions {
    /// `store` is the database as the role that serves users.
    pub fn new(node: Node, store: Store) -> Self {
        Self { node, store: Arc::new(store) }
    }

    /// The sessions of an actor that still last, the one that was used last first; `idle` is how long one
    /// lasts without use.
    pub async fn of(&self, actor: &Actor, idle: SignedDuration) -> Result<Vec<Own>, Away> {
        let (now, user) = (self.node.clock.now(), actor.user.id);
        let since = (now - LIFE_MAX, now - idle - NOTED_WITHIN);
        let rows = self.run(&ReadSessions { user, since }).await?;
        let own = |row: crate::store::sessions::SessionRow| {
            Some(Own {
                id: row.id.try_into().ok()?,
                began: row.began_at,
                seen: row.seen_at,
                device: row.device,
                organisation: row.organisation,
            })
        };
        let lasts = |own: &Own| !self.node.is_ended(&own.id, user, own.began);
        Ok(rows.into_iter().filter_map(own).filter(lasts).collect())
    }

    /// Ends one session of the actor. Gives whether it was theirs.
    pub async fn end(&self, actor: &Actor, session: [u8; 16]) -> Result<bool, Away> {
        let (user, now) = (actor.user.id, self.node.clock.now());
        let ended = self.run(&EndSessions { user, which: Which::One(session), now }).await? == 1;
        if ended {
            self.node.revoke(session, now + LIFE_MAX);
        }
        Ok(ended)
    }

    /// Ends every session of the actor, this one too; also when the database is away, then the other nodes
    /// learn of it when it is back.
    pub async fn end_all(&self, actor: &Actor) {
        let (user, now) = (actor.user.id, self.node.clock.now());
        self.node.revoke_everywhere(user);
        // The list hides what was ended, whether the database notes it or not.
        let _noted = self.run(&EndSessions { user, which: Which::All, now }).await;
    }

    async fn run<W: Work>(&self, work: &W) -> Result<W::Output, Away> {
        reach(&self.store, &self.node, work, "sessions are out of reach").await
    }
}

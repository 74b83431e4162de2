//! Key rings in the hands of operators: a new key before its time, a key that somebody else may have.

use jiff::Timestamp;

use super::desk::{Desk, NotDone};
use crate::domain::keys::{READS_FIRST, Stage, stages};
use crate::domain::reason::Reason;
use crate::node::keys::{Purpose, random};
use crate::store::keys::{
    AddKey, Added, ApproveRevocation, FindRevocation, ListKeys, ListedRing, PROPOSAL_LIFE,
    ProposeRevocation, Proposed, Revoke,
};
use crate::telemetry::Hidden;

mod reseal;

pub use crate::store::keys::{Approved, Revocation};
pub use reseal::{NotResealed, Resealed, reseal};

/// A key of a ring as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub id: i16,
    /// When it was made.
    pub made_at: Timestamp,
    /// What it does; none of one that was revoked.
    pub stage: Option<Stage>,
}

/// A ring as operators see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    /// Its keys, the oldest first.
    pub keys: Vec<Seen>,
    /// What one person asked to revoke, by number, and nobody has approved.
    pub waiting: Vec<(i64, Revocation)>,
}

impl Ring {
    fn of(listed: ListedRing, now: Timestamp) -> Self {
        let left = listed.keys.iter().filter(|key| !key.is_revoked);
        let made: Vec<Timestamp> = left.map(|key| key.made_at).collect();
        let mut stages = stages(&made, now).into_iter();
        let seen = |key: &crate::store::keys::ListedKey| Seen {
            id: key.id,
            made_at: key.made_at,
            stage: if key.is_revoked { None } else { stages.next() },
        };
        Self { keys: listed.keys.iter().map(seen).collect(), waiting: listed.waiting }
    }

    /// The newest key that was not revoked.
    pub fn newest(&self) -> Option<&Seen> {
        self.keys.iter().rfind(|key| key.stage.is_some())
    }
}

/// What there is to know of a ring; its secrets stay where they are.
pub async fn look(desk: &Desk, purpose: Purpose) -> Result<Ring, NotDone> {
    let now = desk.now();
    let listed = desk
        .run(ListKeys {
            purpose: purpose.key(),
            since: now - purpose.forgotten_after(),
            proposed_since: now - PROPOSAL_LIFE,
        })
        .await?;
    Ok(Ring::of(listed, now))
}

/// What came of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The key of this number is made, and signs from then on.
    New(i16, Timestamp),
    /// Nothing was done: this one is on its way, and signs from then on.
    OnItsWay(i16, Timestamp),
}

/// Makes a new key, which every node has read before it signs anywhere.
pub async fn rotate(desk: &Desk, purpose: Purpose) -> Result<Rotated, NotDone> {
    let now = desk.now();
    let work = AddKey {
        purpose: purpose.key(),
        secret: fresh(),
        on_its_way_since: now - READS_FIRST,
        actor: desk.actor().to_owned(),
        now,
    };
    Ok(match desk.run(work).await? {
        Added::New(id) => Rotated::New(id, now + READS_FIRST),
        Added::OnItsWay(id, made_at) => Rotated::OnItsWay(id, made_at + READS_FIRST),
    })
}

/// What came of asking for a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Keys of these numbers are out of the ring.
    Done(Vec<i16>),
    /// Another person does it by approving this number.
    Proposed(i64),
    /// There is no such key that was not revoked before.
    NoSuchKey,
}

/// Takes a key out of its ring, or every key; a person with a name asks for it, and another does it.
pub async fn revoke(
    desk: &Desk,
    purpose: Purpose,
    key: Option<i16>,
    reason: &Reason,
) -> Result<Revoked, NotDone> {
    let what = Revocation {
        purpose: purpose.key().to_owned(),
        key,
        reason: reason.as_str().to_owned(),
        actor: desk.actor().to_owned(),
    };
    let now = desk.now();
    if desk.is_named() {
        return Ok(match desk.run(ProposeRevocation { what, now }).await? {
            Proposed::Waits(id) => Revoked::Proposed(id),
            Proposed::NoSuchKey => Revoked::NoSuchKey,
        });
    }
    let done = desk.run(Revoke { what, fresh: fresh(), now }).await?;
    Ok(if done.is_empty() { Revoked::NoSuchKey } else { Revoked::Done(done) })
}

/// What somebody else has asked for under a number, and nobody has approved.
pub async fn asked(desk: &Desk, id: i64) -> Result<Option<Revocation>, NotDone> {
    desk.run(FindRevocation { id, actor: desk.actor().to_owned() }).await
}

/// Does what somebody else has asked for.
pub async fn approve(desk: &Desk, id: i64) -> Result<Approved, NotDone> {
    let actor = desk.actor().to_owned();
    desk.run(ApproveRevocation { id, actor, fresh: fresh(), now: desk.now() }).await
}

fn fresh() -> Hidden<Vec<u8>> {
    Hidden::new(random::<32>().to_vec())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::keys::ListedKey;

    #[test]
    fn a_revoked_key_counts_for_nothing() {
        let now: Timestamp = "2024-07-09T06:30:00Z".parse().unwrap();
        let key = |id, minutes, is_revoked| ListedKey {
            id,
            made_at: now - SignedDuration::from_mins(minutes),
            is_revoked,
        };
        let keys = vec![key(6, 800, false), key(7, 80, true), key(8, 1, false)];
        let ring = Ring::of(ListedRing { keys, waiting: Vec::new() }, now);
        let stages: Vec<Option<Stage>> = ring.keys.iter().map(|key| key.stage).collect();
        let soon = Stage::ToCome(now + SignedDuration::from_mins(4));
        assert_eq!(stages, [Some(Stage::Signs), None, Some(soon)]);
        assert_eq!(ring.newest().map(|key| key.id), Some(8));
    }
}

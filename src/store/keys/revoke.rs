//! Keys that somebody else may have: they leave their ring at once, and their secrets the database.

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::types::ToSql;

use super::super::audit::{Act, append};
use super::super::{StoreError, Tx, Work};
use crate::telemetry::Hidden;

/// How long a proposal stands.
pub const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_mins(30);

/// What is to be revoked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What the ring is for.
    pub purpose: String,
    /// The key; none is every key of the ring.
    pub key: Option<i16>,
    /// Why.
    pub reason: String,
    /// Who asks for it.
    pub actor: String,
}

impl Revocation {
    /// Of a row that has it from its second column on.
    pub(super) fn of(row: &tokio_postgres::Row) -> Self {
        Self { purpose: row.get(1), key: row.get(2), reason: row.get(3), actor: row.get(4) }
    }

    /// What it is about, as people type it: `session 7`, `session all`.
    pub fn name(&self) -> String {
        let key = self.key.map_or_else(|| "all".to_owned(), |key| key.to_string());
        format!("{} {key}", self.purpose)
    }

    /// Takes the keys out of the ring. A ring without a newer one gets `fresh`, which signs as soon as every node has
    /// it, or at once if nothing else is left. Gives the numbers of what was revoked.
    async fn carry_out(
        &self,
        tx: &Tx<'_>,
        (fresh, actor, now): (&Hidden<Vec<u8>>, &str, Timestamp),
    ) -> Result<Vec<i16>, StoreError> {
        const REVOKE: &str = "-- keys.revoke_key
            UPDATE key_rings SET secret = '', revoked_at = $3
            WHERE purpose = $1 AND ($2::smallint IS NULL OR id = $2) AND octet_length(secret) > 0
            RETURNING id";
        const ADD: &str = "-- keys.add_after
            INSERT INTO key_rings (purpose, id, secret, made_at)
            SELECT $1, max(id) + 1, $2, $3 FROM key_rings WHERE purpose = $1
            HAVING count(*) FILTER (WHERE id > $4 AND octet_length(secret) > 0) = 0
            ON CONFLICT DO NOTHING";
        let rows = tx.query(REVOKE, &[&self.purpose, &self.key, &now]).await?;
        let revoked: Vec<i16> = rows.iter().map(|row| row.get(0)).collect();
        let Some(last) = revoked.iter().max() else { return Ok(revoked) };
        let values: [&(dyn ToSql + Sync); 4] = [&self.purpose, fresh.expose(), &now, last];
        tx.execute(ADD, &values).await?;
        for id in &revoked {
            let subject = format!("{} {id}", self.purpose);
            append(tx, now, &Act::new(actor, "key.revoked", &subject, self.reason.clone())).await?;
        }
        Ok(revoked)
    }
}

/// Revokes without a second person.
#[derive(Debug)]
pub struct Revoke {
    /// What, why and who.
    pub what: Revocation,
    /// A fresh secret.
    pub fresh: Hidden<Vec<u8>>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Revoke {
    const NAME: &'static str = "keys.revoke_now";
    /// Numbers of the keys that were revoked; none when there were no such.
    type Output = Vec<i16>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<i16>, StoreError> {
        self.what.carry_out(tx, (&self.fresh, &self.what.actor, self.now)).await
    }
}

/// Asks for it: another person does it.
#[derive(Debug)]
pub struct ProposeRevocation {
    /// What, why and who.
    pub what: Revocation,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It waits under this number.
    Waits(i64),
    /// There is no such key, or it is revoked already.
    NoSuchKey,
}

impl Work for ProposeRevocation {
    const NAME: &'static str = "keys.propose_revocation";
    type Output = Proposed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Proposed, StoreError> {
        const SQL: &str = "-- keys.propose
            INSERT INTO key_revocations (purpose, key_id, reason, proposed_by, proposed_at)
            SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT FROM key_rings WHERE purpose = $1
                AND ($2::smallint IS NULL OR id = $2) AND octet_length(secret) > 0)
            RETURNING id";
        let Revocation { purpose, key, reason, actor } = &self.what;
        let rows = tx.query(SQL, &[purpose, key, reason, actor, &self.now]).await?;
        let Some(row) = rows.first() else { return Ok(Proposed::NoSuchKey) };
        let act = Act::new(actor, "key.revocation_proposed", &self.what.name(), reason.clone());
        append(tx, self.now, &act).await?;
        Ok(Proposed::Waits(row.get(0)))
    }
}

const FIND: &str = "-- keys.find_revocation
    SELECT id, purpose, key_id, reason, proposed_by, proposed_at FROM key_revocations
    WHERE id = $1 AND proposed_by <> $2 AND approved_at IS NULL FOR UPDATE";

/// Reads what somebody else has asked for.
#[derive(Debug)]
pub struct FindRevocation {
    /// Its number.
    pub id: i64,
    /// Who wants to approve it.
    pub actor: String,
}

impl Work for FindRevocation {
    const NAME: &'static str = "keys.find_revocation";
    /// None when there is none of somebody else that nobody has approved.
    type Output = Option<Revocation>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Revocation>, StoreError> {
        Ok(tx.query(FIND, &[&self.id, &self.actor]).await?.first().map(Revocation::of))
    }
}

/// Another person does it.
#[derive(Debug)]
pub struct ApproveRevocation {
    /// Its number.
    pub id: i64,
    /// Who approves.
    pub actor: String,
    /// A fresh secret.
    pub fresh: Hidden<Vec<u8>>,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approved {
    /// Keys of these numbers were revoked; none when they had been before.
    Done(Vec<i16>),
    /// It was asked for too long ago.
    TooLate,
    /// There is none of somebody else that nobody has approved.
    Refused,
}

impl Work for ApproveRevocation {
    const NAME: &'static str = "keys.approve_revocation";
    type Output = Approved;

    async fn run(&self, tx: &Tx<'_>) -> Result<Approved, StoreError> {
        const APPROVE: &str = "-- keys.approve
            UPDATE key_revocations SET approved_by = $2, approved_at = $3 WHERE id = $1";
        let rows = tx.query(FIND, &[&self.id, &self.actor]).await?;
        let Some(row) = rows.first() else { return Ok(Approved::Refused) };
        if self.now > row.get::<_, Timestamp>(5) + PROPOSAL_LIFE {
            return Ok(Approved::TooLate);
        }
        let what = Revocation::of(row);
        tx.execute(APPROVE, &[&self.id, &self.actor, &self.now]).await?;
        Ok(Approved::Done(what.carry_out(tx, (&self.fresh, &self.actor, self.now)).await?))
    }
}

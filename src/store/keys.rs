//! Key rings, made by one transaction and shared by all nodes, and sessions ended before their time.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};
use crate::telemetry::Hidden;

mod list;
mod revoke;
mod rotate;

pub use list::{ListKeys, ListedKey, ListedRing};
pub use revoke::{
    ApproveRevocation, Approved, FindRevocation, PROPOSAL_LIFE, ProposeRevocation, Proposed,
    Revocation, Revoke,
};
pub use rotate::{AddKey, Added};

/// One key of a ring.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// What it is for.
    pub purpose: String,
    /// Number within the ring, rising.
    pub id: i16,
    /// The secret.
    pub secret: Hidden<Vec<u8>>,
    /// When it was made, in service time.
    pub made_at: Timestamp,
}

/// Adds the offered key where the ring has none younger than `renew_after`, then gives all rings.
/// Whoever comes first makes the key; everybody reads the same.
#[derive(Debug)]
pub struct RenewKeys {
    /// A fresh secret for each purpose.
    pub offered: Vec<(&'static str, Hidden<Vec<u8>>)>,
    /// Service time now.
    pub now: Timestamp,
    /// A ring whose newest key was made before this gets a new one.
    pub renew_before: Timestamp,
    /// Keys made before this are forgotten.
    pub forget_before: Timestamp,
    /// The same of the purpose that remembers devices.
    pub forget_devices_before: (&'static str, Timestamp),
}

impl Work for RenewKeys {
    const NAME: &'static str = "keys.renew";
    type Output = Vec<KeyRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<KeyRow>, StoreError> {
        const OFFER: &str = "-- keys.offer
            INSERT INTO key_rings (purpose, id, secret, made_at)
            SELECT $1, COALESCE(max(id), 0) + 1, $2, $3 FROM key_rings WHERE purpose = $1
            HAVING COALESCE(max(made_at) FILTER (WHERE octet_length(secret) > 0), '-infinity') < $4
            ON CONFLICT DO NOTHING";
        // A key without a secret was revoked, whatever else the schema says of it.
        const NEWEST: &str = "-- keys.newest
            SELECT max(made_at) FROM key_rings WHERE purpose = $1 AND octet_length(secret) > 0";
        const READ: &str = "-- keys.read
            SELECT purpose, id, secret, made_at FROM key_rings
            WHERE made_at >= CASE purpose WHEN $2::text THEN $3::timestamptz
                ELSE $1::timestamptz END AND octet_length(secret) > 0 ORDER BY purpose, id";
        for (purpose, secret) in &self.offered {
            // An insert tells every node, also one of no rows: offer only what is wanted.
            let newest = tx.query(NEWEST, &[purpose]).await?;
            let made_at: Option<Timestamp> = newest[0].get(0);
            if made_at.is_some_and(|made_at| made_at >= self.renew_before) {
                continue;
            }
            tx.execute(OFFER, &[purpose, secret.expose(), &self.now, &self.renew_before]).await?;
        }
        let (devices, forget_devices) = self.forget_devices_before;
        let rows = tx.query(READ, &[&self.forget_before, &devices, &forget_devices]).await?;
        let key = |row: &tokio_postgres::Row| KeyRow {
            purpose: row.get(0),
            id: row.get(1),
            secret: Hidden::new(row.get(2)),
            made_at: row.get(3),
        };
        Ok(rows.iter().map(key).collect())
    }
}

/// Writes the sessions that this node ended, and gives all that still matter.
#[derive(Debug)]
pub struct ShareRevocations {
    /// Session ids with the instant at which they would have ended anyhow.
    pub ended_here: Vec<([u8; 16], Timestamp)>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ShareRevocations {
    const NAME: &'static str = "keys.share_revocations";
    type Output = Vec<([u8; 16], Timestamp)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const INSERT: &str = "-- keys.revoke
            INSERT INTO revocations (session, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        // Who signs out everywhere again has begun new sessions since.
        const LATER: &str = "-- keys.revoke_later
            DELETE FROM revocations WHERE session = $1 AND expires_at < $2";
        const READ: &str = "-- keys.revoked
            SELECT session, expires_at FROM revocations WHERE expires_at > $1";
        for (session, expires_at) in &self.ended_here {
            tx.execute(LATER, &[&session.as_slice(), expires_at]).await?;
            tx.execute(INSERT, &[&session.as_slice(), expires_at]).await?;
        }
        let mut revoked = Vec::new();
        for row in tx.query(READ, &[&self.now]).await? {
            let session: &[u8] = row.get(0);
            let session = session.try_into().map_err(|_| tx.unreadable("session"))?;
            revoked.push((session, row.get(1)));
        }
        Ok(revoked)
    }
}

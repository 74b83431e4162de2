//! What there is to tell of the rings; no secret leaves the database for it.

use jiff::Timestamp;

use super::super::{StoreError, Tx, Work};
use super::Revocation;

/// A key of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Number within the ring, rising.
    pub id: i16,
    /// When it was made, in service time.
    pub made_at: Timestamp,
    /// Whether it was taken out of the ring.
    pub is_revoked: bool,
}

/// The keys of one ring that were made since an instant, in the order of their numbers, and what one person asked
/// to revoke and nobody has approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedRing {
    /// Its keys.
    pub keys: Vec<ListedKey>,
    /// What waits for a second person.
    pub waiting: Vec<(i64, Revocation)>,
}

/// Reads one ring.
#[derive(Debug)]
pub struct ListKeys {
    /// What the ring is for.
    pub purpose: &'static str,
    /// Older keys are forgotten.
    pub since: Timestamp,
    /// Older proposals have lapsed.
    pub proposed_since: Timestamp,
}

impl Work for ListKeys {
    const NAME: &'static str = "keys.list";
    type Output = ListedRing;

    async fn run(&self, tx: &Tx<'_>) -> Result<ListedRing, StoreError> {
        const KEYS: &str = "-- keys.list
            SELECT id, made_at, octet_length(secret) = 0 FROM key_rings
            WHERE purpose = $1 AND made_at >= $2 ORDER BY id";
        const WAITING: &str = "-- keys.waiting
            SELECT id, purpose, key_id, reason, proposed_by FROM key_revocations
            WHERE purpose = $1 AND approved_at IS NULL AND proposed_at >= $2 ORDER BY id";
        let key = |row: &tokio_postgres::Row| ListedKey {
            id: row.get(0),
            made_at: row.get(1),
            is_revoked: row.get(2),
        };
        let rows = tx.query(KEYS, &[&self.purpose, &self.since]).await?;
        let keys = rows.iter().map(key).collect();
        if !tx.has_table("key_revocations").await? {
            return Ok(ListedRing { keys, waiting: Vec::new() });
        }
        let rows = tx.query(WAITING, &[&self.purpose, &self.proposed_since]).await?;
        let waiting = rows.iter().map(|row| (row.get(0), Revocation::of(row)));
        Ok(ListedRing { keys, waiting: waiting.collect() })
    }
}

//! Recovery codes: only their hashes are kept, with the name of the key under which they were made.

use jiff::Timestamp;

use super::super::{StoreError, Tx, Work};
use super::REMOVE_CODES;

/// New codes of a user, in place of those before.
#[derive(Clone, Debug)]
pub struct NewCodes {
    /// Their hashes.
    pub hashes: Vec<Vec<u8>>,
    /// The key that made them.
    pub key_name: String,
}

impl NewCodes {
    pub(super) async fn replace(
        &self,
        tx: &Tx<'_>,
        user: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const INSERT: &str = "-- factors.insert_codes
            INSERT INTO recovery_codes (user_id, hash, made_at, key_name)
            SELECT $1, unnest($2::bytea[]), $3, $4";
        const BEFORE: &str = "-- factors.insert_codes_of_before
            INSERT INTO recovery_codes (user_id, hash, made_at)
            SELECT $1, unnest($2::bytea[]), $3";
        tx.execute(REMOVE_CODES, &[&user]).await?;
        // The schema of before has no column for the key.
        if tx.has_table("key_revocations").await? {
            tx.execute(INSERT, &[&user, &self.hashes, &now, &self.key_name]).await.map(drop)
        } else {
            tx.execute(BEFORE, &[&user, &self.hashes, &now]).await.map(drop)
        }
    }
}

/// Codes that are not used, and the people who have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodesUnder {
    /// Codes.
    pub codes: i64,
    /// People.
    pub people: i64,
}

/// Counts those that were not made under a key, as far as is known: only that key, or one that is not known any more,
/// can tell whether a code is right.
#[derive(Debug)]
pub struct CountCodes {
    /// Name of the key.
    pub not_under: String,
}

impl Work for CountCodes {
    const NAME: &'static str = "factors.count_codes";
    type Output = CodesUnder;

    async fn run(&self, tx: &Tx<'_>) -> Result<CodesUnder, StoreError> {
        const SQL: &str = "-- factors.count_codes
            SELECT count(*), count(DISTINCT user_id) FROM recovery_codes
            WHERE used_at IS NULL AND key_name IS DISTINCT FROM $1";
        let row = &tx.query(SQL, &[&self.not_under]).await?[0];
        Ok(CodesUnder { codes: row.get(0), people: row.get(1) })
    }
}

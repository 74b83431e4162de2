//! Secrets of apps that are sealed again, some at a time.

use jiff::Timestamp;

use super::super::audit::{Act, append};
use super::super::{StoreError, Tx, Work};
use crate::telemetry::Hidden;

/// Rows of one step: of so many changes nodes read those alone, and not everybody.
pub const SEALED_ROWS_MAX: usize = 100;

/// Reads sealed secrets, in the order of their users.
#[derive(Debug)]
pub struct ReadSealed {
    /// The last user of the step before.
    pub after: i64,
}

impl Work for ReadSealed {
    const NAME: &'static str = "factors.read_sealed";
    /// User and sealed secret, a hundred at the most.
    type Output = Vec<(i64, Vec<u8>)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- factors.read_sealed
            SELECT user_id, secret FROM authenticators WHERE user_id > $1 ORDER BY user_id LIMIT $2";
        let limit = i64::try_from(SEALED_ROWS_MAX).expect("a hundred");
        let rows = tx.query(SQL, &[&self.after, &limit]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// Puts secrets that were sealed again in place of those that were read. One that was changed meanwhile stays.
#[derive(Debug)]
pub struct Reseal {
    /// User, the sealed secret that was read, and the same sealed again.
    pub rows: Vec<(i64, Vec<u8>, Hidden<Vec<u8>>)>,
    /// Name of the key that sealed them.
    pub key_name: String,
    /// Who does it.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Reseal {
    const NAME: &'static str = "factors.reseal";
    /// How many were changed.
    type Output = u64;

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- factors.reseal
            UPDATE authenticators a SET secret = n.new
            FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS n (user_id, old, new)
            WHERE a.user_id = n.user_id AND a.secret = n.old";
        let users: Vec<i64> = self.rows.iter().map(|(user, ..)| *user).collect();
        let old: Vec<&[u8]> = self.rows.iter().map(|(_, old, _)| old.as_slice()).collect();
        let new: Vec<&[u8]> = self.rows.iter().map(|(.., new)| new.expose().as_slice()).collect();
        let changed = tx.execute(SQL, &[&users, &old, &new]).await?;
        if changed > 0 {
            let detail = format!("{changed} secrets");
            let act = Act::new(
                &self.actor,
                "key.resealed",
                &format!("columns {}", self.key_name),
                detail,
            );
            append(tx, self.now, &act).await?;
        }
        Ok(changed)
    }
}

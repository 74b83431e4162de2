//! A new key of a ring before its time.

use jiff::Timestamp;

use super::super::audit::{Act, append};
use super::super::{StoreError, Tx, Work};
use crate::telemetry::Hidden;

/// Makes a key, unless one was made only just before. Two who do it at once make one.
#[derive(Debug)]
pub struct AddKey {
    /// What the ring is for.
    pub purpose: &'static str,
    /// A fresh secret.
    pub secret: Hidden<Vec<u8>>,
    /// A key that was made after this is still on its way to the nodes.
    pub on_its_way_since: Timestamp,
    /// Who does it.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The key of this number is new.
    New(i16),
    /// This one, made then, is on its way.
    OnItsWay(i16, Timestamp),
}

impl Work for AddKey {
    const NAME: &'static str = "keys.add";
    type Output = Added;

    async fn run(&self, tx: &Tx<'_>) -> Result<Added, StoreError> {
        const ADD: &str = "-- keys.add
            INSERT INTO key_rings (purpose, id, secret, made_at)
            SELECT $1, COALESCE(max(id), 0) + 1, $2, $3 FROM key_rings WHERE purpose = $1
            HAVING COALESCE(max(made_at) FILTER (WHERE octet_length(secret) > 0), '-infinity') <= $4
            ON CONFLICT DO NOTHING RETURNING id";
        const NEWEST: &str = "-- keys.newest_of_all
            SELECT id, made_at FROM key_rings WHERE purpose = $1 AND octet_length(secret) > 0
            ORDER BY id DESC LIMIT 1";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.purpose, self.secret.expose(), &self.now, &self.on_its_way_since];
        if let Some(row) = tx.query(ADD, &values).await?.first() {
            let id: i16 = row.get(0);
            let subject = format!("{} {id}", self.purpose);
            append(tx, self.now, &Act::new(&self.actor, "key.added", &subject, String::new()))
                .await?;
            return Ok(Added::New(id));
        }
        let newest = tx.query(NEWEST, &[&self.purpose]).await?;
        let newest = newest.first().ok_or_else(|| tx.unreadable("a ring without a key"))?;
        Ok(Added::OnItsWay(newest.get(0), newest.get(1)))
    }
}

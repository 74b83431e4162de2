//! Work that one node does for all of them: who has it, and until when.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};

/// Takes work that nobody has at present.
#[derive(Debug)]
pub struct TakeLease {
    /// Which work.
    pub name: &'static str,
    /// The node.
    pub holder: String,
    /// Service time now.
    pub now: Timestamp,
    /// Until when nobody else, nor this node, begins it again.
    pub until: Timestamp,
}

impl Work for TakeLease {
    const NAME: &'static str = "leases.take";
    /// Whether it is this node's now.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- leases.take
            INSERT INTO leases (name, holder, until) VALUES ($1, $2, $4)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE leases.until <= $3";
        let taken = tx.execute(SQL, &[&self.name, &self.holder, &self.now, &self.until]).await?;
        Ok(taken == 1)
    }
}

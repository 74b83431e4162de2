//! Nodes: when each was last seen and how ready it says it is.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{StoreError, Tx, Work};
use crate::domain::peers::Peer;

/// What the database says to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The database machine's own clock.
    pub clock: Timestamp,
    /// Which process spoke last as this node; none since it is new.
    pub last: Option<String>,
}

/// A node says that it is there, and learns the database's clock.
#[derive(Debug)]
pub struct Heartbeat {
    /// Name of the node.
    pub node: String,
    /// Its readiness, as `/health/ready` gives it.
    pub readiness: serde_json::Value,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Heartbeat {
    const NAME: &'static str = "nodes.heartbeat";
    type Output = Heard;

    async fn run(&self, tx: &Tx<'_>) -> Result<Heard, StoreError> {
        const SQL: &str = "-- nodes.heartbeat
            WITH old AS (SELECT readiness->>'process' AS process FROM nodes WHERE id = $1)
            INSERT INTO nodes (id, seen_at, readiness) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET seen_at = $2, readiness = $3
            RETURNING clock_timestamp(), (SELECT process FROM old)";
        let rows = tx.query(SQL, &[&self.node, &self.now, &self.readiness]).await?;
        Ok(Heard { clock: rows[0].get(0), last: rows[0].get(1) })
    }
}

/// Every node that was ever seen.
#[derive(Debug)]
pub struct ListNodes;

impl Work for ListNodes {
    const NAME: &'static str = "nodes.list";
    type Output = Vec<Peer>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- nodes.list\nSELECT id, seen_at, readiness FROM nodes ORDER BY id";
        let rows = tx.query(SQL, &[]).await?;
        let peer =
            |row: &Row| Peer { name: row.get(0), seen_at: row.get(1), readiness: row.get(2) };
        Ok(rows.iter().map(peer).collect())
    }
}

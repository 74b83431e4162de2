//! What all nodes share of one queue: read, changed and written back in one transaction.

use super::{StoreError, Tx, Work};

/// The row of a queue; arrays go by lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueRow {
    /// The queue's own time, milliseconds.
    pub time_ms: i64,
    /// No number from here on was given to any node.
    pub next_seq: Vec<i64>,
    /// Everybody below was called.
    pub serving: Vec<i64>,
    /// Lane, first number, end, people in every 256; again and again.
    pub gaps: Vec<i64>,
    /// Sign-ins a second.
    pub rate: f64,
    /// Tokens of the bucket.
    pub tokens: f64,
    /// Who moves the cursor.
    pub leader: Option<String>,
    /// Changes of leader.
    pub fence: i64,
    /// The leader is the only node.
    pub alone: bool,
    /// Whether anybody waits.
    pub crowded: bool,
    /// People to be let in by hand whom no node has taken over.
    pub credits: i64,
    /// Tokens that are kept: lane, number, until when, whether used; again and again.
    pub kept: Vec<i64>,
}

/// The row of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueNodeRow {
    /// Its name.
    pub node: String,
    /// Its slot.
    pub slot: i16,
    /// When it last came by, in the queue's time.
    pub seen_ms: i64,
    /// Ended in good order.
    pub gone: bool,
    /// Sign-ins a second that it can do.
    pub capacity: f64,
    /// Whom it knows to be there; read for the leader only.
    pub presence: Vec<i64>,
    /// Its process, people granted to it to be let in by hand, and those whom it gave back.
    pub by_hand: Vec<i64>,
    /// Lane and number of each who found no token there.
    pub at_the_door: Vec<i64>,
}

/// Rows of a queue, as a node finds them and leaves them.
pub type QueueRows = (QueueRow, Vec<QueueNodeRow>);

/// Whether the database has queues: a server also starts with the schema of the version before.
#[derive(Debug)]
pub struct HasQueues;

impl Work for HasQueues {
    const NAME: &'static str = "queue.has_queues";
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- queue.has_queues
            SELECT EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = to_regclass('waiting_nodes') AND attname = 'at_the_door')";
        Ok(tx.query(SQL, &[]).await?.first().is_some_and(|row| row.get(0)))
    }
}

/// One node comes by. `change` says what becomes of the rows; it may be asked again.
#[derive(Debug)]
pub struct Exchange<F> {
    /// The queue.
    pub event: u32,
    /// Its generation.
    pub epoch: u16,
    /// The node: of the others' rows none is changed but removed.
    pub node: String,
    /// Lanes of a queue.
    pub lanes: usize,
    /// What becomes of the rows, and what the node takes home.
    pub change: F,
}

impl<F, T> Work for Exchange<F>
where
    F: Fn(QueueRows) -> (QueueRows, T) + Sync,
    T: Send,
{
    const NAME: &'static str = "queue.exchange";
    /// What `change` gave.
    type Output = T;

    async fn run(&self, tx: &Tx<'_>) -> Result<T, StoreError> {
        let (row, admitted) = self.read(tx).await?;
        let nodes = self.nodes(tx, row.leader.as_deref() == Some(&self.node)).await?;
        let before: Vec<String> = nodes.iter().map(|row| row.node.clone()).collect();
        let ((row, nodes), home) = (self.change)((row, nodes));
        self.write(tx, &row, admitted).await?;
        if let Some(own) = nodes.iter().find(|row| row.node == self.node) {
            self.write_node(tx, own).await?;
        }
        for gone in before.iter().filter(|name| nodes.iter().all(|row| row.node != **name)) {
            self.remove_node(tx, gone).await?;
        }
        Ok(home)
    }
}

impl<F> Exchange<F> {
    fn key(&self) -> (i64, i32) {
        (i64::from(self.event), i32::from(self.epoch))
    }

    /// The row, locked and made at the first coming. What operators have let in by hand meanwhile counts;
    /// gives how much that is in all.
    async fn read(&self, tx: &Tx<'_>) -> Result<(QueueRow, i64), StoreError> {
        const READ: &str = "-- queue.read
            SELECT q.time_ms, q.next_seq, q.serving, q.gaps, q.rate, q.tokens, q.leader, q.fence,
                q.alone, q.crowded, q.credits + room.admitted - q.admitted, q.kept, room.admitted,
                -- A node that is stopped in here must not stop all others.
                set_config('idle_in_transaction_session_timeout', '1s', true)
            FROM waiting_queues q, waiting_room room WHERE q.event = $1 AND q.epoch = $2
            FOR UPDATE OF q";
        const MAKE: &str = "-- queue.make
            INSERT INTO waiting_queues (event, epoch, next_seq, serving, admitted)
            SELECT $1, $2, $3, $3, admitted FROM waiting_room ON CONFLICT DO NOTHING";
        let (event, epoch) = self.key();
        let mut rows = tx.query(READ, &[&event, &epoch]).await?;
        if rows.is_empty() {
            tx.execute(MAKE, &[&event, &epoch, &vec![0_i64; self.lanes]]).await?;
            rows = tx.query(READ, &[&event, &epoch]).await?;
        }
        let row = rows.first().ok_or_else(|| tx.unreadable("the queue has no row"))?;
        let queue = QueueRow {
            time_ms: row.get(0),
            next_seq: row.get(1),
            serving: row.get(2),
            gaps: row.get(3),
            rate: row.get(4),
            tokens: row.get(5),
            leader: row.get(6),
            fence: row.get(7),
            alone: row.get(8),
            crowded: row.get(9),
            credits: row.get(10),
            kept: row.get(11),
        };
        Ok((queue, row.get(12)))
    }

    async fn nodes(&self, tx: &Tx<'_>, leads: bool) -> Result<Vec<QueueNodeRow>, StoreError> {
        const SQL: &str = "-- queue.nodes
            SELECT node, slot, seen_ms, gone, capacity, by_hand, at_the_door,
                CASE WHEN $3 THEN presence ELSE '{}' END
            FROM waiting_nodes WHERE event = $1 AND epoch = $2 ORDER BY node";
        let (event, epoch) = self.key();
        let node = |row: &tokio_postgres::Row| QueueNodeRow {
            node: row.get(0),
            slot: row.get(1),
            seen_ms: row.get(2),
            gone: row.get(3),
            capacity: row.get(4),
            by_hand: row.get(5),
            at_the_door: row.get(6),
            presence: row.get(7),
        };
        Ok(tx.query(SQL, &[&event, &epoch, &leads]).await?.iter().map(node).collect())
    }

    async fn write(&self, tx: &Tx<'_>, row: &QueueRow, admitted: i64) -> Result<(), StoreError> {
        const SQL: &str = "-- queue.write
            UPDATE waiting_queues SET time_ms = $3, next_seq = $4, serving = $5, gaps = $6,
                rate = $7, tokens = $8, leader = $9, fence = $10, alone = $11, crowded = $12,
                credits = $13, admitted = $14, kept = $15
            WHERE event = $1 AND epoch = $2";
        let (event, epoch) = self.key();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 15] = [
            &event,
            &epoch,
            &row.time_ms,
            &row.next_seq,
            &row.serving,
            &row.gaps,
            &row.rate,
            &row.tokens,
            &row.leader,
            &row.fence,
            &row.alone,
            &row.crowded,
            &row.credits,
            &admitted,
            &row.kept,
        ];
        tx.execute(SQL, &values).await.map(drop)
    }

    async fn write_node(&self, tx: &Tx<'_>, row: &QueueNodeRow) -> Result<(), StoreError> {
        const SQL: &str = "-- queue.write_node
            INSERT INTO waiting_nodes
                (event, epoch, node, slot, seen_ms, gone, capacity, presence, by_hand, at_the_door)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (event, epoch, node) DO UPDATE
            SET slot = $4, seen_ms = $5, gone = $6, capacity = $7, presence = $8, by_hand = $9,
                at_the_door = $10";
        let (event, epoch) = self.key();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
            &event,
            &epoch,
            &row.node,
            &row.slot,
            &row.seen_ms,
            &row.gone,
            &row.capacity,
            &row.presence,
            &row.by_hand,
            &row.at_the_door,
        ];
        tx.execute(SQL, &values).await.map(drop)
    }

    async fn remove_node(&self, tx: &Tx<'_>, node: &str) -> Result<(), StoreError> {
        const SQL: &str = "-- queue.remove_node
            DELETE FROM waiting_nodes WHERE event = $1 AND epoch = $2 AND node = $3";
        let (event, epoch) = self.key();
        tx.execute(SQL, &[&event, &epoch, &node]).await.map(drop)
    }
}

//! Shipped journals: each record once, in order, under the hash that the node wrote.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};

/// A record as a node wrote it.
#[derive(Clone, Debug)]
pub struct JournalRow {
    /// Number within the journal, from 1.
    pub seq: i64,
    /// When, in service time.
    pub at: Timestamp,
    /// What, such as `granted`.
    pub kind: String,
    /// Whose session it was.
    pub user_id: Option<i64>,
    /// On behalf of whom.
    pub organisation_id: Option<i64>,
    /// The record's bytes.
    pub record: Vec<u8>,
    /// Hash over the hash before and the record.
    pub hash: [u8; 32],
}

/// Ships a run of records that follow each other. Sending the same ones again changes nothing.
#[derive(Debug)]
pub struct ShipJournal {
    /// Journal id.
    pub journal: [u8; 16],
    /// Node that wrote it.
    pub node: String,
    /// The records.
    pub rows: Vec<JournalRow>,
}

impl Work for ShipJournal {
    const NAME: &'static str = "journal.ship";
    /// The last record that the database holds now.
    type Output = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        const OPEN: &str = "-- journal.open
            INSERT INTO journals (id, node, last_seq, last_hash) VALUES ($1, $2, 0, '')
            ON CONFLICT DO NOTHING";
        const LAST: &str = "-- journal.last
            SELECT last_seq FROM journals WHERE id = $1 FOR UPDATE";
        const CLOSE: &str = "-- journal.advance
            UPDATE journals SET last_seq = $2, last_hash = $3 WHERE id = $1";
        let journal = self.journal.as_slice();
        tx.execute(OPEN, &[&journal, &self.node]).await?;
        let last: i64 = tx.query(LAST, &[&journal]).await?[0].get(0);
        let new: Vec<&JournalRow> = self.rows.iter().filter(|row| row.seq > last).collect();
        for row in &new {
            insert(tx, journal, row).await?;
        }
        let Some(end) = new.last() else { return Ok(last) };
        tx.execute(CLOSE, &[&journal, &end.seq, &end.hash.as_slice()]).await?;
        Ok(end.seq)
    }
}

async fn insert(tx: &Tx<'_>, journal: &[u8], row: &JournalRow) -> Result<(), StoreError> {
    const SQL: &str = "-- journal.insert
        INSERT INTO journal_entries
            (journal, seq, at, kind, user_id, organisation_id, record, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
        &journal,
        &row.seq,
        &row.at,
        &row.kind,
        &row.user_id,
        &row.organisation_id,
        &row.record,
        &row.hash.as_slice(),
    ];
    tx.execute(SQL, &values).await.map(drop)
}

/// How far a journal has been shipped.
#[derive(Debug)]
pub struct ShippedUpto(pub [u8; 16]);

impl Work for ShippedUpto {
    const NAME: &'static str = "journal.shipped_upto";
    type Output = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "-- journal.shipped_upto\nSELECT last_seq FROM journals WHERE id = $1";
        let rows = tx.query(SQL, &[&self.0.as_slice()]).await?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }
}

/// Journals that were shipped and of which no record is left.
#[derive(Debug)]
pub struct EmptiedJournals;

impl Work for EmptiedJournals {
    const NAME: &'static str = "journal.emptied";
    /// Their ids.
    type Output = Vec<Vec<u8>>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Vec<u8>>, StoreError> {
        const SQL: &str = "-- journal.emptied
            SELECT id FROM journals j WHERE last_seq > 0
                AND NOT EXISTS (SELECT FROM journal_entries e WHERE e.journal = j.id)";
        Ok(tx.query(SQL, &[]).await?.iter().map(|row| row.get(0)).collect())
    }
}

/// A page of shipped records for the verifier, with the journal's own idea of its end.
#[derive(Debug)]
pub struct ReadJournals {
    /// Continue after this journal and record.
    pub after: (Vec<u8>, i64),
    /// Records at the most.
    pub limit: i64,
}

/// A shipped record as the verifier reads it.
#[derive(Clone, Debug)]
pub struct ShippedRecord {
    /// Journal id.
    pub journal: Vec<u8>,
    /// Number within it.
    pub seq: i64,
    /// The record's bytes.
    pub record: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
    /// The journal's last record by its own row.
    pub last_seq: i64,
}

impl Work for ReadJournals {
    const NAME: &'static str = "journal.read";
    type Output = Vec<ShippedRecord>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<ShippedRecord>, StoreError> {
        const SQL: &str = "-- journal.read
            SELECT e.journal, e.seq, e.record, e.hash, j.last_seq
            FROM journal_entries e JOIN journals j ON j.id = e.journal
            WHERE (e.journal, e.seq) > ($1, $2) ORDER BY e.journal, e.seq LIMIT $3";
        let rows = tx.query(SQL, &[&self.after.0, &self.after.1, &self.limit]).await?;
        let record = |row: &tokio_postgres::Row| ShippedRecord {
            journal: row.get(0),
            seq: row.get(1),
            record: row.get(2),
            hash: row.get(3),
            last_seq: row.get(4),
        };
        Ok(rows.iter().map(record).collect())
    }
}

//! Shipped journals: each record once, in order, under the hash that the node wrote.

use jiff::Timestamp;

use super::factors::{CodeUsed, count_passkeys};
use super::redeemed::{Redemption, settle};
use super::served::{self, Served};
use super::sessions::{self, Began};
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
    /// Release of a page or file that was sent whole.
    pub served: Option<String>,
    /// The record's bytes.
    pub record: Vec<u8>,
    /// Hash over the hash before and the record.
    pub hash: [u8; 32],
    /// The place in the queue that was used, of a sign-in.
    pub redemption: Option<Redemption>,
    /// The session that began or ended, with what was shown beside the password.
    pub session: Option<Session>,
    /// Row id of a passkey that was shown, and how often it has signed.
    pub counted: Option<(i64, u32)>,
}

/// What a record tells of a session.
#[derive(Clone, Debug)]
pub enum Session {
    /// It began; a code that was used for it is used up.
    Began(Began, Option<CodeUsed>),
    /// It ended.
    Ended([u8; 16]),
}

impl JournalRow {
    fn served(&self) -> Option<Served<'_>> {
        let release = self.served.as_deref()?;
        Some(Served { release, organisation: self.organisation_id?, at: self.at })
    }
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
    /// Service time now.
    pub now: Timestamp,
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
        let served: Vec<Served<'_>> = new.iter().filter_map(|row| row.served()).collect();
        served::note(tx, &served).await?;
        used(tx, &new).await?;
        self.settle(tx, &new).await?;
        self.sessions(tx, &new).await?;
        let counted: Vec<(i64, u32)> = new.iter().filter_map(|row| row.counted).collect();
        count_passkeys(tx, counted).await?;
        let Some(end) = new.last() else { return Ok(last) };
        tx.execute(CLOSE, &[&journal, &end.seq, &end.hash.as_slice()]).await?;
        Ok(end.seq)
    }
}

impl ShipJournal {
    /// Sessions that began and ended; one code, one session, as far as nodes had to guess.
    async fn sessions(&self, tx: &Tx<'_>, new: &[&JournalRow]) -> Result<(), StoreError> {
        let told = new.iter().filter_map(|row| Some((row.at, row.session.as_ref()?)));
        let told: Vec<(Timestamp, &Session)> = told.collect();
        if told.is_empty() || !tx.has_table("sessions").await? {
            return Ok(());
        }
        for (at, session) in told {
            match session {
                Session::Began(began, code) => {
                    began.insert(tx).await?;
                    if let Some(code) = code {
                        code.settle(tx, self.now).await?;
                    }
                }
                Session::Ended(session) => sessions::ended(tx, *session, at).await?,
            }
        }
        Ok(())
    }

    /// One place, one session: whatever nodes knew of each other when somebody signed in.
    async fn settle(&self, tx: &Tx<'_>, new: &[&JournalRow]) -> Result<(), StoreError> {
        let mut found: Vec<&Redemption> =
            new.iter().filter_map(|r| r.redemption.as_ref()).collect();
        // In one order on every node, so that two do not wait for each other in a circle.
        found.sort();
        if found.is_empty() || !tx.has_table("waiting_redeemed").await? {
            return Ok(());
        }
        for redemption in found {
            settle(tx, self.now, redemption).await?;
        }
        Ok(())
    }
}

/// Notes when people last signed in, for which organisation: accounts that nobody uses are found by it.
async fn used(tx: &Tx<'_>, new: &[&JournalRow]) -> Result<(), StoreError> {
    // Rows are locked in one order on every node, so that two do not wait for each other in a circle.
    const SQL: &str = "-- journal.used
        WITH told AS (SELECT u AS user_id, o AS organisation_id, max(t) AS at
                FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS told (u, o, t) GROUP BY u, o),
            mine AS (SELECT m.organisation_id, m.user_id, told.at
                FROM members m JOIN told USING (organisation_id, user_id)
                ORDER BY m.organisation_id, m.user_id FOR UPDATE OF m)
        UPDATE members m SET used_at = GREATEST(m.used_at, mine.at) FROM mine
        WHERE m.organisation_id = mine.organisation_id AND m.user_id = mine.user_id";
    let signed_in = new.iter().filter(|row| row.kind == "signed_in");
    let told: Vec<(i64, i64, Timestamp)> =
        signed_in.filter_map(|row| Some((row.user_id?, row.organisation_id?, row.at))).collect();
    if told.is_empty() || !tx.has_table("members").await? {
        return Ok(());
    }
    let users: Vec<i64> = told.iter().map(|(user, ..)| *user).collect();
    let organisations: Vec<i64> = told.iter().map(|(_, organisation, _)| *organisation).collect();
    let times: Vec<Timestamp> = told.iter().map(|(.., at)| *at).collect();
    tx.execute(SQL, &[&users, &organisations, &times]).await.map(drop)
}

/// When each of these organisations last had each file whole.
#[derive(Debug)]
pub struct LastDownloads {
    /// Row ids.
    pub organisations: Vec<i64>,
}

impl Work for LastDownloads {
    const NAME: &'static str = "journal.last_downloads";
    type Output = Vec<Download>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Download>, StoreError> {
        const SQL: &str = "-- journal.last_downloads
            SELECT organisation_id, (told->>'school')::bigint, told->>'file', max(at)
            FROM (SELECT organisation_id, at, convert_from(record, 'UTF8')::jsonb AS told
                FROM journal_entries WHERE kind = 'ended' AND organisation_id = ANY ($1)) AS ended
            WHERE (told->>'complete')::boolean AND told ? 'file'
            GROUP BY 1, 2, 3";
        let download = |row: &tokio_postgres::Row| Download {
            organisation: row.get(0),
            school: row.get::<_, Option<i64>>(1).and_then(|number| u32::try_from(number).ok()),
            file: row.get(2),
            at: row.get(3),
        };
        Ok(tx.query(SQL, &[&self.organisations]).await?.iter().map(download).collect())
    }
}

/// A download that was complete.
#[derive(Clone, Debug)]
pub struct Download {
    /// Row id of the organisation.
    pub organisation: i64,
    /// DfE number of the school; none for a combined file.
    pub school: Option<u32>,
    /// Name of the file.
    pub file: String,
    /// When its last byte was sent.
    pub at: Timestamp,
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

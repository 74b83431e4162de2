//! Sessions: those that began and ended as journals tell, those of a person, and when each was last used.

use jiff::{SignedDuration, Timestamp};

use super::{StoreError, Tx, Work};

/// Sessions are remembered for so long after they began.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Rows that one cleaning removes at the most.
const REMOVED_MAX: i64 = 10_000;
/// Sessions that a person is shown at the most: the newest.
const SHOWN_MAX: i64 = 50;

/// A session begins, out of a journal.
#[derive(Clone, Debug)]
pub struct Began {
    /// Its id.
    pub session: [u8; 16],
    /// Whose.
    pub user: i64,
    /// For which organisation.
    pub organisation: i64,
    /// Browser and system.
    pub device: String,
    /// When.
    pub at: Timestamp,
}

impl Began {
    /// Writes it down; one of somebody who was removed meanwhile is left out.
    pub(super) async fn insert(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- sessions.begin
            INSERT INTO sessions (id, user_id, organisation_id, began_at, seen_at, device)
            SELECT $1, u.id, o.id, $4, $4, $5 FROM users u, organisations o
            WHERE u.id = $2 AND o.id = $3 ON CONFLICT DO NOTHING";
        let session = self.session.as_slice();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&session, &self.user, &self.organisation, &self.at, &self.device];
        tx.execute(SQL, &values).await.map(drop)
    }
}

/// A session ended, out of a journal.
pub(super) async fn ended(tx: &Tx<'_>, session: [u8; 16], at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "-- sessions.ended
        UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    tx.execute(SQL, &[&session.as_slice(), &at]).await.map(drop)
}

/// When sessions were last used on a node; those that are too old to matter go.
#[derive(Debug)]
pub struct NoteSeen {
    /// Session ids with the last use of each.
    pub seen: Vec<([u8; 16], Timestamp)>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for NoteSeen {
    const NAME: &'static str = "sessions.seen";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- sessions.note_seen
            UPDATE sessions s SET seen_at = GREATEST(s.seen_at, n.at)
            FROM unnest($1::bytea[], $2::timestamptz[]) AS n (id, at) WHERE s.id = n.id";
        const FORGET: &str = "-- sessions.forget
            DELETE FROM sessions WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM sessions WHERE began_at < $1 LIMIT $2))";
        const CODES: &str = "-- sessions.forget_codes
            DELETE FROM codes_used WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM codes_used WHERE at < $1 LIMIT $2))";
        if !tx.has_table("sessions").await? {
            return Ok(());
        }
        // In one order on every node, so that two do not wait for each other in a circle.
        let mut seen = self.seen.clone();
        seen.sort_unstable();
        let ids: Vec<&[u8]> = seen.iter().map(|(id, _)| id.as_slice()).collect();
        let times: Vec<Timestamp> = seen.iter().map(|(_, at)| *at).collect();
        tx.execute(SQL, &[&ids, &times]).await?;
        let before = self.now - KEPT;
        tx.execute(FORGET, &[&before, &REMOVED_MAX]).await?;
        tx.execute(CODES, &[&before, &REMOVED_MAX]).await.map(drop)
    }
}

/// A session of a person.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: Vec<u8>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// Browser and system.
    pub device: String,
    /// For which organisation.
    pub organisation: String,
}

/// The sessions of a person that nobody has ended.
#[derive(Debug)]
pub struct ReadSessions {
    /// Whose.
    pub user: i64,
    /// Begun since, and used since: older ones are over by themselves.
    pub since: (Timestamp, Timestamp),
}

impl Work for ReadSessions {
    const NAME: &'static str = "sessions.read";
    type Output = Vec<SessionRow>;

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<SessionRow>, StoreError> {
        const SQL: &str = "-- sessions.of_person
            SELECT s.id, s.began_at, s.seen_at, s.device, o.name
            FROM sessions s JOIN organisations o ON o.id = s.organisation_id
            WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.began_at > $2 AND s.seen_at > $3
            ORDER BY s.seen_at DESC LIMIT $4";
        let (began, seen) = self.since;
        let row = |row: &tokio_postgres::Row| SessionRow {
            id: row.get(0),
            began_at: row.get(1),
            seen_at: row.get(2),
            device: row.get(3),
            organisation: row.get(4),
        };
        let rows = tx.query(SQL, &[&self.user, &began, &seen, &SHOWN_MAX]).await?;
        Ok(rows.iter().map(row).collect())
    }
}

/// Which sessions a person ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One of theirs.
    One([u8; 16]),
    /// All of theirs.
    All,
}

/// A person ends sessions of their own.
#[derive(Debug)]
pub struct EndSessions {
    /// Whose.
    pub user: i64,
    /// Which.
    pub which: Which,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for EndSessions {
    const NAME: &'static str = "sessions.end";
    /// How many were theirs, and had not ended.
    type Output = u64;

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- sessions.end
            UPDATE sessions SET ended_at = $2
            WHERE user_id = $1 AND ended_at IS NULL AND ($3::bytea IS NULL OR id = $3)";
        let one = match &self.which {
            Which::One(id) => Some(id.as_slice()),
            Which::All => None,
        };
        tx.execute(SQL, &[&self.user, &self.now, &one]).await
    }
}

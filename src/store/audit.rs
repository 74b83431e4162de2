//! The audit of staff and commands: one chain, each hash over the row and the hash before it.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::{StoreError, Tx, Work};

/// Something that a person or a command did.
#[derive(Clone, Debug)]
pub struct Act {
    /// Who: a username, or the name of a part of the program.
    pub actor: String,
    /// What, such as `release.approved`.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// Whatever else matters; never personal data of a pupil.
    pub detail: String,
}

impl Act {
    /// Puts an act together.
    pub fn new(actor: &str, action: &'static str, subject: &str, detail: String) -> Self {
        Self { actor: actor.to_owned(), action, subject: subject.to_owned(), detail }
    }
}

/// Appends within the transaction of the act itself. Writers take turns for the length of it.
pub async fn append(tx: &Tx<'_>, now: Timestamp, act: &Act) -> Result<(), StoreError> {
    const LOCK: &str = "-- audit.lock\nSELECT pg_advisory_xact_lock(hashtext('daybreak.audit'))";
    const LAST: &str = "-- audit.last\nSELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
    const INSERT: &str = "-- audit.append
        INSERT INTO audit (seq, at, actor, action, subject, detail, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.query(LOCK, &[]).await?;
    let last = tx.query(LAST, &[]).await?;
    let (seq, before): (i64, Vec<u8>) =
        last.first().map_or((0, Vec::new()), |row| (row.get(0), row.get(1)));
    let at = whole_microseconds(now);
    let hash = link(&before, seq + 1, at, [&act.actor, act.action, &act.subject, &act.detail]);
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&(seq + 1), &at, &act.actor, &act.action, &act.subject, &act.detail, &hash.as_slice()];
    tx.execute(INSERT, &values).await?;
    Ok(())
}

/// The instant as PostgreSQL keeps it.
fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).expect("was an instant before")
}

fn link(before: &[u8], seq: i64, at: Timestamp, words: [&str; 4]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(&seq.to_be_bytes());
    context.update(&at.as_microsecond().to_be_bytes());
    for word in words {
        context.update(&(word.len() as u64).to_be_bytes());
        context.update(word.as_bytes());
    }
    context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Checks a part of the chain from a known link on.
#[derive(Debug)]
pub struct VerifyAudit {
    /// Last row that is known to be good, 0 at the beginning.
    pub after: i64,
    /// Its hash, empty at the beginning.
    pub hash: Vec<u8>,
}

/// What a step of the verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Good as far as this row with this hash; there may be more.
    Upto(i64, Vec<u8>),
    /// The end was reached.
    End,
    /// The chain breaks at this row.
    Broken(i64),
}

/// Rows of one step.
const STEP_ROWS: i64 = 10_000;

impl Work for VerifyAudit {
    const NAME: &'static str = "audit.verify";
    type Output = Verified;

    async fn run(&self, tx: &Tx<'_>) -> Result<Verified, StoreError> {
        const SQL: &str = "-- audit.read
            SELECT seq, at, actor, action, subject, detail, hash FROM audit WHERE seq > $1
            ORDER BY seq LIMIT $2";
        let (mut seq, mut before) = (self.after, self.hash.clone());
        let rows = tx.query(SQL, &[&seq, &STEP_ROWS]).await?;
        for row in &rows {
            let words = [row.get(2), row.get(3), row.get(4), row.get(5)];
            let hash: &[u8] = row.get(6);
            if row.get::<_, i64>(0) != seq + 1 || link(&before, seq + 1, row.get(1), words) != hash
            {
                return Ok(Verified::Broken(seq + 1));
            }
            seq += 1;
            before = hash.to_vec();
        }
        if rows.is_empty() { end(tx, seq, &before).await } else { Ok(Verified::Upto(seq, before)) }
    }
}

/// Whether the chain really ends here: rows that were cut off are missed.
async fn end(tx: &Tx<'_>, seq: i64, hash: &[u8]) -> Result<Verified, StoreError> {
    // One statement, so that a row written meanwhile is seen by both parts or by none.
    const SQL: &str = "-- audit.end
        SELECT seq, hash FROM audit_end WHERE NOT EXISTS (SELECT FROM audit WHERE seq > $1)";
    let rows = tx.query(SQL, &[&seq]).await?;
    Ok(match rows.first() {
        None => Verified::Upto(seq, hash.to_vec()),
        Some(end) if end.get::<_, i64>(0) == seq && end.get::<_, &[u8]>(1) == hash => Verified::End,
        Some(_) => Verified::Broken(seq + 1),
    })
}

//! Places in the queue with which somebody signed in: each is good for one session.

use jiff::{SignedDuration, Timestamp};

use super::audit::{Act, append};
use super::{StoreError, Tx, Work};

/// Rows that one cleaning removes at the most.
const REMOVED_MAX: i64 = 10_000;
/// How long a session can live at the longest: so long its revocation is kept.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A place that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redemption {
    /// Event of its queue.
    pub event: u32,
    /// Epoch of its queue.
    pub epoch: u16,
    /// Its lane.
    pub lane: u8,
    /// Its number.
    pub seq: u64,
    /// The session that began.
    pub session: [u8; 16],
    /// When, in service time.
    pub at: Timestamp,
}

impl Redemption {
    fn key(&self) -> (i64, i32, i16, i64) {
        let seq = i64::try_from(self.seq).unwrap_or(i64::MAX);
        (i64::from(self.event), i32::from(self.epoch), i16::from(self.lane), seq)
    }

    /// Whether it is the first of its place, or what was there before.
    async fn insert(&self, tx: &Tx<'_>) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        const INSERT: &str = "-- redeemed.insert
            INSERT INTO waiting_redeemed (event, epoch, lane, seq, session, at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        const READ: &str = "-- redeemed.read
            SELECT session, at FROM waiting_redeemed
            WHERE event = $1 AND epoch = $2 AND lane = $3 AND seq = $4 AND session <> $5";
        let ((event, epoch, lane, seq), session) = (self.key(), self.session.as_slice());
        let new = tx.execute(INSERT, &[&event, &epoch, &lane, &seq, &session, &self.at]).await?;
        if new == 1 {
            return Ok(None);
        }
        let rows = tx.query(READ, &[&event, &epoch, &lane, &seq, &session]).await?;
        Ok(rows.first().map(|row| (row.get(0), row.get(1))))
    }
}

/// Places are used now; each gets `true` if no other session began with it. Asked again, it says the same.
#[derive(Debug)]
pub struct Redeem(pub Vec<Redemption>);

impl Work for Redeem {
    const NAME: &'static str = "redeemed.redeem";
    type Output = Vec<bool>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<bool>, StoreError> {
        // In the order of their numbers, so that two nodes do not wait for each other in a circle.
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.sort_by_key(|place| self.0[*place].key());
        let mut first = vec![false; self.0.len()];
        for place in order {
            first[place] = self.0[place].insert(tx).await?.is_none();
        }
        Ok(first)
    }
}

/// A place comes out of a journal. If another session began with it, the later one ends, with a line in the
/// audit.
pub(super) async fn settle(
    tx: &Tx<'_>,
    now: Timestamp,
    found: &Redemption,
) -> Result<(), StoreError> {
    const REVOKE: &str = "-- redeemed.revoke
        INSERT INTO revocations (session, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    const REPLACE: &str = "-- redeemed.replace
        UPDATE waiting_redeemed SET session = $5, at = $6
        WHERE event = $1 AND epoch = $2 AND lane = $3 AND seq = $4";
    let Some((session, at)) = found.insert(tx).await? else { return Ok(()) };
    let own = found.session.as_slice();
    let (later, began) = if at > found.at {
        let (event, epoch, lane, seq) = found.key();
        tx.execute(REPLACE, &[&event, &epoch, &lane, &seq, &own, &found.at]).await?;
        (session, at)
    } else {
        (found.session.to_vec(), found.at)
    };
    tx.execute(REVOKE, &[&later, &(began + SESSION_LIFE)]).await?;
    let detail = "a second session with one place was ended".to_owned();
    let subject = format!("{}/{}/{}", found.event, found.lane, found.seq);
    append(tx, now, &Act::new("daybreak", "queue.used_twice", &subject, detail)).await
}

/// Forgets places that are too old to be shown.
#[derive(Debug)]
pub struct ForgetRedeemed {
    /// Those used before this.
    pub before: Timestamp,
}

impl Work for ForgetRedeemed {
    const NAME: &'static str = "redeemed.forget";
    type Output = u64;

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- redeemed.forget
            DELETE FROM waiting_redeemed WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM waiting_redeemed WHERE at < $1 LIMIT $2))";
        tx.execute(SQL, &[&self.before, &REMOVED_MAX]).await
    }
}

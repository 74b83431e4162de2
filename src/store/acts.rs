//! What queue operators did, and what one proposed and another has to do. Every act is in the audit as well.

use jiff::{SignedDuration, Timestamp};

use super::audit::{self, append};
use super::waiting::Change;
use super::{StoreError, Tx, Work};

/// How long a proposal stands: a rate that fitted this morning need not fit this afternoon.
const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_mins(30);

/// What somebody does, or wants done.
#[derive(Clone, Debug)]
pub struct Act {
    /// What.
    pub change: Change,
    /// What it is called, such as `queue.pause`.
    pub name: &'static str,
    /// Why, if they say so.
    pub reason: Option<String>,
    /// Who.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Act {
    fn detail(&self) -> String {
        let what = self.change.in_words();
        match &self.reason {
            None => what,
            Some(reason) => format!("{what} ({reason})"),
        }
    }

    /// Notes down what was done. Gives its number.
    async fn note(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "-- acts.note
            INSERT INTO waiting_acts (act, detail, actor, at) VALUES ($1, $2, $3, $4) RETURNING id";
        let detail = self.detail();
        let row = tx.query(SQL, &[&self.name, &detail, &self.actor, &self.now]).await?;
        append(tx, self.now, &audit::Act::new(&self.actor, self.name, "queue", detail)).await?;
        Ok(row[0].get(0))
    }

    /// Notes down what is to be set once somebody else approves it. Gives its number.
    async fn propose(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "-- acts.propose
            INSERT INTO waiting_acts (act, detail, actor, at, mode, rate, people)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let (detail, (mode, rate, people)) = (self.detail(), self.change.set());
        let row = tx
            .query(SQL, &[&self.name, &detail, &self.actor, &self.now, &mode, &rate, &people])
            .await?;
        let detail = format!("proposed: {detail}");
        append(tx, self.now, &audit::Act::new(&self.actor, self.name, "queue", detail)).await?;
        Ok(row[0].get(0))
    }
}

/// Changes the row that all nodes follow.
async fn set(
    tx: &Tx<'_>,
    (mode, rate, people): (Option<&str>, Option<f64>, Option<i64>),
    message: Option<&Option<String>>,
) -> Result<(), StoreError> {
    const SQL: &str = "-- acts.set
        UPDATE waiting_room SET version = version + 1, mode = COALESCE($1, mode),
            rate = COALESCE($2, rate), admitted = admitted + COALESCE($3::bigint, 0),
            message = CASE WHEN $4 THEN $5 ELSE message END";
    let text = message.and_then(Option::as_ref);
    tx.execute(SQL, &[&mode, &rate, &people, &message.is_some(), &text]).await?;
    Ok(())
}

/// Changes the room at once; another operator approves it afterwards.
#[derive(Debug)]
pub struct ChangeRoom(pub Act);

impl Work for ChangeRoom {
    const NAME: &'static str = "acts.change";
    /// Number of the act.
    type Output = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        let change = &self.0.change;
        let message = if let Change::Message(text) = change { Some(text) } else { None };
        set(tx, change.set(), message).await?;
        self.0.note(tx).await
    }
}

/// Proposes a change: it is made when another operator approves it.
#[derive(Debug)]
pub struct ProposeChange(pub Act);

impl Work for ProposeChange {
    const NAME: &'static str = "acts.propose";
    /// Number of the act.
    type Output = i64;

    async fn run(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        self.0.propose(tx).await
    }
}

/// Another person approves an act: one that was done, or one that is done now.
#[derive(Debug)]
pub struct ApproveAct {
    /// Number of the act.
    pub id: i64,
    /// Who approves.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// It had been done already.
    Approved,
    /// It had been proposed, and is done now.
    Done,
    /// It was proposed too long ago.
    TooLate,
    /// There is no such act of somebody else that nobody has approved.
    Refused,
}

impl Work for ApproveAct {
    const NAME: &'static str = "acts.approve";
    type Output = Approval;

    async fn run(&self, tx: &Tx<'_>) -> Result<Approval, StoreError> {
        const FIND: &str = "-- acts.find
            SELECT at, mode, rate, people FROM waiting_acts
            WHERE id = $1 AND approved_by IS NULL AND actor <> $2 FOR UPDATE";
        const SQL: &str = "-- acts.approve
            UPDATE waiting_acts SET approved_by = $2, approved_at = $3 WHERE id = $1";
        let found = tx.query(FIND, &[&self.id, &self.actor]).await?;
        let Some(row) = found.first() else { return Ok(Approval::Refused) };
        let proposed: (Option<&str>, Option<f64>, Option<i64>) =
            (row.get(1), row.get(2), row.get(3));
        let is_proposed = proposed != (None, None, None);
        if is_proposed && self.now > row.get::<_, Timestamp>(0) + PROPOSAL_LIFE {
            return Ok(Approval::TooLate);
        }
        if is_proposed {
            set(tx, proposed, None).await?;
        }
        tx.execute(SQL, &[&self.id, &self.actor, &self.now]).await?;
        let detail = format!("act {}", self.id);
        append(tx, self.now, &audit::Act::new(&self.actor, "queue.approved", "queue", detail))
            .await?;
        Ok(if is_proposed { Approval::Done } else { Approval::Approved })
    }
}

/// One act of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    /// Its number.
    pub id: i64,
    /// What, and with which value.
    pub what: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Whether it is not done yet.
    pub is_proposed: bool,
}

/// Acts that nobody has approved yet; proposals for as long as they stand.
#[derive(Debug)]
pub struct OpenActs {
    /// Service time now.
    pub now: Timestamp,
}

impl Work for OpenActs {
    const NAME: &'static str = "acts.open";
    type Output = Vec<ActRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<ActRow>, StoreError> {
        const SQL: &str = "-- acts.open
            SELECT id, act || ': ' || detail, actor, at, num_nonnulls(mode, rate, people) > 0
            FROM waiting_acts
            WHERE approved_by IS NULL AND (num_nonnulls(mode, rate, people) = 0 OR at >= $1)
            ORDER BY id";
        let act = |row: &tokio_postgres::Row| ActRow {
            id: row.get(0),
            what: row.get(1),
            actor: row.get(2),
            at: row.get(3),
            is_proposed: row.get(4),
        };
        let rows = tx.query(SQL, &[&(self.now - PROPOSAL_LIFE)]).await?;
        Ok(rows.iter().map(act).collect())
    }
}

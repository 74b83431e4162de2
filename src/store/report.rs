//! What the journals tell of a results morning: waits, sign-ins by minute, when schools had their results.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};

/// Reads what happened between two instants.
#[derive(Debug)]
pub struct ReadMorning {
    /// The release whose schools are counted.
    pub release: String,
    /// From when on.
    pub from: Timestamp,
    /// Until before when.
    pub until: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Morning {
    /// Waits of those who signed in.
    pub waits: Waits,
    /// Each minute in which somebody tried to sign in.
    pub minutes: Vec<Minute>,
    /// When each school first had a page or file whole, in order.
    pub served: Vec<Timestamp>,
    /// What operators did.
    pub acts: Vec<Act>,
}

/// Waits of those who signed in, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Waits {
    /// Sign-ins of which the wait is known.
    pub known: i64,
    /// Those who waited at all.
    pub waited: i64,
    /// Those who waited for longer than they were first told.
    pub late: i64,
    /// Half, nine in ten, 99 in 100 of those who waited did so for no longer; the longest wait.
    pub seconds: Option<[f64; 4]>,
}

/// Sign-ins of one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// Sessions that began.
    pub signed_in: i64,
    /// Sign-ins that were refused.
    pub refused: i64,
}

/// An act of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What, with its value and reason.
    pub what: String,
    /// Who.
    pub actor: String,
    /// Who approved it.
    pub approved_by: Option<String>,
}

impl Work for ReadMorning {
    const NAME: &'static str = "report.read";
    type Output = Morning;

    async fn run(&self, tx: &Tx<'_>) -> Result<Morning, StoreError> {
        Ok(Morning {
            waits: self.waits(tx).await?,
            minutes: self.minutes(tx).await?,
            served: self.served(tx).await?,
            acts: self.acts(tx).await?,
        })
    }
}

impl ReadMorning {
    async fn waits(&self, tx: &Tx<'_>) -> Result<Waits, StoreError> {
        const SQL: &str = "-- report.waits
            WITH told AS (
                SELECT convert_from(record, 'UTF8')::jsonb->'waited' AS waited FROM journal_entries
                WHERE kind = 'signed_in' AND at >= $1 AND at < $2),
            known AS (
                SELECT (waited->>0)::float8 AS seconds, (waited->>1)::boolean AS late FROM told
                WHERE waited IS NOT NULL)
            SELECT count(*), count(*) FILTER (WHERE seconds > 0), count(*) FILTER (WHERE late),
                percentile_disc(ARRAY[0.5, 0.9, 0.99, 1]::float8[]) WITHIN GROUP (ORDER BY seconds)
                    FILTER (WHERE seconds > 0)
            FROM known";
        let row = &tx.query(SQL, &[&self.from, &self.until]).await?[0];
        let seconds: Option<Vec<f64>> = row.get(3);
        Ok(Waits {
            known: row.get(0),
            waited: row.get(1),
            late: row.get(2),
            seconds: seconds.and_then(|four| four.try_into().ok()),
        })
    }

    async fn minutes(&self, tx: &Tx<'_>) -> Result<Vec<Minute>, StoreError> {
        const SQL: &str = "-- report.minutes
            SELECT date_trunc('minute', at), count(*) FILTER (WHERE kind = 'signed_in'),
                count(*) FILTER (WHERE kind = 'refused')
            FROM journal_entries
            WHERE kind IN ('signed_in', 'refused') AND at >= $1 AND at < $2 GROUP BY 1 ORDER BY 1";
        let minute = |row: &tokio_postgres::Row| Minute {
            at: row.get(0),
            signed_in: row.get(1),
            refused: row.get(2),
        };
        Ok(tx.query(SQL, &[&self.from, &self.until]).await?.iter().map(minute).collect())
    }

    async fn served(&self, tx: &Tx<'_>) -> Result<Vec<Timestamp>, StoreError> {
        const SQL: &str = "-- report.served
            SELECT s.first_at FROM organisations_served s JOIN organisations o ON o.id = s.organisation_id
            WHERE s.release_id = $1 AND o.kind = 'school' ORDER BY s.first_at";
        if !tx.has_table("organisations_served").await? {
            return Ok(Vec::new());
        }
        Ok(tx.query(SQL, &[&self.release]).await?.iter().map(|row| row.get(0)).collect())
    }

    async fn acts(&self, tx: &Tx<'_>) -> Result<Vec<Act>, StoreError> {
        const SQL: &str = "-- report.acts
            SELECT at, act || ': ' || detail, actor, approved_by FROM waiting_acts
            WHERE at >= $1 AND at < $2
                AND (approved_by IS NOT NULL OR num_nonnulls(mode, rate, people) = 0) ORDER BY id";
        if !tx.has_table("waiting_acts").await? {
            return Ok(Vec::new());
        }
        let act = |row: &tokio_postgres::Row| Act {
            at: row.get(0),
            what: row.get(1),
            actor: row.get(2),
            approved_by: row.get(3),
        };
        Ok(tx.query(SQL, &[&self.from, &self.until]).await?.iter().map(act).collect())
    }
}

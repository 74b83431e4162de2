//! Extracts that the nightly job found, and what became of each.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::audit::{self, append};
use super::super::{StoreError, Tx, Work};
use super::{Mode, TakeOver, TakenOver};
use crate::domain::gias::{Difference, Waiting};

/// What became of an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It was taken over.
    Applied,
    /// It changes more than may be taken over without a person.
    Held,
    /// It cannot be read.
    Refused,
    /// A person did not want it, or a later one was taken over first.
    Dropped,
}

impl RunState {
    const ALL: [Self; 4] = [Self::Applied, Self::Held, Self::Refused, Self::Dropped];

    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }
}

/// An extract that was looked at.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// The day of the extract.
    pub extract_on: Date,
    /// Of all its files together.
    pub digest: Vec<u8>,
    /// What became of it.
    pub state: RunState,
    /// When it was found.
    pub at: Timestamp,
    /// Counts, names and reasons.
    pub report: Value,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, extract_on, digest, state, at, report, decided_by, decided_at";

fn run(tx: &Tx<'_>, row: &tokio_postgres::Row) -> Result<Run, StoreError> {
    let word: &str = row.get(3);
    let state = RunState::ALL.into_iter().find(|state| state.key() == word);
    Ok(Run {
        id: row.get(0),
        extract_on: row.get(1),
        digest: row.get(2),
        state: state.ok_or_else(|| tx.unreadable(format!("state {word}")))?,
        at: row.get(4),
        report: row.get(5),
        decided_by: row.get(6),
        decided_at: row.get(7),
    })
}

/// Runs that `gias show` tells of at the most.
const LISTED_MAX: i64 = 30;

/// The last runs, newest first.
#[derive(Debug)]
pub struct ListRuns;

impl Work for ListRuns {
    const NAME: &'static str = "gias.runs";
    type Output = Vec<Run>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Run>, StoreError> {
        let sql =
            format!("-- gias.runs\nSELECT {COLUMNS} FROM gias_runs ORDER BY id DESC LIMIT $1");
        let rows = tx.query(&sql, &[&LISTED_MAX]).await?;
        rows.iter().map(|row| run(tx, row)).collect()
    }
}

/// How the taking over stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the register was last taken over, by the job or by a person.
    pub taken_over_at: Option<Timestamp>,
    /// Extracts that wait for a person.
    pub held: i64,
    /// The newest extract that was read, whatever became of it.
    pub seen: Option<Date>,
}

/// Reads how the taking over stands; none with the schema of the version before.
#[derive(Debug)]
pub struct ReadStanding;

impl Work for ReadStanding {
    const NAME: &'static str = "gias.standing";
    type Output = Option<Standing>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Standing>, StoreError> {
        const SQL: &str = "-- gias.standing
            SELECT (SELECT max(taken_over_at) FROM organisations WHERE urn IS NOT NULL),
                count(*) FILTER (WHERE state = 'held'),
                max(extract_on) FILTER (WHERE state <> 'refused')
            FROM gias_runs";
        if !tx.has_table("gias_runs").await? {
            return Ok(None);
        }
        let rows = tx.query(SQL, &[]).await?;
        let (taken_over_at, held, seen) = (rows[0].get(0), rows[0].get(1), rows[0].get(2));
        Ok(Some(Standing { taken_over_at, held, seen }))
    }
}

/// Changes of a kind that a report names.
const NAMED_MAX: usize = 20;

/// What a run changes, or would change, and the limits that it is beyond.
fn report(difference: &Difference, mode: &Mode) -> Value {
    let counts = difference.counts();
    let named = counts.keys().map(|kind| {
        let of_kind = difference.changes.iter().filter(|change| change.kind == *kind);
        let named = of_kind.take(NAMED_MAX).map(|c| json!([c.who, c.what]));
        (kind.key().to_owned(), named.collect::<Value>())
    });
    let named: serde_json::Map<String, Value> = named.collect();
    let beyond = match mode {
        Mode::Within(limits) => difference.beyond(limits),
        Mode::Look | Mode::Apply => Vec::new(),
    };
    let beyond: Vec<Value> =
        beyond.into_iter().map(|(kind, count, limit)| json!([kind.key(), count, limit])).collect();
    let counts: serde_json::Map<String, Value> =
        counts.iter().map(|(kind, count)| (kind.key().to_owned(), (*count).into())).collect();
    let waiting = difference.waiting.as_ref().map(Waiting::words);
    json!({ "counts": counts, "named": named, "beyond": beyond, "waiting": waiting })
}

/// Takes an extract over within limits, or notes down that it waits for a person: in one transaction.
#[derive(Clone, Debug)]
pub struct TakeOverRun {
    /// What to take over.
    pub work: TakeOver,
    /// Of all its files together.
    pub digest: Vec<u8>,
}

impl Work for TakeOverRun {
    const NAME: &'static str = "gias.run";
    type Output = TakenOver;

    async fn run(&self, tx: &Tx<'_>) -> Result<TakenOver, StoreError> {
        const DROP: &str = "-- gias.drop_older
            UPDATE gias_runs SET state = 'dropped' WHERE state = 'held' AND extract_on <= $1";
        let taken = self.work.run(tx).await?;
        let state = if taken.applied { RunState::Applied } else { RunState::Held };
        // Of extracts that wait, the newest tells all that the older ones did.
        tx.execute(DROP, &[&self.work.day]).await?;
        let report = report(&taken.difference, &self.work.mode);
        let noted = NoteRun {
            extract_on: self.work.day,
            digest: self.digest.clone(),
            state,
            report,
            now: self.work.now,
        };
        noted.run(tx).await?;
        if !taken.applied {
            let detail = format!("extract of {} waits for a person", self.work.day);
            let act = audit::Act::new(&self.work.actor, "gias.held", "gias", detail);
            append(tx, self.work.now, &act).await?;
        }
        Ok(taken)
    }
}

/// Notes down what became of an extract.
#[derive(Clone, Debug)]
pub struct NoteRun {
    /// The day of the extract.
    pub extract_on: Date,
    /// Of all its files together.
    pub digest: Vec<u8>,
    /// What became of it.
    pub state: RunState,
    /// Counts, names and reasons.
    pub report: Value,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for NoteRun {
    const NAME: &'static str = "gias.note";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- gias.note
            INSERT INTO gias_runs (extract_on, digest, state, at, report) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (extract_on, digest) DO UPDATE SET state = excluded.state,
                at = excluded.at, report = excluded.report";
        let state = self.state.key();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.extract_on, &self.digest, &state, &self.now, &self.report];
        tx.execute(SQL, &values).await?;
        Ok(())
    }
}

/// A person decides over an extract that waits.
#[derive(Clone, Debug)]
pub struct DecideRun {
    /// Number of the run.
    pub id: i64,
    /// What to take over; none to drop it.
    pub work: Option<TakeOver>,
    /// Who decides.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for DecideRun {
    const NAME: &'static str = "gias.decide";
    /// What changed; none when no such run waits.
    type Output = Option<TakenOver>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<TakenOver>, StoreError> {
        const SQL: &str = "-- gias.decide
            UPDATE gias_runs SET state = $2, decided_by = $3, decided_at = $4
            WHERE id = $1 AND state = 'held'";
        let state = if self.work.is_some() { RunState::Applied } else { RunState::Dropped };
        let changed = tx.execute(SQL, &[&self.id, &state.key(), &self.actor, &self.now]).await?;
        if changed == 0 {
            return Ok(None);
        }
        let action = if self.work.is_some() { "gias.approved" } else { "gias.dropped" };
        let detail = format!("run {}", self.id);
        append(tx, self.now, &audit::Act::new(&self.actor, action, "gias", detail)).await?;
        match &self.work {
            Some(work) => work.run(tx).await.map(Some),
            None => Ok(Some(TakenOver { difference: Difference::default(), applied: false })),
        }
    }
}

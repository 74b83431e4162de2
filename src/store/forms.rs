//! What organisations fill in and send: drafts, and what was sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};
use crate::domain::forms::InWords;

mod begin;
mod send;
mod words;

pub use begin::{Begin, Begun, Replaces};
pub use send::{Send, Sent};

/// What was typed, by field.
pub type Fields = BTreeMap<String, String>;

/// A draft, or something that was sent.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Row id.
    pub id: i64,
    /// Name of the form.
    pub form: String,
    /// The year of its cycle.
    pub year: i16,
    /// Version that the answers answer.
    pub version: String,
    /// What people call it.
    pub reference: String,
    /// How far it is.
    pub state: State,
    /// What was typed; empty in lists.
    pub answers: Fields,
    /// How often it was saved.
    pub revision: i32,
    /// When it was last saved, and by whom.
    pub changed_at: Timestamp,
    /// Full name.
    pub changed_by: String,
    /// When it was sent, and by whom.
    pub sent: Option<(Timestamp, String)>,
    /// What was sent in words; none in lists.
    pub in_words: Option<InWords>,
}

/// How far a submission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being filled in.
    Draft,
    /// It was sent, and counts.
    Sent,
    /// It was sent, and a later one counts.
    Replaced,
}

impl State {
    fn of(word: &str) -> Option<Self> {
        match word {
            "draft" => Some(Self::Draft),
            "sent" => Some(Self::Sent),
            "replaced" => Some(Self::Replaced),
            _ => None,
        }
    }
}

fn submission(tx: &Tx<'_>, row: &Row) -> Result<Submission, StoreError> {
    let (word, sent): (&str, Option<Timestamp>) = (row.get(4), row.get(7));
    let state = State::of(word).ok_or_else(|| tx.unreadable(format!("state {word}")))?;
    Ok(Submission {
        id: row.get(0),
        form: row.get(1),
        year: row.get(10),
        version: row.get(2),
        reference: row.get(3),
        state,
        answers: Fields::new(),
        revision: row.get(9),
        changed_at: row.get(5),
        changed_by: row.get(6),
        sent: sent.zip(row.get(8)),
        in_words: None,
    })
}

/// The texts of a JSON object.
fn fields(value: &Value) -> Fields {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned()))).collect()
}

/// Everything of an organisation in a year, the newest first.
#[derive(Clone, Debug)]
pub struct ListSubmissions {
    /// Row id.
    pub organisation: i64,
    /// The year.
    pub year: i16,
}

/// Rows of a list at the most.
const LIST_ROWS_MAX: i64 = 1_000;

impl Work for ListSubmissions {
    const NAME: &'static str = "submissions.list";
    type Output = Vec<Submission>;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- submissions.list
            SELECT id, form, version, reference, state, changed_at, changed_by, sent_at, sent_by, revision, year
            FROM submissions WHERE organisation_id = $1 AND year = $2
            ORDER BY changed_at DESC, id DESC LIMIT $3";
        let rows = tx.query(SQL, &[&self.organisation, &self.year, &LIST_ROWS_MAX]).await?;
        rows.iter().map(|row| submission(tx, row)).collect()
    }
}

/// One of them, with its answers.
#[derive(Clone, Debug)]
pub struct ReadSubmission {
    /// Row id.
    pub organisation: i64,
    /// What people call it.
    pub reference: String,
}

impl Work for ReadSubmission {
    const NAME: &'static str = "submissions.read";
    type Output = Option<Submission>;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- submissions.read
            SELECT id, form, version, reference, state, changed_at, changed_by, sent_at, sent_by, revision,
                year, answers, in_words
            FROM submissions WHERE organisation_id = $1 AND reference = $2";
        let rows = tx.query(SQL, &[&self.organisation, &self.reference]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let in_words: Option<Value> = row.get(12);
        let (answers, in_words) = (fields(&row.get(11)), in_words.as_ref().map(words::read));
        Ok(Some(Submission { answers, in_words, ..submission(tx, row)? }))
    }
}

/// Saves what was typed into the fields of a page; the fields of other pages stay.
#[derive(Clone, Debug)]
pub struct SavePage {
    /// Row id.
    pub organisation: i64,
    /// What people call the draft.
    pub reference: String,
    /// The version that the page was shown of.
    pub version: String,
    /// All fields of the page.
    pub names: Vec<String>,
    /// What was typed into them.
    pub fields: Fields,
    /// The revision that they saw.
    pub revision: i32,
    /// Full name of who saves.
    pub by: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for SavePage {
    const NAME: &'static str = "submissions.save_page";
    /// Whether there is such a draft, as they saw it.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- submissions.save_page
            UPDATE submissions SET answers = (answers - $3::text[]) || $4, version = $5,
                revision = revision + 1, changed_at = $6, changed_by = $7
            WHERE organisation_id = $1 AND reference = $2 AND state = 'draft' AND revision = $8";
        let typed = json!(self.fields);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
            &self.organisation,
            &self.reference,
            &self.names,
            &typed,
            &self.version,
            &self.now,
            &self.by,
            &self.revision,
        ];
        Ok(tx.execute(SQL, &values).await? == 1)
    }
}

/// Throws a draft away.
#[derive(Clone, Debug)]
pub struct Discard {
    /// Row id.
    pub organisation: i64,
    /// What people call it.
    pub reference: String,
    /// Email address of who does.
    pub by: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Discard {
    const NAME: &'static str = "submissions.discard";
    /// Whether there was such a draft.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- submissions.discard
            DELETE FROM submissions WHERE organisation_id = $1 AND reference = $2 AND state = 'draft'
            RETURNING form, year";
        let gone = tx.query(SQL, &[&self.organisation, &self.reference]).await?;
        let Some(row) = gone.first() else { return Ok(false) };
        let what = format!("{} {}", row.get::<_, &str>(0), row.get::<_, i16>(1));
        append(tx, self.now, &Act::new(&self.by, "form.discarded", &self.reference, what)).await?;
        Ok(true)
    }
}

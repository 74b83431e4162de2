//! What organisations fill in and send: drafts, and what was sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::{Scope, StoreError, Tx, Work};

mod send;

pub use send::{Send, Sent};

/// Drafts of one form that one organisation may have at a time, where any number may be sent.
pub const DRAFTS_MAX: i64 = 100;

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
    /// `draft`, `sent` or `replaced`.
    pub state: String,
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
}

fn submission(row: &Row, answers: Fields) -> Submission {
    let sent: Option<Timestamp> = row.get(7);
    Submission {
        id: row.get(0),
        form: row.get(1),
        year: row.get(10),
        version: row.get(2),
        reference: row.get(3),
        state: row.get(4),
        answers,
        revision: row.get(9),
        changed_at: row.get(5),
        changed_by: row.get(6),
        sent: sent.zip(row.get(8)),
    }
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
        Ok(rows.iter().map(|row| submission(row, Fields::new())).collect())
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
                year, answers
            FROM submissions WHERE organisation_id = $1 AND reference = $2";
        let rows = tx.query(SQL, &[&self.organisation, &self.reference]).await?;
        Ok(rows.first().map(|row| submission(row, fields(&row.get(11)))))
    }
}

/// Begins a draft, unless there is one where only one counts.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Row id.
    pub organisation: i64,
    /// The year.
    pub year: i16,
    /// Name and version of the form.
    pub form: (String, String),
    /// Whether at most one of the organisation's counts, and whether it may be replaced.
    pub sole: Option<Replaces>,
    /// What people will call it.
    pub reference: String,
    /// Full name of who begins.
    pub by: String,
    /// Service time now.
    pub now: Timestamp,
}

/// Whether what was sent may be sent anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces {
    /// The draft begins with the answers of the last.
    Yes,
    /// It stays as it was sent.
    No,
}

/// What came of beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// This draft is to be gone on with.
    Draft(String),
    /// It was sent already, as this.
    Sent(String),
    /// There are as many drafts as there may be.
    TooMany,
}

impl Work for Begin {
    const NAME: &'static str = "submissions.begin";
    type Output = Begun;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Begun, StoreError> {
        const OTHERS: &str = "-- submissions.others
            SELECT reference, state, answers FROM submissions
            WHERE organisation_id = $1 AND year = $2 AND form = $3 AND state IN ('draft', 'sent')
            ORDER BY state, id DESC LIMIT $4";
        const INSERT: &str = "-- submissions.begin
            INSERT INTO submissions (organisation_id, year, form, version, reference, state, sole, answers,
                changed_at, changed_by)
            VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let (form, version) = &self.form;
        let others = tx.query(OTHERS, &[&self.organisation, &self.year, form, &DRAFTS_MAX]).await?;
        let of = |state: &str| others.iter().find(|row| row.get::<_, &str>(1) == state);
        let mut answers = json!({});
        if let Some(replaces) = self.sole {
            if let Some(draft) = of("draft") {
                return Ok(Begun::Draft(draft.get(0)));
            }
            if let Some(sent) = of("sent") {
                if replaces == Replaces::No {
                    return Ok(Begun::Sent(sent.get(0)));
                }
                answers = sent.get(2);
            }
        } else if i64::try_from(others.len()).is_ok_and(|rows| rows >= DRAFTS_MAX)
            && others.iter().all(|row| row.get::<_, &str>(1) == "draft")
        {
            return Ok(Begun::TooMany);
        }
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
            &self.organisation,
            &self.year,
            form,
            version,
            &self.reference,
            &self.sole.is_some(),
            &answers,
            &self.now,
            &self.by,
        ];
        if tx.execute(INSERT, &values).await? == 1 {
            return Ok(Begun::Draft(self.reference.clone()));
        }
        // Somebody else began at the same moment: theirs is gone on with.
        let others = tx.query(OTHERS, &[&self.organisation, &self.year, form, &1_i64]).await?;
        let draft = others.first().map(|row| Begun::Draft(row.get(0)));
        draft.ok_or_else(|| tx.unreadable("a draft that is in the way".to_owned()))
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
    /// Full name of who saves.
    pub by: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for SavePage {
    const NAME: &'static str = "submissions.save_page";
    /// Whether there is such a draft.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- submissions.save_page
            UPDATE submissions SET answers = (answers - $3::text[]) || $4, version = $5,
                revision = revision + 1, changed_at = $6, changed_by = $7
            WHERE organisation_id = $1 AND reference = $2 AND state = 'draft'";
        let typed = json!(self.fields);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &self.organisation,
            &self.reference,
            &self.names,
            &typed,
            &self.version,
            &self.now,
            &self.by,
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
            DELETE FROM submissions WHERE organisation_id = $1 AND reference = $2 AND state = 'draft'";
        Ok(tx.execute(SQL, &[&self.organisation, &self.reference]).await? == 1)
    }
}

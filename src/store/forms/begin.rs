//! Beginning to fill in a form, once where one is enough.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Row;

use crate::store::{Scope, StoreError, Tx, Work};

/// Drafts of one form that one organisation may have at a time, where any number may be sent.
const DRAFTS_MAX: usize = 100;

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
        let others = self.others(tx).await?;
        let of = |state: &str| others.iter().find(|row| row.get::<_, &str>(1) == state);
        let mut answers = json!({});
        if let Some(replaces) = self.sole {
            if let Some(draft) = of("draft") {
                return Ok(Begun::Draft(draft.get(0)));
            }
            match (of("sent"), replaces) {
                (Some(sent), Replaces::No) => return Ok(Begun::Sent(sent.get(0))),
                (Some(sent), Replaces::Yes) => answers = sent.get(2),
                (None, _) => (),
            }
        } else if others.len() >= DRAFTS_MAX {
            return Ok(Begun::TooMany);
        }
        if self.insert(tx, &answers).await? {
            return Ok(Begun::Draft(self.reference.clone()));
        }
        // Somebody else began at the same moment: theirs is gone on with.
        let others = self.others(tx).await?;
        let draft = others.first().map(|row| Begun::Draft(row.get(0)));
        draft.ok_or_else(|| tx.unreadable("a draft that is in the way".to_owned()))
    }
}

impl Begin {
    /// Drafts of the form first, and then, where one counts, what was sent of it.
    async fn others(&self, tx: &Tx<'_>) -> Result<Vec<Row>, StoreError> {
        const SQL: &str = "-- submissions.others
            SELECT reference, state, answers FROM submissions
            WHERE organisation_id = $1 AND year = $2 AND form = $3 AND (state = 'draft' OR state = 'sent' AND $4)
            ORDER BY state, id DESC LIMIT $5";
        let most = i64::try_from(DRAFTS_MAX).expect("a small number");
        let (form, sole) = (&self.form.0, self.sole.is_some());
        tx.query(SQL, &[&self.organisation, &self.year, form, &sole, &most]).await
    }

    /// Whether the new draft is there; it is not where another one is in the way.
    async fn insert(&self, tx: &Tx<'_>, answers: &Value) -> Result<bool, StoreError> {
        const SQL: &str = "-- submissions.begin
            INSERT INTO submissions (organisation_id, year, form, version, reference, state, sole, answers,
                changed_at, changed_by)
            VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
            &self.organisation,
            &self.year,
            &self.form.0,
            &self.form.1,
            &self.reference,
            &self.sole.is_some(),
            answers,
            &self.now,
            &self.by,
        ];
        Ok(tx.execute(SQL, &values).await? == 1)
    }
}

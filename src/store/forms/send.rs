//! Sending: once, whatever happens, with its history, its audit and its email in one transaction.

use jiff::Timestamp;
use serde_json::json;

use super::{Fields, words};
use crate::domain::forms::InWords;
use crate::store::audit::{Act, append};
use crate::store::{Scope, StoreError, Tx, Work};

/// Sends a draft as it was looked at.
#[derive(Clone, Debug)]
pub struct Send {
    /// Row id.
    pub organisation: i64,
    /// What people call the draft.
    pub reference: String,
    /// The revision that was looked at, and the version of the form that it answers.
    pub looked_at: (i32, String),
    /// The answers to the questions that were asked.
    pub answers: Fields,
    /// SHA-256 over them.
    pub digest: [u8; 32],
    /// The same in words.
    pub in_words: InWords,
    /// Name of the organisation, for the email.
    pub organisation_name: String,
    /// Who sends it: full name and email address.
    pub by: (String, String),
    /// Service time now.
    pub now: Timestamp,
}

/// What came of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is sent.
    Now,
    /// It was sent before: nothing has changed.
    Before,
    /// Somebody has saved a page since it was looked at.
    Changed,
    /// There is no such draft any more.
    Gone,
}

impl Work for Send {
    const NAME: &'static str = "submissions.send";
    type Output = Sent;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Sent, StoreError> {
        const LOOK: &str = "-- submissions.look
            SELECT id, state, revision, form, year, sole FROM submissions
            WHERE organisation_id = $1 AND reference = $2 FOR UPDATE";
        let rows = tx.query(LOOK, &[&self.organisation, &self.reference]).await?;
        let Some(row) = rows.first() else { return Ok(Sent::Gone) };
        match (row.get::<_, &str>(1), row.get::<_, i32>(2)) {
            ("draft", revision) if revision == self.looked_at.0 => (),
            ("draft", _) => return Ok(Sent::Changed),
            _ => return Ok(Sent::Before),
        }
        let (id, form, year, sole): (i64, String, i16, bool) =
            (row.get(0), row.get(3), row.get(4), row.get(5));
        if sole {
            self.replace(tx, &form, year).await?;
        }
        self.send(tx, id).await?;
        self.note(tx, id).await?;
        let act = Act::new(&self.by.1, "form.sent", &self.reference, format!("{form} {year}"));
        append(tx, self.now, &act).await?;
        self.tell(tx).await?;
        Ok(Sent::Now)
    }
}

impl Send {
    async fn send(&self, tx: &Tx<'_>, id: i64) -> Result<(), StoreError> {
        const SQL: &str = "-- submissions.send
            UPDATE submissions SET state = 'sent', version = $2, answers = $3, changed_at = $4, changed_by = $5,
                sent_at = $4, sent_by = $5, sent_by_email = $6, in_words = $7
            WHERE id = $1";
        let answers = json!(self.answers);
        let ((name, email), version) = (&self.by, &self.looked_at.1);
        let words = words::write(&self.in_words);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&id, version, &answers, &self.now, name, email, &words];
        tx.execute(SQL, &values).await?;
        Ok(())
    }

    /// What was sent before does not count any more.
    async fn replace(&self, tx: &Tx<'_>, form: &str, year: i16) -> Result<(), StoreError> {
        const SQL: &str = "-- submissions.replace
            UPDATE submissions SET state = 'replaced'
            WHERE organisation_id = $1 AND year = $2 AND form = $3 AND sole AND state = 'sent'
            RETURNING id";
        // Its answers are those that were sent then.
        const NOTE: &str = "-- submissions.note_replaced
            INSERT INTO submission_history (submission_id, organisation_id, at, actor, state, version,
                answers_digest)
            SELECT submission_id, organisation_id, $2, $3, 'replaced', version, answers_digest
            FROM submission_history WHERE submission_id = $1 AND state = 'sent'";
        for row in tx.query(SQL, &[&self.organisation, &year, &form]).await? {
            tx.execute(NOTE, &[&row.get::<_, i64>(0), &self.now, &self.by.1]).await?;
        }
        Ok(())
    }

    async fn note(&self, tx: &Tx<'_>, id: i64) -> Result<(), StoreError> {
        const SQL: &str = "-- submissions.note
            INSERT INTO submission_history (submission_id, organisation_id, at, actor, state, version,
                answers_digest)
            VALUES ($1, $2, $3, $4, 'sent', $5, $6)";
        let (version, digest) = (&self.looked_at.1, self.digest.as_slice());
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&id, &self.organisation, &self.now, &self.by.1, version, &digest];
        tx.execute(SQL, &values).await?;
        Ok(())
    }

    async fn tell(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- submissions.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            VALUES ($1, $2, $3, 'form-sent', $4, $5) ON CONFLICT DO NOTHING";
        let cause = format!("form-sent {}", self.reference);
        let (form, organisation) = (&self.in_words.title, &self.organisation_name);
        let content = json!({
            "name": self.by.0, "organisation": organisation, "form": form, "reference": self.reference,
        });
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&cause, &self.by.1, &self.organisation, &content, &self.now];
        tx.execute(SQL, &values).await?;
        Ok(())
    }
}

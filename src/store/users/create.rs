//! A new user of an organisation: a person is found or made, and nobody is told which.

use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::types::ToSql;

use super::messages::permission_words;
use super::{By, Changed, words};
use crate::domain::users::Person;
use crate::store::{Scope, StoreError, Tx, Work, invitations};

/// Creates a user of the actor's organisation, invites them, and tells who did it.
#[derive(Clone, Debug)]
pub struct Create {
    /// Who does it.
    pub by: By,
    /// Whom.
    pub person: Person,
    /// From when until when, of somebody who stands in.
    pub cover: Option<(Timestamp, Timestamp)>,
    /// Names the form: sent twice, it makes one user.
    pub submission: [u8; 16],
}

impl Work for Create {
    const NAME: &'static str = "users.create";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        let (by, person) = (&self.by, &self.person);
        if !by.begin(tx).await? {
            return Ok(Changed::NoRight);
        }
        if let Some(id) = self.made_before(tx).await? {
            return Ok(Changed::Again(id));
        }
        let id = match add(tx, by, person, self.cover, Some(&self.submission)).await? {
            Added::Member(id) => id,
            Added::WasThere => return Ok(Changed::AlreadyMember),
        };
        let words = words(person.permissions).join(" ");
        let dates = self.cover.map(|(from, until)| format!("; from {from} until {until}"));
        let detail = format!(
            "{}, {}; permissions: {words}{}",
            person.full_name(),
            person.job,
            dates.unwrap_or_default()
        );
        by.note(tx, "user.created", &person.email, detail).await?;
        let more = json!({ "person": person.full_name(), "email": person.email,
            "permissions": permission_words(by.kind, person.permissions) });
        by.tell(tx, &by.username, "user-created", &by.content(&by.name, more)).await?;
        Ok(Changed::Done(id))
    }
}

impl Create {
    async fn made_before(&self, tx: &Tx<'_>) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "-- users.made_before
            SELECT id FROM members WHERE organisation_id = $1 AND submission = $2";
        let submission = self.submission.as_slice();
        let rows = tx.query(SQL, &[&self.by.organisation, &submission]).await?;
        Ok(rows.first().map(|row| row.get(0)))
    }
}

/// What came of adding somebody.
pub(super) enum Added {
    /// The new member.
    Member(i64),
    /// They were one already.
    WasThere,
}

/// Makes the person of an address a member, and invites them. The database's own counts refuse one too many.
pub(super) async fn add(
    tx: &Tx<'_>,
    by: &By,
    person: &Person,
    cover: Option<(Timestamp, Timestamp)>,
    submission: Option<&[u8; 16]>,
) -> Result<Added, StoreError> {
    const PERSON: &str = "-- users.person_at\nSELECT id, is_set_up FROM person_at($1, $2)";
    const SQL: &str = "-- users.insert
        INSERT INTO members (organisation_id, user_id, permissions, first_name, last_name, job_title, phone,
            begins_at, ends_at, submission, added_at, invited_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ON CONFLICT (organisation_id, user_id) DO NOTHING RETURNING id";
    let found = tx.query(PERSON, &[&person.email, &person.full_name()]).await?;
    let (user, is_set_up): (i64, bool) = (found[0].get(0), found[0].get(1));
    let (permissions, begins, ends) =
        (words(person.permissions), cover.map(|c| c.0), cover.map(|c| c.1));
    let submission = submission.map(<[u8; 16]>::as_slice);
    let values: [&(dyn ToSql + Sync); 11] = [
        &by.organisation,
        &user,
        &permissions,
        &person.first,
        &person.last,
        &person.job,
        &person.phone,
        &begins,
        &ends,
        &submission,
        &by.now,
    ];
    let rows = tx.query(SQL, &values).await?;
    let Some(row) = rows.first() else { return Ok(Added::WasThere) };
    invite(tx, by, person, user, is_set_up).await?;
    Ok(Added::Member(row.get(0)))
}

/// Writes to the person: how to set up the account, or that one they have opens more.
pub(super) async fn invite(
    tx: &Tx<'_>,
    by: &By,
    person: &Person,
    user: i64,
    is_set_up: bool,
) -> Result<(), StoreError> {
    if !is_set_up {
        return invitations::invite(tx, by.now, user, by.organisation).await;
    }
    let more = json!({ "email": person.email,
        "permissions": permission_words(by.kind, person.permissions) });
    let content = by.content(&person.full_name(), more);
    by.tell(tx, &person.email, "user-added", &content).await
}

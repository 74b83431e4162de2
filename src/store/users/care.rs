//! What jobs do for users: cover that has ended, accounts that nobody uses.

use jiff::Timestamp;
use serde_json::json;
use tokio_postgres::Row;

use super::By;
use crate::store::{Scope, StoreError, Tx, Work};

/// Who acts, in the audit.
const ACTOR: &str = "users";

/// The organisations after one, in order.
#[derive(Debug)]
pub struct NextOrganisations {
    /// Row id of the last that was looked at.
    pub after: i64,
    /// At the most.
    pub limit: i64,
}

impl Work for NextOrganisations {
    const NAME: &'static str = "users.next_organisations";
    type Output = Vec<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<i64>, StoreError> {
        const SQL: &str = "-- users.next_organisations
            SELECT id FROM organisations WHERE id > $1
                AND kind IN ('school', 'secondary', 'authority', 'trust', 'provider', 'staff')
            ORDER BY id LIMIT $2";
        // Until the schema has its table, there is nothing to do.
        if !tx.has_table("members").await? {
            return Ok(Vec::new());
        }
        let rows = tx.query(SQL, &[&self.after, &self.limit]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

/// Ends cover, warns and suspends whoever does not sign in.
#[derive(Debug)]
pub struct CareFor {
    /// Row ids.
    pub organisations: Vec<i64>,
    /// Service time now.
    pub now: Timestamp,
    /// Who has not signed in since then is warned; none while nobody is.
    pub warned_before: Option<Timestamp>,
    /// Who was warned before then is suspended.
    pub suspended_before: Timestamp,
    /// Days from the warning to being suspended.
    pub warning_days: u16,
}

/// How many it was done to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cared {
    /// Whose cover has ended.
    pub ended: usize,
    /// Who were warned.
    pub warned: usize,
    /// Who were suspended.
    pub suspended: usize,
}

impl Work for CareFor {
    const NAME: &'static str = "users.care";
    type Output = Cared;

    fn scope(&self) -> Scope {
        Scope::Organisations(self.organisations.clone())
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Cared, StoreError> {
        // Whoever was there before anybody counted is counted from now.
        const COUNT: &str = "-- users.count_from
            UPDATE members SET added_at = $2 WHERE organisation_id = ANY ($1) AND added_at IS NULL";
        tx.execute(COUNT, &[&self.organisations, &self.now]).await?;
        let mut cared = Cared { ended: self.end_cover(tx).await?, ..Cared::default() };
        if let Some(before) = self.warned_before {
            cared.suspended = self.suspend(tx).await?;
            cared.warned = self.warn(tx, before).await?;
        }
        Ok(cared)
    }
}

impl CareFor {
    async fn end_cover(&self, tx: &Tx<'_>) -> Result<usize, StoreError> {
        const SQL: &str = "-- users.cover_over
            SELECT m.id, m.organisation_id, o.kind, o.name, u.username, m.first_name, m.last_name
            FROM members m JOIN users u ON u.id = m.user_id JOIN organisations o ON o.id = m.organisation_id
            WHERE m.organisation_id = ANY ($1) AND m.ends_at <= $2 ORDER BY m.organisation_id, m.id";
        const DELETE: &str = "-- users.end_cover
            DELETE FROM members WHERE organisation_id = $1 AND id = $2";
        let rows = tx.query(SQL, &[&self.organisations, &self.now]).await?;
        for row in &rows {
            let whom = self.whom(tx, row)?;
            whom.by.lock(tx).await?;
            if tx.execute(DELETE, &[&whom.by.organisation, &whom.id]).await? == 0 {
                continue;
            }
            whom.by.note(tx, "user.cover_ended", &whom.email, String::new()).await?;
            let content =
                whom.by.content(&whom.name, json!({ "person": whom.name, "email": whom.email }));
            for recipient in managers(tx, whom.by.organisation).await? {
                whom.by.tell(tx, &recipient, "cover-ended", &content).await?;
            }
            whom.by.tell(tx, &whom.email, "cover-ended", &content).await?;
        }
        Ok(rows.len())
    }

    async fn warn(&self, tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
        const SQL: &str = "-- users.asleep
            SELECT m.id, m.organisation_id, o.kind, o.name, u.username, m.first_name, m.last_name
            FROM members m JOIN users u ON u.id = m.user_id JOIN organisations o ON o.id = m.organisation_id
            WHERE m.organisation_id = ANY ($1) AND m.state = 'active' AND m.ends_at IS NULL
                AND m.warned_at IS NULL AND GREATEST(m.used_at, m.awake_at, m.added_at) < $2
            ORDER BY m.organisation_id, m.id FOR UPDATE OF m SKIP LOCKED";
        const WARNED: &str = "-- users.warned
            UPDATE members SET warned_at = $3 WHERE organisation_id = $1 AND id = $2";
        let rows = tx.query(SQL, &[&self.organisations, &before]).await?;
        for row in &rows {
            let whom = self.whom(tx, row)?;
            tx.execute(WARNED, &[&whom.by.organisation, &whom.id, &self.now]).await?;
            let more = json!({ "email": whom.email, "days": self.warning_days });
            let content = whom.by.content(&whom.name, more);
            whom.by.tell(tx, &whom.email, "dormant-warning", &content).await?;
        }
        Ok(rows.len())
    }

    async fn suspend(&self, tx: &Tx<'_>) -> Result<usize, StoreError> {
        // A sign-in is an answer to the warning.
        const AWAKE: &str = "-- users.awake
            UPDATE members SET warned_at = NULL
            WHERE organisation_id = ANY ($1) AND warned_at IS NOT NULL AND used_at > warned_at";
        const SQL: &str = "-- users.still_asleep
            SELECT m.id, m.organisation_id, o.kind, o.name, u.username, m.first_name, m.last_name
            FROM members m JOIN users u ON u.id = m.user_id JOIN organisations o ON o.id = m.organisation_id
            WHERE m.organisation_id = ANY ($1) AND m.state = 'active' AND m.warned_at < $2
            ORDER BY m.organisation_id, m.id";
        tx.execute(AWAKE, &[&self.organisations]).await?;
        let mut suspended = 0;
        for row in &tx.query(SQL, &[&self.organisations, &self.suspended_before]).await? {
            let whom = self.whom(tx, row)?;
            whom.by.lock(tx).await?;
            if tx.execute(DORMANT, &[&whom.by.organisation, &whom.id]).await? == 0 {
                continue;
            }
            suspended += 1;
            let detail = "state: \"active\" → \"dormant\"".to_owned();
            whom.by.note(tx, "user.dormant", &whom.email, detail).await?;
            let content = whom.by.content(&whom.name, json!({ "email": whom.email }));
            whom.by.tell(tx, &whom.email, "dormant-suspended", &content).await?;
        }
        Ok(suspended)
    }

    fn whom(&self, tx: &Tx<'_>, row: &Row) -> Result<Whom, StoreError> {
        let kind: &str = row.get(2);
        let by = By {
            organisation: row.get(1),
            kind: kind.parse().map_err(|_| tx.unreadable(format!("kind {kind}")))?,
            organisation_name: row.get(3),
            user: 0,
            username: ACTOR.to_owned(),
            name: String::new(),
            now: self.now,
        };
        let (first, last): (&str, &str) = (row.get(5), row.get(6));
        let name = format!("{first} {last}").trim().to_owned();
        Ok(Whom { id: row.get(0), by, email: row.get(4), name })
    }
}

/// The last who looks after the users is never taken away. Of staff, also not somebody who has not signed in
/// yet, as long as nobody else can: no other organisation looks after them.
const DORMANT: &str = "-- users.make_dormant
    UPDATE members m SET state = 'dormant' FROM organisations o, organisation_people p
    WHERE o.id = $1 AND p.organisation_id = $1 AND m.organisation_id = $1 AND m.id = $2
        AND m.state = 'active'
        AND (p.managing > 1 OR m.used_at IS NULL
            OR managing_permission(o.kind) <> ALL (m.permissions))
        AND (o.kind <> 'staff' OR managing_permission(o.kind) <> ALL (m.permissions)
            OR EXISTS (SELECT FROM members other
                JOIN users u ON u.id = other.user_id AND u.state = 'active'
                WHERE other.organisation_id = $1 AND other.id <> $2 AND other.state = 'active'
                    AND other.ends_at IS NULL AND other.used_at IS NOT NULL
                    AND managing_permission(o.kind) = ANY (other.permissions)))";

/// To whom something is done.
struct Whom {
    id: i64,
    by: By,
    email: String,
    name: String,
}

impl By {
    async fn lock(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const LOCK: &str = "-- users.lock_for_care\nSELECT lock_people($1)";
        tx.query(LOCK, &[&self.organisation]).await.map(drop)
    }
}

/// Email addresses of those who look after the users of an organisation.
async fn managers(tx: &Tx<'_>, organisation: i64) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "-- users.managers
        SELECT u.username FROM members m JOIN users u ON u.id = m.user_id
            JOIN organisations o ON o.id = m.organisation_id
        WHERE m.organisation_id = $1 AND m.state = 'active' AND m.ends_at IS NULL
            AND managing_permission(o.kind) = ANY (m.permissions)";
    let rows = tx.query(SQL, &[&organisation]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

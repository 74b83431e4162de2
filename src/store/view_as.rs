//! Staff who look at the portal as an organisation sees it: each look with its audit and its messages.

use jiff::Timestamp;

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};

/// Looks that one transaction ends.
const ENDED_MAX: i64 = 100;

/// A look begins: it is kept, audited, and told to everybody who looks after the organisation's users.
#[derive(Clone, Debug)]
pub struct BeginViewing {
    /// Its id.
    pub id: [u8; 16],
    /// Row id of the organisation.
    pub organisation: i64,
    /// Email address and name of who looks.
    pub viewer: (String, String),
    /// Why.
    pub reason: String,
    /// Service time now.
    pub now: Timestamp,
    /// When it ends by itself.
    pub ends: Timestamp,
    /// The same in words.
    pub until: String,
}

impl Work for BeginViewing {
    const NAME: &'static str = "view_as.begin";
    /// How many are told.
    type Output = u64;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- view_as.begin
            INSERT INTO viewings (id, organisation_id, viewer, reason, began_at, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] = [
            &self.id.as_slice(),
            &self.organisation,
            &self.viewer.0,
            &self.reason,
            &self.now,
            &self.ends,
        ];
        tx.execute(SQL, &values).await?;
        note(tx, self.now, (&self.viewer.0, self.organisation), ("viewing.began", &self.reason))
            .await?;
        self.tell(tx).await
    }
}

impl BeginViewing {
    async fn tell(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- view_as.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT 'viewing ' || encode($1::bytea, 'hex'), u.username, o.id, 'viewing-began',
                jsonb_build_object('name', u.full_name, 'organisation', o.name, 'viewer', $3::text,
                    'reason', $4::text, 'until', $5::text), $6
            FROM members m JOIN users u ON u.id = m.user_id AND u.state = 'active'
                JOIN organisations o ON o.id = m.organisation_id
            WHERE m.organisation_id = $2 AND m.state = 'active' AND m.ends_at IS NULL
                AND managing_permission(o.kind) = ANY (m.permissions)
            ON CONFLICT DO NOTHING";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] = [
            &self.id.as_slice(),
            &self.organisation,
            &self.viewer.1,
            &self.reason,
            &self.until,
            &self.now,
        ];
        tx.execute(SQL, &values).await
    }
}

/// A look is ended by who looks.
#[derive(Clone, Debug)]
pub struct EndViewing {
    /// Its id.
    pub id: [u8; 16],
    /// Row id of the organisation.
    pub organisation: i64,
    /// Email address of who looks.
    pub viewer: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for EndViewing {
    const NAME: &'static str = "view_as.end";
    type Output = ();

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- view_as.end
            UPDATE viewings SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        if tx.execute(SQL, &[&self.id.as_slice(), &self.now]).await? == 0 {
            return Ok(());
        }
        note(tx, self.now, (&self.viewer, self.organisation), ("viewing.ended", "by who looked"))
            .await
    }
}

/// Ends the looks whose time is up, whichever node does it; as the role that runs jobs.
#[derive(Clone, Copy, Debug)]
pub struct EndOverdueViewings {
    /// Service time now.
    pub now: Timestamp,
}

impl Work for EndOverdueViewings {
    const NAME: &'static str = "view_as.end_overdue";
    /// How many were ended.
    type Output = usize;

    async fn run(&self, tx: &Tx<'_>) -> Result<usize, StoreError> {
        const SQL: &str = "-- view_as.end_overdue
            UPDATE viewings SET ended_at = ends_at WHERE id IN (
                SELECT id FROM viewings WHERE ended_at IS NULL AND ends_at <= $1
                ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING viewer, organisation_id";
        // Nobody looks in the schema of before.
        if !tx.has_table("viewings").await? {
            return Ok(0);
        }
        let rows = tx.query(SQL, &[&self.now, &ENDED_MAX]).await?;
        for row in &rows {
            note(tx, self.now, (row.get(0), row.get(1)), ("viewing.ended", "its time was up"))
                .await?;
        }
        Ok(rows.len())
    }
}

async fn note(
    tx: &Tx<'_>,
    now: Timestamp,
    (viewer, organisation): (&str, i64),
    (action, detail): (&'static str, &str),
) -> Result<(), StoreError> {
    let subject = format!("organisation {organisation}");
    append(tx, now, &Act::new(viewer, action, &subject, detail.to_owned())).await
}

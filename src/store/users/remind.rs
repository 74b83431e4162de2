//! Reminders of the term's review: to everybody who looks after users, once each over all nodes.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::store::{Scope, StoreError, Tx, Work};

/// Reminds those who look after users of a review that nobody has confirmed: once each.
#[derive(Debug)]
pub struct RemindManagers {
    /// Row ids.
    pub organisations: Vec<i64>,
    /// The day on which the term's review began.
    pub term: Date,
    /// `due` or `overdue`.
    pub stage: &'static str,
    /// Until when it is to be done, in words.
    pub by: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for RemindManagers {
    const NAME: &'static str = "users.remind";
    /// How many messages.
    type Output = u64;

    fn scope(&self) -> Scope {
        Scope::Organisations(self.organisations.clone())
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- users.remind
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT 'review ' || $3 || ' ' || $2::date || ' ' || o.id, u.username, o.id, 'review-' || $3,
                jsonb_build_object('name', u.full_name, 'organisation', o.name, 'by', $4::text), $5
            FROM members m JOIN users u ON u.id = m.user_id AND u.state = 'active'
                JOIN organisations o ON o.id = m.organisation_id AND o.closed_on IS NULL
            WHERE m.organisation_id = ANY ($1) AND m.state = 'active' AND m.ends_at IS NULL
                AND managing_permission(o.kind) = ANY (m.permissions)
                AND NOT EXISTS (SELECT FROM user_reviews r WHERE r.organisation_id = o.id AND r.term = $2)
            ON CONFLICT DO NOTHING";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.organisations, &self.term, &self.stage, &self.by, &self.now];
        tx.execute(SQL, &values).await
    }
}

/// Notes that a pass over all organisations is done, or asks whether it was.
#[derive(Debug)]
pub struct PassDone {
    /// Names the pass.
    pub name: String,
    /// When it was done; none to ask.
    pub done_at: Option<Timestamp>,
}

impl Work for PassDone {
    const NAME: &'static str = "users.pass";
    /// Whether it is done.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const IS: &str = "-- users.pass_is_done\nSELECT FROM user_passes WHERE name = $1";
        const DONE: &str = "-- users.pass_done
            INSERT INTO user_passes (name, done_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        // Until the schema has its table, there is nothing to do.
        if !tx.has_table("user_passes").await? {
            return Ok(true);
        }
        if let Some(at) = self.done_at {
            tx.execute(DONE, &[&self.name, &at]).await?;
            return Ok(true);
        }
        Ok(!tx.query(IS, &[&self.name]).await?.is_empty())
    }
}

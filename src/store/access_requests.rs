//! People without an account who ask for one: kept first, then told to those who manage accounts.

use jiff::{SignedDuration, Timestamp};

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};

/// Requests that one look of a node takes.
const BATCH_MAX: i64 = 16;
/// Requests of one organisation in a day of which its account managers hear; more are left to the helpline.
const TOLD_IN_A_DAY: i64 = 10;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// After so long without an account the helpline sees it too.
const PATIENCE: SignedDuration = SignedDuration::from_hours(48);

/// Somebody asks for an account.
#[derive(Clone, Debug)]
pub struct MakeRequest {
    /// Of which organisation.
    pub organisation: i64,
    /// Their name.
    pub full_name: String,
    /// Their email address.
    pub email: String,
    /// Their job.
    pub job_title: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for MakeRequest {
    const NAME: &'static str = "access_requests.make";
    type Output = ();

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- access_requests.make
            INSERT INTO access_requests (organisation_id, full_name, email, job_title, requested_at)
            VALUES ($1, $2, $3, $4, $5)";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.organisation, &self.full_name, &self.email, &self.job_title, &self.now];
        tx.execute(SQL, &values).await.map(drop)
    }
}

/// Requests that nobody was told of yet, with their organisations; as the node role.
#[derive(Debug)]
pub struct ListWaiting;

impl Work for ListWaiting {
    const NAME: &'static str = "access_requests.waiting";
    type Output = Vec<(i64, i64)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- access_requests.waiting
            SELECT id, organisation_id FROM access_requests WHERE told_at IS NULL ORDER BY id LIMIT $1";
        if !tx.has_table("access_requests").await? {
            return Ok(Vec::new());
        }
        let rows = tx.query(SQL, &[&BATCH_MAX]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// Writes to everybody who manages accounts of the organisation; once, whichever node does it.
#[derive(Debug)]
pub struct TellManagers {
    /// The request.
    pub id: i64,
    /// Its organisation.
    pub organisation: i64,
    /// Who manages accounts there, as the word of a permission.
    pub permission: &'static str,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for TellManagers {
    const NAME: &'static str = "access_requests.tell";
    type Output = ();

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        // The same address again within a day is the same wish, and many of them are no wishes.
        const TAKE: &str = "-- access_requests.take
            SELECT (SELECT count(*) FILTER (WHERE o.email = r.email) = 0 AND count(*) < $3
                FROM access_requests o WHERE o.organisation_id = r.organisation_id
                    AND o.told_at IS NOT NULL AND o.managers > 0 AND o.requested_at > $2)
            FROM access_requests r WHERE r.id = $1 AND r.told_at IS NULL FOR UPDATE SKIP LOCKED";
        const TELL: &str = "-- access_requests.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT 'account-request ' || r.id, u.username, r.organisation_id, 'account-request',
                jsonb_build_object('organisation', o.name, 'person', r.full_name, 'email', r.email,
                    'job', r.job_title), $3
            FROM access_requests r JOIN organisations o ON o.id = r.organisation_id
            JOIN memberships m ON m.organisation_id = o.id AND m.permission = $2
            JOIN users u ON u.id = m.user_id AND u.state = 'active' AND u.password_hash <> ''
            WHERE r.id = $1 ON CONFLICT DO NOTHING";
        const DONE: &str = "-- access_requests.told
            UPDATE access_requests SET told_at = $2, managers = $3 WHERE id = $1";
        let rows = tx.query(TAKE, &[&self.id, &(self.now - DAY), &TOLD_IN_A_DAY]).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let told = if row.get(0) {
            tx.execute(TELL, &[&self.id, &self.permission, &self.now]).await?
        } else {
            0
        };
        let told = i32::try_from(told).unwrap_or(i32::MAX);
        tx.execute(DONE, &[&self.id, &self.now, &told]).await.map(drop)
    }
}

/// A request as the helpline sees it.
#[derive(Clone, Debug)]
pub struct ListedRequest {
    /// Row id.
    pub id: i64,
    /// Name of the organisation.
    pub organisation: String,
    /// DfE number of a school.
    pub laestab: Option<i32>,
    /// The telephone number that the organisation gives.
    pub phone: String,
    /// The person's name.
    pub full_name: String,
    /// Their email address.
    pub email: String,
    /// Their job.
    pub job_title: String,
    /// When they asked.
    pub requested_at: Timestamp,
    /// How many account managers were told.
    pub managers: i32,
}

/// Requests that are the helpline's: nobody was there to be told, or nothing has come of it for two days.
#[derive(Debug)]
pub struct ListRequests {
    /// Those too of which account managers were just told.
    pub all: bool,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ListRequests {
    const NAME: &'static str = "access_requests.list";
    type Output = Vec<ListedRequest>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- access_requests.list
            SELECT r.id, o.name, o.laestab, o.phone, r.full_name, r.email, r.job_title, r.requested_at,
                r.managers
            FROM access_requests r JOIN organisations o ON o.id = r.organisation_id
            WHERE r.closed_at IS NULL AND r.told_at IS NOT NULL
                AND ($1 OR r.managers = 0 OR r.requested_at < $2)
                AND NOT EXISTS (SELECT FROM users u JOIN memberships m ON m.user_id = u.id
                    WHERE u.username = lower(r.email) AND m.organisation_id = r.organisation_id)
            ORDER BY r.id";
        let rows = tx.query(SQL, &[&self.all, &(self.now - PATIENCE)]).await?;
        let listed = |row: &tokio_postgres::Row| ListedRequest {
            id: row.get(0),
            organisation: row.get(1),
            laestab: row.get(2),
            phone: row.get(3),
            full_name: row.get(4),
            email: row.get(5),
            job_title: row.get(6),
            requested_at: row.get(7),
            managers: row.get(8),
        };
        Ok(rows.iter().map(listed).collect())
    }
}

/// Closes a request.
#[derive(Debug)]
pub struct CloseRequest {
    /// The request.
    pub id: i64,
    /// Who.
    pub actor: String,
    /// What came of it.
    pub outcome: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for CloseRequest {
    const NAME: &'static str = "access_requests.close";
    /// Whether it was open.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- access_requests.close
            UPDATE access_requests SET closed_at = $2, closed_by = $3, outcome = $4
            WHERE id = $1 AND closed_at IS NULL";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.id, &self.now, &self.actor, &self.outcome];
        if tx.execute(SQL, &values).await? == 0 {
            return Ok(false);
        }
        let subject = format!("access request {}", self.id);
        let act = Act::new(&self.actor, "access_request.closed", &subject, self.outcome.clone());
        append(tx, self.now, &act).await?;
        Ok(true)
    }
}

//! Messages that wait to be sent: whose turn it is, what is handed over, and what came of it.

use jiff::Timestamp;
use serde_json::Value;

use super::{Scope, StoreError, Tx, Work};

mod operate;

pub use operate::{ListMessages, Listed, NoteBounce, Past, RetryMessage, ShowMessage, Shown};

/// How many messages wait, are without an answer, came back or failed; those that were sent are not counted.
#[derive(Debug)]
pub struct CountOutbox;

/// What there is in the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxCount {
    /// State and number; a state without messages is left out.
    pub states: Vec<(String, i64)>,
    /// When the oldest was queued that is not sent yet.
    pub oldest: Option<Timestamp>,
}

impl Work for CountOutbox {
    const NAME: &'static str = "outbox.count";
    type Output = OutboxCount;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- outbox.count
            SELECT state, count(*) FROM outbox WHERE state = 'pending' GROUP BY state
            UNION ALL
            SELECT state, count(*) FROM outbox WHERE state = 'sending' GROUP BY state
            UNION ALL
            SELECT state, count(*) FROM outbox WHERE state = 'bounced' GROUP BY state
            UNION ALL
            SELECT state, count(*) FROM outbox WHERE state = 'failed' GROUP BY state";
        const OLDEST: &str = "-- outbox.oldest
            SELECT min(queued_at) FROM outbox WHERE state IN ('pending', 'sending')";
        if !tx.has_table("outbox").await? {
            return Ok(OutboxCount::default());
        }
        let rows = tx.query(SQL, &[]).await?;
        let states = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let oldest = if tx.has_table(NEW_TABLE).await? {
            tx.query(OLDEST, &[]).await?[0].get(0)
        } else {
            None
        };
        Ok(OutboxCount { states, oldest })
    }
}

/// Only the schema that knows how messages are sent has it.
const NEW_TABLE: &str = "outbox_history";

/// Takes messages whose turn it is; until the lease ends no other node does.
#[derive(Debug)]
pub struct ClaimMessages {
    /// Templates that this program knows.
    pub templates: Vec<String>,
    /// Whether what became of sent ones can be asked.
    pub follow: Follow,
    /// Names this claim.
    pub lease: [u8; 16],
    /// Service time now.
    pub now: Timestamp,
    /// When the lease ends.
    pub until: Timestamp,
    /// Messages at the most.
    pub limit: i64,
}

/// Whether what became of sent messages can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It can: those are claimed too.
    Asks,
    /// It cannot.
    CannotAsk,
}

/// A message that is this node's for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Row id.
    pub id: i64,
    /// Whose it is.
    pub organisation: i64,
}

impl Work for ClaimMessages {
    const NAME: &'static str = "outbox.claim";
    type Output = Vec<Claimed>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Claimed>, StoreError> {
        const SQL: &str = "-- outbox.claim
            UPDATE outbox SET due_at = $2, lease = $3 WHERE id IN (
                SELECT id FROM outbox
                WHERE due_at <= $1 AND template = ANY ($4)
                    AND (state IN ('pending', 'sending') OR (state = 'sent' AND $5))
                ORDER BY due_at, id LIMIT $6 FOR UPDATE SKIP LOCKED)
            RETURNING id, organisation_id";
        if !tx.has_table(NEW_TABLE).await? {
            return Ok(Vec::new());
        }
        let (lease, follow) = (self.lease.as_slice(), self.follow == Follow::Asks);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&self.now, &self.until, &lease, &self.templates, &follow, &self.limit];
        let rows = tx.query(SQL, &values).await?;
        Ok(rows.iter().map(|row| Claimed { id: row.get(0), organisation: row.get(1) }).collect())
    }
}

/// A message about to be handed over, or whose fate is about to be asked.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where it stood.
    pub stood: Stood,
    /// To whom.
    pub recipient: String,
    /// In which words.
    pub template: String,
    /// What it says.
    pub content: Value,
    /// Names it at every try.
    pub reference: String,
    /// Tries, this one included.
    pub attempts: u32,
    /// Its id at the provider.
    pub receipt: Option<String>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was last handed over or asked about, as its history has it.
    pub sent_at: Option<Timestamp>,
    /// Messages to its recipient come back.
    pub bounces: bool,
}

/// Where a message stood when its turn came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stood {
    /// It was never handed over, or surely not taken.
    Pending,
    /// No answer came to the last try.
    Unanswered,
    /// It was taken.
    Sent,
}

/// Begins with a claimed message: from here on it may have been sent, whatever happens to the node.
#[derive(Debug)]
pub struct BeginMessage {
    /// The message.
    pub claimed: Claimed,
    /// Of the claim.
    pub lease: [u8; 16],
    /// Service time now.
    pub now: Timestamp,
}

impl Work for BeginMessage {
    const NAME: &'static str = "outbox.begin";
    /// None when another node has it meanwhile.
    type Output = Option<Begun>;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.claimed.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const READ: &str = "-- outbox.read
            SELECT b.state, b.recipient, b.template, b.content, b.reference, b.attempts, b.receipt,
                b.queued_at, (SELECT max(h.at) FROM outbox_history h
                    WHERE h.message_id = b.id AND h.state = 'sent'),
                EXISTS (SELECT FROM users u WHERE u.username = b.recipient
                    AND u.email_bounced_at IS NOT NULL)
            FROM outbox b WHERE b.id = $1 AND b.lease = $2
                AND b.state IN ('pending', 'sending', 'sent') FOR UPDATE OF b";
        const BEGIN: &str = "-- outbox.begin
            UPDATE outbox SET state = 'sending', attempts = attempts + 1,
                unsure = unsure OR state = 'sending'
            WHERE id = $1 AND state <> 'sent'";
        let lease = self.lease.as_slice();
        let rows = tx.query(READ, &[&self.claimed.id, &lease]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let state: &str = row.get(0);
        let stood = match state {
            "pending" => Stood::Pending,
            "sending" => Stood::Unanswered,
            "sent" => Stood::Sent,
            other => return Err(tx.unreadable(format!("state is {other}"))),
        };
        let begun = Begun {
            stood,
            recipient: row.get(1),
            template: row.get(2),
            content: row.get(3),
            reference: row.get(4),
            attempts: row.get::<_, i32>(5).unsigned_abs() + 1,
            receipt: row.get(6),
            queued_at: row.get(7),
            sent_at: row.get(8),
            bounces: row.get(9),
        };
        if stood != Stood::Sent && !begun.bounces {
            tx.execute(BEGIN, &[&self.claimed.id]).await?;
            note(tx, self.claimed, self.now, "sending", "").await?;
        }
        Ok(Some(begun))
    }
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// `pending`, `sending`, `sent`, `delivered`, `bounced` or `failed`.
    pub state: &'static str,
    /// Why, in the provider's words.
    pub detail: String,
    /// When to look at it again; none when nothing is left to do.
    pub due_at: Option<Timestamp>,
    /// Its id at the provider.
    pub receipt: Option<String>,
    /// It was sent again to a provider that cannot be asked.
    pub maybe_twice: bool,
}

/// Writes down what came of a claimed message.
#[derive(Debug)]
pub struct NoteMessage {
    /// The message.
    pub claimed: Claimed,
    /// Of the claim.
    pub lease: [u8; 16],
    /// What came of it.
    pub news: News,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for NoteMessage {
    const NAME: &'static str = "outbox.note";
    /// Whether it still was this node's.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.claimed.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- outbox.note
            UPDATE outbox SET state = $3, detail = $4, due_at = $5, receipt = COALESCE($6, receipt),
                maybe_twice = maybe_twice OR $7, unsure = unsure OR $3 = 'sending', lease = NULL,
                -- A link that was sent, or never will be, has no business here any more.
                content = CASE WHEN $3 IN ('pending', 'sending') THEN content ELSE content - 'token' END
            WHERE id = $1 AND lease = $2 RETURNING recipient";
        const BOUNCED: &str = "-- outbox.bounced
            UPDATE users SET email_bounced_at = $2 WHERE username = $1 AND email_bounced_at IS NULL";
        let (news, lease) = (&self.news, self.lease.as_slice());
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &self.claimed.id,
            &lease,
            &news.state,
            &news.detail,
            &news.due_at,
            &news.receipt,
            &news.maybe_twice,
        ];
        let rows = tx.query(SQL, &values).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        if news.state == "bounced" {
            let recipient: String = row.get(0);
            tx.execute(BOUNCED, &[&recipient, &self.now]).await?;
        }
        note(tx, self.claimed, self.now, news.state, &news.detail).await?;
        Ok(true)
    }
}

/// Adds a line to the history of a message.
async fn note(
    tx: &Tx<'_>,
    message: Claimed,
    at: Timestamp,
    state: &str,
    detail: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "-- outbox.history
        INSERT INTO outbox_history (message_id, organisation_id, at, state, detail)
        VALUES ($1, $2, $3, $4, $5)";
    tx.execute(SQL, &[&message.id, &message.organisation, &at, &state, &detail]).await?;
    Ok(())
}

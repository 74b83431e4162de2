//! What operators see of messages, and do with them.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Claimed, StoreError, Tx, Work, note};

/// A message as operators see it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Row id.
    pub id: i64,
    /// Where it stands.
    pub state: String,
    /// In which words.
    pub template: String,
    /// To whom.
    pub recipient: String,
    /// Whose it is.
    pub organisation: String,
    /// Tries.
    pub attempts: i32,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// Why it is where it is.
    pub detail: String,
    /// It may have been sent twice.
    pub maybe_twice: bool,
    /// Names it for the provider.
    pub reference: String,
}

const COLUMNS: &str = "b.id, b.state, b.template, b.recipient, o.name, b.attempts, b.queued_at,
    b.detail, b.maybe_twice, b.reference";

fn listed(row: &Row) -> Listed {
    Listed {
        id: row.get(0),
        state: row.get(1),
        template: row.get(2),
        recipient: row.get(3),
        organisation: row.get(4),
        attempts: row.get(5),
        queued_at: row.get(6),
        detail: row.get(7),
        maybe_twice: row.get(8),
        reference: row.get(9),
    }
}

/// Messages in these states, the newest first.
#[derive(Debug)]
pub struct ListMessages {
    /// States, as words.
    pub states: Vec<String>,
    /// Messages at the most.
    pub limit: i64,
}

impl Work for ListMessages {
    const NAME: &'static str = "outbox.list";
    type Output = Vec<Listed>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Listed>, StoreError> {
        let sql = format!(
            "-- outbox.list
            SELECT {COLUMNS} FROM outbox b JOIN organisations o ON o.id = b.organisation_id
            WHERE b.state = ANY ($1) ORDER BY b.id DESC LIMIT $2"
        );
        Ok(tx.query(&sql, &[&self.states, &self.limit]).await?.iter().map(listed).collect())
    }
}

/// A line of a message's history.
#[derive(Clone, Debug)]
pub struct Past {
    /// When.
    pub at: Timestamp,
    /// What it became.
    pub state: String,
    /// Why.
    pub detail: String,
}

/// A message with its life.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The message.
    pub message: Listed,
    /// Since when messages to its recipient come back.
    pub bounced_at: Option<Timestamp>,
    /// What became of it, the first first.
    pub history: Vec<Past>,
}

/// One message.
#[derive(Debug)]
pub struct ShowMessage(pub i64);

impl Work for ShowMessage {
    const NAME: &'static str = "outbox.show";
    type Output = Option<Shown>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Shown>, StoreError> {
        const HISTORY: &str = "-- outbox.show_history
            SELECT at, state, detail FROM outbox_history WHERE message_id = $1 ORDER BY at, ctid";
        let sql = format!(
            "-- outbox.show
            SELECT {COLUMNS}, u.email_bounced_at
            FROM outbox b JOIN organisations o ON o.id = b.organisation_id
            LEFT JOIN users u ON u.username = b.recipient WHERE b.id = $1"
        );
        let rows = tx.query(&sql, &[&self.0]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let past = |row: &Row| Past { at: row.get(0), state: row.get(1), detail: row.get(2) };
        let history = tx.query(HISTORY, &[&self.0]).await?.iter().map(past).collect();
        Ok(Some(Shown { message: listed(row), bounced_at: row.get(10), history }))
    }
}

/// Sends a message again that failed or came back; its address is trusted again.
#[derive(Debug)]
pub struct RetryMessage {
    /// The message.
    pub id: i64,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for RetryMessage {
    const NAME: &'static str = "outbox.retry";
    /// Whether it is one that can be: not sent, and not delivered.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        // A message that may have been taken is asked about first, as after any try without an answer.
        const SQL: &str = "-- outbox.retry
            UPDATE outbox SET attempts = 0, due_at = $2, lease = NULL, receipt = NULL, detail = '',
                state = CASE WHEN unsure AND state <> 'bounced' THEN 'sending' ELSE 'pending' END
            WHERE id = $1 AND state IN ('pending', 'sending', 'failed', 'bounced')
            RETURNING organisation_id, recipient, state";
        const TRUST: &str = "-- outbox.trust
            UPDATE users SET email_bounced_at = NULL WHERE username = $1";
        let rows = tx.query(SQL, &[&self.id, &self.now]).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let message = Claimed { id: self.id, organisation: row.get(0) };
        let (recipient, state): (String, String) = (row.get(1), row.get(2));
        tx.execute(TRUST, &[&recipient]).await?;
        note(tx, message, self.now, &state, "an operator sends it again").await?;
        Ok(true)
    }
}

/// A note came back from an address: its last message bounced, and no more are sent there.
#[derive(Debug)]
pub struct NoteBounce {
    /// The address, in lower case.
    pub address: String,
    /// What the note says.
    pub why: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for NoteBounce {
    const NAME: &'static str = "outbox.note_bounce";
    /// Whether somebody has this address.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const USER: &str = "-- outbox.distrust
            UPDATE users SET email_bounced_at = $2 WHERE username = $1";
        const LAST: &str = "-- outbox.bounce_last
            UPDATE outbox SET state = 'bounced', detail = $2, due_at = NULL
            WHERE id = (SELECT max(id) FROM outbox WHERE recipient = $1 AND state IN ('sent', 'delivered'))
            RETURNING id, organisation_id";
        if tx.execute(USER, &[&self.address, &self.now]).await? == 0 {
            return Ok(false);
        }
        for row in tx.query(LAST, &[&self.address, &self.why]).await? {
            let message = Claimed { id: row.get(0), organisation: row.get(1) };
            note(tx, message, self.now, "bounced", &self.why).await?;
        }
        Ok(true)
    }
}

//! Somebody has forgotten a password: a link by email, if they have an account that may sign in.

use jiff::{SignedDuration, Timestamp};

use super::invitations::invite;
use super::tokens::{TokenPurpose, issue};
use super::{Scope, StoreError, Tx, Work};
use crate::domain::calendar::instant_in_words;

/// So long after a link that is still good no other one is sent: the first is on its way.
const QUIET: SignedDuration = SignedDuration::from_mins(1);

/// Sends a link to a user that the directory knows.
#[derive(Debug)]
pub struct SendLink {
    /// Row id.
    pub user: i64,
    /// Row ids of their organisations, the first first; without any, nothing is sent.
    pub organisations: Vec<i64>,
    /// Service time now.
    pub now: Timestamp,
}

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A link for choosing another password.
    Reset,
    /// The invitation again: the account is not set up yet.
    Invitation,
    /// Nothing: they may not sign in, or have a link that was just sent.
    Nothing,
}

impl Work for SendLink {
    const NAME: &'static str = "forgotten_password.send_link";
    type Output = Sent;

    fn scope(&self) -> Scope {
        Scope::Organisations(self.organisations.clone())
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Sent, StoreError> {
        const READ: &str = "-- forgotten_password.read
            SELECT password_hash <> '' FROM users u WHERE id = $1 AND state = 'active'
                AND NOT EXISTS (SELECT FROM user_tokens t WHERE t.user_id = u.id
                    AND t.spent_at IS NULL AND t.issued_at > $2 AND t.expires_at > $3)";
        const TELL: &str = "-- forgotten_password.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT $3, username, $2, 'password-reset',
                jsonb_build_object('name', full_name, 'token', $4::text, 'until', $5::text), $6
            FROM users WHERE id = $1";
        let rows = tx.query(READ, &[&self.user, &(self.now - QUIET), &self.now]).await?;
        let (Some(row), Some(organisation)) = (rows.first(), self.organisations.first()) else {
            return Ok(Sent::Nothing);
        };
        if !row.get::<_, bool>(0) {
            invite(tx, self.now, self.user, *organisation).await?;
            return Ok(Sent::Invitation);
        }
        let issued = issue(tx, self.now, self.user, TokenPurpose::Reset).await?;
        let cause = format!("password-reset {}", issued.digest.short());
        let until = instant_in_words(issued.until);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&self.user, organisation, &cause, issued.token.expose(), &until, &self.now];
        tx.execute(TELL, &values).await?;
        Ok(Sent::Reset)
    }
}

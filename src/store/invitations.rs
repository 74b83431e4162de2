//! Invitations to set up an account: a link in an email, good once, for a week.

use jiff::Timestamp;

use super::tokens::{TokenPurpose, issue};
use super::{StoreError, Tx};
use crate::domain::calendar::instant_in_words;

/// Invites a user, or invites them again: within the caller's transaction every older link to set up the
/// account ends, a new one is made, and the email that holds it is queued. The user is active with an empty
/// password hash, and a member of the organisation, which the transaction may touch.
pub async fn invite(
    tx: &Tx<'_>,
    now: Timestamp,
    user_id: i64,
    organisation_id: i64,
) -> Result<(), StoreError> {
    const TELL: &str = "-- invitations.tell
        INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
        SELECT $3, u.username, o.id, 'invitation', jsonb_build_object('name', u.full_name,
            'organisation', o.name, 'token', $4::text, 'until', $5::text), $6
        FROM users u JOIN organisations o ON o.id = $2
        WHERE u.id = $1 AND u.state = 'active' AND u.password_hash = ''";
    let issued = issue(tx, now, user_id, TokenPurpose::SetUp).await?;
    let cause = format!("invitation {}", issued.digest.short());
    let until = instant_in_words(issued.until);
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&user_id, &organisation_id, &cause, issued.token.expose(), &until, &now];
    match tx.execute(TELL, &values).await? {
        1 => Ok(()),
        _ => Err(
            tx.unreadable(format!("user {user_id} is no member who has yet to set up an account"))
        ),
    }
}

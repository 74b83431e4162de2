//! Invitations to set up an account: a link in an email, good once, for a week.

use jiff::Timestamp;

use super::audit::{Act, append};
use super::tokens::{TokenPurpose, issue};
use super::{StoreError, Tx, Work};
use crate::domain::access::Permission;
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

/// Makes somebody a member of an organisation and invites them, for whoever runs the service.
#[derive(Debug)]
pub struct InvitePerson {
    /// Email address in lower case.
    pub username: String,
    /// Name to greet them with.
    pub full_name: String,
    /// DfE number of their school.
    pub laestab: Option<i32>,
    /// Or the name of their organisation.
    pub organisation: Option<String>,
    /// What they may do there.
    pub permissions: Vec<Permission>,
    /// Who asked for it.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    /// The invitation waits to be sent.
    Sent,
    /// They have an account already, which has the permissions now too.
    HasPassword,
    /// There is no such organisation, or more than one.
    NoOrganisation,
    /// The account is suspended or removed; nothing was done.
    Suspended,
}

impl Work for InvitePerson {
    const NAME: &'static str = "invitations.person";
    type Output = Invited;

    async fn run(&self, tx: &Tx<'_>) -> Result<Invited, StoreError> {
        const ORGANISATION: &str = "-- invitations.organisation
            SELECT id FROM organisations WHERE laestab = $1 OR name = $2";
        const USER: &str = "-- invitations.user
            INSERT INTO users (username, full_name, password_hash) VALUES ($1, $2, '')
            ON CONFLICT (username) DO UPDATE SET username = excluded.username
            RETURNING id, state, password_hash <> ''";
        const MEMBER: &str = "-- invitations.member
            INSERT INTO memberships (user_id, organisation_id, permission) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING";
        let found = tx.query(ORGANISATION, &[&self.laestab, &self.organisation]).await?;
        let [organisation] = found.as_slice() else { return Ok(Invited::NoOrganisation) };
        let organisation: i64 = organisation.get(0);
        let rows = tx.query(USER, &[&self.username, &self.full_name]).await?;
        let (user, state): (i64, String) = (rows[0].get(0), rows[0].get(1));
        let has_password: bool = rows[0].get(2);
        if state != "active" {
            return Ok(Invited::Suspended);
        }
        for permission in &self.permissions {
            tx.execute(MEMBER, &[&user, &organisation, &permission.key()]).await?;
        }
        let words: Vec<&str> = self.permissions.iter().map(|p| p.key()).collect();
        let detail = format!("{} of organisation {organisation}", words.join(", "));
        let act = Act::new(&self.actor, "user.invited", &format!("user {user}"), detail);
        append(tx, self.now, &act).await?;
        if has_password {
            return Ok(Invited::HasPassword);
        }
        invite(tx, self.now, user, organisation).await?;
        Ok(Invited::Sent)
    }
}

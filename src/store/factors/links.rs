//! Accounts of the identity service that sign in as users: invited once, linked once.

use jiff::{SignedDuration, Timestamp};

use super::super::audit::{Act, append};
use super::super::{Scope, StoreError, Tx, Work};
use super::Told;

/// For so long an invitation to be linked stands.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An account of an identity service, and as whom it signs in.
#[derive(Debug)]
pub struct LinkRow {
    /// Address of the service.
    pub issuer: String,
    /// The account there.
    pub subject: String,
    /// Row id of the user.
    pub user: i64,
    /// Since when, where nodes are told.
    pub since: Option<Timestamp>,
}

/// Reads those of some users, or all of them.
pub(super) async fn read(tx: &Tx<'_>, some: Option<&Vec<i64>>) -> Result<Vec<LinkRow>, StoreError> {
    const SQL: &str = "-- factors.links
        SELECT issuer, subject, user_id, made_at FROM identity_links
        WHERE $1::bigint[] IS NULL OR user_id = ANY ($1)";
    const BEFORE: &str = "-- factors.links_of_before
        SELECT issuer, subject, user_id, NULL::timestamptz FROM identity_links
        WHERE $1::bigint[] IS NULL OR user_id = ANY ($1)";
    // The schema of before does not let nodes read it.
    const MAY_READ: &str = "-- factors.may_read_links
        SELECT has_column_privilege('identity_links', 'made_at', 'SELECT')";
    let may_read: bool = tx.query(MAY_READ, &[]).await?[0].get(0);
    let rows = tx.query(if may_read { SQL } else { BEFORE }, &[&some]).await?;
    let link = |row: &tokio_postgres::Row| LinkRow {
        issuer: row.get(0),
        subject: row.get(1),
        user: row.get(2),
        since: row.get(3),
    };
    Ok(rows.iter().map(link).collect())
}

/// Links an account of the service to a user who was invited to be.
#[derive(Debug)]
pub struct LinkIdentity {
    /// Row id of the user.
    pub user: i64,
    /// Their email address.
    pub username: String,
    /// The name to greet them with.
    pub full_name: String,
    /// One of their organisations.
    pub organisation: i64,
    /// Address of the service.
    pub issuer: String,
    /// The account there.
    pub subject: String,
    /// Service time now.
    pub now: Timestamp,
    /// The same in words.
    pub when: String,
}

impl Work for LinkIdentity {
    const NAME: &'static str = "links.link";
    /// Whether the two are linked now: they were invited and neither was linked, or they were linked already, of which
    /// this node has not heard yet.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SPEND: &str = "-- links.spend
            DELETE FROM identity_invites WHERE user_id = $1 AND invited_at > $2";
        // Somebody who is invited again comes with another account of the service: the old one is theirs no more.
        const REPLACE: &str = "-- links.replace
            DELETE FROM identity_links WHERE issuer = $1 AND user_id = $2";
        const LINK: &str = "-- links.link
            INSERT INTO identity_links (issuer, subject, user_id, made_at) VALUES ($1, $2, $3, $4)";
        const LINKED: &str = "-- links.linked
            SELECT 1 FROM identity_links WHERE issuer = $1 AND subject = $2 AND user_id = $3";
        if tx.execute(SPEND, &[&self.user, &(self.now - INVITATION_LIFE)]).await? == 0 {
            let linked = tx.query(LINKED, &[&self.issuer, &self.subject, &self.user]).await?;
            return Ok(!linked.is_empty());
        }
        tx.execute(REPLACE, &[&self.issuer, &self.user]).await?;
        // An account that is linked to somebody else breaks a constraint, and the invitation stays.
        tx.execute(LINK, &[&self.issuer, &self.subject, &self.user, &self.now]).await?;
        let act = Act::new(&self.username, "identity.linked", &self.username, self.issuer.clone());
        append(tx, self.now, &act).await?;
        let told =
            Told { user: (&self.username, &self.full_name), organisation: self.organisation };
        let words = "An account of the identity service was linked";
        told.queue(tx, words, self.now, &self.when).await?;
        Ok(true)
    }
}

/// Somebody may be linked to the account of the service with their email address.
#[derive(Debug)]
pub struct InviteIdentity {
    /// Email address in lower case.
    pub username: String,
    /// Who invites.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for InviteIdentity {
    const NAME: &'static str = "links.invite";
    /// Whether there is such a user.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- links.invite
            INSERT INTO identity_invites (user_id, invited_by, invited_at)
            SELECT id, $2, $3 FROM users WHERE username = $1
            ON CONFLICT (user_id) DO UPDATE SET invited_at = excluded.invited_at";
        if tx.execute(SQL, &[&self.username, &self.actor, &self.now]).await? == 0 {
            return Ok(false);
        }
        let act = Act::new(&self.actor, "identity.invited", &self.username, String::new());
        append(tx, self.now, &act).await.map(|()| true)
    }
}

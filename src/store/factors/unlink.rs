//! The end of a link to the identity service, by its owner or by staff: the second factor stays as it is.

use jiff::Timestamp;

use super::super::audit::{Act, append};
use super::super::{StoreError, Tx, Work};
use super::Told;

/// What the email about it says.
pub(super) const WORDS: &str = "The link to your account of the identity service was ended";

/// Ends a user's links and takes an open invitation to make one. Gives whether there was either. The roles that the
/// service named go with a link, and so does every session that came through it.
pub(super) async fn unlink(tx: &Tx<'_>, user: i64) -> Result<bool, StoreError> {
    const UNLINK: &str = "-- factors.unlink\nDELETE FROM identity_links WHERE user_id = $1";
    const UNINVITE: &str = "-- factors.uninvite\nDELETE FROM identity_invites WHERE user_id = $1";
    let mut ended = 0;
    for sql in [UNLINK, UNINVITE] {
        ended += tx.execute(sql, &[&user]).await?;
    }
    Ok(ended > 0)
}

/// Staff end a user's link.
#[derive(Debug)]
pub struct UnlinkIdentity {
    /// Email address in lower case.
    pub username: String,
    /// Who does it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Service time now.
    pub now: Timestamp,
    /// The same in words.
    pub when: String,
}

impl Work for UnlinkIdentity {
    const NAME: &'static str = "factors.unlink";
    /// Whether there is such a user with a link, or an invitation to make one.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const FIND: &str = "-- factors.find_linked
            SELECT u.id, u.full_name,
                (SELECT min(m.organisation_id) FROM memberships m WHERE m.user_id = u.id)
            FROM users u WHERE u.username = $1 FOR UPDATE";
        let rows = tx.query(FIND, &[&self.username]).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let (user, name): (i64, String) = (row.get(0), row.get(1));
        if !unlink(tx, user).await? {
            return Ok(false);
        }
        let act = Act::new(&self.actor, "identity.unlinked", &self.username, self.reason.clone());
        append(tx, self.now, &act).await?;
        if let Some(organisation) = row.get(2) {
            let told = Told { user: (&self.username, &name), organisation };
            told.queue(tx, WORDS, self.now, &self.when).await?;
        }
        Ok(true)
    }
}

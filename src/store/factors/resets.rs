//! People who have lost their second factor: one member of staff asks for it to be taken away, another does it, and
//! one of the two looks after security. The link to the identity service goes with it.

use jiff::{SignedDuration, Timestamp};

use super::super::audit::{Act, append};
use super::super::{StoreError, Tx, Work};
use super::unlink::unlink;
use super::{Told, remove_all};

/// How long a proposal stands: whoever approves it knows the case.
pub const RESET_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Whether somebody is an active member of staff.
#[derive(Debug)]
pub struct IsStaff(pub String);

impl Work for IsStaff {
    const NAME: &'static str = "factors.is_staff";
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- factors.is_staff
            SELECT EXISTS (SELECT FROM users u JOIN memberships m ON m.user_id = u.id
                JOIN organisations o ON o.id = m.organisation_id AND o.kind = 'staff'
                WHERE u.username = $1 AND u.state = 'active')";
        Ok(tx.query(SQL, &[&self.0]).await?[0].get(0))
    }
}

/// One person proposes to take a user's second factor away.
#[derive(Debug)]
pub struct ProposeReset {
    /// Email address in lower case.
    pub username: String,
    /// Who proposes.
    pub actor: String,
    /// Why, if they say so.
    pub reason: Option<String>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ProposeReset {
    const NAME: &'static str = "factors.propose_reset";
    /// Whether there is such a user, other than the one who proposes.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- factors.propose_reset
            INSERT INTO factor_resets (user_id, proposed_by, proposed_at)
            SELECT id, $2, $3 FROM users WHERE username = $1 AND username <> $2
            ON CONFLICT (user_id) DO UPDATE
                SET proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at";
        if tx.execute(SQL, &[&self.username, &self.actor, &self.now]).await? == 0 {
            return Ok(false);
        }
        let reason = self.reason.clone().unwrap_or_default();
        let act = Act::new(&self.actor, "factor.reset_proposed", &self.username, reason);
        append(tx, self.now, &act).await.map(|()| true)
    }
}

/// Another person approves: the second factor is gone, the link to the identity service, and every session.
#[derive(Debug)]
pub struct ApproveReset {
    /// Email address in lower case.
    pub username: String,
    /// Who approves.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
    /// The same in words.
    pub when: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It is gone.
    Done,
    /// Nobody else proposed it, of whom it is not.
    NotProposed,
    /// It was proposed too long ago.
    TooLate,
    /// Neither of the two is a security administrator.
    NeedsAdmin,
}

impl Work for ApproveReset {
    const NAME: &'static str = "factors.approve_reset";
    type Output = Reset;

    async fn run(&self, tx: &Tx<'_>) -> Result<Reset, StoreError> {
        const FIND: &str = "-- factors.find_reset
            SELECT u.id, u.full_name, r.proposed_at,
                (SELECT min(m.organisation_id) FROM memberships m WHERE m.user_id = u.id),
                EXISTS (SELECT FROM users a
                    JOIN memberships m ON m.user_id = a.id AND m.permission = 'security_admin'
                    JOIN organisations o ON o.id = m.organisation_id AND o.kind = 'staff'
                    WHERE a.username IN ($2, r.proposed_by) AND a.state = 'active')
            FROM factor_resets r JOIN users u ON u.id = r.user_id
            WHERE u.username = $1 AND r.proposed_by <> $2 AND u.username <> $2 FOR UPDATE OF r";
        const OVER: &str = "-- factors.reset_over\nDELETE FROM factor_resets WHERE user_id = $1";
        const EPOCH: &str = "-- factors.end_sessions
            UPDATE users SET epoch = epoch + 1 WHERE id = $1";
        let rows = tx.query(FIND, &[&self.username, &self.actor]).await?;
        let Some(row) = rows.first() else { return Ok(Reset::NotProposed) };
        let (user, name): (i64, String) = (row.get(0), row.get(1));
        if self.now > row.get::<_, Timestamp>(2) + RESET_LIFE {
            return Ok(Reset::TooLate);
        }
        if !row.get::<_, bool>(4) {
            return Ok(Reset::NeedsAdmin);
        }
        remove_all(tx, user).await?;
        // Whoever has got hold of somebody's account elsewhere must not come back with it.
        unlink(tx, user).await?;
        tx.execute(EPOCH, &[&user]).await?;
        tx.execute(OVER, &[&user]).await?;
        let act = Act::new(&self.actor, "factor.reset", &self.username, String::new());
        append(tx, self.now, &act).await?;
        if let Some(organisation) = row.get(3) {
            let told = Told { user: (&self.username, &name), organisation };
            told.queue(tx, "Two members of staff removed your second factor", self.now, &self.when)
                .await?;
        }
        Ok(Reset::Done)
    }
}

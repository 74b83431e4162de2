//! Codes that were used: each is good for one session, whichever node it was shown to.

use jiff::Timestamp;

use super::super::audit::{Act, append};
use super::super::{Scope, StoreError, Tx, Work};
use crate::domain::hex::hex;

/// How long a session can live at the longest: so long its revocation is kept.
const SESSION_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// What was shown beside a password and is used up by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Used {
    /// A code of an app, by the number of its half minute.
    Step(i64),
    /// A recovery code, by its row id.
    Recovery(i64),
}

impl Used {
    /// Recovery codes have the numbers below nought.
    const fn step(self) -> i64 {
        match self {
            Self::Step(step) => step,
            Self::Recovery(id) => -id,
        }
    }
}

/// A code that was used to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeUsed {
    /// Whose.
    pub user: i64,
    /// Which.
    pub what: Used,
    /// The session that began.
    pub session: [u8; 16],
    /// When, in service time.
    pub at: Timestamp,
}

impl CodeUsed {
    /// Whether it is the first use, or what there was before.
    async fn insert(&self, tx: &Tx<'_>) -> Result<Option<(Vec<u8>, Timestamp)>, StoreError> {
        const INSERT: &str = "-- factors.use_code
            INSERT INTO codes_used (user_id, step, session, at)
            SELECT id, $2, $3, $4 FROM users WHERE id = $1 ON CONFLICT DO NOTHING";
        const READ: &str = "-- factors.code_used
            SELECT session, at FROM codes_used WHERE user_id = $1 AND step = $2 AND session <> $3";
        const RECOVERY: &str = "-- factors.use_recovery_code
            UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
        let (step, session) = (self.what.step(), self.session.as_slice());
        let new = tx.execute(INSERT, &[&self.user, &step, &session, &self.at]).await?;
        if let Used::Recovery(id) = self.what {
            tx.execute(RECOVERY, &[&id, &self.at]).await?;
        }
        if new == 1 {
            return Ok(None);
        }
        let rows = tx.query(READ, &[&self.user, &step, &session]).await?;
        Ok(rows.first().map(|row| (row.get(0), row.get(1))))
    }

    /// A code comes out of a journal. If another session began with it, the later one ends, with a line in
    /// the audit.
    pub(in crate::store) async fn settle(
        &self,
        tx: &Tx<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const REVOKE: &str = "-- factors.revoke
            INSERT INTO revocations (session, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        const REPLACE: &str = "-- factors.replace_use
            UPDATE codes_used SET session = $3, at = $4 WHERE user_id = $1 AND step = $2";
        let Some((session, at)) = self.insert(tx).await? else { return Ok(()) };
        let own = self.session.as_slice();
        let (later, began) = if at > self.at {
            tx.execute(REPLACE, &[&self.user, &self.what.step(), &own, &self.at]).await?;
            (session, at)
        } else {
            (self.session.to_vec(), self.at)
        };
        tx.execute(REVOKE, &[&later, &(began + SESSION_LIFE)]).await?;
        let detail = "a second session with one code was ended".to_owned();
        append(tx, now, &Act::new("daybreak", "factor.used_twice", &hex(&later[..8]), detail)).await
    }
}

/// A code is used now. Asked again for the same session, it says the same.
#[derive(Debug)]
pub struct UseCode {
    /// The code.
    pub used: CodeUsed,
    /// The organisation through which the person is seen.
    pub organisation: i64,
}

impl Work for UseCode {
    const NAME: &'static str = "factors.use";
    /// Whether no other session began with it.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    fn person(&self) -> Option<i64> {
        Some(self.used.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        // A node may not have heard yet that a recovery code was used or replaced.
        const STANDS: &str = "-- factors.recovery_code_stands
            SELECT EXISTS (SELECT FROM recovery_codes WHERE id = $1 AND used_at IS NULL)
                OR EXISTS (SELECT FROM codes_used WHERE user_id = $2 AND step = $3 AND session = $4)";
        let CodeUsed { user, what, session, .. } = &self.used;
        if let Used::Recovery(id) = what {
            let rows = tx.query(STANDS, &[id, user, &what.step(), &session.as_slice()]).await?;
            if !rows[0].get::<_, bool>(0) {
                return Ok(false);
            }
        }
        Ok(self.used.insert(tx).await?.is_none())
    }
}

//! The termly review: somebody who looks after the users says of each whether they stay.

use jiff::civil::Date;

use super::remove::remove;
use super::{By, Changed, Member, members};
use crate::store::{Scope, StoreError, Tx, Work};

/// What becomes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They stay.
    Keep,
    /// They go.
    Remove,
}

/// Confirms a term's review.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// Who does it.
    pub by: By,
    /// The day on which the term's review began.
    pub term: Date,
    /// Each member by row id of the membership.
    pub decisions: Vec<(i64, Decision)>,
}

impl Work for Confirm {
    const NAME: &'static str = "users.confirm";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        const SQL: &str = "-- users.confirm
            INSERT INTO user_reviews (organisation_id, term, confirmed_at, confirmed_by, kept, removed)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let by = &self.by;
        if !by.begin(tx).await? {
            return Ok(Changed::NoRight);
        }
        let members = members(tx, by.organisation, None).await?;
        let decided = |member: &Member| {
            let decision = self.decisions.iter().find(|(id, _)| *id == member.id);
            decision.map(|(_, decision)| *decision)
        };
        // Somebody came since the page was shown: they are to be looked at as well, before anything is done.
        if members.iter().any(|member| decided(member).is_none()) {
            return Ok(Changed::Overtaken);
        }
        let (mut kept, mut removed) = (0, 0);
        for member in &members {
            if decided(member) == Some(Decision::Remove) {
                remove(tx, by, member).await?;
                removed += 1;
            } else {
                kept += 1;
            }
        }
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&by.organisation, &self.term, &by.now, &by.username, &kept, &removed];
        if tx.execute(SQL, &values).await? == 1 {
            let detail = format!("term of {}: {kept} kept, {removed} removed", self.term);
            by.note(tx, "users.reviewed", "users", detail).await?;
        }
        Ok(Changed::Done(0))
    }
}

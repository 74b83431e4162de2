//! What a member of staff does at a page: the same work as a command's, behind policies that ask what they may.

use super::{Scope, StoreError, Tx, Work};
use crate::domain::access::{Permission, Permissions};

/// Work of a member of staff. Whether they still may is looked at again in the same transaction.
#[derive(Debug)]
pub struct AsStaff<W> {
    /// Row id of the member.
    pub user: i64,
    /// Row id of the organisation of staff.
    pub organisation: i64,
    /// Any of which permissions it needs.
    pub any: Permissions,
    /// What they do.
    pub work: W,
}

impl<W: Work> Work for AsStaff<W> {
    const NAME: &'static str = W::NAME;
    /// None when they may not, or not any more.
    type Output = Option<W::Output>;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    fn staff(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- staff.may\nSELECT staff_may($1)";
        let any: Vec<&str> = self.any.iter().map(Permission::key).collect();
        if !tx.query(SQL, &[&any]).await?[0].get::<_, bool>(0) {
            return Ok(None);
        }
        self.work.run(tx).await.map(Some)
    }
}

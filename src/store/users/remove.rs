//! Removing a user from an organisation: at once and everywhere, with a message to both.

use serde_json::json;

use super::amend::member;
use super::{By, Changed, Member, words};
use crate::store::{Scope, StoreError, Tx, Work};

/// Removes a user.
#[derive(Clone, Debug)]
pub struct Remove {
    /// Who does it.
    pub by: By,
    /// Row id of the membership.
    pub member: i64,
}

impl Work for Remove {
    const NAME: &'static str = "users.remove";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        let member = match member(tx, &self.by, self.member).await? {
            Ok(member) => member,
            Err(instead) => return Ok(instead),
        };
        remove(tx, &self.by, &member).await?;
        Ok(Changed::Done(member.id))
    }
}

/// Removes a member of whom the lock is held.
pub(super) async fn remove(tx: &Tx<'_>, by: &By, member: &Member) -> Result<(), StoreError> {
    const SQL: &str = "-- users.remove
        DELETE FROM members WHERE organisation_id = $1 AND id = $2";
    tx.execute(SQL, &[&by.organisation, &member.id]).await?;
    let (person, email) = (&member.person, &member.person.email);
    let detail =
        format!("{}; permissions: {}", person.full_name(), words(person.permissions).join(" "));
    by.note(tx, "user.removed", email, detail).await?;
    let content = by.content(&person.full_name(), json!({ "email": email }));
    by.tell(tx, email, "user-removed", &content).await?;
    if by.user != member.user {
        let more = json!({ "person": person.full_name(), "email": email });
        by.tell(tx, &by.username, "user-removed-by-you", &by.content(&by.name, more)).await?;
    }
    Ok(())
}

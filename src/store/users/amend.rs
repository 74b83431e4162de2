//! Changes to a user: what is kept of them, a new address, suspended or not, invited again.

use jiff::SignedDuration;
use serde_json::json;
use tokio_postgres::types::ToSql;

use super::create::{Added, add, invite};
use super::messages::permission_words;
use super::{By, Changed, Member, members, words};
use crate::domain::users::Person;
use crate::store::{Scope, StoreError, Tx, Work};

/// From one invitation to the next at the least.
const INVITE_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// The member of a change; whoever acts must still be allowed to.
pub(super) async fn member(
    tx: &Tx<'_>,
    by: &By,
    id: i64,
) -> Result<Result<Member, Changed>, StoreError> {
    if !by.begin(tx).await? {
        return Ok(Err(Changed::NoRight));
    }
    let found = members(tx, by.organisation, Some(id)).await?.into_iter().next();
    Ok(found.ok_or(Changed::Unknown))
}

/// Changes what is kept of a user. A new address is a new account: nobody takes over the one that others know.
#[derive(Clone, Debug)]
pub struct Amend {
    /// Who does it.
    pub by: By,
    /// Row id of the membership.
    pub member: i64,
    /// As they saw the user.
    pub old: Person,
    /// As the user is to be.
    pub new: Person,
}

impl Work for Amend {
    const NAME: &'static str = "users.amend";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        let (by, new) = (&self.by, &self.new);
        let member = match member(tx, by, self.member).await? {
            Ok(member) => member,
            Err(instead) => return Ok(instead),
        };
        if member.person == *new {
            return Ok(Changed::Again(member.id));
        }
        if member.person != self.old {
            return Ok(Changed::Overtaken);
        }
        let id = if new.email == self.old.email {
            self.update(tx, &member).await?;
            member.id
        } else {
            match self.move_to_new_address(tx, &member).await? {
                Added::Member(id) => id,
                Added::WasThere => return Ok(Changed::AlreadyMember),
            }
        };
        by.note(tx, "user.amended", &self.old.email, self.old.change(new)).await?;
        Ok(Changed::Done(id))
    }
}

impl Amend {
    async fn update(&self, tx: &Tx<'_>, member: &Member) -> Result<(), StoreError> {
        const SQL: &str = "-- users.update
            UPDATE members SET permissions = $3, first_name = $4, last_name = $5, job_title = $6, phone = $7
            WHERE organisation_id = $1 AND id = $2";
        const CALL: &str = "-- users.call\nSELECT call_person($1, $2)";
        let (by, new) = (&self.by, &self.new);
        let permissions = words(new.permissions);
        let values: [&(dyn ToSql + Sync); 7] = [
            &by.organisation,
            &member.id,
            &permissions,
            &new.first,
            &new.last,
            &new.job,
            &new.phone,
        ];
        tx.execute(SQL, &values).await?;
        tx.query(CALL, &[&member.user, &new.full_name()]).await?;
        let more = json!({ "email": new.email,
            "permissions": permission_words(by.kind, new.permissions), "job": new.job });
        by.tell(tx, &new.email, "user-amended", &by.content(&new.full_name(), more)).await
    }

    async fn move_to_new_address(&self, tx: &Tx<'_>, member: &Member) -> Result<Added, StoreError> {
        const WAS_THERE: &str = "-- users.has_address
            SELECT FROM members m JOIN users u ON u.id = m.user_id
            WHERE m.organisation_id = $1 AND u.username = $2";
        const DELETE: &str = "-- users.delete
            DELETE FROM members WHERE organisation_id = $1 AND id = $2";
        let (by, new) = (&self.by, &self.new);
        if !tx.query(WAS_THERE, &[&by.organisation, &new.email]).await?.is_empty() {
            return Ok(Added::WasThere);
        }
        // First the old one goes, so that an organisation that is full can do it.
        tx.execute(DELETE, &[&by.organisation, &member.id]).await?;
        let added = add(tx, by, new, member.cover, None).await?;
        let content = by.content(&self.old.full_name(), json!({ "email": self.old.email }));
        by.tell(tx, &self.old.email, "user-moved", &content).await?;
        Ok(added)
    }
}

/// Whether a user may act for the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Active,
    /// They may not until somebody says so.
    Suspended,
}

/// Suspends a user or takes them back.
#[derive(Clone, Debug)]
pub struct SetStanding {
    /// Who does it.
    pub by: By,
    /// Row id of the membership.
    pub member: i64,
    /// What they are to be.
    pub standing: Standing,
}

impl Work for SetStanding {
    const NAME: &'static str = "users.set_standing";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        const SQL: &str = "-- users.set_standing
            UPDATE members SET state = $3, warned_at = NULL, awake_at = $4
            WHERE organisation_id = $1 AND id = $2";
        let by = &self.by;
        let member = match member(tx, by, self.member).await? {
            Ok(member) => member,
            Err(instead) => return Ok(instead),
        };
        let (state, action, template) = match self.standing {
            Standing::Active => ("active", "user.reactivated", "user-reactivated"),
            Standing::Suspended => ("suspended", "user.suspended", "user-suspended"),
        };
        if (member.state == "active") == (state == "active") {
            return Ok(Changed::Again(member.id));
        }
        tx.execute(SQL, &[&by.organisation, &member.id, &state, &by.now]).await?;
        let email = &member.person.email;
        by.note(tx, action, email, format!("state: \"{}\" → \"{state}\"", member.state)).await?;
        let content = by.content(&member.person.full_name(), json!({ "email": email }));
        by.tell(tx, email, template, &content).await?;
        Ok(Changed::Done(member.id))
    }
}

/// Sends an invitation again, to somebody who has not signed in for the organisation yet.
#[derive(Clone, Debug)]
pub struct InviteAgain {
    /// Who does it.
    pub by: By,
    /// Row id of the membership.
    pub member: i64,
}

impl Work for InviteAgain {
    const NAME: &'static str = "users.invite_again";
    type Output = Changed;

    fn scope(&self) -> Scope {
        self.by.scope()
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Changed, StoreError> {
        const SQL: &str = "-- users.invited
            UPDATE members SET invited_at = $3 WHERE organisation_id = $1 AND id = $2";
        const SET_UP: &str = "-- users.is_set_up
            SELECT password_hash <> '' FROM users WHERE id = $1";
        let by = &self.by;
        let member = match member(tx, by, self.member).await? {
            Ok(member) => member,
            Err(instead) => return Ok(instead),
        };
        if member.used_at.is_some() || member.state != "active" {
            return Ok(Changed::NotNow);
        }
        let soon = member.invited_at.map(|at| at + INVITE_AGAIN_AFTER);
        if let Some(at) = soon.filter(|at| by.now < *at) {
            return Ok(Changed::TooSoon(at));
        }
        tx.execute(SQL, &[&by.organisation, &member.id, &by.now]).await?;
        let is_set_up: bool = tx.query(SET_UP, &[&member.user]).await?[0].get(0);
        invite(tx, by, &member.person, member.user, is_set_up).await?;
        by.note(tx, "user.invited", &member.person.email, "again".to_owned()).await?;
        Ok(Changed::Done(member.id))
    }
}

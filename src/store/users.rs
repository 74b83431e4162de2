//! Users of an organisation as its own people look after them: read, created, amended, removed, each with its audit
//! and its messages in one transaction.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};
use crate::domain::access::{OrganisationKind, Permission, Permissions};
use crate::domain::users::{Person, managing};

mod amend;
mod care;
mod create;
mod messages;
mod remind;
mod remove;
mod review;

pub use amend::{Amend, InviteAgain, SetStanding, Standing};
pub use care::{CareFor, Cared, NextOrganisations};
pub use create::Create;
pub use remind::{PassDone, RemindManagers};
pub use remove::Remove;
pub use review::{Confirm, Decision};

/// Who acts, for which organisation, and when.
#[derive(Clone, Debug)]
pub struct By {
    /// Row id of the organisation.
    pub organisation: i64,
    /// Its kind.
    pub kind: OrganisationKind,
    /// Its name.
    pub organisation_name: String,
    /// Row id of the user.
    pub user: i64,
    /// Their email address.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Service time now.
    pub now: Timestamp,
}

/// What came of a change. What a limit refuses is an error with the name of its constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done, to this member.
    Done(i64),
    /// The same form was sent before: nothing was done again.
    Again(i64),
    /// Whoever acts may not any more.
    NoRight,
    /// There is no such member.
    Unknown,
    /// The address is one of another member.
    AlreadyMember,
    /// Somebody else changed it meanwhile.
    Overtaken,
    /// It was done just before; it may be done again from then on.
    TooSoon(Timestamp),
    /// It does not fit what the member is at present.
    NotNow,
}

/// How many there are and may be; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// At present.
    pub is: u32,
    /// At the most.
    pub most: Option<u32>,
}

/// The counts of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All but those who stand in.
    pub users: Count,
    /// With account management.
    pub managers: Count,
    /// With access arrangements.
    pub access: Count,
    /// Who stand in.
    pub cover: Count,
    /// Who look after the users and have signed in.
    pub managing: u32,
}

/// A user of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Row id of the membership: addresses of pages name it, since it tells nothing of the person.
    pub id: i64,
    /// Row id of the person.
    pub user: i64,
    /// As they are kept here.
    pub person: Person,
    /// `active`, `suspended` or `dormant`.
    pub state: String,
    /// The account itself is suspended: it opens no organisation at all.
    pub shut_out: bool,
    /// From when until when they stand in.
    pub cover: Option<(Timestamp, Timestamp)>,
    /// When they were last invited.
    pub invited_at: Option<Timestamp>,
    /// When they last signed in for this organisation.
    pub used_at: Option<Timestamp>,
    /// They were warned that they will be suspended.
    pub warned_at: Option<Timestamp>,
    /// Messages of this organisation to them came back.
    pub bounced: bool,
}

impl Member {
    /// Whether they are the last who look after the users of their organisation.
    pub fn is_last_manager(&self, kind: OrganisationKind, counts: &Counts) -> bool {
        counts.managing == 1 && self.manages(kind)
    }

    /// Whether they look after the users, and have signed in.
    pub fn manages(&self, kind: OrganisationKind) -> bool {
        self.state == "active"
            && self.used_at.is_some()
            && self.cover.is_none()
            && managing(kind).is_some_and(|permission| self.person.permissions.has(permission))
    }
}

/// When and by whom a term's review was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// When.
    pub at: Timestamp,
    /// Email address.
    pub by: String,
}

/// The users of an organisation.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// By last name.
    pub members: Vec<Member>,
    /// How many there are and may be.
    pub counts: Counts,
    /// The review of the term that was asked for.
    pub reviewed: Option<Reviewed>,
}

/// Reads the users of an organisation, or one of them.
#[derive(Debug)]
pub struct ReadPeople {
    /// Row id.
    pub organisation: i64,
    /// One member only.
    pub member: Option<i64>,
    /// The term whose review is looked for.
    pub term: Option<Date>,
}

impl Work for ReadPeople {
    const NAME: &'static str = "users.read";
    type Output = People;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<People, StoreError> {
        const REVIEWED: &str = "-- users.reviewed
            SELECT confirmed_at, confirmed_by FROM user_reviews
            WHERE organisation_id = $1 AND term = $2";
        let reviewed = tx.query(REVIEWED, &[&self.organisation, &self.term]).await?;
        Ok(People {
            members: members(tx, self.organisation, self.member).await?,
            counts: counts(tx, self.organisation).await?,
            reviewed: reviewed.first().map(|row| Reviewed { at: row.get(0), by: row.get(1) }),
        })
    }
}

async fn members(
    tx: &Tx<'_>,
    organisation: i64,
    member: Option<i64>,
) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = "-- users.members
        SELECT m.id, m.user_id, u.username, m.first_name, m.last_name, m.job_title, m.phone, m.permissions,
            m.state, m.begins_at, m.ends_at, m.invited_at, m.used_at, m.warned_at,
            u.email_bounced_at IS NOT NULL AND EXISTS (SELECT FROM outbox b
                WHERE b.organisation_id = $1 AND b.recipient = u.username AND b.state = 'bounced'),
            u.state = 'suspended'
        FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.organisation_id = $1 AND ($2::bigint IS NULL OR m.id = $2)
        ORDER BY lower(m.last_name), lower(m.first_name), m.id";
    let rows = tx.query(SQL, &[&organisation, &member]).await?;
    Ok(rows.iter().map(read_member).collect())
}

fn read_member(row: &Row) -> Member {
    let words: Vec<String> = row.get(7);
    let begins: Option<Timestamp> = row.get(9);
    Member {
        id: row.get(0),
        user: row.get(1),
        person: Person {
            email: row.get(2),
            first: row.get(3),
            last: row.get(4),
            job: row.get(5),
            phone: row.get(6),
            // A permission of a newer program is not shown, and goes with the next change.
            permissions: words.iter().filter_map(|word| word.parse::<Permission>().ok()).collect(),
        },
        state: row.get(8),
        shut_out: row.get(15),
        cover: begins.zip(row.get(10)),
        invited_at: row.get(11),
        used_at: row.get(12),
        warned_at: row.get(13),
        bounced: row.get(14),
    }
}

async fn counts(tx: &Tx<'_>, organisation: i64) -> Result<Counts, StoreError> {
    const SQL: &str = "-- users.counts
        SELECT users, users_max, managers, managers_max, access, access_max, cover, cover_max, managing
        FROM organisation_people WHERE organisation_id = $1";
    let rows = tx.query(SQL, &[&organisation]).await?;
    let number = |row: &Row, at: usize| row.get::<_, i32>(at).unsigned_abs();
    let count = |row: &Row, at: usize| Count {
        is: number(row, at),
        most: row.get::<_, Option<i32>>(at + 1).map(i32::unsigned_abs),
    };
    Ok(rows.first().map_or_else(Counts::default, |row| Counts {
        users: count(row, 0),
        managers: count(row, 2),
        access: count(row, 4),
        cover: count(row, 6),
        managing: number(row, 8),
    }))
}

impl By {
    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    /// Takes the organisation's lock and looks again whether whoever acts still may: somebody else may have
    /// been before them. Who acts has signed in, whether the journal was shipped or not.
    async fn begin(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const LOCK: &str = "-- users.lock\nSELECT lock_people($1)";
        const MAY: &str = "-- users.may
            UPDATE members SET used_at = COALESCE(used_at, $4)
            WHERE organisation_id = $1 AND user_id = $2 AND state = 'active' AND ends_at IS NULL
                AND $3 = ANY (permissions)";
        let Some(permission) = managing(self.kind) else { return Ok(false) };
        tx.query(LOCK, &[&self.organisation]).await?;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.organisation, &self.user, &permission.key(), &self.now];
        Ok(tx.execute(MAY, &values).await? == 1)
    }

    async fn note(
        &self,
        tx: &Tx<'_>,
        action: &'static str,
        whom: &str,
        detail: String,
    ) -> Result<(), StoreError> {
        let subject = format!("{whom} in organisation {}", self.organisation);
        append(tx, self.now, &Act::new(&self.username, action, &subject, detail)).await
    }
}

/// The words of permissions as the database keeps them.
fn words(permissions: Permissions) -> Vec<String> {
    permissions.iter().map(|permission| permission.key().to_owned()).collect()
}

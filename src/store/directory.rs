//! The rows of the directory snapshot, read as the node role: exactly the columns that sign-in needs.

use jiff::Timestamp;

use super::factors::FactorRows;
use super::{StoreError, Tx, Work, identity_roles};
use crate::domain::access::{OrganisationKind, Permission};
use crate::domain::roles::Roles;
use crate::telemetry::Hidden;

/// An organisation of the directory.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// DfE number.
    pub laestab: Option<i32>,
    /// Authority code.
    pub la_code: Option<i16>,
    /// Group UID.
    pub group_uid: Option<i32>,
}

/// A user of the directory.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Row id.
    pub id: i64,
    /// Email address in lower case.
    pub username: String,
    /// Name to greet them with.
    pub full_name: String,
    /// Password hash in PHC format.
    pub password_hash: Hidden<String>,
    /// Sessions of an older epoch are over.
    pub epoch: i32,
    /// May sign in.
    pub active: bool,
}

/// Everything that a node knows of people and organisations.
#[derive(Debug, Default)]
pub struct DirectoryRows {
    /// Organisations.
    pub organisations: Vec<OrganisationRow>,
    /// Users that are not removed.
    pub users: Vec<UserRow>,
    /// User, organisation, permission.
    pub memberships: Vec<(i64, i64, Permission)>,
    /// User, organisation, from when and until when they stand in.
    pub cover: Vec<(i64, i64, Timestamp, Timestamp)>,
    /// User, when the password was set, and whether another one is asked for.
    pub passwords: Vec<(i64, Option<Timestamp>, bool)>,
    /// What users sign in with beside their passwords.
    pub factors: FactorRows,
    /// What the identity service last said of them.
    pub roles: Vec<Roles>,
}

/// Reads the directory.
#[derive(Debug)]
pub struct ReadDirectory;

impl Work for ReadDirectory {
    const NAME: &'static str = "directory.read";
    type Output = DirectoryRows;

    async fn run(&self, tx: &Tx<'_>) -> Result<DirectoryRows, StoreError> {
        Ok(DirectoryRows {
            organisations: organisations(tx).await?,
            users: users(tx, None).await?,
            memberships: memberships(tx, None).await?,
            cover: cover(tx, None).await?,
            passwords: passwords(tx, None).await?,
            factors: FactorRows::read(tx, None).await?,
            roles: identity_roles::read(tx, None).await?,
        })
    }
}

/// Reads some users of the directory as they are now; whoever is removed is not among them.
#[derive(Debug)]
pub struct ReadUsers(pub Vec<i64>);

impl Work for ReadUsers {
    const NAME: &'static str = "directory.read_users";
    type Output = DirectoryRows;

    async fn run(&self, tx: &Tx<'_>) -> Result<DirectoryRows, StoreError> {
        Ok(DirectoryRows {
            organisations: Vec::new(),
            users: users(tx, Some(&self.0)).await?,
            memberships: memberships(tx, Some(&self.0)).await?,
            cover: cover(tx, Some(&self.0)).await?,
            passwords: passwords(tx, Some(&self.0)).await?,
            factors: FactorRows::read(tx, Some(&self.0)).await?,
            roles: identity_roles::read(tx, Some(&self.0)).await?,
        })
    }
}

async fn organisations(tx: &Tx<'_>) -> Result<Vec<OrganisationRow>, StoreError> {
    const SQL: &str = "-- directory.organisations
        SELECT id, kind, name, laestab, la_code, group_uid FROM organisations";
    let mut organisations = Vec::new();
    for row in tx.query(SQL, &[]).await? {
        let kind: &str = row.get(1);
        organisations.push(OrganisationRow {
            id: row.get(0),
            kind: kind.parse().map_err(|_| tx.unreadable(format!("kind {kind}")))?,
            name: row.get(2),
            laestab: row.get(3),
            la_code: row.get(4),
            group_uid: row.get(5),
        });
    }
    Ok(organisations)
}

async fn users(tx: &Tx<'_>, some: Option<&Vec<i64>>) -> Result<Vec<UserRow>, StoreError> {
    const ALL: &str = "-- directory.users
        SELECT id, username, full_name, password_hash, epoch, state = 'active'
        FROM users WHERE state <> 'removed'";
    const SOME: &str = "-- directory.some_users
        SELECT id, username, full_name, password_hash, epoch, state = 'active'
        FROM users WHERE state <> 'removed' AND id = ANY ($1)";
    let rows = match some {
        None => tx.query(ALL, &[]).await?,
        Some(ids) => tx.query(SOME, &[ids]).await?,
    };
    let user = |row: &tokio_postgres::Row| UserRow {
        id: row.get(0),
        username: row.get(1),
        full_name: row.get(2),
        password_hash: Hidden::new(row.get(3)),
        epoch: row.get(4),
        active: row.get(5),
    };
    Ok(rows.iter().map(user).collect())
}

async fn memberships(
    tx: &Tx<'_>,
    some: Option<&Vec<i64>>,
) -> Result<Vec<(i64, i64, Permission)>, StoreError> {
    const ALL: &str = "-- directory.memberships
        SELECT user_id, organisation_id, permission FROM memberships";
    const SOME: &str = "-- directory.some_memberships
        SELECT user_id, organisation_id, permission FROM memberships WHERE user_id = ANY ($1)";
    let rows = match some {
        None => tx.query(ALL, &[]).await?,
        Some(ids) => tx.query(SOME, &[ids]).await?,
    };
    let mut memberships = Vec::with_capacity(rows.len());
    for row in rows {
        let word: &str = row.get(2);
        // A permission of a newer program gives nothing here.
        if let Ok(permission) = word.parse() {
            memberships.push((row.get(0), row.get(1), permission));
        }
    }
    Ok(memberships)
}

async fn cover(
    tx: &Tx<'_>,
    some: Option<&Vec<i64>>,
) -> Result<Vec<(i64, i64, Timestamp, Timestamp)>, StoreError> {
    const SQL: &str = "-- directory.cover
        SELECT user_id, organisation_id, begins_at, ends_at FROM members
        WHERE ends_at IS NOT NULL AND ($1::bigint[] IS NULL OR user_id = ANY ($1))";
    // In the schema of the version before, nobody stands in.
    if !tx.has_table("members").await? {
        return Ok(Vec::new());
    }
    let rows = tx.query(SQL, &[&some]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect())
}

async fn passwords(
    tx: &Tx<'_>,
    some: Option<&Vec<i64>>,
) -> Result<Vec<(i64, Option<Timestamp>, bool)>, StoreError> {
    const SQL: &str = "-- directory.passwords
        SELECT id, password_set_at, must_change FROM users
        WHERE state <> 'removed' AND (password_set_at IS NOT NULL OR must_change)
            AND ($1::bigint[] IS NULL OR id = ANY ($1))";
    // The schema of the version before does not know of their age.
    if !tx.has_table("user_tokens").await? {
        return Ok(Vec::new());
    }
    let rows = tx.query(SQL, &[&some]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

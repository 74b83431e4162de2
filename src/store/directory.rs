//! The rows of the directory snapshot, read as the node role: exactly the columns that sign-in needs.

use super::factors::FactorRows;
use super::{StoreError, Tx, Work};
use crate::domain::access::{OrganisationKind, Permission};
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
    /// What users sign in with beside their passwords.
    pub factors: FactorRows,
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
            users: users(tx).await?,
            memberships: memberships(tx).await?,
            factors: FactorRows::read(tx).await?,
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

async fn users(tx: &Tx<'_>) -> Result<Vec<UserRow>, StoreError> {
    const SQL: &str = "-- directory.users
        SELECT id, username, full_name, password_hash, epoch, state = 'active'
        FROM users WHERE state <> 'removed'";
    let rows = tx.query(SQL, &[]).await?;
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

async fn memberships(tx: &Tx<'_>) -> Result<Vec<(i64, i64, Permission)>, StoreError> {
    const SQL: &str = "-- directory.memberships
        SELECT user_id, organisation_id, permission FROM memberships";
    let mut memberships = Vec::new();
    for row in tx.query(SQL, &[]).await? {
        let word: &str = row.get(2);
        // A permission of a newer program gives nothing here.
        if let Ok(permission) = word.parse() {
            memberships.push((row.get(0), row.get(1), permission));
        }
    }
    Ok(memberships)
}

//! Users and their memberships: what the owner creates at load time.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};
use crate::domain::access::Permission;

/// A user with what they may do.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Email address in lower case.
    pub username: String,
    /// Name to greet them with.
    pub full_name: String,
    /// Password hash in PHC format.
    pub password_hash: String,
    /// Somebody else chose the password: its owner is asked for another one at the first sign-in.
    pub must_change: bool,
    /// `active` or `suspended`.
    pub state: &'static str,
    /// Row ids of organisations with a permission in each.
    pub memberships: Vec<(i64, Permission)>,
}

/// Creates users; one that exists keeps its password and gains the memberships.
#[derive(Debug)]
pub struct CreateUsers(pub Vec<NewUser>);

impl Work for CreateUsers {
    const NAME: &'static str = "people.create";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const USER: &str = "-- people.insert
            INSERT INTO users (username, full_name, password_hash, state, must_change, password_set_at)
            VALUES ($1, $2, $3, $4, $5, app_now())
            ON CONFLICT (username) DO UPDATE SET full_name = excluded.full_name RETURNING id";
        const MEMBERSHIP: &str = "-- people.insert_membership
            INSERT INTO memberships (user_id, organisation_id, permission) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING";
        for user in &self.0 {
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [
                &user.username,
                &user.full_name,
                &user.password_hash,
                &user.state,
                &user.must_change,
            ];
            let id: i64 = tx.query(USER, &values).await?[0].get(0);
            for (organisation, permission) in &user.memberships {
                tx.execute(MEMBERSHIP, &[&id, organisation, &permission.key()]).await?;
            }
        }
        Ok(())
    }
}

/// Permissions of an active user, wherever held.
#[derive(Debug)]
pub struct PermissionsOf {
    /// Email address in lower case.
    pub username: String,
}

impl Work for PermissionsOf {
    const NAME: &'static str = "people.permissions_of";
    type Output = Vec<String>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "-- people.permissions_of
            SELECT m.permission FROM users u JOIN memberships m ON m.user_id = u.id
            WHERE u.username = $1 AND u.state = 'active'";
        let rows = tx.query(SQL, &[&self.username]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}

/// Username, name, state and permissions of everybody, for `user list`.
#[derive(Debug)]
pub struct ListUsers;

/// One line of `user list`.
#[derive(Clone, Debug)]
pub struct ListedUser {
    /// Email address.
    pub username: String,
    /// State.
    pub state: String,
    /// `permission @ organisation`, joined by `; `.
    pub memberships: String,
    /// Since when messages to them come back.
    pub email_bounced_at: Option<Timestamp>,
}

impl Work for ListUsers {
    const NAME: &'static str = "people.list";
    type Output = Vec<ListedUser>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<ListedUser>, StoreError> {
        const SQL: &str = "-- people.list
            SELECT u.username, u.state,
                COALESCE(string_agg(m.permission || ' @ ' || o.name, '; ' ORDER BY o.name, m.permission), ''),
                u.email_bounced_at
            FROM users u LEFT JOIN memberships m ON m.user_id = u.id
                LEFT JOIN organisations o ON o.id = m.organisation_id
            GROUP BY u.id ORDER BY u.username";
        let rows = tx.query(SQL, &[]).await?;
        let listed = |row: &tokio_postgres::Row| ListedUser {
            username: row.get(0),
            state: row.get(1),
            memberships: row.get(2),
            email_bounced_at: row.get(3),
        };
        Ok(rows.iter().map(listed).collect())
    }
}

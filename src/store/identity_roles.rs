//! Roles that people have at the identity service, as it last told them.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};
use crate::domain::roles::Roles;

/// Reads what is known of some users, or of all; nothing from the schema of before there were any.
pub(super) async fn read(tx: &Tx<'_>, some: Option<&Vec<i64>>) -> Result<Vec<Roles>, StoreError> {
    const SQL: &str = "-- identity_roles.read
        SELECT user_id, organisation_id, issuer, place, codes, looked_up_at FROM identity_roles
        WHERE $1::bigint[] IS NULL OR user_id = ANY ($1)";
    if !tx.has_table("identity_roles").await? {
        return Ok(Vec::new());
    }
    let roles = |row: &tokio_postgres::Row| Roles {
        user: row.get(0),
        organisation: row.get(1),
        issuer: row.get(2),
        place: row.get(3),
        codes: row.get(4),
        looked_up_at: row.get(5),
    };
    Ok(tx.query(SQL, &[&some]).await?.iter().map(roles).collect())
}

/// Keeps what the service said, unless something newer is known.
#[derive(Debug)]
pub struct KeepRoles {
    /// What it said.
    pub said: Roles,
    /// The user's email address.
    pub username: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for KeepRoles {
    const NAME: &'static str = "identity_roles.keep";
    type Output = ();

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.said.organisation])
    }

    fn person(&self) -> Option<i64> {
        Some(self.said.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const HAD: &str = "-- identity_roles.had
            SELECT FROM identity_roles
            WHERE user_id = $1 AND organisation_id = $2 AND codes IS NOT NULL FOR UPDATE";
        const KEEP: &str = "-- identity_roles.keep
            INSERT INTO identity_roles (user_id, organisation_id, issuer, place, codes, looked_up_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (user_id, organisation_id) DO UPDATE SET issuer = excluded.issuer,
                place = excluded.place, codes = excluded.codes, looked_up_at = excluded.looked_up_at
            WHERE identity_roles.looked_up_at <= excluded.looked_up_at";
        let Roles { user, organisation, issuer, place, codes, looked_up_at } = &self.said;
        let had = !tx.query(HAD, &[user, organisation]).await?.is_empty();
        let values: [&(dyn ToSql + Sync); 6] =
            [user, organisation, issuer, place, codes, looked_up_at];
        let kept = tx.execute(KEEP, &values).await? == 1;
        // Sessions end with it, so the audit says why.
        if had && kept && codes.is_none() {
            let what = format!("{issuer}, organisation {organisation}");
            let act = Act::new(&self.username, "identity.no_access", &self.username, what);
            append(tx, self.now, &act).await?;
        }
        Ok(())
    }
}

/// Sets out to ask again, if no node has done so of late.
#[derive(Debug)]
pub struct SetOut {
    /// Row id of the user.
    pub user: i64,
    /// Row id of the organisation.
    pub organisation: i64,
    /// Service time now.
    pub now: Timestamp,
    /// Whoever set out before this has had their answer, or none.
    pub before: Timestamp,
}

impl Work for SetOut {
    const NAME: &'static str = "identity_roles.set_out";
    /// Whether it is this node that asks.
    type Output = bool;

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- identity_roles.set_out
            UPDATE identity_roles SET asked_at = $3
            WHERE user_id = $1 AND organisation_id = $2 AND (asked_at IS NULL OR asked_at <= $4)";
        let values: [&(dyn ToSql + Sync); 4] =
            [&self.user, &self.organisation, &self.now, &self.before];
        Ok(tx.execute(SQL, &values).await? == 1)
    }
}

/// The organisation with a URN, which is public.
#[derive(Debug)]
pub struct WithUrn(pub i32);

impl Work for WithUrn {
    const NAME: &'static str = "identity_roles.with_urn";
    /// Its row id.
    type Output = Option<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "-- identity_roles.with_urn\nSELECT id FROM organisations WHERE urn = $1";
        Ok(tx.query(SQL, &[&self.0]).await?.first().map(|row| row.get(0)))
    }
}

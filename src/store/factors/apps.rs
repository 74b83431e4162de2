//! Secrets of authenticator apps: kept with the step whose code confirmed them, which signs nobody in.

use jiff::Timestamp;

use super::super::{StoreError, Tx, Work};
use super::REMOVE_AUTHENTICATOR;
use crate::telemetry::Hidden;

/// The column of that step, which the schema of before does not have.
const CONFIRMED: (&str, &str) = ("authenticators", "confirmed_step");

/// Reads those of some users, or of all: user, sealed secret, and the step.
pub(super) async fn read(
    tx: &Tx<'_>,
    some: Option<&Vec<i64>>,
) -> Result<Vec<(i64, Vec<u8>, Option<i64>)>, StoreError> {
    const SQL: &str = "-- factors.authenticators
        SELECT user_id, secret, confirmed_step FROM authenticators
        WHERE $1::bigint[] IS NULL OR user_id = ANY ($1)";
    const BEFORE: &str = "-- factors.authenticators_of_before
        SELECT user_id, secret, NULL::bigint FROM authenticators
        WHERE $1::bigint[] IS NULL OR user_id = ANY ($1)";
    let (table, column) = CONFIRMED;
    let sql = if tx.has_column(table, column).await? { SQL } else { BEFORE };
    let rows = tx.query(sql, &[&some]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Keeps a new secret of a user in place of any before.
pub(super) async fn set_up(
    tx: &Tx<'_>,
    (user, now): (i64, Timestamp),
    secret: &Hidden<Vec<u8>>,
    step: i64,
) -> Result<(), StoreError> {
    const FORGET_USES: &str = "-- factors.forget_uses
        DELETE FROM codes_used WHERE user_id = $1 AND step > 0";
    const SQL: &str = "-- factors.insert_authenticator
        INSERT INTO authenticators (user_id, secret, made_at, confirmed_step)
        VALUES ($1, $2, $3, $4)";
    const BEFORE: &str = "-- factors.insert_authenticator_of_before
        INSERT INTO authenticators (user_id, secret, made_at) VALUES ($1, $2, $3)";
    tx.execute(REMOVE_AUTHENTICATOR, &[&user]).await?;
    // Codes of another secret are other codes.
    tx.execute(FORGET_USES, &[&user]).await?;
    let (table, column) = CONFIRMED;
    if tx.has_column(table, column).await? {
        tx.execute(SQL, &[&user, secret.expose(), &now, &step]).await.map(drop)
    } else {
        tx.execute(BEFORE, &[&user, secret.expose(), &now]).await.map(drop)
    }
}

/// Gives users a secret for an app, at the making of a demo: row id and sealed secret.
#[derive(Debug)]
pub struct GiveAuthenticators(pub Vec<(i64, Vec<u8>)>, pub Timestamp);

impl Work for GiveAuthenticators {
    const NAME: &'static str = "factors.give";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- factors.give
            INSERT INTO authenticators (user_id, secret, made_at) VALUES ($1, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret";
        for (user, secret) in &self.0 {
            tx.execute(SQL, &[user, secret, &self.1]).await?;
        }
        Ok(())
    }
}

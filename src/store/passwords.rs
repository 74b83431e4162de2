//! Setting passwords: with a link, with the old one, and telling owners of those that end soon.

use jiff::Timestamp;

use super::audit::{Act, append};
use super::tokens::{Holder, TokenDigest, TokenPurpose, end_all, spend};
use super::{Scope, StoreError, Tx, Work};
use crate::telemetry::Hidden;

/// Sets a password with a link.
#[derive(Debug)]
pub struct SetByLink {
    /// The link.
    pub digest: TokenDigest,
    /// What it is for.
    pub purpose: TokenPurpose,
    /// Whose it is.
    pub holder: Holder,
    /// The new password in PHC format.
    pub hash: Hidden<String>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for SetByLink {
    const NAME: &'static str = "passwords.set_by_link";
    /// Whether the link was still good: of many at once one sets a password.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(self.holder.organisations.clone())
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- passwords.set_by_link
            UPDATE users SET password_hash = $2, password_set_at = $3, must_change = false,
                epoch = epoch + 1
            WHERE id = $1 AND state = 'active' AND (password_hash <> '') = $4 RETURNING epoch";
        if !spend(tx, self.now, &self.digest, self.purpose).await? {
            return Ok(false);
        }
        let had_one = self.purpose == TokenPurpose::Reset;
        let (user, hash) = (self.holder.user_id, self.hash.expose());
        if tx.query(SQL, &[&user, hash, &self.now, &had_one]).await?.is_empty() {
            return Ok(false);
        }
        let (template, action) = match self.purpose {
            TokenPurpose::SetUp => ("account-ready", "user.set_up"),
            TokenPurpose::Reset => ("password-changed", "user.password_reset"),
        };
        let cause = format!("{template} {}", self.digest.short());
        tell(tx, self.now, user, template, &cause).await?;
        note(tx, self.now, &self.holder.username, action, user).await?;
        Ok(true)
    }
}

/// Sets a password in place of one that was typed and is right.
#[derive(Debug)]
pub struct ChangePassword {
    /// Row id.
    pub user: i64,
    /// Email address.
    pub username: String,
    /// Row ids of their organisations.
    pub organisations: Vec<i64>,
    /// The one that was checked, in PHC format.
    pub old: Hidden<String>,
    /// The new one in PHC format.
    pub new: Hidden<String>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ChangePassword {
    const NAME: &'static str = "passwords.change";
    /// The epoch of sessions from now on; none when it was not the password any more.
    type Output = Option<u32>;

    fn scope(&self) -> Scope {
        Scope::Organisations(self.organisations.clone())
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<u32>, StoreError> {
        const SQL: &str = "-- passwords.change
            UPDATE users SET password_hash = $3, password_set_at = $4, must_change = false,
                epoch = epoch + 1
            WHERE id = $1 AND state = 'active' AND password_hash = $2 RETURNING epoch";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.user, self.old.expose(), self.new.expose(), &self.now];
        let rows = tx.query(SQL, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let epoch: i32 = row.get(0);
        end_all(tx, self.now, self.user).await?;
        let cause = format!("password-changed {} {epoch}", self.user);
        tell(tx, self.now, self.user, "password-changed", &cause).await?;
        note(tx, self.now, &self.username, "user.password_changed", self.user).await?;
        Ok(Some(epoch.unsigned_abs()))
    }
}

async fn note(
    tx: &Tx<'_>,
    now: Timestamp,
    username: &str,
    action: &'static str,
    user: i64,
) -> Result<(), StoreError> {
    append(tx, now, &Act::new(username, action, &format!("user {user}"), String::new())).await
}

/// Queues a message to somebody about their own account.
async fn tell(
    tx: &Tx<'_>,
    now: Timestamp,
    user: i64,
    template: &str,
    cause: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "-- passwords.tell
        INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
        SELECT $2, u.username, (SELECT min(m.organisation_id) FROM memberships m WHERE m.user_id = u.id),
            $3, jsonb_build_object('name', u.full_name, 'email', u.username), $4
        FROM users u WHERE u.id = $1
        ON CONFLICT DO NOTHING";
    tx.execute(SQL, &[&user, &cause, &template, &now]).await.map(drop)
}

/// A password that ends soon.
#[derive(Clone, Debug)]
pub struct EndsSoon {
    /// Row id.
    pub user: i64,
    /// An organisation of theirs.
    pub organisation: i64,
    /// When it was set: a reminder of a password that is another one meanwhile is not sent.
    pub set_at: Timestamp,
    /// Its end in words.
    pub ends: String,
    /// The reminder, by the days before the end.
    pub reminder: u16,
}

/// Reminds the owners of passwords that end soon, of each once.
#[derive(Debug)]
pub struct Remind {
    /// Whose.
    pub passwords: Vec<EndsSoon>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Remind {
    const NAME: &'static str = "passwords.remind";
    /// Messages that were queued.
    type Output = u64;

    fn scope(&self) -> Scope {
        let mut organisations: Vec<i64> = self.passwords.iter().map(|p| p.organisation).collect();
        organisations.sort_unstable();
        organisations.dedup();
        Scope::Organisations(organisations)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- passwords.remind
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT 'password-ending ' || u.id || ' ' || extract(epoch FROM p.set_at) || ' ' || p.reminder,
                u.username, p.organisation, 'password-ending',
                jsonb_build_object('name', u.full_name, 'ends', p.ends), $6
            FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::int[])
                AS p (id, organisation, set_at, ends, reminder)
            JOIN users u ON u.id = p.id AND u.password_set_at = p.set_at AND u.state = 'active'
            ON CONFLICT DO NOTHING";
        let column = |of: fn(&EndsSoon) -> i64| self.passwords.iter().map(of).collect::<Vec<_>>();
        let set_at: Vec<Timestamp> = self.passwords.iter().map(|p| p.set_at).collect();
        let ends: Vec<&str> = self.passwords.iter().map(|p| p.ends.as_str()).collect();
        let days: Vec<i32> = self.passwords.iter().map(|p| p.reminder.into()).collect();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&column(|p| p.user), &column(|p| p.organisation), &set_at, &ends, &days, &self.now];
        tx.execute(SQL, &values).await
    }
}

/// From now on counts the age of passwords that are older than the count.
#[derive(Debug)]
pub struct BeginAge {
    /// Users with an organisation of theirs.
    pub users: Vec<(i64, i64)>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for BeginAge {
    const NAME: &'static str = "passwords.begin_age";
    type Output = ();

    fn scope(&self) -> Scope {
        let mut organisations: Vec<i64> = self.users.iter().map(|(_, of)| *of).collect();
        organisations.sort_unstable();
        organisations.dedup();
        Scope::Organisations(organisations)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- passwords.begin_age
            UPDATE users SET password_set_at = $2
            WHERE id = ANY ($1) AND password_set_at IS NULL AND password_hash <> ''";
        let ids: Vec<i64> = self.users.iter().map(|(id, _)| *id).collect();
        tx.execute(SQL, &[&ids, &self.now]).await.map(drop)
    }
}

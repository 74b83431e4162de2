//! Any account, for those who help its owner: found by its address, looked at, let in again.

use jiff::Timestamp;

use super::audit::{Act, append};
use super::{StoreError, Tx, Work};

/// The account of an address.
#[derive(Debug)]
pub struct FindAccount {
    /// Email address in lower case.
    pub username: String,
}

impl Work for FindAccount {
    const NAME: &'static str = "accounts.find";
    /// Row id.
    type Output = Option<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "-- accounts.find\nSELECT id FROM users WHERE username = $1";
        let rows = tx.query(SQL, &[&self.username]).await?;
        Ok(rows.first().map(|row| row.get(0)))
    }
}

/// An account as those see it who help its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Row id.
    pub id: i64,
    /// Email address.
    pub username: String,
    /// Name.
    pub full_name: String,
    /// `active`, `suspended` or `removed`.
    pub state: String,
    /// Whether they have set up the account.
    pub is_set_up: bool,
    /// Messages to them come back since then.
    pub bounced_at: Option<Timestamp>,
    /// Where they belong, by name.
    pub memberships: Vec<Membership>,
    /// That their second factor be taken away: who proposed it, and when.
    pub reset: Option<(String, Timestamp)>,
}

/// Where an account belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Row id of the membership.
    pub id: i64,
    /// Row id of the organisation.
    pub organisation: i64,
    /// Its name.
    pub name: String,
    /// Its kind in the database's word.
    pub kind: String,
    /// DfE number of a school.
    pub laestab: Option<u32>,
    /// Words of the permissions.
    pub permissions: Vec<String>,
    /// `active`, `suspended` or `dormant`.
    pub state: String,
    /// Last sign-in for it.
    pub used_at: Option<Timestamp>,
}

/// Reads an account.
#[derive(Debug)]
pub struct ReadAccount {
    /// Row id.
    pub id: i64,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ReadAccount {
    const NAME: &'static str = "accounts.read";
    type Output = Option<Account>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Account>, StoreError> {
        const SQL: &str = "-- accounts.read
            SELECT u.username, u.full_name, u.state, u.password_hash <> '', u.email_bounced_at,
                r.proposed_by, r.proposed_at
            FROM users u LEFT JOIN factor_resets r ON r.user_id = u.id AND r.proposed_at > $2
            WHERE u.id = $1";
        const MEMBERS: &str = "-- accounts.members
            SELECT m.id, o.id, o.name, o.kind, o.laestab, m.permissions, m.state, m.used_at
            FROM members m JOIN organisations o ON o.id = m.organisation_id
            WHERE m.user_id = $1 ORDER BY o.name, m.id";
        let stands: Timestamp = self.now - super::factors::RESET_LIFE;
        let rows = tx.query(SQL, &[&self.id, &stands]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let membership = |row: &tokio_postgres::Row| Membership {
            id: row.get(0),
            organisation: row.get(1),
            name: row.get(2),
            kind: row.get(3),
            laestab: row.get::<_, Option<i32>>(4).map(i32::cast_unsigned),
            permissions: row.get(5),
            state: row.get(6),
            used_at: row.get(7),
        };
        let memberships = tx.query(MEMBERS, &[&self.id]).await?.iter().map(membership).collect();
        let proposed_by: Option<String> = row.get(5);
        Ok(Some(Account {
            id: self.id,
            username: row.get(0),
            full_name: row.get(1),
            state: row.get(2),
            is_set_up: row.get(3),
            bounced_at: row.get(4),
            memberships,
            reset: proposed_by.zip(row.get(6)),
        }))
    }
}

/// Lets somebody in again who is suspended everywhere. Every session of before is over.
#[derive(Debug)]
pub struct Unlock {
    /// Email address in lower case.
    pub username: String,
    /// Who does it.
    pub actor: String,
    /// Why, if they say so.
    pub reason: Option<String>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Unlock {
    const NAME: &'static str = "accounts.unlock";
    /// Whether there is such an account.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        // Whoever was removed has no password: an invitation brings them back.
        const FIND: &str = "-- accounts.find_to_unlock
            SELECT FROM users WHERE username = $1 AND state <> 'removed'";
        const SQL: &str = "-- accounts.unlock
            UPDATE users SET state = 'active', epoch = epoch + 1
            WHERE username = $1 AND state = 'suspended'";
        if tx.query(FIND, &[&self.username]).await?.is_empty() {
            return Ok(false);
        }
        tx.execute(SQL, &[&self.username]).await?;
        let reason = self.reason.clone().unwrap_or_default();
        append(tx, self.now, &Act::new(&self.actor, UNLOCKED, &self.username, reason)).await?;
        // A node of before does not know the word, and reads all of its snapshots.
        tx.query("-- accounts.tell_nodes\nSELECT pg_notify('daybreak', 'unlocked')", &[]).await?;
        Ok(true)
    }
}

/// What the audit calls it.
const UNLOCKED: &str = "user.unlocked";

/// Who was let in again since an entry of the audit: entries are written one after the other, so none comes late.
#[derive(Debug)]
pub struct ReadUnlocked {
    /// Number of the entry; none looks for nobody, and only for the last entry.
    pub after: Option<i64>,
}

impl Work for ReadUnlocked {
    const NAME: &'static str = "accounts.unlocked";
    /// The last entry, and the email addresses of those.
    type Output = (i64, Vec<String>);

    async fn run(&self, tx: &Tx<'_>) -> Result<(i64, Vec<String>), StoreError> {
        const END: &str = "-- accounts.end_of_audit\nSELECT COALESCE(max(seq), 0) FROM audit";
        const SQL: &str = "-- accounts.unlocked
            SELECT subject FROM audit WHERE seq > $1 AND seq <= $2 AND action = $3";
        let end: i64 = tx.query(END, &[]).await?[0].get(0);
        let after = self.after.unwrap_or(end);
        let rows = tx.query(SQL, &[&after, &end, &UNLOCKED]).await?;
        Ok((end, rows.iter().map(|row| row.get(0)).collect()))
    }
}

//! Second factors: what nodes read of them, what people change of their own, and which codes were used.

use jiff::Timestamp;
use serde_json::json;

use super::audit::{Act, append};
use super::{Scope, StoreError, Tx, Work};
use crate::telemetry::Hidden;

mod apps;
mod codes;
mod links;
mod passkeys;
mod reseal;
mod resets;
mod unlink;
mod used;

pub use apps::GiveAuthenticators;
pub use codes::{CodesUnder, CountCodes, NewCodes};
pub use links::{InviteIdentity, LinkIdentity, LinkRow};
pub(in crate::store) use passkeys::count_passkeys;
pub use passkeys::{CountPasskey, PasskeyCopied};
pub use reseal::{ReadSealed, Reseal, SEALED_ROWS_MAX};
pub use resets::{ApproveReset, IsStaff, ProposeReset, RESET_LIFE, Reset};
pub use unlink::UnlinkIdentity;
pub use used::{CodeUsed, UseCode, Used};

/// What a node knows of second factors.
#[derive(Debug, Default)]
pub struct FactorRows {
    /// User, sealed secret, and the step whose code confirmed it.
    pub authenticators: Vec<(i64, Vec<u8>, Option<i64>)>,
    /// User, row id and hash of each recovery code that is not used.
    pub recovery_codes: Vec<(i64, i64, Vec<u8>)>,
    /// User, row id, name and public key.
    pub passkeys: Vec<(i64, i64, String, serde_json::Value)>,
    /// Accounts of an identity service.
    pub links: Vec<LinkRow>,
}

impl FactorRows {
    /// Reads those of some users, or all of them; none from the schema of before there were any.
    pub(super) async fn read(tx: &Tx<'_>, some: Option<&Vec<i64>>) -> Result<Self, StoreError> {
        const CODES: &str = "-- factors.recovery_codes
            SELECT user_id, id, hash FROM recovery_codes
            WHERE used_at IS NULL AND ($1::bigint[] IS NULL OR user_id = ANY ($1))";
        const PASSKEYS: &str = "-- factors.passkeys
            SELECT user_id, id, name, key FROM passkeys
            WHERE $1::bigint[] IS NULL OR user_id = ANY ($1) ORDER BY id";
        if !tx.has_table("authenticators").await? {
            return Ok(Self::default());
        }
        let codes = tx.query(CODES, &[&some]).await?;
        let passkeys = tx.query(PASSKEYS, &[&some]).await?;
        Ok(Self {
            authenticators: apps::read(tx, some).await?,
            recovery_codes: codes.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
            passkeys: passkeys
                .iter()
                .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
                .collect(),
            links: links::read(tx, some).await?,
        })
    }
}

/// What a person changes of their second factors.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new secret, sealed, in place of any before, the step whose code confirmed it, and new recovery codes.
    Authenticator(Hidden<Vec<u8>>, i64, NewCodes),
    /// New recovery codes in place of those before.
    RecoveryCodes(NewCodes),
    /// Another passkey.
    AddPasskey {
        /// What its owner calls it.
        name: String,
        /// Its id, which nobody else has.
        credential: Vec<u8>,
        /// Its public key.
        key: serde_json::Value,
    },
    /// One passkey less.
    RemovePasskey(i64),
    /// Nothing but the password from now on.
    RemoveAll,
    /// No account of the identity service any more.
    Unlink,
}

impl Change {
    /// Its name in the audit, and what the email about it says.
    const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Authenticator(..) => ("factor.set_up", "An authenticator app was set up"),
            Self::RecoveryCodes(_) => ("factor.codes", "New recovery codes were made"),
            Self::AddPasskey { .. } => ("factor.passkey_added", "A passkey was added"),
            Self::RemovePasskey(_) => ("factor.passkey_removed", "A passkey was removed"),
            Self::RemoveAll => ("factor.removed", "The second factor was removed"),
            Self::Unlink => ("identity.unlinked", unlink::WORDS),
        }
    }
}

/// A person changes their second factors; they are told by email.
#[derive(Debug)]
pub struct ChangeFactors {
    /// Whose.
    pub user: i64,
    /// Their email address.
    pub username: String,
    /// The name to greet them with.
    pub full_name: String,
    /// The organisation for which they act.
    pub organisation: i64,
    /// What.
    pub change: Change,
    /// Service time now.
    pub now: Timestamp,
    /// The same in words.
    pub when: String,
}

impl Work for ChangeFactors {
    const NAME: &'static str = "factors.change";
    /// Whether there was anything to change.
    type Output = bool;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    fn person(&self) -> Option<i64> {
        Some(self.user)
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        if !self.apply(tx).await? {
            return Ok(false);
        }
        let (action, words) = self.change.words();
        append(tx, self.now, &Act::new(&self.username, action, &self.username, String::new()))
            .await?;
        self.tell(tx, words).await?;
        Ok(true)
    }
}

impl ChangeFactors {
    async fn apply(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const PASSKEY: &str = "-- factors.insert_passkey
            INSERT INTO passkeys (user_id, credential, name, key, made_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        const REMOVE_PASSKEY: &str = "-- factors.remove_passkey
            DELETE FROM passkeys WHERE user_id = $1 AND id = $2";
        match &self.change {
            Change::Authenticator(secret, step, codes) => {
                apps::set_up(tx, (self.user, self.now), secret, *step).await?;
                codes.replace(tx, self.user, self.now).await.map(|()| true)
            }
            Change::RecoveryCodes(codes) => {
                codes.replace(tx, self.user, self.now).await.map(|()| true)
            }
            Change::AddPasskey { name, credential, key } => {
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                    [&self.user, credential, name, key, &self.now];
                Ok(tx.execute(PASSKEY, &values).await? == 1)
            }
            Change::RemovePasskey(id) => {
                Ok(tx.execute(REMOVE_PASSKEY, &[&self.user, id]).await? == 1)
            }
            Change::RemoveAll => remove_all(tx, self.user).await,
            Change::Unlink => unlink::unlink(tx, self.user).await,
        }
    }

    async fn tell(&self, tx: &Tx<'_>, words: &str) -> Result<(), StoreError> {
        let told =
            Told { user: (&self.username, &self.full_name), organisation: self.organisation };
        told.queue(tx, words, self.now, &self.when).await
    }
}

const REMOVE_AUTHENTICATOR: &str = "-- factors.remove_authenticator
    DELETE FROM authenticators WHERE user_id = $1";
const REMOVE_CODES: &str = "-- factors.remove_codes
    DELETE FROM recovery_codes WHERE user_id = $1";

/// Takes every second factor away. Gives whether there was one.
async fn remove_all(tx: &Tx<'_>, user: i64) -> Result<bool, StoreError> {
    const PASSKEYS: &str = "-- factors.remove_passkeys\nDELETE FROM passkeys WHERE user_id = $1";
    let mut removed = 0;
    for sql in [REMOVE_AUTHENTICATOR, REMOVE_CODES, PASSKEYS] {
        removed += tx.execute(sql, &[&user]).await?;
    }
    Ok(removed > 0)
}

/// Who is told of a change.
struct Told<'a> {
    /// Email address and name.
    user: (&'a str, &'a str),
    organisation: i64,
}

impl Told<'_> {
    async fn queue(
        &self,
        tx: &Tx<'_>,
        words: &str,
        now: Timestamp,
        when: &str,
    ) -> Result<(), StoreError> {
        const SQL: &str = "-- factors.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            VALUES ($1, $2, $3, 'second-factor-changed', $4, $5) ON CONFLICT DO NOTHING";
        let (username, name) = self.user;
        let cause = format!("{words} {}", now.as_millisecond());
        let content = json!({ "name": name, "what": words, "when": when });
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&cause, &username, &self.organisation, &content, &now];
        tx.execute(SQL, &values).await.map(drop)
    }
}

/// Row ids of users, in their order.
#[derive(Debug)]
pub struct IdsOf(pub Vec<String>);

impl Work for IdsOf {
    const NAME: &'static str = "factors.ids_of";
    type Output = Vec<Option<i64>>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<Option<i64>>, StoreError> {
        const SQL: &str = "-- factors.ids_of
            SELECT u.id FROM unnest($1::text[]) WITH ORDINALITY AS n (username, place)
            LEFT JOIN users u USING (username) ORDER BY n.place";
        Ok(tx.query(SQL, &[&self.0]).await?.iter().map(|row| row.get(0)).collect())
    }
}

//! Links that set a password: random, kept as digests, each good once and for a while.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::{StoreError, Tx, Work};
use crate::telemetry::Hidden;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Characters of a token in an address.
pub const TOKEN_CHARS: usize = 43;
/// Tokens of which nothing can come any more are kept for so long: the walls say the same.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Rows that one clearing takes.
const CLEARED_MAX: i64 = 10_000;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPurpose {
    /// The first password of somebody who was invited.
    SetUp,
    /// Another one for somebody who has forgotten theirs.
    Reset,
}

impl TokenPurpose {
    /// The word in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Reset => "reset",
        }
    }

    /// How long a link is good.
    pub const fn life(self) -> SignedDuration {
        match self {
            Self::SetUp => SignedDuration::from_hours(7 * 24),
            Self::Reset => SignedDuration::from_mins(30),
        }
    }
}

/// SHA-256 of a token: what the database knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a token as an address has it; none when it cannot be one.
    pub fn of(text: &str) -> Option<Self> {
        if text.len() != TOKEN_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self::of_bytes(&bytes))
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self(digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }

    /// Names it in causes of messages: no way back to the token.
    pub(super) fn short(&self) -> String {
        crate::domain::hex::hex(&self.0[..8])
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A link that was just made, in the words of an address.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: Hidden<String>,
    pub(super) digest: TokenDigest,
    pub(super) until: Timestamp,
}

/// Makes a link within the caller's transaction; older ones for the same purpose end.
pub(super) async fn issue(
    tx: &Tx<'_>,
    now: Timestamp,
    user_id: i64,
    purpose: TokenPurpose,
) -> Result<Issued, StoreError> {
    const REPLACE: &str = "-- tokens.replace
        UPDATE user_tokens SET spent_at = $3
        WHERE user_id = $1 AND purpose = $2 AND spent_at IS NULL";
    const INSERT: &str = "-- tokens.issue
        INSERT INTO user_tokens (digest, user_id, purpose, issued_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    let mut bytes = [0; TOKEN_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    let (digest, until) = (TokenDigest::of_bytes(&bytes), now + purpose.life());
    tx.execute(REPLACE, &[&user_id, &purpose.key(), &now]).await?;
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&digest.bytes(), &user_id, &purpose.key(), &now, &until];
    tx.execute(INSERT, &values).await?;
    Ok(Issued { token: Hidden::new(URL_SAFE_NO_PAD.encode(bytes)), digest, until })
}

/// Whose a link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Row id.
    pub user_id: i64,
    /// Email address.
    pub username: String,
    /// Name.
    pub full_name: String,
    /// Row ids of their organisations.
    pub organisations: Vec<i64>,
    /// Their names.
    pub names: Vec<String>,
}

/// Finds whose a link is that is still good for a purpose. Spends nothing.
#[derive(Debug)]
pub struct FindHolder {
    /// Of the token.
    pub digest: TokenDigest,
    /// What it must be for.
    pub purpose: TokenPurpose,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for FindHolder {
    const NAME: &'static str = "tokens.holder";
    type Output = Option<Holder>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Holder>, StoreError> {
        const SQL: &str = "-- tokens.holder
            SELECT user_id, username, full_name, organisations, names FROM token_holder($1)
            WHERE purpose = $2 AND spent_at IS NULL AND expires_at > $3
                AND is_set_up = (purpose = 'reset')
                AND cardinality(organisations) > 0";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&self.digest.bytes(), &self.purpose.key(), &self.now];
        let rows = tx.query(SQL, &values).await?;
        Ok(rows.first().map(|row| Holder {
            user_id: row.get(0),
            username: row.get(1),
            full_name: row.get(2),
            organisations: row.get(3),
            names: row.get(4),
        }))
    }
}

/// Spends a link that is still good: of many at once one succeeds. Every other link of its holder ends with it.
pub(super) async fn spend(
    tx: &Tx<'_>,
    now: Timestamp,
    digest: &TokenDigest,
    purpose: TokenPurpose,
) -> Result<bool, StoreError> {
    const SPEND: &str = "-- tokens.spend
        UPDATE user_tokens SET spent_at = $3
        WHERE digest = $1 AND purpose = $2 AND spent_at IS NULL AND expires_at > $3 RETURNING user_id";
    let rows = tx.query(SPEND, &[&digest.bytes(), &purpose.key(), &now]).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    end_all(tx, now, row.get(0)).await?;
    Ok(true)
}

/// Ends every link of somebody.
pub(super) async fn end_all(tx: &Tx<'_>, now: Timestamp, user_id: i64) -> Result<(), StoreError> {
    const SQL: &str = "-- tokens.end_all
        UPDATE user_tokens SET spent_at = $2 WHERE user_id = $1 AND spent_at IS NULL";
    tx.execute(SQL, &[&user_id, &now]).await.map(drop)
}

/// Removes links of which nothing can come any more.
#[derive(Debug)]
pub struct ClearTokens {
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ClearTokens {
    const NAME: &'static str = "tokens.clear";
    /// How many went; none while the schema has no links.
    type Output = Option<u64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<u64>, StoreError> {
        const SQL: &str = "-- tokens.clear
            DELETE FROM user_tokens WHERE digest IN
                (SELECT digest FROM user_tokens WHERE expires_at < $1 LIMIT $2)";
        if !tx.has_table("user_tokens").await? {
            return Ok(None);
        }
        tx.execute(SQL, &[&(self.now - KEPT), &CLEARED_MAX]).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_token_has_no_digest() {
        let text = URL_SAFE_NO_PAD.encode([7; TOKEN_BYTES]);
        assert_eq!(text.len(), TOKEN_CHARS);
        assert_eq!(TokenDigest::of(&text), Some(TokenDigest::of_bytes(&[7; TOKEN_BYTES])));
        let long = "a".repeat(10_000);
        for bad in ["", "x", &text[1..], &format!("{text}A"), &text.replace('H', "+"), &long] {
            assert_eq!(TokenDigest::of(bad), None, "{bad}");
        }
    }
}

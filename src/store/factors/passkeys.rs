//! How often passkeys have signed, and answers that may come from a copy of one.

use jiff::Timestamp;

use super::super::audit::{Act, append};
use super::super::{Scope, StoreError, Tx, Work};
use super::Told;

/// Keeps the counts of signatures that journals tell of. One that is not higher than before changes nothing:
/// journals of two nodes may come in another order.
pub(in crate::store) async fn count_passkeys(
    tx: &Tx<'_>,
    mut counted: Vec<(i64, u32)>,
) -> Result<(), StoreError> {
    // The schema of before does not let nodes write them.
    if counted.is_empty() || !tx.has_table("viewings").await? {
        return Ok(());
    }
    // In one order on every node, so that two do not wait for each other in a circle.
    counted.sort_unstable();
    for (id, counter) in counted {
        count(tx, id, counter).await?;
    }
    Ok(())
}

/// Whether the count is higher than before; then it is kept.
async fn count(tx: &Tx<'_>, id: i64, counter: u32) -> Result<bool, StoreError> {
    const SQL: &str = "-- factors.count_passkey
        UPDATE passkeys SET key = jsonb_set(key, '{counter}', to_jsonb($2::bigint))
        WHERE id = $1 AND COALESCE((key->>'counter')::bigint, 0) < $2";
    Ok(tx.execute(SQL, &[&id, &i64::from(counter)]).await? == 1)
}

/// A passkey signs somebody in, as the node writes it that was shown the answer.
#[derive(Clone, Copy, Debug)]
pub struct CountPasskey {
    /// Row id.
    pub id: i64,
    /// Its count of signatures.
    pub counter: u32,
}

impl Work for CountPasskey {
    const NAME: &'static str = "factors.count";
    /// Whether no other node was shown this count, or a higher one.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        // The schema of before does not let nodes write them.
        if !tx.has_table("viewings").await? {
            return Ok(true);
        }
        count(tx, self.id, self.counter).await
    }
}

/// An answer of a passkey was refused whose count of signatures did not rise: its owner and the audit are told.
#[derive(Debug)]
pub struct PasskeyCopied {
    /// Email address and name of its owner.
    pub user: (String, String),
    /// The organisation for which they would have acted.
    pub organisation: i64,
    /// What its owner calls it.
    pub passkey: String,
    /// Service time now.
    pub now: Timestamp,
    /// The same in words.
    pub when: String,
}

impl Work for PasskeyCopied {
    const NAME: &'static str = "factors.passkey_copied";
    type Output = ();

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let (username, name) = (&self.user.0, &self.user.1);
        let act = Act::new("daybreak", "factor.passkey_copied", username, self.passkey.clone());
        append(tx, self.now, &act).await?;
        let told = Told { user: (username, name), organisation: self.organisation };
        let words = "A sign-in with a passkey that may be a copy of yours was refused";
        told.queue(tx, words, self.now, &self.when).await
    }
}

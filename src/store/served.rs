//! Which organisations have had results: noted with the journals that tell of it, read back by every node.

use jiff::Timestamp;

use super::{StoreError, Tx, Work};

/// An organisation that has had a page or file whole.
#[derive(Clone, Debug)]
pub(super) struct Served<'a> {
    /// Of which release.
    pub(super) release: &'a str,
    /// Row id.
    pub(super) organisation: i64,
    /// When its last byte was sent.
    pub(super) at: Timestamp,
}

/// Notes them, each with the earliest time that any journal tells. In the order of the key, so that two nodes
/// wait for each other and never for ever; a database of before has no table for them.
pub(super) async fn note(tx: &Tx<'_>, served: &[Served<'_>]) -> Result<(), StoreError> {
    const SQL: &str = "-- served.note
        INSERT INTO organisations_served AS known (release_id, organisation_id, first_at)
        SELECT release_id, organisation_id, min(at)
        FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) AS told (release_id, organisation_id, at)
        GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (release_id, organisation_id) DO UPDATE SET first_at = EXCLUDED.first_at
            WHERE EXCLUDED.first_at < known.first_at";
    if served.is_empty() || !tx.has_table("organisations_served").await? {
        return Ok(());
    }
    let releases: Vec<&str> = served.iter().map(|one| one.release).collect();
    let organisations: Vec<i64> = served.iter().map(|one| one.organisation).collect();
    let times: Vec<Timestamp> = served.iter().map(|one| one.at).collect();
    tx.execute(SQL, &[&releases, &organisations, &times]).await.map(drop)
}

/// The organisations that have had results of a release.
#[derive(Debug)]
pub struct ReadServed {
    /// Which release.
    pub release: String,
    /// So many are known of: nothing more is read while there are no others.
    pub known: usize,
}

/// What the database tells of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// As many as were known.
    Same,
    /// All of them, by row id.
    All(Vec<i64>),
    /// Nothing: the database is of the version before.
    Nothing,
}

impl Work for ReadServed {
    const NAME: &'static str = "served.read";
    type Output = Told;

    async fn run(&self, tx: &Tx<'_>) -> Result<Told, StoreError> {
        const COUNT: &str = "-- served.count
            SELECT count(*) FROM organisations_served WHERE release_id = $1";
        const SQL: &str = "-- served.read
            SELECT organisation_id FROM organisations_served WHERE release_id = $1";
        if !tx.has_table("organisations_served").await? {
            return Ok(Told::Nothing);
        }
        let there: i64 = tx.query(COUNT, &[&self.release]).await?[0].get(0);
        if usize::try_from(there).is_ok_and(|there| there == self.known) {
            return Ok(Told::Same);
        }
        let rows = tx.query(SQL, &[&self.release]).await?;
        Ok(Told::All(rows.iter().map(|row| row.get(0)).collect()))
    }
}

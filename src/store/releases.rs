//! Releases: built once, proposed by one person, approved by another.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::audit::{Act, append};
use super::{StoreError, Tx, Work};
use crate::domain::calendar::ReleaseTimes;
use crate::telemetry::Hidden;

/// A release as its build and its control see it.
#[derive(Clone, Debug)]
pub struct ReleaseRow {
    /// Name, such as `2024-1f3a9c20`.
    pub id: String,
    /// Cycle.
    pub year: i16,
    /// `building`, `built`, `proposed` or `approved`.
    pub stage: String,
    /// SHA-256 of the manifest once built.
    pub manifest_digest: Option<Vec<u8>>,
    /// Who loaded the data.
    pub loaded_by: String,
    /// Who proposed it.
    pub proposed_by: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When each audience may see it.
    pub times: Option<ReleaseTimes>,
    /// The report of the build.
    pub report: Option<serde_json::Value>,
    /// When it was built.
    pub built_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, year, stage, manifest_digest, loaded_by, proposed_by, approved_by,
    opens_school, opens_authority, opens_trust, opens_secondary, report, built_at";

fn release(row: &Row) -> ReleaseRow {
    ReleaseRow {
        id: row.get(0),
        year: row.get(1),
        stage: row.get(2),
        manifest_digest: row.get(3),
        loaded_by: row.get(4),
        proposed_by: row.get(5),
        approved_by: row.get(6),
        times: times(row, 7),
        report: row.get(11),
        built_at: row.get(12),
    }
}

pub(super) fn times(row: &Row, first: usize) -> Option<ReleaseTimes> {
    let at = |n: usize| row.get::<_, Option<Timestamp>>(first + n);
    Some(ReleaseTimes::new([at(0)?, at(1)?, at(2)?, at(3)?]))
}

/// Finds the release of a delivery, or starts one.
#[derive(Debug)]
pub struct StartBuild {
    /// Name to give it when new.
    pub id: String,
    /// Cycle.
    pub year: i16,
    /// SHA-256 of the delivery's manifest.
    pub delivery_digest: [u8; 32],
    /// Secret to give it when new.
    pub reference_key: Hidden<Vec<u8>>,
    /// Who loads the data.
    pub loaded_by: String,
}

impl Work for StartBuild {
    const NAME: &'static str = "releases.start_build";
    /// Its name.
    type Output = String;

    async fn run(&self, tx: &Tx<'_>) -> Result<String, StoreError> {
        const INSERT: &str = "-- releases.start_build
            INSERT INTO releases (id, year, delivery_digest, reference_key, loaded_by)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        const FIND: &str = "-- releases.of_delivery
            SELECT id FROM releases WHERE delivery_digest = $1";
        let digest = self.delivery_digest.as_slice();
        let key = self.reference_key.expose();
        tx.execute(INSERT, &[&self.id, &self.year, &digest, key, &self.loaded_by]).await?;
        let rows = tx.query(FIND, &[&digest]).await?;
        let id = rows.first().map(|row| row.get(0));
        id.ok_or_else(|| tx.unreadable("the release just started is not there"))
    }
}

/// The secret of object keys and script references of a release, which only a build reads.
#[derive(Debug)]
pub struct ReferenceKey(pub String);

impl Work for ReferenceKey {
    const NAME: &'static str = "releases.reference_key";
    type Output = Hidden<Vec<u8>>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Hidden<Vec<u8>>, StoreError> {
        const SQL: &str = "-- releases.reference_key
            SELECT reference_key FROM releases WHERE id = $1";
        let rows = tx.query(SQL, &[&self.0]).await?;
        let key = rows.first().map(|row| Hidden::new(row.get(0)));
        key.ok_or_else(|| tx.unreadable("there is no such release"))
    }
}

/// Records that a build is complete and verified. A built release never changes.
#[derive(Debug)]
pub struct FinishBuild {
    /// The release.
    pub id: String,
    /// SHA-256 of its manifest.
    pub manifest_digest: [u8; 32],
    /// The report, as `release build --json` prints it.
    pub report: serde_json::Value,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for FinishBuild {
    const NAME: &'static str = "releases.finish_build";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- releases.finish_build
            UPDATE releases SET stage = 'built', manifest_digest = $2, report = $3, built_at = $4
            WHERE id = $1 AND stage = 'building'";
        let digest = self.manifest_digest.as_slice();
        if tx.execute(SQL, &[&self.id, &digest, &self.report, &self.now]).await? == 1 {
            let act = Act::new("data operator", "release.built", &self.id, String::new());
            append(tx, self.now, &act).await?;
        }
        Ok(())
    }
}

/// All releases, or one.
#[derive(Debug)]
pub struct ListReleases;

impl Work for ListReleases {
    const NAME: &'static str = "releases.list";
    type Output = Vec<ReleaseRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<ReleaseRow>, StoreError> {
        let sql =
            format!("-- releases.list\nSELECT {COLUMNS} FROM releases ORDER BY year, built_at, id");
        Ok(tx.query(&sql, &[]).await?.iter().map(release).collect())
    }
}

/// One person proposes the instants of a built release.
#[derive(Debug)]
pub struct Propose {
    /// The release.
    pub id: String,
    /// Who proposes.
    pub actor: String,
    /// When each audience may see it.
    pub times: ReleaseTimes,
    /// Schools that were refused and that are knowingly left out.
    pub left_out: Vec<i32>,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Propose {
    const NAME: &'static str = "releases.propose";
    /// Whether the release stood at `built` or `proposed`.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        use crate::domain::calendar::Audience::{Authority, School, Secondary, Trust};
        const SQL: &str = "-- releases.propose
            UPDATE releases SET stage = 'proposed', proposed_by = $2, proposed_at = $3, opens_school = $4,
                opens_authority = $5, opens_trust = $6, opens_secondary = $7, left_out = $8
            WHERE id = $1 AND stage IN ('built', 'proposed')";
        let [school, authority, trust, secondary] =
            [School, Authority, Trust, Secondary].map(|audience| self.times.of(audience));
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
            &self.id,
            &self.actor,
            &self.now,
            &school,
            &authority,
            &trust,
            &secondary,
            &self.left_out,
        ];
        let done = tx.execute(SQL, &values).await? == 1;
        if done {
            let detail = format!("opens {school}");
            append(tx, self.now, &Act::new(&self.actor, "release.proposed", &self.id, detail))
                .await?;
        }
        Ok(done)
    }
}

/// Another person approves what was proposed.
#[derive(Debug)]
pub struct Approve {
    /// The release.
    pub id: String,
    /// Who approves.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for Approve {
    const NAME: &'static str = "releases.approve";
    /// Whether it was proposed by somebody else who, like the actor, did not load the data.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- releases.approve
            UPDATE releases SET stage = 'approved', approved_by = $2, approved_at = $3
            WHERE id = $1 AND stage = 'proposed' AND proposed_by <> $2 AND loaded_by <> $2";
        let done = tx.execute(SQL, &[&self.id, &self.actor, &self.now]).await? == 1;
        if done {
            let act = Act::new(&self.actor, "release.approved", &self.id, String::new());
            append(tx, self.now, &act).await?;
        }
        Ok(done)
    }
}

//! Corrections of a release: built on the revision that is served, proposed by one person, approved by another.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;

use super::audit::{Act, append};
use super::{StoreError, Tx, Work};

/// A correction as its build and its control see it.
#[derive(Clone, Debug)]
pub struct CorrectionRow {
    /// Its revision, from 2.
    pub revision: u32,
    /// The revision that it replaces.
    pub base_revision: u32,
    /// `building`, `built`, `proposed` or `approved`.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// SHA-256 of the manifest once built.
    pub manifest_digest: Option<Vec<u8>>,
    /// What changed, once built.
    pub report: Option<Value>,
    /// Who loaded the data.
    pub loaded_by: String,
    /// Who proposed it.
    pub proposed_by: Option<String>,
    /// Who approved it, and when.
    pub approved: Option<(String, Timestamp)>,
}

const COLUMNS: &str = "revision, base_revision, stage, reason, manifest_digest, report, loaded_by,
    proposed_by, approved_by, approved_at";

fn correction(row: &Row) -> CorrectionRow {
    let approved_by: Option<String> = row.get(8);
    CorrectionRow {
        revision: row.get::<_, i32>(0).unsigned_abs(),
        base_revision: row.get::<_, i32>(1).unsigned_abs(),
        stage: row.get(2),
        reason: row.get(3),
        manifest_digest: row.get(4),
        report: row.get(5),
        loaded_by: row.get(6),
        proposed_by: row.get(7),
        approved: approved_by.zip(row.get(9)),
    }
}

/// All corrections of a release, in the order of their revision.
#[derive(Debug)]
pub struct ListCorrections {
    /// The release.
    pub release: String,
}

impl Work for ListCorrections {
    const NAME: &'static str = "corrections.list";
    type Output = Vec<CorrectionRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<CorrectionRow>, StoreError> {
        let sql = format!(
            "-- corrections.list
            SELECT {COLUMNS} FROM corrections WHERE release_id = $1 ORDER BY revision"
        );
        Ok(tx.query(&sql, &[&self.release]).await?.iter().map(correction).collect())
    }
}

/// Begins a correction of the revision that is served, or finds the same one again.
#[derive(Debug)]
pub struct StartCorrection {
    /// The release.
    pub release: String,
    /// SHA-256 of the delivery's manifest.
    pub delivery_digest: [u8; 32],
    /// DfE numbers, in order.
    pub schools: Vec<i32>,
    /// Why.
    pub reason: String,
    /// Who loads the data.
    pub loaded_by: String,
}

impl Work for StartCorrection {
    const NAME: &'static str = "corrections.start";
    /// None when the release is not approved.
    type Output = Option<CorrectionRow>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        // The lock gives each new correction a number of its own.
        const LOCK: &str = "-- corrections.lock
            SELECT FROM releases WHERE id = $1 AND stage = 'approved' FOR UPDATE";
        const BASE: &str = "-- corrections.base
            SELECT COALESCE(max(revision) FILTER (WHERE stage = 'approved'), 1),
                COALESCE(max(revision), 1) + 1 FROM corrections WHERE release_id = $1";
        const INSERT: &str = "-- corrections.insert
            INSERT INTO corrections
                (release_id, revision, base_revision, delivery_digest, schools, reason, loaded_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        if tx.query(LOCK, &[&self.release]).await?.is_empty() {
            return Ok(None);
        }
        let row = &tx.query(BASE, &[&self.release]).await?[0];
        let (base, next): (i32, i32) = (row.get(0), row.get(1));
        let digest = self.delivery_digest.as_slice();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&self.release, &next, &base, &digest, &self.schools, &self.reason, &self.loaded_by];
        tx.execute(INSERT, &values).await?;
        let sql = format!(
            "-- corrections.of_delivery
            SELECT {COLUMNS} FROM corrections WHERE release_id = $1 AND base_revision = $2
                AND delivery_digest = $3 AND schools = $4"
        );
        let rows = tx.query(&sql, &[&self.release, &base, &digest, &self.schools]).await?;
        Ok(rows.first().map(correction))
    }
}

/// Records that a correction is complete and verified. A built one never changes.
#[derive(Debug)]
pub struct FinishCorrection {
    /// The release.
    pub release: String,
    /// The revision.
    pub revision: u32,
    /// SHA-256 of its manifest.
    pub manifest_digest: [u8; 32],
    /// What changed.
    pub report: Value,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for FinishCorrection {
    const NAME: &'static str = "corrections.finish";
    type Output = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        const SQL: &str = "-- corrections.finish
            UPDATE corrections SET stage = 'built', manifest_digest = $3, report = $4, built_at = $5
            WHERE release_id = $1 AND revision = $2 AND stage = 'building'";
        let revision = self.revision.cast_signed();
        let digest = self.manifest_digest.as_slice();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&self.release, &revision, &digest, &self.report, &self.now];
        if tx.execute(SQL, &values).await? == 1 {
            let detail = format!("revision {revision}");
            append(
                tx,
                self.now,
                &Act::new("data operator", "release.corrected", &self.release, detail),
            )
            .await?;
        }
        Ok(())
    }
}

/// One person proposes a correction that was built.
#[derive(Debug)]
pub struct ProposeCorrection {
    /// The release.
    pub release: String,
    /// The revision.
    pub revision: u32,
    /// Who proposes.
    pub actor: String,
    /// Service time now.
    pub now: Timestamp,
}

impl Work for ProposeCorrection {
    const NAME: &'static str = "corrections.propose";
    /// Whether it stood at `built` or `proposed`, on the revision that is served.
    type Output = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        const SQL: &str = "-- corrections.propose
            UPDATE corrections SET stage = 'proposed', proposed_by = $3, proposed_at = $4
            WHERE release_id = $1 AND revision = $2 AND stage IN ('built', 'proposed')
                AND base_revision = (SELECT COALESCE(max(revision), 1) FROM corrections
                    WHERE release_id = $1 AND stage = 'approved')";
        let revision = self.revision.cast_signed();
        let done = tx.execute(SQL, &[&self.release, &revision, &self.actor, &self.now]).await? == 1;
        if done {
            let detail = format!("revision {revision}");
            append(tx, self.now, &Act::new(&self.actor, "release.proposed", &self.release, detail))
                .await?;
        }
        Ok(done)
    }
}

/// Another person approves it; from then on it is served, and everybody whom it concerns is written to.
#[derive(Debug)]
pub struct ApproveCorrection {
    /// The release.
    pub release: String,
    /// The revision.
    pub revision: u32,
    /// Who approves.
    pub actor: String,
    /// Whose packs are new: DfE numbers of schools and secondaries, codes of authorities, Group UIDs of trusts.
    pub concerned: Concerned,
    /// Service time now.
    pub now: Timestamp,
}

/// Organisations whose results a correction changes.
#[derive(Clone, Debug, Default)]
pub struct Concerned {
    /// DfE numbers of schools, and of secondaries.
    pub laestabs: Vec<i32>,
    /// Codes of authorities.
    pub authorities: Vec<i16>,
    /// Group UIDs of trusts.
    pub trusts: Vec<i32>,
}

/// An approved correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Messages that were queued.
    pub messages: u64,
}

impl Work for ApproveCorrection {
    const NAME: &'static str = "corrections.approve";
    /// None unless it was proposed by somebody else who, like the actor, did not load the data, and
    /// still replaces the revision that is served.
    type Output = Option<Approved>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Output, StoreError> {
        const SQL: &str = "-- corrections.approve
            UPDATE corrections SET stage = 'approved', approved_by = $3, approved_at = $4
            WHERE release_id = $1 AND revision = $2 AND stage = 'proposed'
                AND proposed_by <> $3 AND loaded_by <> $3
                AND base_revision = (SELECT COALESCE(max(revision), 1) FROM corrections
                    WHERE release_id = $1 AND stage = 'approved')
                AND EXISTS (SELECT FROM releases WHERE id = $1 FOR UPDATE)";
        let revision = self.revision.cast_signed();
        if tx.execute(SQL, &[&self.release, &revision, &self.actor, &self.now]).await? == 0 {
            return Ok(None);
        }
        let messages = self.tell(tx).await?;
        let detail = format!("revision {revision}, {messages} messages");
        append(tx, self.now, &Act::new(&self.actor, "release.approved", &self.release, detail))
            .await?;
        Ok(Some(Approved { messages }))
    }
}

impl ApproveCorrection {
    /// One message for everybody who may open the results that changed.
    async fn tell(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const SQL: &str = "-- corrections.tell
            INSERT INTO outbox (cause, recipient, organisation_id, template, content, queued_at)
            SELECT $1, u.username, min(o.id), 'results-corrected',
                jsonb_build_object('release', $2::text, 'revision', $3::int, 'name', u.full_name,
                    'organisations', jsonb_agg(o.name ORDER BY o.name)), $4
            FROM organisations o
            JOIN memberships m ON m.organisation_id = o.id AND m.permission = 'user'
            JOIN users u ON u.id = m.user_id AND u.state = 'active'
            WHERE (o.kind IN ('school', 'secondary') AND o.laestab = ANY ($5))
                OR (o.kind = 'authority' AND o.la_code = ANY ($6))
                OR (o.kind = 'trust' AND o.group_uid = ANY ($7))
            GROUP BY u.id, u.username, u.full_name
            ON CONFLICT DO NOTHING";
        let cause = format!("correction {} {}", self.release, self.revision);
        let revision = self.revision.cast_signed();
        let Concerned { laestabs, authorities, trusts } = &self.concerned;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
            [&cause, &self.release, &revision, &self.now, laestabs, authorities, trusts];
        tx.execute(SQL, &values).await
    }
}
